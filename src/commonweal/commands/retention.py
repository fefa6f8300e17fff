"""``retention``: what has been kept as long as the site's rules say, and its removal."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from commonweal.commands import audited
from commonweal.commands.shared import JsonOption, StoreOption, console, emit, open_store, parse_date
from commonweal.errors import BadInput
from commonweal.governance import audit
from commonweal.record import retention
from commonweal.store import DEFAULT_STORE


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("retention")(run)


def run(
    as_at: Annotated[str, typer.Option("--as-at", help="Judge by the rules of this day; today where left out")] = "",
    received_before: Annotated[
        str,
        typer.Option(
            "--received-before", help="Also every raw file that arrived before this day, such as an erasure's"
        ),
    ] = "",
    reason: Annotated[
        str, typer.Option("--reason", help="Why, where --received-before goes beyond the rules; it is audited")
    ] = "",
    really: Annotated[bool, typer.Option("--really", help="Do it; without this, only say what would go")] = False,
    store: StoreOption = DEFAULT_STORE,
    as_json: JsonOption = False,
) -> None:
    """Remove raw files and refused rows whose time is over, by the rules under `retention` in site.yaml."""
    opened = open_store(store)
    day = parse_date(as_at) if as_at else date.today()  # noqa: DTZ011 (local date)
    before = parse_date(received_before) if received_before else None
    if before is not None and len(reason.strip()) < 3:
        raise BadInput("going beyond the rules needs its reason", where="--received-before", remedy="give --reason")
    found = retention.due(opened, day, before)
    if really and found:
        audited.begin(opened, "direct_care")
        audit.record(
            audited.actor(), purpose="direct_care", action="retention", object="landed files and refused rows",
            reason=reason or "; ".join(sorted({one.rule for one in found})), result_count=len(found),
        )  # fmt: skip
        found = retention.remove(opened, day, before)
    counts = {what: sum(one.what == what for one in found) for what in ("landed", "quarantine")}
    size = sum(one.bytes for one in found)
    if as_json:
        emit({"dry_run": not really, "as_at": day, **counts, "bytes": size, "items": [one.as_json() for one in found]})
        return
    console.print("Removed:" if really else "Nothing was changed. This would go (do it with --really):")
    console.print(
        f"  {counts['landed']:,} raw files and the refused rows of {counts['quarantine']:,} loads, {size:,} bytes"
    )
    for one in found:
        console.print(
            f"  {one.what} {one.sha256[:12]} of {one.feed}, received {one.received}: {one.rule}", markup=False
        )
