"""Run the site under gunicorn."""

from __future__ import annotations

import sys
import threading
import time
from typing import Any

from gunicorn.app.base import BaseApplication

SEAL_EVERY_SECONDS = 60


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
        "post_worker_init": _start_sealing,
        "worker_exit": _let_go,
    }


def run(bind: str, workers: int, threads: int) -> None:
    """Serve until stopped."""
    Site(options(bind, workers, threads)).run()


def _start_sealing(worker: object) -> None:
    """Chain the audit in the background. Every worker tries; the database lets one through."""
    threading.Thread(target=_seal_forever, name="audit-sealer", daemon=True).start()


def _let_go(server: object, worker: object) -> None:
    """Close the release's files before the process ends: a reader that is torn down with it aborts instead."""
    from commonweal.engine.serving import close_readers
    from commonweal.web.people.identities import close

    close_readers()
    close()


def _seal_forever() -> None:
    from django.db import DatabaseError, close_old_connections

    from commonweal.web.audit.services import seal_pending

    while True:
        time.sleep(SEAL_EVERY_SECONDS)
        try:
            while seal_pending() == 5000:
                pass
        except DatabaseError:
            continue  # busy, or the connection went: entries wait for the next turn
        finally:
            close_old_connections()
