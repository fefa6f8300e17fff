"""A paper as plain values: sections of text, lists, tables and stamped figures.

Text that people write lives in *slots*, apart from what is made from the register: building the paper again refreshes every
figure and list and keeps the hand-written text as it is. A figure is named in text as ``{figure:key}``. Publishing freezes a
paper: its canonical form is hashed, and any later difference shows.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime

from commonweal.errors import BadInput, NotReady

_FIGURE = re.compile(r"\{figure:([a-z0-9_.-]+)\}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Figure:
    """A number in words as shown (already through the disclosure door for `audience`), with what made it."""

    key: str
    label: str
    shown: str
    stamp: str
    audience: str = "public"


@dataclass(frozen=True)
class Text:
    """A paragraph or several. `slot` is set where people write it."""

    text: str
    slot: str = ""


@dataclass(frozen=True)
class Points:
    """A list. `numbered` where the order matters or points are cited by number."""

    items: tuple[str, ...]
    numbered: bool = True


@dataclass(frozen=True)
class Table:
    """A table of data with a caption and a header row; the first column heads its row."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


Block = Text | Points | Table


@dataclass(frozen=True)
class Section:
    """A heading (level 1 to 3) with what stands under it."""

    key: str
    title: str
    level: int
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True)
class Paper:
    """A whole paper. `stamp` says which register and release made its figures; `made_at` is when."""

    id: str
    title: str
    subtitle: str
    audience: str
    stamp: str
    made_at: datetime
    sections: tuple[Section, ...]
    figures: tuple[Figure, ...] = ()
    withdrawn: str = ""
    language: str = field(default="en-GB")

    def __post_init__(self) -> None:
        if not self.title.strip():
            raise BadInput("a paper needs a title", where=self.id)
        wrong = [figure.key for figure in self.figures if figure.audience != self.audience]
        if wrong:
            raise BadInput(
                "these figures were not made for this paper's audience",
                where=self.id,
                value=", ".join(wrong),
                remedy=f"take them through the disclosure rule of “{self.audience}”",
            )

    def slots(self) -> dict[str, str]:
        """The hand-written text by slot."""
        return {
            block.slot: block.text
            for section in self.sections
            for block in section.blocks
            if isinstance(block, Text) and block.slot
        }


def _printable(text: str) -> str:
    """Text without control characters, which neither Word's XML nor a PDF can hold. Everything else stays."""
    return _CONTROL.sub("", text)


def resolve(paper: Paper) -> Paper:
    """The paper as it is rendered: each ``{figure:key}`` in text replaced by its figure, control characters out.

    Raises NotReady naming unknown keys.
    """
    shown = {figure.key: figure.shown for figure in paper.figures}
    unknown = sorted({key for key in _named(paper) if key not in shown})
    if unknown:
        raise NotReady("the text names figures that this paper does not have", where=paper.id, value=", ".join(unknown))

    def filled(block: Block) -> Block:
        if isinstance(block, Text):
            return replace(block, text=_printable(_FIGURE.sub(lambda match: shown[match.group(1)], block.text)))
        if isinstance(block, Points):
            return replace(block, items=tuple(map(_printable, block.items)))
        rows = tuple(tuple(map(_printable, row)) for row in block.rows)
        return Table(_printable(block.caption), tuple(map(_printable, block.header)), rows)

    return replace(
        paper,
        title=_printable(paper.title),
        subtitle=_printable(paper.subtitle),
        stamp=_printable(paper.stamp),
        withdrawn=_printable(paper.withdrawn),
        sections=tuple(
            replace(
                section,
                title=_printable(section.title),
                blocks=tuple(filled(block) for block in section.blocks),
            )
            for section in paper.sections
        ),
    )


def _named(paper: Paper) -> Iterator[str]:
    for section in paper.sections:
        for block in section.blocks:
            if isinstance(block, Text):
                yield from _FIGURE.findall(block.text)


def figure_changes(before: Paper, after: Paper) -> list[str]:
    """What refreshing did to the figures, in words; new and gone ones too."""
    old, new = ({figure.key: figure for figure in paper.figures} for paper in (before, after))
    words = [
        f"{new[key].label}: {old[key].shown} became {new[key].shown}"
        for key in new
        if key in old and old[key].shown != new[key].shown
    ]
    words += [f"{new[key].label}: {new[key].shown} is new" for key in new if key not in old]
    words += [f"{old[key].label}: {old[key].shown} is gone" for key in old if key not in new]
    return words


def to_json(paper: Paper) -> str:
    """The canonical form: sorted keys, no spaces, text as written."""
    made = asdict(paper)
    made["made_at"] = paper.made_at.isoformat()
    for section, plain in zip(paper.sections, made["sections"], strict=True):
        for block, plain_block in zip(section.blocks, plain["blocks"], strict=True):
            plain_block["kind"] = type(block).__name__.lower()
    return json.dumps(made, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def from_json(text: str) -> Paper:
    """The paper of a canonical form."""
    made = json.loads(text)
    kinds = {"text": Text, "points": Points, "table": Table}

    def block(plain: dict) -> Block:
        kind = kinds[plain.pop("kind")]
        values = {name: _tupled(value) for name, value in plain.items()}
        return kind(**values)

    sections = tuple(
        Section(row["key"], row["title"], row["level"], tuple(block(plain) for plain in row["blocks"]))
        for row in made.pop("sections")
    )
    figures = tuple(Figure(**row) for row in made.pop("figures"))
    made["made_at"] = datetime.fromisoformat(made["made_at"])
    return Paper(**made, sections=sections, figures=figures)


def _tupled(value: object) -> object:
    return tuple(_tupled(item) for item in value) if isinstance(value, list) else value


def content_hash(paper: Paper) -> str:
    """SHA-256 of the canonical form: the name of a published paper's content."""
    return hashlib.sha256(to_json(paper).encode("utf-8")).hexdigest()


def check_frozen(paper_json: str, expected: str) -> Paper:
    """The published paper, if it is still what was published."""
    paper = from_json(paper_json)
    if content_hash(paper) != expected:
        raise BadInput(
            "this paper is not what was published", where=paper.id, remedy="restore it; publish changes as a new paper"
        )
    return paper


def write_slots(paper: Paper, written: Mapping[str, str]) -> Paper:
    """The paper with people's text in its slots. Raises BadInput for a slot that it does not have."""
    strange = sorted(set(written) - set(paper.slots()))
    if strange:
        raise BadInput("this paper has no such place for text", where=paper.id, value=", ".join(strange))

    def put(block: Block) -> Block:
        if isinstance(block, Text) and block.slot in written:
            return replace(block, text=written[block.slot])
        return block

    return replace(
        paper,
        sections=tuple(
            replace(section, blocks=tuple(put(block) for block in section.blocks)) for section in paper.sections
        ),
    )
