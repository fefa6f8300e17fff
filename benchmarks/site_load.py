"""The site under load: PostgreSQL, audit on, gunicorn, people who read and think, and a release published meanwhile.

``COMMONWEAL_BENCH_STORE=FOLDER ./run bench site_load --size small`` (a copy of a demonstration's store: a release is added to it).
``COMMONWEAL_BENCH_SECONDS`` (600), ``COMMONWEAL_BENCH_USERS`` (50), ``COMMONWEAL_BENCH_THINK`` (3 seconds, drawn between
half and one and a half of it) and ``COMMONWEAL_BENCH_WORKERS`` (2) change the run. What is printed:

* ``pages``: for each kind of page the requests, errors, and milliseconds as the client and as the server saw them. The
  server's is from when the client sent the request, the wait for a thread of a worker included, to the end of the answer; the
  client's has also its own turn at the processor, which it shares with the site;
* ``cpu_ms_a_request``: processor time of the site's processes and of PostgreSQL over requests, which other work on the
  machine does not stretch; ``cpu_share`` is what that is of two cores;
* ``memory_mb``: resident memory of the workers early, at the end and at most;
* ``saturation``: requests a second and the 95th percentile with ever more users who do not think.

``seconds`` is the worst 95th percentile of list, person and measure pages by the server's clock, ``baseline_seconds`` the limit of
0.1, and ``ratio`` the one over the other: above 1 fails the promise.
"""

from __future__ import annotations

import http.client
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import _site_server as site

LIMIT_SECONDS = 0.1
KINDS = ("list", "person", "measure")
CARE = ("Amara", "Ben", "Chidi")
LEADS = ("Farid", "Greta", "Ines")
LISTS = ("hypertension_bp_overdue", "diabetes_hba1c_overdue")
Sample = tuple[str, int, float]
"""Kind of page, status, seconds."""


@dataclass
class Person:
    """One member of staff at one browser: signs in, then opens pages one after another."""

    port: int
    name: str
    cookies: dict[str, str] = field(default_factory=dict)
    samples: list[Sample] = field(default_factory=list)
    addresses: dict[str, list[str]] = field(default_factory=dict)

    def get(self, path: str, kind: str = "", form: str = "") -> tuple[int, str, str]:
        """Status, body and Location of one request; kept as a sample where `kind` names it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if form:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        begin = time.perf_counter()
        headers["X-Sent"] = repr(begin)
        try:
            connection.request("POST" if form else "GET", path, form or None, headers)
            answer = connection.getresponse()
            body, status = answer.read().decode(), answer.status
            for one in answer.headers.get_all("Set-Cookie") or []:
                name, _, value = one.partition(";")[0].partition("=")
                self.cookies[name] = value
            location = answer.headers.get("Location", "")
        except OSError:
            body, status, location = "", 599, ""
        finally:
            connection.close()
        if kind:
            self.samples.append((kind, status, time.perf_counter() - begin))
        return status, body, location

    def sign_in(self) -> None:
        """As a persona; then find the pages that this person works with."""
        _, page, _ = self.get("/account/personas/")
        block = next(part for part in re.split(r"<form", page) if self.name in part)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', block)
        action = re.search(r'action="([^"]+)"', block)
        assert token and action, "the personas page has no form for this persona"
        self.get(action[1], form=f"csrfmiddlewaretoken={token[1]}")
        if self.name in CARE:
            self._find_people()
        else:
            self._find_measures()

    def _find_people(self) -> None:
        for name in LISTS:
            _, _, address = self.get(f"/care/lists/from/{name}/")
            _, page, _ = self.get(address)
            self.addresses.setdefault("list", []).append(address)
            self.addresses.setdefault("person", []).extend(
                dict.fromkeys(re.findall(r'href="(/care/people/p_[0-9a-f]+/)"', page))
            )

    def _find_measures(self) -> None:
        _, page, _ = self.get("/planning/")
        for dashboard in dict.fromkeys(re.findall(r'href="(/planning/dashboards/[^"]+)"', page)):
            _, shown, _ = self.get(dashboard)
            self.addresses.setdefault("measure", []).extend(re.findall(r'href="(/planning/measures/[^"]+)"', shown))
            if len(self.addresses.get("measure", [])) > 20:
                return

    def work(self, until: float, think: float) -> None:
        """Open pages until the time is up."""
        chance = random.Random(f"{self.name}{id(self)}")
        time.sleep(chance.random() * think)
        while time.perf_counter() < until:
            kind = chance.choice([one for one in KINDS if self.addresses.get(one)] or [""])
            if not kind:
                raise RuntimeError(f"{self.name} found no page to open: sign-in failed?")
            self.get(chance.choice(self.addresses[kind]), kind)
            if think:
                time.sleep(think * (0.5 + chance.random()))


def people(port: int, users: int) -> list[Person]:
    """So many members of staff, signed in; personas are shared out among them, each with a session of its own."""
    names = [*CARE, *LEADS]
    made = [Person(port, names[number % len(names)]) for number in range(users)]
    for one in made:
        one.sign_in()
    return made


def work(staff: list[Person], seconds: float, think: float) -> list[Sample]:
    """Everybody at once; the samples of all."""
    until = time.perf_counter() + seconds
    threads = [threading.Thread(target=one.work, args=(until, think)) for one in staff]
    for one in staff:
        one.samples.clear()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [sample for one in staff for sample in one.samples]


def percentile(values: list[float], share: float) -> float:
    """The smallest value that `share` of them do not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else 0.0


