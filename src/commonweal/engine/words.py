"""Expressions in words, for people who read lists and for those who check definitions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from commonweal.definitions.codelists.labels import label
from commonweal.definitions.vocabulary.nodes import (
    AsAt,
    Call,
    CaseWhen,
    DateBound,
    DateDifference,
    DateShift,
    Feature,
    Literal,
    Member,
    Node,
    PersonAttribute,
    Related,
    RowCondition,
    RowSet,
)

Title = Callable[[str], str]
"""The title of a codelist or of a definition, by id."""

TABLE_WORDS = {
    "event": "record", "medication": "issue of a medicine", "contact": "contact", "diagnosis": "diagnosis",
    "procedure": "procedure", "referral": "referral", "wait": "wait", "care_package": "care package",
}  # fmt: skip
CONTACT_WORDS = {
    "ae": "A&E attendance", "apc": "hospital stay", "op": "outpatient appointment", "gp": "general practice contact",
    "community": "community contact", "mental_health": "mental health contact",
    "talking_therapies": "talking therapies contact", "social_care": "social care contact",
}  # fmt: skip
"""Setting of a contact to what people call it."""
EMERGENCY_DEPARTMENTS = ("01", "02", "03", "04")
DIED_OR_STILLBORN = ("4", "5")
"""Discharge methods of a death and a stillbirth (NHS Data Dictionary)."""
EMERGENCY_ADMISSION = "2"
"""First character of the admission methods of an emergency (NHS Data Dictionary)."""
SOURCE_WORDS = {
    "event": "coded records",
    "subject": "people's details",
    "person": "people's details",
    "diagnosis": "diagnoses",
}
"""Tables whose name with an s does not say what a feed brings."""
CODED_WORDS = {
    ("contact", "attendance_status"): {
        "2": "cancelled by the patient", "3": "not attended", "4": "cancelled by the provider", "5": "attended", "6": "seen though late",
        "7": "came too late to be seen",
    },
    ("referral", "priority"): {"1": "routine", "2": "urgent", "3": "two-week wait"},
}  # fmt: skip
"""Column of a table to what its codes mean (NHS Data Dictionary: attended or did not attend; priority type)."""
COMPARISONS = {
    "=": "is", "!=": "is not", "<": "is below", "<=": "is at most", ">": "is above", ">=": "is at least",
}  # fmt: skip
DATE_COMPARISONS = {
    "=": "is on", "!=": "is not on", "<": "is before", "<=": "is on or before", ">": "is after", ">=": "is on or after",
}  # fmt: skip


def say_date(moment: date) -> str:
    """A date as the NHS writes it: 3 March 2026."""
    return f"{moment.day} {moment:%B %Y}"


def say_source(source: str) -> str:
    """What a feed brings, ``contact[gp]``, as people call it: general practice contacts."""
    table, _, kind = source.rstrip("]").partition("[")
    if kind in CONTACT_WORDS:
        return f"{CONTACT_WORDS[kind]}s"
    return SOURCE_WORDS.get(table, f"{table.replace('_', ' ')}s")


def say_value(value: Any) -> str:
    """A value: numbers without needless decimals, dates in words."""
    if value is None:
        return "not known"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return say_date(value)
    if isinstance(value, float):
        return f"{value:,.4f}".rstrip("0").rstrip(".")
    return f"{value:,}" if isinstance(value, int) else str(value)


def _column(name: str) -> str:
    return name.removesuffix("_code").replace("_", " ")


def say_condition(condition: RowCondition, table: str = "") -> str:
    """A condition on a column; `table` is where the column stands, so that its codes can be said in words."""
    coded = CODED_WORDS.get((table, condition.column), {})
    if condition.operator in ("in", "not_in") and coded and set(condition.values) <= set(coded):
        meant = " or ".join(coded[str(value)] for value in condition.values)
        return meant if condition.operator == "in" else f"not {meant}"
    name, values = "" if condition.column == "value" else f"{_column(condition.column)} ", condition.values
    listed = " or ".join(say_value(value) for value in values if value is not None)
    if condition.operator == "in":
        if condition.values in ((True,), (False,)):
            return name.strip() if condition.values[0] else f"not {name}".strip()
        return f"{name}{listed}"
    if condition.operator == "not_in":
        return f"{name}other than {listed}"
    if condition.operator in ("present", "missing"):
        return f"{'with' if condition.operator == 'present' else 'without'} {name or 'value'}".strip()
    if condition.operator in ("above", "below"):
        return f"{name}{condition.operator} {listed}"
    lowest, highest = values
    if highest is None:
        return f"{name}at least {say_value(lowest)}"
    if lowest is None:
        return f"{name}at most {say_value(highest)}"
    return f"{name}{say_value(lowest)} to {say_value(highest)}"


def only_a_value(condition: RowCondition) -> bool:
    """Whether a condition asks no more than that there is a reading at all: nobody needs to be told."""
    return condition.column == "value" and (condition.operator, condition.values) in (
        ("above", (0,)),
        ("range", (0, None)),
    )


def say_rows(rows: RowSet, title: Title) -> str:
    """Which rows, in words."""
    wanted = [label(match.codelists, title) for match in rows.codes if not match.negated]
    unwanted = [label(match.codelists, title) for match in rows.codes if match.negated]
    kind, conditions = _kind_of_row(rows)
    head = " and ".join(wanted) or kind
    if wanted and rows.table in ("diagnosis", "procedure", "contact", "referral"):
        head = f"{kind} {'for' if rows.table == 'contact' else 'of'} {head}"
    parts = [say_condition(one, rows.table) for one in conditions if not only_a_value(one)]
    parts += [f"not {one}" for one in unwanted]
    text = f"{head} ({', '.join(parts)})" if parts else head
    if rows.open_on_as_at:
        text = f"open {text}"
    window = say_window(rows.bounds, title)
    partners = "".join(f" {say_related(one, title)}" for one in rows.related)
    return text + (f" {window}" if window else "") + partners


def _kind_of_row(rows: RowSet) -> tuple[str, list[RowCondition]]:
    """What a row is called, and the conditions that this name does not say already."""
    kind, ends, conditions = TABLE_WORDS[rows.table], "", list(rows.conditions)
    if rows.table == "referral":
        for one in rows.conditions:
            if (one.column, one.operator) == ("service_type", "missing"):  # only a request to a team has one
                kind = "referral to a consultant"
                conditions.remove(one)
    if rows.table != "contact":
        return kind, conditions
    for one in rows.conditions:
        if one.operator != "in":
            continue
        if one.column == "setting" and all(str(value) in CONTACT_WORDS for value in one.values):
            kind = " or ".join(CONTACT_WORDS[str(value)] for value in one.values)
            conditions.remove(one)
        if one.column == "department_type" and set(one.values) == set(EMERGENCY_DEPARTMENTS):
            conditions.remove(one)
    for one in rows.conditions:
        emergencies = one.column == "admission_method" and one.operator == "in" and len(one.values) > 1
        if (one.column, one.operator) == ("end_date", "present"):
            conditions.remove(one)
        if (one.column, one.operator, set(one.values)) == ("discharge_method", "not_in", set(DIED_OR_STILLBORN)):
            ends = ", discharged alive"
            conditions.remove(one)
        if emergencies and kind == CONTACT_WORDS["apc"] and all(str(v)[0] == EMERGENCY_ADMISSION for v in one.values):
            kind = "emergency hospital stay"
            conditions.remove(one)
    return kind + ends, conditions


def say_record(rows: RowSet, title: Title) -> str:
    """Rows of a list as something that is there or not: a record of diabetes, an issue of statins."""
    coded = any(not match.negated for match in rows.codes)
    words = {"event": "record of ", "medication": "issue of "}.get(rows.table, "") if coded else ""
    return words + say_rows(rows, title)


def say_related(related: Related, title: Title) -> str:
    """A partner row."""
    with_or_without = "without" if related.negated else "with"
    when = (
        f"within {related.highest} days after"
        if related.lowest >= 0
        else f"in the {-related.lowest} days before"
    )  # fmt: skip
    return f"{with_or_without} {say_rows(related.rows, title)} {when}"


def say_window(bounds: tuple[DateBound, ...], title: Title) -> str:
    """The dates of rows; a window that ends on the as-at date is said as a length of time."""
    ends_now = any(bound.operator == "<=" and isinstance(bound.bound, AsAt) for bound in bounds)
    parts = []
    for bound in bounds:
        if isinstance(bound.bound, AsAt) and bound.operator == "<=":
            continue
        if bound.operator == "<=" and (ago := _length(bound.bound)):
            parts.append(f"at least {ago} ago")
            continue
        length = _length(bound.bound) if bound.operator == ">" and ends_now else ""
        words = {"<": "before", "<=": "on or before", ">": "after", ">=": "on or after", "=": "on"}[bound.operator]
        parts.append(f"in the last {length}" if length else f"{words} {say(bound.bound, title)}")
    return " and ".join(parts)


def _length(node: Node) -> str:
    if isinstance(node, DateShift) and isinstance(node.date, AsAt):
        if node.months and not node.days:
            return f"{-node.months} months" if node.months % 12 or node.months == -12 else f"{-node.months // 12} years"
        if node.days and not node.months:
            return f"{-node.days} days"
    return ""


def say_feature(feature: Feature, title: Title) -> str:
    """A feature."""
    rows = say_rows(feature.rows, title)
    if feature.aggregate in ("latest", "earliest"):
        what = feature.aggregate
        if feature.part == "date":
            return f"date of the {what} {rows}"
        column = "" if feature.column == "value" else f"{_column(feature.column)} of the "
        return f"{column}{what} {rows}"
    if feature.aggregate == "any":
        return f"any {rows}"
    if feature.aggregate == "count" and feature.column in ("date", "start_date"):
        return f"days with {rows}"
    if feature.aggregate == "count":
        return f"number of {f'different {_column(feature.column)}s of ' if feature.column else ''}{rows}"
    if feature.aggregate == "episodes":
        return f"episodes (more than {feature.gap_days} days apart) of {rows}"
    return f"{feature.aggregate} {_column(feature.column)} of {rows}"


def say(node: Node, title: Title) -> str:
    """Any expression."""
    if isinstance(node, Literal):
        return say_value(node.value)
    if isinstance(node, AsAt):
        return "the as-at date"
    if isinstance(node, PersonAttribute):
        return {"in_registered_population": "registered with a practice"}.get(node.name, _column(node.name))
    if isinstance(node, Feature):
        return say_feature(node, title)
    if isinstance(node, Member):
        return title(node.definition_id)
    if isinstance(node, DateShift):
        size = f"{abs(node.months)} months" if node.months else f"{abs(node.days)} days"
        return f"{size} {'before' if node.months + node.days < 0 else 'after'} {say(node.date, title)}"
    if isinstance(node, DateDifference):
        if node.start == PersonAttribute("birth_date"):
            return ("age" if node.unit == "years" else f"age in {node.unit}") + (
                "" if isinstance(node.end, AsAt) else f" at {say(node.end, title)}"
            )
        return f"{node.unit} from {say(node.start, title)} to {say(node.end, title)}"
    if isinstance(node, CaseWhen):
        parts = [f"{say(value, title)} if {say(test, title)}" for test, value in node.branches]
        return "; ".join([*parts, f"otherwise {say(node.otherwise, title)}"])
    assert isinstance(node, Call)
    return say_call(node, title)


def counted(node: Node) -> list[Node]:
    """The conditions that an expression counts, where it does no more than count how many are true."""
    if isinstance(node, Call) and node.operator == "+":
        sides = [counted(one) for one in node.arguments]
        return [test for side in sides for test in side] if all(sides) else []
    if isinstance(node, CaseWhen) and len(node.branches) == 1 and node.otherwise == Literal(0):
        test, value = node.branches[0]
        return [test] if value == Literal(1) else []
    return []


def say_call(node: Call, title: Title) -> str:
    """An operator."""
    operator, arguments = node.operator, node.arguments
    if operator == "+" and (tests := counted(node)):
        return f"how many of these hold ({'; '.join(say(one, title) for one in tests)})"
    if operator in ("and", "or"):
        return "(" + f" {operator} ".join(say(one, title) for one in _flat(node, operator)) + ")"
    if operator == "not":
        inner = arguments[0]
        if isinstance(inner, Feature) and inner.aggregate == "any":
            return f"no {say_record(inner.rows, title)}"
        if isinstance(inner, Call) and inner.operator == "is_missing":
            return f"{say(inner.arguments[0], title)} is known"
        return f"not {say(inner, title)}"
    first = say(arguments[0], title)
    if operator == "is_missing":
        return f"{first} is not known"
    if operator == "in":
        return f"{first} is {' or '.join(say(one, title) for one in arguments[1:])}"
    if operator in COMPARISONS:
        words = DATE_COMPARISONS if _is_date(arguments[0]) else COMPARISONS
        return f"{first} {words[operator]} {say(arguments[1], title)}"
    if operator in ("coalesce", "greatest", "least"):
        return (
            f"{'first known' if operator == 'coalesce' else operator} of {', '.join(say(a, title) for a in arguments)}"
        )
    return f"{first} {operator} {say(arguments[1], title)}"


def _flat(node: Node, operator: str) -> list[Node]:
    if isinstance(node, Call) and node.operator == operator:
        return [part for one in node.arguments for part in _flat(one, operator)]
    return [node]


def _is_date(node: Node) -> bool:
    return (
        isinstance(node, DateShift | AsAt)
        or (isinstance(node, Feature) and node.part == "date")
        or (isinstance(node, PersonAttribute) and node.name.endswith(("_date", "_since")))
    )
