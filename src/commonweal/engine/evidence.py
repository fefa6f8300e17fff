"""Why somebody is on a list: the parts of the expression that decided it, with their values, in words.

Nobody writes evidence by hand. An ``and`` that is true was decided by all its parts, an ``or`` by those that are true;
each part that is left names the features that it reads. What would take the person off is found by asking, part by
part, whether the answer would change if that part alone did.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import Any

from commonweal.definitions.codelists.labels import LAST_VALUE_LISTS, label, unit
from commonweal.definitions.vocabulary.nodes import (
    AsAt,
    Call,
    CaseWhen,
    CodeMatch,
    Feature,
    Literal,
    Member,
    Node,
    PersonAttribute,
    RowCondition,
    RowSet,
    walk,
)
from commonweal.engine.columns import content_hash
from commonweal.engine.evaluate import evaluate
from commonweal.engine.words import Title, counted, only_a_value, say, say_feature, say_record, say_rows, say_value


@dataclass(frozen=True)
class SourceRow:
    """Where a value came from: the row's table, date and lineage, with its code and value."""

    table: str
    date: date | None
    load_id: int
    record_number: int
    code: str = ""
    value: float | str | None = None
    term: str = ""
    """What the code says; empty where neither the source nor a codelist names it."""


@dataclass(frozen=True)
class Evidence:
    """One fact that decided. `sentence` is for people; the rest is for programs."""

    feature: str
    sentence: str
    value: Any = None
    date: date | None = None
    rows: tuple[SourceRow, ...] = ()


@lru_cache(maxsize=4096)
def feature_id(feature: Feature) -> str:
    """A short stable name of a feature."""
    lists = [name for match in feature.rows.codes for name in match.codelists]
    stem = lists[0] if lists else "_".join(str(v) for c in feature.rows.conditions[:1] for v in c.values[:1])
    stem = "".join(letter if letter.isalnum() else "_" for letter in stem.lower()).strip("_")
    return "_".join(part for part in (feature.aggregate, feature.rows.table, stem, content_hash(feature)[:8]) if part)


@dataclass(frozen=True)
class Told:
    """What is said of one feature for anybody, and what is asked to say it."""

    name: str
    rows: str
    record: str
    since: str
    """The rows without their window, where that reaches the as-at date and the row's date is told beside it."""
    day: Feature
    latest_day: Feature
    last_day: Feature | None
    """The day of the last such row outside the window; None where there is no window."""
    last_value: Feature | None

    @classmethod
    def of(cls, feature: Feature, title: Title) -> Told:
        rows = feature.rows
        ever = replace(rows, bounds=())
        return cls(
            feature_id(feature), say_rows(rows, title), say_record(rows, title),
            say_rows(ever if _reaches_now(rows) else rows, title), Feature(rows, feature.aggregate, part="date"),
            Feature(rows, "latest", part="date"), Feature(ever, "latest", part="date") if rows.bounds else None,
            last_value(feature, title),
        )  # fmt: skip


class Known:
    """Something for each node, worked out when it is first asked. By identity: nodes are deep, and to compare two is slow."""

    def __init__(self, make: Callable[[Any], Any]) -> None:
        self._make = make
        self._found: dict[int, tuple[Node, Any]] = {}

    def __call__(self, node: Node) -> Any:
        found = self._found.get(id(node))
        if found is None:  # with the node itself, which so lives as long as its identity is used
            found = self._found[id(node)] = (node, self._make(node))
        return found[1]


class Wording:
    """What is the same for everybody on one list, for a `Reasoner` of each of them."""

    def __init__(self, title: Title) -> None:
        self.title = title
        self.told = Known(lambda feature: Told.of(feature, title))
        self.features = Known(lambda leaf: [one for one in dict.fromkeys(walk(leaf)) if isinstance(one, Feature)])


