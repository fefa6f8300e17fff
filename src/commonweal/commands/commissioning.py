"""``commonweal plans``: load the five documents into the register, and write a paper to files."""

# pyright: reportCallIssue=false
from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from commonweal.commands.shared import JsonOption, StoreOption, console, emit, open_store
from commonweal.errors import NotReady
from commonweal.store import DEFAULT_STORE

group = typer.Typer(no_args_is_help=True, help="Intentions, targets, engagement, procurement and papers.")


def register(app: typer.Typer) -> None:
    """Add ``plans`` to the command line."""
    app.add_typer(group, name="plans")


@group.command("load")
def load(
    store: StoreOption = DEFAULT_STORE,
    mode: Annotated[str, typer.Option(help="Settings to use: demo or production")] = "demo",
    as_json: JsonOption = False,
) -> None:
    """Load the five documents. Done twice, it adds nothing; edits made since are kept."""
    from commonweal.web.setup import prepare

    prepare(open_store(store), mode)
    from commonweal.web.commissioning.services import loading

    new, total = loading.load_documents(), loading.totals()
    if as_json:
        emit({"new": new, "total": total})
        return
    console.print(
        "in the register: " + ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in total.items())
    )
    console.print("new: " + ", ".join(f"{count:,} {name}" for name, count in new.items()))


@group.command("example")
def example(store: StoreOption = DEFAULT_STORE, as_json: JsonOption = False) -> None:
    """One invented intention traced end to end, in a demonstration: people, measure, money, contract, feedback."""
    from commonweal.web.setup import prepare

    prepare(open_store(store), "demo")
    from commonweal.web import server
    from commonweal.web.commissioning.services.example import REFERENCE, make_example

    server.make_ready(demo=True)
    page, new = f"/plans/i/{REFERENCE}/", make_example()
    if as_json:
        emit({"page": page, "new": new})
        return
    console.print(f"{page} " + ("is made" if new else "was there already"))


@group.command("paper")
def paper(
    out: Annotated[Path, typer.Argument(help="File to write: .docx, .pdf or .html")],
    as_json: JsonOption = False,
) -> None:
    """Regenerate North West London System Intentions 2020/21 from the source tables, with no store."""
    from datetime import UTC, datetime

    from commonweal.commissioning import intentions, targets
    from commonweal.commissioning.papers import pdf, system_intentions, web, word

    made = system_intentions.nwl_2020_21(
        intentions.register(),
        targets.register(),
        made_at=datetime.now(UTC),
        stamp="Made from the source tables of the five documents",
    )
    writers = {".docx": word.to_word, ".pdf": pdf.to_pdf, ".html": lambda one: web.to_page(one).encode("utf-8")}
    if out.suffix not in writers:
        raise NotReady("papers come as .docx, .pdf or .html", value=out.suffix)
    out.write_bytes(writers[out.suffix](made))
    size = out.stat().st_size
    if as_json:
        emit({"file": str(out), "sections": len(made.sections), "bytes": size})
        return
    console.print(f"{out}: {len(made.sections)} sections, content {size:,} bytes")
