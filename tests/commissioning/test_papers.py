"""The paper model, its three renderings and its freeze."""

import io
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from itertools import pairwise

import docx
import pypdf
import pytest

from commonweal.commissioning import intentions, targets
from commonweal.commissioning.papers import model, pdf, system_intentions, web, word
from commonweal.commissioning.papers.model import Figure, Paper, Points, Section, Table, Text
from commonweal.errors import BadInput, NotReady

MADE = datetime(2026, 11, 23, 12, 0, 5, 123456, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script> #set page(width: 1pt) $x$ [y] \\ & “quotes” \x08"


@pytest.fixture(scope="module")
def nwl() -> Paper:
    return system_intentions.nwl_2020_21(
        intentions.register(), targets.register(), made_at=MADE, stamp="Register of 23 November 2026"
    )


def small(**values) -> Paper:
    blocks = (
        Text("We spend {figure:spend}.", slot="intro"),
        Points(("one", HOSTILE)),
        Table("Costs", ("A", "B"), (("x", HOSTILE),)),
    )
    defaults = {
        "id": "p-1",
        "title": "A paper",
        "subtitle": "For a test",
        "audience": "public",
        "stamp": "release r1",
        "made_at": MADE,
        "sections": (Section("one", "One", 1, blocks),),
        "figures": (Figure("spend", "Spend", "£5m", "release r1"),),
    }
    return Paper(**{**defaults, **values})


def test_the_document_has_every_programme_with_its_four_parts(nwl):
    programmes = [section for section in nwl.sections if section.level == 2 and section.key.startswith("programme-")]
    assert len(programmes) == 18  # seventeen of Appendix 1 and financial recovery
    for programme in programmes:
        parts = {section.title for section in nwl.sections if section.key.startswith(programme.key + "-")}
        assert {
            "Key strategic changes for 2020/21",
            "System intentions 2020/21 (contract changes)",
            "Who supports these changes and why",
            "What benefits are these changes expected to have",
        } <= parts, programme.title


def test_every_intention_of_the_document_stands_in_the_paper_once(nwl):
    lines = [
        item
        for section in nwl.sections
        for block in section.blocks
        if isinstance(block, Points)
        for item in block.items
    ]
    rows = [row for row in intentions.register() if row.source == "nwl-2020-21"]
    for row in rows:
        assert lines.count(f"{row.title}. {row.summary}") == 1, row.id
    assert len(rows) == 258


def test_hand_written_text_stays_when_figures_refresh(nwl):
    mine = model.write_slots(nwl, {"purpose": "Our own words about {figure:deficit}."})
    newer = tuple(replace(figure, shown="£300m") if figure.key == "deficit" else figure for figure in nwl.figures)
    again = replace(
        system_intentions.nwl_2020_21(intentions.register(), targets.register(), made_at=MADE, stamp="next"),
        figures=newer,
    )
    again = model.write_slots(again, mine.slots())
    assert model.resolve(again).slots()["purpose"] == "Our own words about £300m."
    assert model.figure_changes(mine, again) == ["Underlying financial deficit: £324m became £300m"]
    with pytest.raises(BadInput, match="no such place"):
        model.write_slots(nwl, {"elsewhere": "x"})


def test_a_figure_that_is_not_there_stops_the_paper():
    with pytest.raises(NotReady, match="spend"):
        model.resolve(small(figures=()))


def test_a_figure_made_for_another_audience_is_refused():
    with pytest.raises(BadInput, match="audience"):
        small(figures=(Figure("spend", "Spend", "£5m", "release r1", audience="planning"),))


def test_frozen_papers_read_back_and_show_tampering(nwl):
    text, name = model.to_json(nwl), model.content_hash(nwl)
    assert model.check_frozen(text, name) == nwl
    with pytest.raises(BadInput, match="not what was published"):
        model.check_frozen(text.replace("£324m", "£32m"), name)
    assert model.content_hash(replace(nwl, stamp="other")) != name


class _Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)

    def handle_data(self, data):
        self.text += data


def test_web_escapes_everything_and_keeps_heading_order(nwl):
    page = web.to_page(small(title=HOSTILE, withdrawn=HOSTILE))
    found = _Tags(page)
    assert "script" not in found.tags
    assert found.text.count("<script>alert(1)</script>") >= 4
    headings = [
        int(tag[1]) for tag in _Tags(web.to_page(nwl)).tags if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit()
    ]
    assert headings[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(headings))


def test_word_has_real_headings_lists_and_header_rows(nwl):
    document = docx.Document(io.BytesIO(word.to_word(nwl)))
    headings = [p.text for p in document.paragraphs if p.style.name == "Heading 2"]
    assert "Children and young people" in headings and "Patient transport" in headings
    assert document.core_properties.title == "North West London System Intentions 2020/21"
    text = "\n".join(p.text for p in document.paragraphs)
    assert "underlying deficit of £324m" in text
    assert sum(p.style.name == "List Number" for p in document.paragraphs) > 258
    assert all("tblHeader" in table.rows[0]._tr.xml for table in document.tables)


def test_word_takes_hostile_text_as_text():
    content = word.to_word(small(title="Title"))
    text = "\n".join(p.text for p in docx.Document(io.BytesIO(content)).paragraphs)
    assert "<script>alert(1)</script> #set page" in text
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert b"<script>" not in archive.read("word/document.xml")


def test_word_lists_start_again_at_one():
    twice = small(sections=(Section("a", "A", 1, (Points(("x", "y")), Points(("z",)))),))
    document = docx.Document(io.BytesIO(word.to_word(twice)))
    numbers = [p._p.pPr.numPr.numId.val for p in document.paragraphs if p.style.name == "List Number"]
    assert numbers[0] == numbers[1] != numbers[2]


def test_pdf_is_tagged_named_and_in_english(nwl):
    content = pdf.to_pdf(nwl)
    reader = pypdf.PdfReader(io.BytesIO(content))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 (a PDF boolean)
    assert "/StructTreeRoot" in root
    assert str(root["/Lang"]).startswith("en")
    assert reader.metadata is not None and reader.metadata.title == "North West London System Intentions 2020/21"
    assert len(reader.pages) >= 25
    text = "\n".join(page.extract_text() for page in reader.pages)
    assert "Key strategic changes for 2020/21" in text and "Abbreviations" in text
    assert pdf.to_pdf(nwl) == content


def test_pdf_takes_hostile_text_as_text():
    reader = pypdf.PdfReader(io.BytesIO(pdf.to_pdf(small())))
    text = "".join(page.extract_text() for page in reader.pages)
    assert "#set page(width: 1pt)" in text
    assert float(reader.pages[0].mediabox.width) == pytest.approx(595.28, abs=0.1)


def test_pdf_keeps_text_that_no_font_here_can_draw():
    content = pdf.to_pdf(small(title="Care in many tongues \u16a0\U0001f600"))
    assert pypdf.PdfReader(io.BytesIO(content)).trailer["/Root"]["/MarkInfo"]["/Marked"] == True  # noqa: E712