class Reasoner:
    """Finds evidence for one person, given what every feature and attribute of theirs is.

    `logic_of`: definition id to the condition behind a membership. `rows_of`: the rows that gave a feature, where they are at
    hand; every line then says which rows of the record it rests on.
    """

    def __init__(
        self, as_at: date, lookup: Callable[[Node], Any], logic_of: Mapping[str, Node], title: Title,
        wording: Wording | None = None, rows_of: Callable[[Feature], tuple[SourceRow, ...]] = lambda _: (),
    ) -> None:  # fmt: skip
        self.as_at, self.logic_of, self.title, self._rows_of = as_at, logic_of, title, rows_of
        self.wording = wording or Wording(title)
        looked_up = Known(lookup)
        self._values = Known(lambda node: evaluate(node, as_at, looked_up))

    def value(self, node: Node) -> Any:
        """The value of an expression for this person."""
        return self._values(node)

    def deciding(self, node: Node) -> list[Node]:
        """The smallest parts of a condition that made it what it is."""
        if isinstance(node, Member) and node.definition_id in self.logic_of:
            return self.deciding(self.logic_of[node.definition_id])
        if isinstance(node, CaseWhen):
            return self._deciding_case(node)
        if not isinstance(node, Call):
            return [node]
        if node.operator == "not":
            return self.deciding(node.arguments[0])
        if node.operator in ("and", "or"):
            answer = self.value(node)
            everything = answer is (node.operator == "and")
            parts = [one for one in node.arguments if everything or self.value(one) is answer]
            return [leaf for one in parts for leaf in self.deciding(one)]
        if node.operator in (">", "<") and (moved := self._moved(node)):
            return moved
        if node.operator in ("<", "<=", ">", ">=") and (tests := counted(node.arguments[0])):
            wanted = (self.value(node) is True) == (node.operator in (">", ">="))
            return [leaf for test in tests if (self.value(test) is True) is wanted for leaf in self.deciding(test)]
        if node.operator == "coalesce" and isinstance(node.arguments[-1], Literal):
            return self.deciding(node.arguments[0])
        return [node]

    def _moved(self, node: Call) -> list[Node]:
        """Of two counts of the same signs, set beside each other because they were taken at two times: the signs that changed
        the way that decided, each with what it is and what it was beside."""
        first, second = (counted(side) for side in node.arguments)
        if not first or len(first) != len(second):
            return []
        wanted = (self.value(node) is True) == (node.operator == ">")
        pairs = list(zip(first, second, strict=True))
        moved = [
            (one, other)
            for one, other in pairs
            if (self.value(one) is True, self.value(other) is True) == (wanted, not wanted)
        ]
        return [leaf for pair in moved for part in self._side_by_side(*pair) for leaf in self.deciding(part)]

    def _side_by_side(self, one: Node, other: Node) -> list[Node]:
        """Two signs, or of two that are made alike the parts that hold in one, each followed by the same part of the other."""
        if not (isinstance(one, Call) and isinstance(other, Call) and one.operator == other.operator == "or"):
            return [one, other]
        if len(one.arguments) != len(other.arguments):
            return [one, other]
        pairs = zip(one.arguments, other.arguments, strict=True)
        return [part for pair in pairs if any(self.value(side) is True for side in pair) for part in pair]

    def _deciding_case(self, node: CaseWhen) -> list[Node]:
        found: list[Node] = []
        for test, result in node.branches:
            if self.value(test) is True:
                return [*found, *self.deciding(test), *([] if isinstance(result, Literal) else self.deciding(result))]
            found += self.deciding(test)
        # What decided is the last case itself; the tests that led past it are told only where it says nothing.
        return found if isinstance(node.otherwise, Literal) else self.deciding(node.otherwise)

    def evidence(self, node: Node) -> list[Evidence]:
        """One line for each fact that decided, each once: of two that speak of one row, the one with its value."""
        lines: dict[Any, Evidence] = {}
        for leaf in self.deciding(node):
            for fact, one in self._lines(leaf):
                key = (fact, one.date) if fact is not None and one.date is not None else one.sentence
                if key not in lines or (_is_value(one) and not _is_value(lines[key])):
                    lines[key] = one
        return list({one.sentence: one for one in lines.values()}.values())

    def _lines(self, leaf: Node) -> list[tuple[Any, Evidence]]:
        """Lines, each with what tells whether two of them speak of the same rows."""
        features = self.wording.features(leaf)
        if not features:
            if isinstance(leaf, Literal):
                return []
            shown = self._shown_value(leaf)
            return [(None, Evidence("person", f"{_capital(shown)}", None))]
        seen: dict[tuple[Any, ...], tuple[Any, Evidence]] = {}
        for feature in features:
            key = (feature.rows, feature.aggregate in ("latest", "any"))
            line = self._line(feature)
            if key not in seen or _is_value(line):
                seen[key] = (_fact(feature, line), line)
        return list(seen.values())

    def _shown_value(self, leaf: Node) -> str:
        if isinstance(leaf, Call) and leaf.operator in ("=", "!=", "<", "<=", ">", ">=", "in"):
            return f"{say(leaf.arguments[0], self.title)}: {say_value(self.value(leaf.arguments[0]))}"
        return f"{say(leaf, self.title)}: {say_value(self.value(leaf))}"

    def _line(self, feature: Feature) -> Evidence:
        value = self.value(feature)
        told: Told = self.wording.told(feature)
        if feature.aggregate in ("latest", "earliest"):
            when = self._try(told.day)
            if when is None:
                return Evidence(told.name, _capital(f"no {told.record}"))
            shown = "" if feature.part == "date" else f": {_with_unit(value, feature)}"
            rows = told.since if feature.aggregate == "latest" else told.rows
            sentence = _capital(f"{feature.aggregate} {rows}{shown} on {say_value(when)}")
            return Evidence(told.name, sentence, value, when, self._rows_of(feature))
        if feature.aggregate == "any":
            return self._line_of_any(feature, told, value)
        counts_rows = feature.aggregate == "count" and feature.column in ("", "date", "start_date")
        sentence = (
            f"{_capital(told.rows)}: {_times(value, on_days=bool(feature.column))}"
            if counts_rows
            else f"{_capital(say_feature(feature, self.title))}: {say_value(value)}"
        )
        return Evidence(told.name, sentence, value, None, self._rows_of(feature))

    def _line_of_any(self, feature: Feature, told: Told, value: Any) -> Evidence:
        """There are such rows, and the latest decides; or there are none, and the last outside the window is told beside it."""
        if value:
            when = self._try(told.latest_day)
            on = f", latest on {say_value(when)}" if when else ""
            return Evidence(told.name, _capital(f"{told.rows}{on}"), True, when, self._rows_of(told.latest_day))
        last = self._try(told.last_day) if told.last_day is not None else None
        none = told.rows if feature.rows.bounds else told.record
        if told.last_day is None or not last:
            return Evidence(told.name, _capital(f"no {none}"), False, last)
        reading = self._last_value(told, last)
        rows = self._rows_of(told.last_value if reading and told.last_value is not None else told.last_day)
        sentence = _capital(f"no {none}; the last was {reading}on {say_value(last)}")
        return Evidence(told.name, sentence, False, last, rows)

    def _last_value(self, told: Told, when: date) -> str:
        """The value of that day, with its unit, where it is one that the list's unit holds for."""
        last = told.last_value
        if last is None or self._try(self.wording.told(last).day) != when:
            return ""
        value = self._try(last)
        return f"{_with_unit(value, last)} " if value is not None else ""

    def _try(self, feature: Feature) -> Any:
        try:
            return self.value(feature)
        except KeyError:
            return None

    # --- what would take them off ----------------------------------------------------------------------------------

    def ways_off(self, node: Node) -> list[str]:
        """What would, by itself, take the person off the list."""
        if self.value(node) is not True:
            return []
        found: dict[str, None] = {}
        for leaf in dict.fromkeys(self.deciding(node)):
            truth = self.value(leaf)
            if _unchangeable(leaf):
                continue
            if isinstance(truth, bool) and self._with(node, leaf, not truth) is not True:
                found[self._flip(leaf, truth)] = None
        return list(found)

    def _with(self, node: Node, leaf: Node, forced: bool) -> Any:
        """The value of `node` if one part of it were different."""

        def value(one: Node) -> Any:
            if one == leaf:
                return forced
            if isinstance(one, Member) and one.definition_id in self.logic_of:
                return value(self.logic_of[one.definition_id]) is True
            if isinstance(one, Call) and one.operator in ("and", "or", "not", "coalesce"):
                frozen = Call(one.operator, tuple(Literal(value(part)) for part in one.arguments))
                return self.value(frozen)
            return self.value(one)

        return value(node)

    def _flip(self, leaf: Node, truth: bool) -> str:
        if isinstance(leaf, Feature) and leaf.aggregate == "any":
            rows = say_record(leaf.rows, self.title)
            return f"If there were {'no' if truth else _article(rows)} {rows}"
        words = say(leaf, self.title)
        return f"If it were no longer so that {words}" if truth else f"If it became so that {words}"


