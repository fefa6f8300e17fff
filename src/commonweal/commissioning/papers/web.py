"""A paper as accessible HTML. Every piece of text is escaped; nothing in a paper can become markup."""

from __future__ import annotations

from html import escape

from commonweal.commissioning.papers.model import Block, Paper, Points, Section, Table, Text, resolve


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(part.strip())}</p>" for part in text.split("\n\n") if part.strip())


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col" class="nhsuk-table__header">{escape(cell)}</th>' for cell in table.header)
    body = "".join(
        "<tr>"
        + f'<th scope="row" class="nhsuk-table__cell">{escape(row[0])}</th>'
        + "".join(f'<td class="nhsuk-table__cell">{escape(cell)}</td>' for cell in row[1:])
        + "</tr>"
        for row in table.rows
    )
    return (
        f'<div class="cw-scroll" role="region" tabindex="0" aria-label="{escape(table.caption)}">'
        f'<table class="nhsuk-table"><caption class="nhsuk-table__caption">{escape(table.caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _block(block: Block) -> str:
    if isinstance(block, Text):
        return _paragraphs(block.text)
    if isinstance(block, Points):
        tag, style = ("ol", "number") if block.numbered else ("ul", "bullet")
        items = "".join(f"<li>{escape(item)}</li>" for item in block.items)
        return f'<{tag} class="nhsuk-list nhsuk-list--{style}">{items}</{tag}>'
    return _table(block)


def _section(section: Section) -> str:
    level = section.level + 1
    size = {2: "l", 3: "m", 4: "s"}[level]
    return (
        f'<h{level} id="{escape(section.key)}" class="nhsuk-heading-{size}">{escape(section.title)}</h{level}>'
        + "".join(_block(block) for block in section.blocks)
    )


def contents(paper: Paper) -> list[tuple[str, str]]:
    """(anchor, title) of the first-level sections and the programmes."""
    return [(section.key, section.title) for section in paper.sections if section.level <= 2]


def to_html(paper: Paper) -> str:
    """The body of the paper, headings from level 2 down: the page gives the level 1."""
    filled = resolve(paper)
    withdrawn = (
        f'<div class="nhsuk-inset-text"><p><strong>Withdrawn.</strong> {escape(filled.withdrawn)}</p></div>'
        if filled.withdrawn
        else ""
    )
    stamp = f'<p class="nhsuk-body-s">{escape(filled.subtitle)}. {escape(filled.stamp)}.</p>'
    return withdrawn + stamp + "".join(_section(section) for section in filled.sections)


def to_page(paper: Paper) -> str:
    """A page that stands alone, for archives and tests."""
    return (
        f'<!DOCTYPE html><html lang="{escape(paper.language)}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{escape(paper.title)}</title></head>'
        f"<body><main><h1>{escape(paper.title)}</h1>{to_html(paper)}</main></body></html>"
    )
