"""Run the site under gunicorn."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import logging
import os
import random
import sys
import threading
import time
from typing import Any

from gunicorn.app.base import BaseApplication

SEAL_EVERY_SECONDS = 5
"""Often and little: a minute's entries at once hold up those whom the same worker answers for a second."""
SEAL_AT_ONCE = 200
SEAL_LATE = 10_000
"""How many numbers an entry may be behind one that was written after it: those of writes that were still open. Older ones are looked
for when a worker starts."""
PAUSE_SECONDS = 0.05
"""Between two turns of sealing, for those who wait."""
SWITCH_SECONDS = 0.001
"""How long a thread may hold the interpreter while another waits. Each answer of a database waits for it once: with Python's
own 5 ms, a page of 25 questions beside a busy thread waits an eighth of a second."""
M_ARENA_MAX, ARENAS = -8, 2
"""The name of the setting in glibc's malloc.h, and our value."""


class Site(BaseApplication):
    """The WSGI application with its worker settings."""

    def __init__(self, options: dict[str, Any]) -> None:
        self.site_options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.site_options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        from commonweal.web.wsgi import application

        return application


def make_ready(*, demo: bool) -> None:
    """Collect the static files, and check the settings; in a demonstration, make its personas."""
    from django.core.management import call_command

    call_command("collectstatic", verbosity=0, interactive=False)
    call_command("check", databases=["default"], verbosity=0, stdout=sys.stderr)  # standard output is the command's
    if demo:
        from commonweal.web.accounts.demo import make_personas
        from commonweal.web.accounts.places import demonstration_place

        make_personas(demonstration_place())


def options(bind: str, workers: int, threads: int) -> dict[str, Any]:
    """gunicorn's settings. A worker is replaced after many requests, so that memory stays steady."""
    return {
        "bind": bind,
        "workers": workers,
        "threads": threads,
        "worker_class": "gthread",
        "max_requests": 20_000,
        "max_requests_jitter": 2_000,
        "graceful_timeout": 5,
        "limit_request_line": 4094,
        "limit_request_fields": 60,
        "post_worker_init": _begin,
        "worker_exit": _let_go,
    }


def run(bind: str, workers: int, threads: int) -> None:
    """Serve until stopped."""
    Site(options(bind, workers, threads)).run()


def _begin(worker: object) -> None:
    """What a worker does beside answering: follow the store's releases, and chain the audit."""
    from django.conf import settings

    from commonweal.engine.following import Follower
    from commonweal.web.core import warming

    sys.setswitchinterval(SWITCH_SECONDS)
    _few_arenas()
    Follower(settings.STORE, warming.steps, then=_set_apart).start()
    # Every worker tries to seal; the database lets one through.
    threading.Thread(target=_seal_forever, name="audit-sealer", daemon=True).start()


def _set_apart() -> None:
    """Let the collector of garbage pass over what is kept of a release: some 400,000 objects, over which it would stop
    everybody for a quarter of a second each time. What is let go of them is freed when nothing holds it, as ever."""
    gc.freeze()


def _few_arenas() -> None:
    """Let the C library keep few pools of freed memory: by default it keeps up to eight a core, and each holds on to its own."""
    with contextlib.suppress(OSError, AttributeError):  # another C library has no such setting
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS)


def _let_go(server: object, worker: Any) -> None:
    """Close the release's files before the process ends, and end it without tearing down the libraries: their threads, which nobody
    waits for any more, would abort it. A worker that could not begin ends as gunicorn wants, which looks at its exit code."""
    from commonweal.engine.serving import close_readers
    from commonweal.web.people.identities import close

    close_readers()
    close()
    if worker.booted:
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def _seal_forever() -> None:
    from django.db import DatabaseError, close_old_connections

    from commonweal.web.audit.services import seal_pending

    late = None
    while True:
        time.sleep(SEAL_EVERY_SECONDS * (0.5 + random.random()))  # noqa: S311  (so that workers do not do it together)
        try:
            while seal_pending(SEAL_AT_ONCE, late=late) == SEAL_AT_ONCE:
                time.sleep(PAUSE_SECONDS)
            late = SEAL_LATE
        except DatabaseError:
            continue  # busy, or the connection went: entries wait for the next turn
        finally:
            close_old_connections()
