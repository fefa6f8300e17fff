"""A paper as a Word document: real heading styles, numbered lists, table header rows that repeat, language set."""

from __future__ import annotations

import io
from typing import Any

from docx import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt

from commonweal.commissioning.papers.model import Block, Paper, Points, Table, Text, resolve


def _property(parent: Any, name: str, **values: str) -> None:
    element = OxmlElement(name)
    for key, value in values.items():
        element.set(qn(f"w:{key}"), value)
    parent.append(element)


def _restart_numbering(document: Any, paragraph: Any) -> int:
    """A new numbering instance that starts at 1; returns its id for the items that follow."""
    numbering = document.part.numbering_part.numbering_definitions._numbering
    style = document.styles["List Number"].element
    base = style.pPr.numPr.numId.val
    abstract = next(n for n in numbering.num_lst if n.numId == base).abstractNumId.val
    made = numbering.add_num(abstract)
    made.add_lvlOverride(ilvl=0).add_startOverride(1)
    return made.numId


def _points(document: Any, points: Points) -> None:
    number = None
    for item in points.items:
        paragraph = document.add_paragraph(item, style="List Number" if points.numbered else "List Bullet")
        if points.numbered:
            if number is None:
                number = _restart_numbering(document, paragraph)
            properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
            properties.get_or_add_ilvl().val = 0
            properties.get_or_add_numId().val = number


def _table(document: Any, table: Table) -> None:
    caption = document.add_paragraph(table.caption, style="Caption")
    caption.paragraph_format.keep_with_next = True
    made = document.add_table(rows=1, cols=len(table.header), style="Table Grid")
    for cell, text in zip(made.rows[0].cells, table.header, strict=True):
        cell.text = ""
        cell.paragraphs[0].add_run(text).bold = True
    _property(made.rows[0]._tr.get_or_add_trPr(), "w:tblHeader", val="true")
    _property(made._tbl.tblPr, "w:tblCaption", val=table.caption)
    for row in table.rows:
        for cell, text in zip(made.add_row().cells, row, strict=True):
            cell.text = text
    document.add_paragraph()


def _block(document: Any, block: Block) -> None:
    if isinstance(block, Text):
        for part in block.text.split("\n\n"):
            if part.strip():
                document.add_paragraph(part.strip())
    elif isinstance(block, Points):
        _points(document, block)
    else:
        _table(document, block)


def to_word(paper: Paper) -> bytes:
    """The .docx file."""
    filled = resolve(paper)
    document = Document()
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Arial", Pt(11)  # type: ignore[attr-defined]
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), filled.language)
    normal.element.get_or_add_rPr().append(language)
    about = document.core_properties
    about.title, about.subject, about.language = filled.title, filled.subtitle, filled.language
    about.author, about.comments = "Commonweal", filled.stamp
    about.created = about.modified = filled.made_at.replace(tzinfo=None)
    document.add_heading(filled.title, level=0)
    document.add_paragraph(f"{filled.subtitle}. {filled.stamp}.")
    if filled.withdrawn:
        document.add_paragraph(f"Withdrawn. {filled.withdrawn}", style="Intense Quote")
    for section in filled.sections:
        document.add_heading(section.title, level=section.level)
        for block in section.blocks:
            _block(document, block)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()
