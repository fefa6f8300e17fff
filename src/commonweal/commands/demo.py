"""`demo`: an invented North West London, from files to a site, by the same commands that anyone would run."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from commonweal.commands.shared import JsonOption, StoreOption, command_tree, console, emit, run_for_json
from commonweal.errors import CommonwealError, ExitCode
from commonweal.store import DEFAULT_STORE, Store

AS_AT = "2026-10-01"
"""The day after the invented system's last activity."""


FEEDS = ("pds", "olids", "sus_apc", "sus_op", "sus_ae", "csds", "mhsds", "asc", "wl", "ers", "acm", "schemes")
"""Folders of the invented system that a real one would receive; `truth` is the answers to check by."""
MONTHS_OF_HISTORY = 24


def history(as_at: str, months: int) -> list[str]:
    """The first days of the months before `as_at`, oldest first."""
    year, month = int(as_at[:4]), int(as_at[5:7])
    past = [divmod(year * 12 + month - 1 - back, 12) for back in range(months - 1, 0, -1)]
    return [f"{y:04d}-{m + 1:02d}-01" for y, m in past]


def steps(store: Path, size: str, seed: int) -> list[tuple[str, list[str]]]:
    """What the demonstration runs: why, and the command."""
    incoming = store / "incoming"
    at = ["--store", str(store)]
    months = history(AS_AT, MONTHS_OF_HISTORY)
    past = [word for day in months for word in ("--history", day)]
    opt_outs = str(incoming / "reference" / "national_opt_out.csv.gz")
    return [
        ("Invent a care system", ["synthetic", "--size", size, "--seed", str(seed), "--out", str(incoming)]),
        ("Land and check its files", ["ingest", *(str(incoming / feed) for feed in FEEDS), *at]),
        ("Import the national opt-outs", ["opt-outs", "import", opt_outs, "--as-at", AS_AT, *at]),
        ("Find who is who", ["link", *at]),
        ("Build the linked record", ["build", "--as-at", AS_AT, *at]),
        (
            "Release what it meant a month before, so that lists and measures can say what changed",
            ["release", "--as-at", months[-1], *at],
        ),
        ("Work out what it means, month by month, and release it", ["release", "--as-at", AS_AT, *past, *at]),
        ("Load the five public documents' plans", ["plans", "load", *at]),
        ("Trace one invented intention from its people to its contract", ["plans", "example", *at]),
        ("Load their schemes, control totals and risk share", ["finance", "load-documents", *at]),
        ("Close an invented month: ledger, contracts, schemes", ["finance", "example", *at]),
    ]


def register(app: typer.Typer) -> None:
    """Add `demo`."""

    @app.command("demo")
    def demo(
        store: StoreOption = DEFAULT_STORE,
        size: Annotated[str, typer.Option(help="small (about 5,000 people), place (about 200,000) or ics")] = "small",
        seed: Annotated[int, typer.Option(help="The same seed invents the same people")] = 1,
        port: Annotated[int, typer.Option(help="Port of the site")] = 8000,
        fresh: Annotated[
            bool, typer.Option("--fresh", help="Throw the demonstration's store away and start again")
        ] = False,
        site: Annotated[bool, typer.Option(help="Serve the site at the end")] = True,
        as_json: JsonOption = False,
    ) -> int:
        """Build an invented North West London from files to a site, and serve it."""
        if fresh:
            _remove(store)
        command = command_tree(app)
        done: list[dict[str, Any]] = []
        marker = store / "demo-is-complete"
        if not marker.exists():
            for why, words in steps(store, size, seed):
                console.rule(f"[bold]{why}")
                console.print(f"$ ./run {shlex.join(words)}", markup=False, highlight=False)
                if words[0] == "ingest":  # what a site configures, such as its Type 1 opt-out codes
                    shutil.copy(store / "incoming" / "site.yaml", store / "site.yaml")
                if as_json:
                    code, result = run_for_json(command, words)
                    done.append({"step": why, "command": words, "exit_code": code, "result": result})
                else:
                    code = command.main(args=words, prog_name="commonweal", standalone_mode=False)
                if isinstance(code, int) and code not in {ExitCode.OK, ExitCode.PROBLEMS_FOUND}:
                    return _stopped(code, done, as_json)
            marker.write_text(f"{size} {seed}\n")
        if as_json:
            url = f"http://127.0.0.1:{port}/" if site else None
            emit({"store": str(store), "complete": True, "steps": done, "url": url})
            sys.stdout.flush()  # a script waits for it while the site runs
        if not site:
            return ExitCode.OK
        console.rule("[bold]Serve the site")
        command.main(
            args=["serve", "--store", str(store), "--port", str(port)], prog_name="commonweal", standalone_mode=False
        )
        return ExitCode.OK


def _stopped(code: int, done: list[dict[str, Any]], as_json: bool) -> int:
    """A step failed: what was done is still told, and the command ends with the step's own code."""
    if as_json:
        emit({"complete": False, "steps": done, "url": None})
    return code


def _remove(store: Path) -> None:
    """Delete a demonstration's store; anything else is left alone."""
    if not store.exists():
        return
    if not (store / "incoming").is_dir() and Store(store).control.exists():
        raise CommonwealError(
            "this store was not made by the demonstration", where=str(store), remedy="name another with --store"
        )
    shutil.rmtree(store)
