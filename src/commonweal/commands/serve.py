"""`serve`: the site, on this machine or behind a proxy."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from commonweal.commands.shared import JsonOption, StoreOption, console, emit, open_store
from commonweal.store import DEFAULT_STORE


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command()(serve)


def serve(
    store: StoreOption = DEFAULT_STORE,
    port: Annotated[int, typer.Option(help="Port to listen on")] = 8000,
    host: Annotated[str, typer.Option(help="Address to listen on")] = "127.0.0.1",
    workers: Annotated[int, typer.Option(help="Processes")] = 2,
    threads: Annotated[int, typer.Option(help="Threads in each process")] = 4,
    production: Annotated[bool, typer.Option("--production", help="A real service: needs its settings")] = False,
    as_json: JsonOption = False,
) -> None:
    """Serve the site. Without --production it is a demonstration with invented members of staff."""
    from commonweal.web.setup import prepare

    mode = "production" if production else "demo"
    prepare(open_store(store), mode)
    from commonweal.web import server
    from commonweal.web.people.identities import names_are_gathered

    if not names_are_gathered():
        console.print("[bold red]Warning:[/] names are not shown: gather them with `commonweal link`")
    server.make_ready(demo=not production)
    if as_json:
        emit({"url": f"http://{host}:{port}/", "mode": mode, "store": str(store)})
        sys.stdout.flush()  # a script waits for the address while the site runs
    console.print(f"Commonweal serves at http://{host}:{port}/ ({mode}); stop it with Ctrl-C")
    server.run(f"{host}:{port}", workers, threads)
