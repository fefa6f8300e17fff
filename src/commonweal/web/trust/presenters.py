"""Definitions in words."""

from __future__ import annotations

from commonweal.definitions.declarations import BASES, WorkedPatient
from commonweal.engine.words import TABLE_WORDS, Title, say_source
from commonweal.web.core.presenters import date_words, period_words

POLARITY = {
    "higher_is_better": "Higher is better",
    "lower_is_better": "Lower is better",
    "neither": "Neither high nor low is better by itself",
}
SEXES = {"F": "female", "M": "male", "I": "indeterminate", "U": "sex not known"}
PARTS = {
    "in": "Who is in",
    "population": "Population",
    "denominator": "Denominator",
    "numerator": "Numerator",
    "score": "Score",
    "class": "Class",
}


def about(definition) -> list[tuple[str, str]]:
    """The facts of a definition as rows of a summary."""
    source = definition.source
    rows = [
        ("Why it matters", definition.why_it_matters),
        ("Counted among people who are", BASES[definition.basis]),
        ("Source", f"{source.name}, {source.version}"),
        ("Owner", definition.owner),
        ("Checked by", definition.checked_by),
        ("Reviewed", f"{date_words(definition.reviewed_on)}; next by {date_words(definition.review_due)}"),
    ]
    if definition.kind == "measure":
        rows.append(("Direction", POLARITY[definition.polarity]))
        if definition.target is not None:
            rows.append(("Target", f"{definition.target:g} per {definition.per:,}"))
    for name, title in (
        ("suggested_action", "What to do"), ("who_acts", "Who acts"), ("capacity_hint", "Capacity"),
        ("harm_note", "Take care"), ("validity", "Where it was validated"), ("caveat", "Caveat"), ("notes", "Notes"),
    ):  # fmt: skip
        if getattr(definition, name, ""):
            rows.append((title, getattr(definition, name)))
    return rows


def worked(patient: WorkedPatient, title: Title) -> tuple[str, str, list[str]]:
    """Label, expected answer, and the rows of a worked patient; `title` gives the words for a codelist."""
    expected = {True: "in", False: "out", None: "no value"}.get(patient.expected, str(patient.expected))
    rows = [f"Born {period_words(patient.born)}, {SEXES.get(patient.sex, patient.sex)}"]
    for one in patient.rows:
        listed, _, code = one.codelist.partition("#")
        what = title(listed) if listed else TABLE_WORDS.get(one.table, one.table.replace("_", " "))
        more = [f"code {code}"] if code else []
        more += [f"{name.replace('_', ' ')} {period_words(str(value))}" for name, value in one.columns]
        rows.append(f"{period_words(one.date) or 'No date'}: {what}" + (f" ({', '.join(more)})" if more else ""))
    return patient.label, expected, rows


STEPS = {
    "file": "In the files", "landed": "Landed", "canonical": "Made of them", "quarantined": "Refused", "excluded": "Left out", "remarked": "Taken with a remark",
}  # fmt: skip
"""Hops of the reconciliation, as people call them."""
ITEMS = {
    "rows_in": "rows",
    "loaded": "rows loaded",
    "orphan": "no parent record",
    "out_of_range": "out of range",
    "dates_in_order": "dates out of order",
}
RULES = {"end_date >= start_date": "it ends before it starts"}


def step_words(hop: str, item: str) -> tuple[str, str]:
    """A hop of the reconciliation and what it counts, in words."""
    what = (
        say_source(item)
        if hop == "canonical"
        else ITEMS.get(item, item.replace("nhs_number", "NHS number").replace("_", " "))
    )
    return STEPS.get(hop, hop.capitalize()), what


def rule_words(rule: str) -> str:
    """Why a row was refused."""
    return RULES.get(rule, period_words(rule))