def publish(store: Path, url: str) -> dict[str, object]:
    """Publish a release while the site serves: its exit code, what it took, and the most memory that it held."""
    begin = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "commonweal.cli", "release", "--store", str(store), "--json"],
        env={**os.environ, "COMMONWEAL_DATABASE_URL": url}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return {
        "exit_code": process.returncode,
        "seconds": round(time.monotonic() - begin, 1),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
        "peak_mb": round(used.ru_maxrss / 1024),
    }


def run(size: str = "small") -> dict[str, object]:
    store = Path(os.environ.get("COMMONWEAL_BENCH_STORE", "store")).resolve()
    seconds = float(os.environ.get("COMMONWEAL_BENCH_SECONDS", "600"))
    users = int(os.environ.get("COMMONWEAL_BENCH_USERS", "50"))
    think = float(os.environ.get("COMMONWEAL_BENCH_THINK", "3"))
    with tempfile.TemporaryDirectory(prefix="cwload") as folder, site.serving(store, Path(folder)) as server:
        staff = people(server.port, users)
        work(staff, 10, 1)  # first looks: caches and charts
        server.start_measuring()
        published: dict[str, object] = {}
        publisher = threading.Timer(seconds / 4, lambda: published.update(publish(store, server.url)))
        publisher.start()
        samples = work(staff, seconds, think)
        publisher.join()
        server.stop_measuring()
        pages = {kind: _figures(kind, samples, server.times(kind)) for kind in KINDS}
        worst = max(server.worst(kind) for kind in KINDS)
        cpu, database_cpu, memory = server.cpu_seconds, server.database_cpu_seconds, server.memory
        load = [round(one, 1) for one in os.getloadavg()]
        saturation = [_saturated(staff[:number], server) for number in (4, 8, 16)]
    return {
        "name": "site_load", "size": size, "users": users, "think_seconds": think, "run_seconds": seconds,
        "seconds": round(worst, 4), "baseline_seconds": LIMIT_SECONDS, "ratio": round(worst / LIMIT_SECONDS, 2),
        "pages": pages, "errors": sum(status != 200 for _, status, _ in samples), "published_meanwhile": published,
        "cpu_ms_a_request": round(1000 * cpu / max(1, len(samples)), 1),
        "postgresql_cpu_ms_a_request": round(1000 * database_cpu / max(1, len(samples)), 1),
        "cpu_share": round((cpu + database_cpu) / (2 * seconds), 3),
        "machine_load": load,
        "memory_mb": memory, "peak_mb": memory["most"], "saturation": saturation,
    }  # fmt: skip


def _figures(kind: str, samples: list[Sample], server: list[float]) -> dict[str, object]:
    taken = [seconds for name, _, seconds in samples if name == kind]
    return {
        "requests": len(taken), "errors": sum(status != 200 for name, status, _ in samples if name == kind),
        "server_ms": {f"p{share}": round(1000 * percentile(server, share / 100), 1) for share in (50, 95, 99)},
        "client_ms": {f"p{share}": round(1000 * percentile(taken, share / 100), 1) for share in (50, 95, 99)},
    }  # fmt: skip


def _saturated(staff: list[Person], server: site.Server) -> dict[str, object]:
    server.start_measuring()
    samples = work(staff, 20, 0)
    server.stop_measuring()
    return {
        "users": len(staff), "requests_a_second": round(len(samples) / 20, 1),
        "client_p95_ms": round(1000 * percentile([one[2] for one in samples], 0.95), 1),
        "cpu_ms_a_request": round(1000 * server.cpu_seconds / max(1, len(samples)), 1),
        "errors": sum(status != 200 for _, status, _ in samples),
    }  # fmt: skip
