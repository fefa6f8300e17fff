"""``digest``: the e-mails that are due today, to whoever asked for them."""

from __future__ import annotations

from typing import Annotated

import typer

from commonweal.commands.shared import JsonOption, StoreOption, console, emit, open_store, parse_date
from commonweal.store import DEFAULT_STORE


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("digest")(digest)


def digest(
    day: Annotated[str | None, typer.Option("--day", help="The day they are for; today where left out")] = None,
    mode: Annotated[str, typer.Option(help="Settings to use: demo or production")] = "demo",
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """Send the digests that are due and did not go out yet. Run it each morning; a second run sends nothing.

    In a demonstration the e-mails are files in the store's ``outbox``; in production they go to COMMONWEAL_SMTP_HOST.
    """
    opened = open_store(store)
    from commonweal.web.setup import prepare

    prepare(opened, mode)
    from commonweal.web.digests import services

    sent, failed = services.send_due(parse_date(day) if day else None)
    if as_json:
        emit({"sent": sent, "failed": failed})
    else:
        console.print(f"{sent:,} sent" + (f", {failed:,} could not be sent: run this again" if failed else ""))