def _capital(text: str) -> str:
    """The text with a capital, unless it begins with a word such as eGFR."""
    return text if text[1:2].isupper() else text[:1].upper() + text[1:]


def _times(count: Any, *, on_days: bool) -> str:
    if on_days:
        return f"on {say_value(count)} {'day' if count == 1 else 'days'}"
    return "once" if count == 1 else f"{say_value(count)} times"


def _article(words: str) -> str:
    return "an" if words[:1] in "aeiou" else "a"


def _is_value(line: Evidence) -> bool:
    return line.value is not None and not isinstance(line.value, bool | date)


def _fact(feature: Feature, line: Evidence) -> Any:
    """What two lines share that speak of the same rows; None for a line that stands for itself."""
    if feature.aggregate not in ("latest", "any") or line.value is False:
        return None
    return feature.rows.table, feature.rows.codes, tuple(c for c in feature.rows.conditions if not only_a_value(c))


def _reaches_now(rows: RowSet) -> bool:
    """Whether the window ends on the as-at date or names the day: then its latest row needs no window beside its date."""
    return all(
        bound.operator in (">", ">=", "=") or (bound.operator == "<=" and isinstance(bound.bound, AsAt))
        for bound in rows.bounds
    )


def _with_unit(value: Any, feature: Feature) -> str:
    lists = [name for match in feature.rows.codes if not match.negated for name in match.codelists]
    given = unit(lists) if feature.column == "value" and lists else ""
    if given and isinstance(value, float):  # a reading that came in another unit has decimals that nobody measured
        value = round(value, 1 if abs(value) >= 10 else 2)
    return f"{say_value(value)} {given}".strip()


def last_value(feature: Feature, title: Title) -> Feature | None:
    """The feature that gives the last reading of what `feature` asks for, where its lists have one unit."""
    rows = feature.rows
    if feature.aggregate != "any" or rows.table != "event" or len(rows.codes) != 1 or rows.conditions or rows.related:
        return None
    lists = LAST_VALUE_LISTS.get(label(rows.codes[0].codelists, title))
    if lists is None:
        return None
    codes = (CodeMatch(rows.codes[0].column, lists),)
    return Feature(RowSet("event", codes, (RowCondition("value", "above", (0,)),)), "latest", "value", "value")


def _unchangeable(leaf: Node) -> bool:
    """Whether a part rests on age or sex alone, which nobody can do anything about."""
    parts = list(walk(leaf))
    return not any(isinstance(one, Feature | Member) for one in parts) and any(
        isinstance(one, PersonAttribute) and one.name in ("birth_date", "sex") for one in parts
    )
