"""Why somebody is on a list: the parts of the expression that decided it, with their values, in words.

Nobody writes evidence by hand. An ``and`` that is true was decided by all its parts, an ``or`` by those that are true;
each part that is left names the features that it reads. What would take the person off is found by asking, part by
part, whether the answer would change if that part alone did.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from commonweal.definitions.vocabulary.nodes import Call, CaseWhen, Feature, Literal, Member, Node, walk
from commonweal.engine.columns import content_hash
from commonweal.engine.evaluate import evaluate
from commonweal.engine.words import Title, say, say_feature, say_rows, say_value


@dataclass(frozen=True)
class SourceRow:
    """Where a value came from: the row's table, date and lineage, with its code and value."""

    table: str
    date: date | None
    load_id: int
    record_number: int
    code: str = ""
    value: float | str | None = None


@dataclass(frozen=True)
class Evidence:
    """One fact that decided. `sentence` is for people; the rest is for programs."""

    feature: str
    sentence: str
    value: Any = None
    date: date | None = None
    rows: tuple[SourceRow, ...] = ()


def feature_id(feature: Feature) -> str:
    """A short stable name of a feature."""
    lists = [name for match in feature.rows.codes for name in match.codelists]
    stem = lists[0] if lists else "_".join(str(v) for c in feature.rows.conditions[:1] for v in c.values[:1])
    stem = "".join(letter if letter.isalnum() else "_" for letter in stem.lower()).strip("_")
    return "_".join(part for part in (feature.aggregate, feature.rows.table, stem, content_hash(feature)[:8]) if part)


@dataclass
class Reasoner:
    """Finds evidence for one person, given what every feature and attribute of theirs is."""

    as_at: date
    lookup: Callable[[Node], Any]
    logic_of: Mapping[str, Node]
    """Definition id to the condition behind a membership."""
    title: Title

    def value(self, node: Node) -> Any:
        """The value of an expression for this person."""
        return evaluate(node, self.as_at, self.lookup)

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
        if node.operator == "coalesce" and isinstance(node.arguments[-1], Literal):
            return self.deciding(node.arguments[0])
        return [node]

    def _deciding_case(self, node: CaseWhen) -> list[Node]:
        found: list[Node] = []
        for test, result in node.branches:
            if self.value(test) is True:
                return [*found, *self.deciding(test), *([] if isinstance(result, Literal) else self.deciding(result))]
            found += self.deciding(test)
        return found

    def evidence(self, node: Node) -> list[Evidence]:
        """One line for each fact that decided, each once."""
        lines: dict[str, Evidence] = {}
        for leaf in self.deciding(node):
            for one in self._lines(leaf):
                lines.setdefault(one.sentence, one)
        return list(lines.values())

    def _lines(self, leaf: Node) -> list[Evidence]:
        features = [one for one in dict.fromkeys(walk(leaf)) if isinstance(one, Feature)]
        if not features:
            if isinstance(leaf, Literal):
                return []
            shown = self._shown_value(leaf)
            return [Evidence("person", f"{_capital(shown)}", None)]
        seen: dict[tuple[Any, ...], Evidence] = {}
        for feature in features:
            key = (feature.rows, feature.aggregate in ("latest", "any"))
            line = self._line(feature)
            if key not in seen or (line.value is not None and not isinstance(line.value, bool | date)):
                seen[key] = line
        return list(seen.values())

    def _shown_value(self, leaf: Node) -> str:
        if isinstance(leaf, Call) and leaf.operator in ("=", "!=", "<", "<=", ">", ">=", "in"):
            return f"{say(leaf.arguments[0], self.title)}: {say_value(self.value(leaf.arguments[0]))}"
        return f"{say(leaf, self.title)}: {say_value(self.value(leaf))}"

    def _line(self, feature: Feature) -> Evidence:
        value = self.value(feature)
        rows = say_rows(feature.rows, self.title)
        name = feature_id(feature)
        if feature.aggregate in ("latest", "earliest"):
            when = self._date_of(feature)
            if when is None:
                return Evidence(name, _capital(f"no {rows}"))
            shown = "" if feature.part == "date" else f": {say_value(value)}"
            return Evidence(name, _capital(f"{feature.aggregate} {rows}{shown} on {say_value(when)}"), value, when)
        if feature.aggregate == "any":
            when = self._date_of(Feature(feature.rows, "latest", part="date"))
            if value:
                on = f", latest on {say_value(when)}" if when else ""
                return Evidence(name, _capital(f"{rows}{on}"), True, when)
            last = self._last_before(feature)
            tail = f"; the last was on {say_value(last)}" if last else ""
            return Evidence(name, _capital(f"no {rows}{tail}"), False, last)
        return Evidence(name, f"{_capital(say_feature(feature, self.title))}: {say_value(value)}", value)

    def _date_of(self, feature: Feature) -> date | None:
        return self._try(Feature(feature.rows, feature.aggregate, part="date"))

    def _last_before(self, feature: Feature) -> date | None:
        """The last such row outside the window, where that is known."""
        if not feature.rows.bounds:
            return None
        from dataclasses import replace

        return self._try(Feature(replace(feature.rows, bounds=()), "latest", part="date"))

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
            rows = say_rows(leaf.rows, self.title)
            return f"If {'there were no' if truth else 'there were a'} {rows}"
        words = say(leaf, self.title)
        return f"If it were no longer so that {words}" if truth else f"If it became so that {words}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
