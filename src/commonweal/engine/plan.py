"""From definitions to one plan: distinct stored columns, in phases, and expressions over them.

`make_plan` gathers the features of all definitions, folds windows that are relative to the as-at date into dates,
shares what can be shared, and rewrites each definition's expressions to read stored columns. Backends run the plan;
nothing below this module knows what a definition is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property

from commonweal.definitions.declarations import Definition, check_references
from commonweal.definitions.vocabulary import calendar
from commonweal.definitions.vocabulary.names import check_name
from commonweal.definitions.vocabulary.nodes import (
    AsAt,
    Call,
    CaseWhen,
    DateBound,
    DateDifference,
    DateShift,
    Feature,
    Literal,
    Node,
    PersonAttribute,
    features_in,
)
from commonweal.engine.columns import Selection, Slot, Stored, StoredColumn
from commonweal.record.schema import TABLES

NEVER = date(1, 1, 1)


@dataclass(frozen=True)
class Output:
    """One column that a definition yields: ``r_diabetes``, ``n_hba1c_checked``; `node` reads stored columns."""

    name: str
    definition_id: str
    part: str
    node: Node
    kind: str
    level: int
    """Outputs of a lower level are computed first, because this one reads them."""


@dataclass
class Plan:
    """Everything to compute as at one date."""

    as_at: date
    definitions: tuple[Definition, ...]
    columns: dict[str, StoredColumn] = field(default_factory=dict)
    phases: dict[str, int] = field(default_factory=dict)
    """Stored column to phase: 1 reads rows only; a later phase reads dates found in an earlier one."""
    outputs: list[Output] = field(default_factory=list)
    rewritten: dict[Feature, Node] = field(default_factory=dict)
    """Each feature as an expression over stored columns."""
    dynamic_bounds: dict[Node, Node] = field(default_factory=dict)

    @cached_property
    def codelists(self) -> tuple[str, ...]:
        """Ids of every codelist used."""
        found: dict[str, None] = {}
        for column in self.columns.values():
            for match in (*column.selection.codes, *(m for r in column.selection.related for m in r.rows.codes)):
                found.update(dict.fromkeys(match.codelists))
        return tuple(found)

    @cached_property
    def attributes(self) -> tuple[str, ...]:
        """Names of the person attributes that its expressions read."""
        bounds = [bound.bound for column in self.columns.values() for bound in column.selection.dynamic]
        read = (part for node in (*(one.node for one in self.outputs), *bounds) for part in walk_rewritten(node))
        return tuple(dict.fromkeys(part.name for part in read if isinstance(part, PersonAttribute)))

    @property
    def last_phase(self) -> int:
        return max(self.phases.values(), default=1)

    def in_phase(self, phase: int) -> list[StoredColumn]:
        """Stored columns of one phase."""
        return [column for name, column in self.columns.items() if self.phases[name] == phase]

    def stored_in(self, node: Node) -> set[str]:
        """Names of the stored columns that a rewritten expression reads."""
        return {part.name for part in walk_rewritten(node) if isinstance(part, Stored)}


def make_plan(definitions: Iterable[Definition], as_at: date) -> Plan:
    """The plan for these definitions (all that they refer to included) as at one date."""
    chosen = tuple(definitions)
    check_references(chosen)
    plan = Plan(as_at, chosen)
    levels = _levels(chosen)
    missing = not_computable(chosen)
    for basis in dict.fromkeys(one.basis for one in chosen):
        plan.outputs.append(Output(f"b_{basis}", "", basis, _certain(basis_condition(basis)), "condition", 1))
    for one in chosen:
        if one.id not in missing:
            plan.outputs += [replace(output, level=levels[one.id]) for output in outputs_of(one, plan)]
    return plan


def add_expression(plan: Plan, name: str, node: Node, kind: str) -> None:
    """Let the plan yield one more column: any expression, of no definition."""
    plan.outputs.append(Output(name, "", "", rewrite(node, plan), kind, 1))


def not_computable(definitions: Iterable[Definition]) -> dict[str, str]:
    """Definitions that cannot be computed, with the reason: a codelist is missing, or something they build on is."""
    by_id = {one.id: one for one in definitions}
    reasons: dict[str, str] = {}
    for one in definitions_needed(by_id, by_id):
        if not one.computable:
            reasons[one.id] = f"needs {', '.join(one.missing_codelists)}, which must be supplied"
        else:
            blocked = [used for used in one.uses() if used in reasons]
            if blocked:
                reasons[one.id] = f"builds on {', '.join(blocked)}, which cannot be computed"
    return reasons


def _levels(definitions: tuple[Definition, ...]) -> dict[str, int]:
    by_id = {one.id: one for one in definitions}
    levels: dict[str, int] = {}

    def level(name: str) -> int:
        if name not in levels:
            levels[name] = 1 + max((level(used) for used in by_id[name].uses()), default=0)
        return levels[name]

    for name in by_id:
        level(name)
    return levels


PREFIXES = {"register": "r", "flag": "f", "score": "s", "segment": "g"}


def outputs_of(definition: Definition, plan: Plan) -> list[Output]:
    """The columns that one definition yields, their expressions rewritten into `plan`."""
    parts = {part: rewrite(node, plan) for part, node in definition.expressions().items()}
    basis = basis_condition(definition.basis)
    name, kind = definition.id, definition.kind

    def output(prefix: str, part: str, node: Node, value_kind: str) -> Output:
        return Output(f"{prefix}_{name}", name, part, node, value_kind, 1)

    if kind in ("register", "flag"):
        made = [output(PREFIXES[kind], "in", _certain(_and(basis, parts["in"])), "condition")]
        if "order" in parts:
            made.append(output("o", "order", parts["order"], "number"))
        return made
    if kind == "score":
        return [output("s", "score", CaseWhen(((basis, parts["score"]),), Literal(None)), "number")]
    if kind == "segment":
        return [output("g", "class", CaseWhen(((basis, parts["class"]),), Literal(None)), "text")]
    return _measure_outputs(definition, parts, basis, output)


def _measure_outputs(definition: Definition, parts: dict[str, Node], basis: Node, output) -> list[Output]:
    if definition.row_sets():
        return [
            output(prefix, part, CaseWhen(((basis, parts[part]),), Literal(0)), "number")
            for prefix, part in (("d", "denominator"), ("n", "numerator"))
        ]
    population = _certain(_and(basis, parts["population"]))
    denominator = _certain(_and(population, parts["denominator"]))
    if definition.is_rate:  # type: ignore[attr-defined]
        numerator = CaseWhen(((denominator, parts["numerator"]),), Literal(None))
        return [output("d", "denominator", denominator, "condition"), output("n", "numerator", numerator, "number")]
    numerator = _certain(_and(denominator, parts["numerator"]))
    return [output("d", "denominator", denominator, "condition"), output("n", "numerator", numerator, "condition")]


def basis_condition(basis: str) -> Node:
    """The condition that a population basis puts on a person."""
    alive = Call("is_missing", (PersonAttribute("death_date"),))
    if basis == "registered":
        return _and(alive, PersonAttribute("in_registered_population"))
    if basis == "resident":
        return _and(alive, Call("not", (Call("is_missing", (PersonAttribute("lsoa21"),)),)))
    return alive if basis == "treated" else Literal(True)


def _and(left: Node, right: Node) -> Node:
    if left == Literal(True):
        return right
    return left if right == Literal(True) else Call("and", (left, right))


def _certain(node: Node) -> Node:
    """The condition with missing read as false."""
    return Call("coalesce", (node, Literal(False)))


# --- rewriting features ------------------------------------------------------------------------------------------


def rewrite(node: Node, plan: Plan) -> Node:
    """`node` with every feature replaced by an expression over stored columns, which are added to `plan`."""
    if isinstance(node, Feature):
        if node not in plan.rewritten:
            plan.rewritten[node] = _rewrite_feature(node, plan)
        return plan.rewritten[node]
    if isinstance(node, Call):
        return Call(node.operator, tuple(rewrite(one, plan) for one in node.arguments))
    if isinstance(node, CaseWhen):
        branches = tuple((rewrite(test, plan), rewrite(value, plan)) for test, value in node.branches)
        return CaseWhen(branches, rewrite(node.otherwise, plan))
    if isinstance(node, DateDifference):
        return DateDifference(rewrite(node.start, plan), rewrite(node.end, plan), node.unit)
    if isinstance(node, DateShift):
        return DateShift(rewrite(node.date, plan), node.days, node.months)
    return node


def static_date(node: Node, as_at: date) -> date | None:
    """The date of a bound that is the same for everybody; None where it depends on the person."""
    if isinstance(node, Literal) and isinstance(node.value, date):
        return node.value
    if isinstance(node, AsAt):
        return as_at
    if isinstance(node, DateShift):
        base = static_date(node.date, as_at)
        return None if base is None else calendar.add(base, days=node.days, months=node.months)
    return None


def selection_of(feature: Feature, plan: Plan) -> tuple[Selection, int]:
    """The rows of a feature with fixed windows folded into dates, and the phase in which it can be computed."""
    rows = feature.rows
    date_column = TABLES[rows.table].date_column
    start: date | None = None
    end = plan.as_at
    fixed: list[DateBound] = []
    dynamic: list[DateBound] = []
    phase = 1
    for bound in rows.bounds:
        moment = static_date(bound.bound, plan.as_at)
        if moment is None:
            node = rewrite(bound.bound, plan)
            dynamic.append(DateBound(bound.column, bound.operator, node))
            before = [plan.phases[name] for name in plan.stored_in(node)]
            phase = max([phase, *(one + 1 for one in before)], default=1)
            phase = max(phase, 2)
        elif bound.column == date_column:
            low, high = _interval(bound.operator, moment)
            start = low if start is None else max(start, low or start)
            end = min(end, high) if high else end
        else:
            fixed.append(DateBound(bound.column, bound.operator, Literal(moment)))
    related = tuple(replace(one, rows=_fold(one.rows, plan.as_at)) for one in rows.related)
    selection = Selection(
        rows.table,
        _sorted(rows.codes),
        _sorted(rows.conditions),
        _sorted(fixed),
        _sorted(dynamic),
        related,
        rows.open_on_as_at,
        start,
        end,
    )
    return selection, phase


def _fold(rows, as_at: date):
    bounds = tuple(
        DateBound(bound.column, bound.operator, Literal(static_date(bound.bound, as_at))) for bound in rows.bounds
    )
    return replace(rows, bounds=bounds)


def _sorted(parts) -> tuple:
    return tuple(sorted(set(parts), key=repr))


def _interval(operator: str, moment: date) -> tuple[date | None, date | None]:
    one = timedelta(days=1)
    return {
        "<": (None, moment - one),
        "<=": (None, moment),
        ">": (moment + one, None),
        ">=": (moment, None),
        "=": (moment, moment),
    }[operator]


def _rewrite_feature(feature: Feature, plan: Plan) -> Node:
    selection, phase = selection_of(feature, plan)

    def stored(slot: Slot, rows: Selection = selection) -> Stored:
        column = StoredColumn(rows, slot)
        plan.columns.setdefault(column.name, column)
        plan.phases[column.name] = phase
        return Stored(column.name, column.kind)

    aggregate = feature.aggregate
    open_ended = selection.start and selection.end == plan.as_at and not (selection.dynamic or selection.related)
    if aggregate in ("any", "latest") and open_ended:
        # The latest row of a window that ends on the as-at date is the latest of all, if that is late enough.
        ever = replace(selection, start=None)
        found = Call(">=", (stored(Slot("last_date"), ever), Literal(selection.start)))
        if aggregate == "any":
            return CaseWhen(((found, Literal(True)),), Literal(False))
        return CaseWhen(((found, _edge(feature, "last", lambda slot: stored(slot, ever))),), Literal(None))
    if aggregate == "any":
        return Call("not", (Call("is_missing", (stored(Slot("last_date")),)),))
    if aggregate in ("latest", "earliest"):
        return _edge(feature, "last" if aggregate == "latest" else "first", stored)
    if aggregate == "count":
        slot = Slot("distinct", feature.column) if feature.column else Slot("rows")
        return Call("coalesce", (stored(slot), Literal(0)))
    if aggregate == "episodes":
        return Call("coalesce", (stored(Slot("episodes", gap_days=feature.gap_days)), Literal(0)))
    value = stored(Slot(aggregate, feature.column))  # type: ignore[arg-type]
    if aggregate == "total":
        no_rows = Call("=", (Call("coalesce", (stored(Slot("rows")), Literal(0))), Literal(0)))
        return CaseWhen(((no_rows, Literal(0)),), value)
    return value


def _edge(feature: Feature, edge: str, stored) -> Node:
    if feature.part == "date":
        return stored(Slot(f"{edge}_date"))  # type: ignore[arg-type]
    # Its date comes along at no cost, so that evidence can say when.
    stored(Slot(f"{edge}_date"))  # type: ignore[arg-type]
    return stored(Slot(f"{edge}_value", feature.column, feature.same_day))  # type: ignore[arg-type]


def walk_rewritten(node: Node):
    """`node` and everything inside it."""
    from commonweal.definitions.vocabulary.nodes import walk

    return walk(node)


def definitions_needed(wanted: Iterable[str], known: dict[str, Definition]) -> tuple[Definition, ...]:
    """These definitions and all that they build on, those first."""
    found: dict[str, Definition] = {}

    def visit(name: str) -> None:
        if name in found:
            return
        for used in known[name].uses():
            check_name(used, known, "definition", where=f"definition {name!r}")
            visit(used)
        found[name] = known[name]

    for name in wanted:
        visit(name)
    return tuple(found.values())


__all__ = ["Output", "Plan", "definitions_needed", "features_in", "make_plan", "rewrite", "static_date"]
