"""The command line. Each subject's commands live in `commonweal.commands`; this module finds and runs them.

Exit codes are documented in `commonweal.errors.ExitCode`. Every command takes ``--store`` and ``--json``; with
``--json`` one object goes to standard output and everything else to standard error.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import pkgutil
import sys
from collections.abc import Sequence

import typer

from commonweal import __version__, commands
from commonweal.commands.shared import command_tree, store_kept
from commonweal.errors import CommonwealError, ExitCode, machine_failure
from commonweal.governance import files, scrub

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="One linked record, what it means, who to see, what we intend, what it costs, did it work.",
)


def _version(show: bool) -> None:
    if show:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _root(version: bool = typer.Option(False, "--version", callback=_version, is_eager=True)) -> None:
    """Commonweal."""


ALONE = ("build", "define", "digest", "finance", "ingest", "link", "metrics", "release", "retention", "synthetic")
"""First words of commands that stand in a module of the same name and run no other command. Loading every module costs
more time than a short command takes."""


def _register_commands(arguments: Sequence[str] = ()) -> None:
    """Each module of `commonweal.commands` offers `register(app)`; only the one that is asked for is loaded where it is known."""
    asked = arguments[0] if arguments and arguments[0] in ALONE else ""
    for module in sorted(pkgutil.iter_modules(commands.__path__), key=lambda found: found.name):
        if asked in ("", module.name):
            register = getattr(importlib.import_module(f"commonweal.commands.{module.name}"), "register", None)
            if register is not None:
                register(app)


# Typer carries its own copy of Click and exports only the leaves of its error tree; the root shows itself.
UsageProblem: type[Exception] = next(base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException")


BESIDE_A_SITE = ("ingest", "link", "build", "release")
"""Commands of the night that take every core for minutes, often on the machine that serves the site."""


def give_way(arguments: list[str]) -> None:
    """Let a process that runs one of these commands take only the time that others leave: a reader waits, a release need not."""
    if arguments[:1] and arguments[0] in BESIDE_A_SITE:
        with contextlib.suppress(AttributeError, OSError):  # a system that has no such priorities
            os.setpriority(os.PRIO_PROCESS, 0, 19)


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns its exit code. Bad input prints its remedy and no traceback.

    Without `arguments` it is the process's own command, and the process gives way to others where the command is long.
    """
    if arguments is None:
        give_way(sys.argv[1:])
    _register_commands(sys.argv[1:] if arguments is None else arguments)
    scrub.install()
    files.keep_private()
    try:
        with store_kept():
            result = command_tree(app).main(args=arguments, prog_name="commonweal", standalone_mode=False)
        return int(result) if isinstance(result, int) else ExitCode.OK
    except typer.Exit as stop:
        return stop.exit_code
    except UsageProblem as error:
        error.show()  # type: ignore[attr-defined]
        return ExitCode.BAD_USAGE
    except (typer.Abort, KeyboardInterrupt):
        typer.echo("stopped; the last release still serves", err=True)
        return 130
    except CommonwealError as error:
        return _say(error)
    except OSError as error:
        refused = CommonwealError(
            f"the machine refused: {error}",
            remedy="free space or fix the path, then run the same command again; nothing is doubled",
        )
        return _say(machine_failure(error) or refused)
    except Exception as error:
        failure = machine_failure(error)
        if failure is None:
            raise
        return _say(failure)


def _say(error: CommonwealError) -> int:
    typer.echo(f"commonweal: {error}", err=True)
    return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
