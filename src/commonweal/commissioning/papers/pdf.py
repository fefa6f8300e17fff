"""A paper as a tagged PDF (PDF/UA-1: headings, lists, tables and language that a screen reader can follow).

The paper goes to Typst as data, never as markup: text in it cannot become a command.
"""

from __future__ import annotations

from typing import Any

import typst

from commonweal.commissioning.papers.model import Paper, resolve, to_json

TEMPLATE = """
#let paper = json(bytes(sys.inputs.paper))
#set document(title: paper.title, author: "Commonweal", description: paper.stamp)
#set text(lang: "en", region: "GB", size: 11pt, font: ("Arial", "Liberation Sans", "DejaVu Sans", "Libertinus Serif"))
#set page(paper: "a4", margin: 2.2cm, numbering: "1", footer: context align(center, text(size: 9pt)[
  #paper.title, page #counter(page).display()]))
#set par(leading: 0.7em, spacing: 1em)
#set heading(numbering: none)
#show heading.where(level: 1): it => block(above: 2.2em, below: 1em, sticky: true, text(size: 18pt, it.body))
#show heading.where(level: 2): it => block(above: 1.6em, below: 0.9em, text(size: 14pt, it.body))
#show heading.where(level: 3): it => block(above: 1.3em, below: 0.7em, text(size: 12pt, it.body))
#show figure.where(kind: table): set figure.caption(position: top)
#show figure.where(kind: table): set block(breakable: true)
#show figure.caption: it => block(sticky: true, it)
#align(left, title())
#paper.subtitle. #paper.stamp.

#if paper.withdrawn != "" [*Withdrawn.* #paper.withdrawn]
#outline(depth: 2)
#pagebreak(weak: true)
#for section in paper.sections {
  if section.title.starts-with("Appendix") { pagebreak(weak: true) }
  heading(level: section.level, section.title)
  for block in section.blocks {
    if block.kind == "text" {
      for part in block.text.split("\\n\\n") { if part.trim() != "" { par(part.trim()) } }
    } else if block.kind == "points" {
      if block.numbered { enum(..block.items) } else { list(..block.items) }
    } else {
      figure(kind: table, supplement: none, numbering: none, caption: block.caption, {
        set text(size: if block.header.len() > 7 { 6.2pt } else if block.header.len() > 5 { 7pt } else { 9pt }, hyphenate: true)
        set par(justify: false)
        table(
          columns: (2fr,) + (1fr,) * (block.header.len() - 1),
          inset: if block.header.len() > 7 { 3pt } else { 5pt },
          align: left,
          stroke: 0.5pt + luma(120),
          table.header(..block.header.map(cell => strong(cell))),
          ..block.rows.flatten(),
        )
      })
    }
  }
}
"""


def to_pdf(paper: Paper) -> bytes:
    """The PDF file: tagged, PDF/UA-1, the same bytes for the same paper.

    Where a character exists in no font at hand, PDF/UA cannot be claimed: the file is then tagged all the same and the text kept.
    """
    data = to_json(resolve(paper))
    try:
        return _compile(data, paper, ["ua-1"])
    except typst.TypstError as error:
        if "could not be displayed" not in str(error):
            raise
        return _compile(data, paper, [])


def _compile(data: str, paper: Paper, standards: list[Any]) -> bytes:
    made = typst.compile(
        TEMPLATE.encode("utf-8"),
        format="pdf",
        sys_inputs={"paper": data},
        pdf_standards=standards,
        timestamp=paper.made_at.replace(microsecond=0),
    )
    if not isinstance(made, bytes):  # one file was asked for
        raise TypeError("the PDF came back in parts")
    return made
