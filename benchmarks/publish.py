"""The switch from one release to the next, while readers read: from the call until a new reader answers from the new one.

Needs a store with a release, such as ``./run demo --no-site`` makes (``COMMONWEAL_STORE``, by default ``store``); it is only read.
Its release is linked twice into a temporary store, and that one is switched to and fro while threads keep asking. The baseline
is the promise, one second; `ratio` is the slowest switch against it. An answer that fails, or a new reader that still answers
from the old release, stops the benchmark.
"""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import tempfile
import threading
import time
from pathlib import Path

from commonweal.engine.serving import close_readers, current_release, open_reader
from commonweal.pipeline.releases import switch
from commonweal.store import DEFAULT_STORE, Store

PROMISE_SECONDS = 1.0
SWITCHES = 50
READERS = 4
PURPOSE = "planning"


def run(size: str) -> dict[str, object]:
    """`seconds` is the slowest of the switches, `median_seconds` the middle one; `answers` what the readers got meanwhile."""
    source = Store(Path(os.environ.get("COMMONWEAL_STORE", DEFAULT_STORE)))
    with tempfile.TemporaryDirectory(dir=source.root.parent) as folder:
        store = Store(Path(folder))
        names = [f"{current_release(source)}{end}" for end in ("-a", "-b")]
        for name in names:
            shutil.copytree(source.release(current_release(source)), store.release(name), copy_function=os.link)
        seconds, answers = _switch_to_and_fro(store, names)
        close_readers()
    return {
        "name": "publish", "size": size, "seconds": round(max(seconds), 4), "baseline_seconds": PROMISE_SECONDS,
        "ratio": round(max(seconds) / PROMISE_SECONDS, 4), "median_seconds": round(statistics.median(seconds), 4),
        "switches": len(seconds), "answers": answers,
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }  # fmt: skip


def _switch_to_and_fro(store: Store, names: list[str]) -> tuple[list[float], int]:
    switch(store, names[0])
    stop, answers, failures = threading.Event(), [0] * READERS, []

    def keep_asking(place: int) -> None:
        try:
            while not stop.is_set():
                open_reader(store, PURPOSE).release()
                answers[place] += 1
        except Exception as error:  # told below, in the thread that waits
            failures.append(error)

    readers = [threading.Thread(target=keep_asking, args=(place,)) for place in range(READERS)]
    for reader in readers:
        reader.start()
    seconds = []
    try:
        for turn in range(SWITCHES):
            name = names[(turn + 1) % 2]
            start = time.perf_counter()
            switch(store, name)
            reader = open_reader(store, PURPOSE)
            reader.release()
            seconds.append(time.perf_counter() - start)
            if reader.folder.name != name:
                raise SystemExit(f"after the switch to {name}, {reader.folder.name} answered")
    finally:
        stop.set()
        for thread in readers:
            thread.join()
    if failures:
        raise SystemExit(f"a reader failed during a switch: {failures[0]}")
    return seconds, sum(answers)
