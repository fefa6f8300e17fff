"""Versions of an intention: a change log that writes itself, comparison between versions and between years, carry-forward."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from difflib import SequenceMatcher
from enum import StrEnum

from commonweal.commissioning.intentions import FIELD_LABELS, Intention
from commonweal.commissioning.similarity import best_matches
from commonweal.errors import Busy


@dataclass(frozen=True)
class FieldChange:
    """One field that differs. `words` says it as the change log prints it."""

    field: str
    before: str
    after: str
    words: str


@dataclass(frozen=True)
class Piece:
    """A run of text in a comparison: ``same``, ``removed`` or ``added``."""

    kind: str
    text: str


def _text(value: object) -> str:
    return "; ".join(value) if isinstance(value, tuple) else str(value)


def _words(name: str, before: str, after: str) -> str:
    label = FIELD_LABELS[name]
    if not before:
        return f"{label}: added “{after}”"
    if not after:
        return f"{label}: removed “{before}”"
    return f"{label}: “{before}” became “{after}”"


def differences(before: Intention, after: Intention) -> tuple[FieldChange, ...]:
    """Every field that differs, in the register's field order."""
    found = []
    for field in fields(Intention):
        old, new = _text(getattr(before, field.name)), _text(getattr(after, field.name))
        if old != new:
            found.append(FieldChange(field.name, old, new, _words(field.name, old, new)))
    return tuple(found)


def change_log(before: Intention, after: Intention) -> str:
    """The log's line for a new version; empty when nothing changed."""
    return "; ".join(change.words for change in differences(before, after))


def pieces(before: str, after: str) -> tuple[Piece, ...]:
    """A comparison word by word, for showing side by side."""
    old, new = before.split(), after.split()
    found: list[Piece] = []
    for tag, a0, a1, b0, b1 in SequenceMatcher(a=old, b=new, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Piece("same", " ".join(old[a0:a1])))
            continue
        if a1 > a0:
            found.append(Piece("removed", " ".join(old[a0:a1])))
        if b1 > b0:
            found.append(Piece("added", " ".join(new[b0:b1])))
    return tuple(found)


def merge_edits(base: Intention, theirs: Intention, mine: Intention) -> Intention:
    """Two people edited the same version: keep both edits where they touch different fields.

    `theirs` is already saved. Raises Busy, naming the fields, where both changed one to different words: nobody's text is lost
    in silence, the second editor sees both and chooses.
    """
    merged, clashes = theirs, []
    for field in fields(Intention):
        name = field.name
        if getattr(mine, name) == getattr(base, name) or getattr(mine, name) == getattr(theirs, name):
            continue
        if getattr(theirs, name) != getattr(base, name):
            clashes.append(name)
        else:
            merged = replace(merged, **{name: getattr(mine, name)})
    if clashes:
        raise Busy(
            "someone else changed the same fields while you were editing",
            where=base.id,
            value=", ".join(FIELD_LABELS[name] for name in clashes),
            remedy="compare the two texts below and save the one you want",
        )
    return merged


class Fate(StrEnum):
    """What became of an intention from one year to the next."""

    CONTINUED = "continued"
    CHANGED = "changed"
    DROPPED = "not repeated"
    NEW = "new"


@dataclass(frozen=True)
class YearLine:
    """One line of a comparison of two years. `likeness` is 1 where the link was recorded, else the text similarity."""

    fate: Fate
    before: Intention | None
    after: Intention | None
    likeness: float
    changes: tuple[FieldChange, ...] = ()


_EXPECTED = frozenset({"id", "year", "carried_from", "source", "section"})


def _line(before: Intention, after: Intention, likeness: float) -> YearLine:
    changes = tuple(change for change in differences(before, after) if change.field not in _EXPECTED)
    return YearLine(Fate.CHANGED if changes else Fate.CONTINUED, before, after, likeness, changes)


def compare_years(
    earlier: Sequence[Intention], later: Sequence[Intention], *, threshold: float = 0.45
) -> list[YearLine]:
    """What continued, changed, was not repeated, and is new.

    A recorded carry-forward decides; otherwise the nearest text above `threshold` is offered, each used once. A match by text
    is a suggestion for a person, and its likeness says how near it is.
    """
    by_id = {intention.id: intention for intention in earlier}
    lines, used, rest = [], set(), []
    for intention in later:
        before = by_id.get(intention.carried_from)
        if before is None:
            rest.append(intention)
        else:
            used.add(before.id)
            lines.append(_line(before, intention, 1.0))
    free = [intention for intention in earlier if intention.id not in used]
    matched: dict[str, tuple[Intention, float]] = {}
    for after_index, before_index, likeness in best_matches(rest, free, threshold):
        after, before = rest[after_index], free[before_index]
        if after.id in matched or before.id in used:
            continue
        used.add(before.id)
        matched[after.id] = (before, likeness)
    for intention in rest:
        if intention.id in matched:
            before, likeness = matched[intention.id]
            lines.append(_line(before, intention, likeness))
        else:
            lines.append(YearLine(Fate.NEW, None, intention, 0.0))
    lines += [YearLine(Fate.DROPPED, before, None, 0.0) for before in earlier if before.id not in used]
    return lines


def carry_forward(intention: Intention, *, year: str, new_id: str) -> Intention:
    """The same intention for another year, joined to the one it comes from."""
    return replace(intention, id=new_id, year=year, carried_from=intention.id)
