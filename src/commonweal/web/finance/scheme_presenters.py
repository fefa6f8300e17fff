"""Schemes as words and rows. Money is pence until here; tables show £k."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.html import format_html

from commonweal.finance.pod import pod_words
from commonweal.finance.programme_effect import Measured
from commonweal.finance.schemes import STRANDS, phased
from commonweal.web.finance.forms import STATES, pounds_text
from commonweal.web.finance.models import SchemeRecord, SchemeVersion
from commonweal.web.finance.presenters import Page, Shown, activity, k, signed
from commonweal.web.finance.services.cube import NOT_STATED
from commonweal.web.finance.services.scheme_evidence import Evidence
from commonweal.web.finance.services.schemes import OverlapGroup, Register, SchemeRow, pipeline
from commonweal.web.people.coded import treatment_function

__all__ = ["overlaps_page", "pounds_text", "programmes_page", "scheme_page", "schemes_page"]
MONEY = ("Money", "finance:overview")
RAG_RULE = "Red, amber, green: green from 95 % of the phased plan with milestones on time, red below 75 % or without owner or assessment."
METHOD = (
    "Method: each member is compared with the three people most like them who were in no programme: exactly as many emergency admissions in the "
    "year before, as many long conditions and the same ten years of age on the day of enrolment, then nearest in age, deprivation, which conditions, "
    "and use of the two years before. The effect is what members' admissions changed by beyond their controls' change (difference in differences, 95 % interval)."
)
CAVEATS = (
    "Read with care: a death within the year counts as no further admission in both groups; people who were never asked may differ in what no record shows; "
    "members of several programmes are left out; the saving is at the mean cost of an emergency admission, so it is a cost avoided and no cash until a contract pays less."
)


def schemes_page(held: Register, may: bool, names: Mapping[str, str]) -> Page:
    """The register of schemes."""
    total = held.total
    lead = [
        f"{held.year or 'No year'}: cash-releasing £{k(total.cash_releasing)}k, costs avoided £{k(total.avoided)}k (never cash).",
        f"Risk-adjusted: £{k(total.cash_risk_adjusted)}k and £{k(total.avoided_risk_adjusted)}k. Overlaps taken out: £{k(total.overlap_removed)}k.",
        RAG_RULE,
    ]
    columns = [
        ("Scheme", False), ("Rating", False), ("Maturity", False), ("Gross", True), ("Investment", True), ("Net", True), ("Overlap", True),
        ("Counted", True), ("Risk-adjusted", True), ("Full year", True), ("Kind", False), ("Strand", False), ("Because", False),
    ]  # fmt: skip
    rows = [_scheme_row(row) for row in held.rows]
    if rows:
        rows.append(_total_row(held))
    stages = [
        [name.replace("_", " ").capitalize(), count, k(value), k(risk)]
        for name, count, value, risk in pipeline(held.rows)
    ]
    impact = [
        [
            format_html('<a href="{}">{}</a>', reverse("finance:provider", args=[row.provider_code]), names.get(row.provider_code, row.provider_code)), "; ".join(f"{pod_words(pod)} {float(count):+,.0f}" for pod, count in sorted(row.activity_by_pod.items())),
            k(row.income_at_average), k(row.income_at_marginal), k(row.stranded),
        ]
        for row in held.impact
    ]  # fmt: skip
    links = [
        *([("Add a scheme", reverse("finance:new_scheme"))] if may else []),
        ("Overlaps and their ceilings", reverse("finance:overlaps")),
        ("Programmes measured on the record", reverse("finance:programmes")),
        *((year, f"{reverse('finance:schemes')}?year={year}") for year in held.years),
    ]
    return Page(
        "Schemes", lead,
        tables=[
            Shown("Schemes, £ thousand", columns, rows, empty="No scheme is loaded; load them from the template"),
            Shown("Pipeline by maturity, £ thousand", [("Maturity", False), ("Schemes", True), ("Counted", True), ("Risk-adjusted", True)], stages),
            Shown("Effect on providers, £ thousand", [("Provider", False), ("Activity in a full year", False), ("Income at average price", True),
                  ("Income at marginal price", True), ("Stranded cost", True)], impact, empty="No scheme states what it does to activity"),
        ],
        links=links, trail=[(MONEY[0], reverse(MONEY[1]))],
    )  # fmt: skip


def _scheme_row(row: SchemeRow) -> list[Any]:
    scheme = row.scheme
    link = reverse("finance:scheme", args=[row.record.year.replace("/", "-"), row.record.reference])
    return [
        format_html('<a href="{}">{}</a>', link, scheme.title), row.rating.rag.capitalize(), scheme.maturity.replace("_", " "),
        k(scheme.gross_pence), k(scheme.investment_pence), k(scheme.net_pence), k(row.value.overlap), k(row.value.counted),
        k(row.value.risk_adjusted), k(row.full_year), "cash" if scheme.cash_releasing else "cost avoided", scheme.strand or "–", row.rating.because,
    ]  # fmt: skip


def _total_row(held: Register) -> list[Any]:
    live = [row for row in held.rows if row.scheme.maturity != "stopped"]
    return [
        "Total, stopped ones left out", "", "", k(sum(row.scheme.gross_pence for row in live)), k(sum(row.scheme.investment_pence for row in live)),
        k(sum(row.scheme.net_pence for row in live)), k(sum(row.value.overlap for row in live)), k(sum(row.value.counted for row in live)),
        k(sum(row.value.risk_adjusted for row in live)), k(sum(row.full_year for row in live)), "cash and avoided", "", "",
    ]  # fmt: skip


def scheme_page(row: SchemeRow, found: Evidence, past: Sequence[SchemeVersion], names: Mapping[str, str]) -> Page:
    """One scheme: what it is worth, when, who answers, what stands before approval, and what the record says of it."""
    scheme, record = row.scheme, row.record
    lead = [
        f"{record.reference}, {record.year}. {scheme.maturity.replace('_', ' ').capitalize()}; "
        f"{'recurrent' if scheme.recurrent else 'not recurrent'}; {'cash-releasing' if scheme.cash_releasing else 'cost avoided, never cash'}."
    ]
    if record.note:
        lead.append(record.note)
    tables = [
        _worth(row, found), _answers(row), _milestones(row), _phasing(row), _impact(row, found, names), _investment(row, names), _stopped(row, found, names),
        _measured(row, found), _history(past),
    ]  # fmt: skip
    return Page(
        scheme.title, lead, tables=tables,
        trail=[(MONEY[0], reverse(MONEY[1])), ("Schemes", f"{reverse('finance:schemes')}?year={record.year}")],
    )  # fmt: skip


def _change(row: SchemeRow, section: str, words: str) -> tuple[tuple[str, str], ...]:
    slug = row.record.year.replace("/", "-")
    return ((words, reverse("finance:edit_scheme", args=[slug, row.record.reference, section])),)


def _worth(row: SchemeRow, found: Evidence) -> Shown:
    scheme, record = row.scheme, row.record
    rows = [
        ["Gross", k(scheme.gross_pence)], ["Investment", k(scheme.investment_pence)], ["Net", k(scheme.net_pence)],
        ["Taken out because others claim the same activity", k(row.value.overlap)], ["Counted", k(row.value.counted)],
        [f"Risk-adjusted (weight {float(row.value.risk_weight):.2f})", k(row.value.risk_adjusted)], ["Gross in a full year", k(row.full_year)],
        ["Planned so far (gross)", k(row.planned_to_date)], ["Delivered so far, as entered", k(record.delivered_pence)],
    ]  # fmt: skip
    if record.delivered_pence is not None:
        rows.append(["Slippage so far", k(row.planned_to_date - record.delivered_pence)])
    one = found.measured
    if one is not None and one.saved_pence is not None:
        rows.append([f"Measured on its people, the year from {one.began:%-d %B %Y} (below)", k(one.saved_pence)])
    says = f"Measured against: {record.counterfactual}" if record.counterfactual else ""
    more = (
        *_change(row, "details", "Change what it is and is worth"),
        *_change(row, "delivery", "Change delivery and slippage"),
        *_change(row, "overlap", "Change its overlap group"),
    )
    return Shown("What it is worth, £ thousand", [("What", False), ("£k", True)], rows, says, more=more)


def _answers(row: SchemeRow) -> Shown:
    scheme, record = row.scheme, row.record
    states = dict(STATES)
    rows = [
        ["Senior owner", scheme.senior_owner or "nobody"], ["Clinical lead", scheme.clinical_lead or "–"], ["Finance lead", scheme.finance_lead or "–"],
        ["Strand", f"{scheme.strand.capitalize()}: {STRANDS[scheme.strand]}" if scheme.strand in STRANDS else "–"],
        ["Category", scheme.category or "–"], ["Overlap group", scheme.overlap_group or "none"],
        *([f"{name.replace('_', ' ').capitalize()} assessment", states.get(scheme.assessments.get(name, ""), "Not started")]
          for name in ("quality", "equality", "data_protection")),
        ["Contract variation", record.contract_variation or "–"], ["Evidence grade", record.evidence_grade or "not graded"],
        ["Evaluation", record.evaluation_method or "–"],
        ["Why it slips", record.slippage_reason or "–"], ["Mitigation", record.mitigation or "–"],
    ]  # fmt: skip
    return Shown(
        "Who answers for it, and its assessments", [("What", False), ("Value", False)], rows,
        more=_change(row, "assessments", "Change assessments and evidence"),
    )  # fmt: skip


def _milestones(row: SchemeRow) -> Shown:
    rows = []
    for item in row.scheme.milestones:
        late = item.done is not None and item.done > item.due
        overdue = item.done is None and item.due < date.today()  # noqa: DTZ011  (a register is read as at today)
        state = "done late" if late else "done" if item.done else "overdue" if overdue else "to come"
        rows.append([item.title, f"{item.due:%-d %B %Y}", f"{item.done:%-d %B %Y}" if item.done else "–", state])
    columns = [("Milestone", False), ("Due", False), ("Done on", False), ("State", False)]
    return Shown(
        "Milestones", columns, rows, empty="No milestone is set", more=_change(row, "milestones", "Change milestones")
    )


def _phasing(row: SchemeRow) -> Shown:
    scheme = row.scheme
    gross, net = phased(scheme, scheme.gross_pence), phased(scheme)
    months = [
        [f"{month:%B %Y}", k(one), k(other)] for month, one, other in zip(scheme.year.months, gross, net, strict=True)
    ]
    months.append(["The year", k(sum(gross)), k(sum(net))])
    says = "By the weights given." if scheme.phasing else "Evenly from its start: no weights are given."
    return Shown(
        "By month, £ thousand", [("Month", False), ("Gross", True), ("Net", True)], months, says,
        more=_change(row, "phasing", "Change phasing"),
    )  # fmt: skip


def _place(names: Mapping[str, str], provider: str, pod: str, specialty: str = "") -> str:
    """A provider, a point of delivery and a specialty in words."""
    words = (
        names.get(provider, provider),
        pod_words(pod) if pod else "",
        treatment_function(specialty) if specialty else "",
    )
    return ", ".join(filter(None, words))


def _impact(row: SchemeRow, found: Evidence, names: Mapping[str, str]) -> Shown:
    held = {id(line.change): line for line in found.lines}
    rows = []
    for change in row.scheme.impact:
        line = held.get(id(change))
        count = float(change.activity)
        average, marginal = round(count * change.average_price_pence), round(count * change.marginal_price_pence)
        if line is not None and line.at_average is not None and line.at_marginal is not None:
            seen = line.at_average
            told = [
                activity(float(seen.expected)), activity(float(seen.observed)), k(seen.saved), k(line.at_marginal.saved),
                f"{seen.says}, {len(seen.months)} months",
            ]  # fmt: skip
        else:
            told = ["–", "–", "–", "–", line.because if line else "the release holds no position"]
        rows.append([
            _place(names, change.provider_code, change.pod, change.treatment_function_code), f"{count:+,.0f}", k(average), k(marginal),
            k(max(0, marginal - average)), *told,
        ])  # fmt: skip
    columns = [
        ("Provider and point of delivery", False), ("Full year", True), ("At average price", True), ("At marginal price", True),
        ("Stranded", True), ("Expected since start", True), ("Seen", True), ("Saved at average", True), ("Saved at marginal", True), ("Against what", False),
    ]  # fmt: skip
    says = "What it should do to activity in a full year, and what the contract return shows since it began."
    return Shown(
        "Activity that changes, £ thousand", columns, rows, says, "It states no activity that changes",
        _change(row, "activity", "Change the activity"),
    )  # fmt: skip


def _investment(row: SchemeRow, names: Mapping[str, str]) -> Shown:
    scheme = row.scheme
    rows = [[names.get(one.provider_code, one.provider_code), k(one.pence)] for one in scheme.investments]
    if scheme.investments and scheme.unplaced_investment_pence:
        rows.append(["Placed with no provider", k(scheme.unplaced_investment_pence)])
    nobody = "No provider is named" if scheme.investment_pence else "It invests nothing"
    return Shown(
        "Who receives the investment, £ thousand", [("Provider", False), ("In the year", True)], rows, empty=nobody,
        more=_change(row, "investment", "Say who receives the investment"),
    )  # fmt: skip


def _stopped(row: SchemeRow, found: Evidence, names: Mapping[str, str]) -> Shown:
    rows = [
        [
            _place(names, one.provider_code, one.pod, one.treatment_function_code), f"{one.month:%B %Y}", activity(float(one.activity)),
            format_html('<a href="{}">{}</a>', trace_address(one.provider_code, one.pod, one.month), k(one.pence)),
        ]
        for one in found.running
    ]  # fmt: skip
    if rows:
        whole = sum(one.pence for one in found.running)
        rows.append(["All", "", activity(float(sum(one.activity for one in found.running))), k(whole)])
    ends = "; ".join(
        _place(names, one["provider_code"], one["pod"], one.get("treatment_function_code", ""))
        + f" from {date.fromisoformat(one['first_month']):%B %Y}"
        for one in row.record.stops
    )
    says = f"To stop: {ends}. Months that arrived up to {found.arrived_to:%B %Y}." if ends and found.arrived_to else ""
    empty = "Nothing that should have stopped is still paid for" if ends else "It ends no activity"
    columns = [("Should have stopped", False), ("Month", False), ("Activity", True), ("£k", True)]
    return Shown(
        "Activity that should have stopped", columns, rows, says, empty, _change(row, "stops", "Change what stops")
    )


def _measured(row: SchemeRow, found: Evidence) -> Shown:
    columns = [("What", False), ("Value", False)]
    if found.measured is None:
        empty = (
            f"The release holds no members of “{row.record.cohort}”"
            if row.record.cohort
            else "It names no programme in the record"
        )
        return Shown("Delivery measured on its people", columns, [], "", empty)
    says = f"{METHOD} {CAVEATS}"
    more = (("Every programme in the record", reverse("finance:programmes")),)
    return Shown("Delivery measured on its people", columns, measured_rows(found.measured), says, more=more)


def measured_rows(one: Measured) -> list[list[Any]]:
    """One programme's effect in rows; small groups keep their figures to themselves."""
    head = [
        ["Finding", one.verdict.capitalize()],
        [
            "Members with controls",
            f"{one.matched:,}, enrolled on {one.began:%-d %B %Y}" if one.effect is not None else "too few to show",
        ],
    ]
    if one.effect is None or one.lower is None or one.upper is None:
        return [*head, ["Keep in mind", one.warnings.capitalize()]]
    return [
        *head,
        ["Emergency admissions a member, year before", f"{one.admissions_before:.2f}"],
        ["Year after", f"{one.admissions_after:.2f}"],
        ["Their controls, year before", f"{one.controls_before:.2f}"],
        ["Their controls, year after (what would have happened)", f"{one.controls_after:.2f}"],
        ["A look at members alone would claim", f"{one.before_to_after:+.2f} a member"],
        ["Effect beyond the controls", f"{one.effect:+.2f} a member (95 %: {one.lower:+.2f} to {one.upper:+.2f})"],
        ["Admissions in the year, all members with controls", f"{one.effect * one.matched:+,.0f}"],
        ["Cost avoided at the mean cost of an emergency admission",
         f"{signed(one.saved_pence)} (95 %: {signed(one.saved_lower_pence)} to {signed(one.saved_upper_pence)}), at £{one.price_pence / 100:,.0f} each"],
        ["Balance of the comparison (standard deviations apart)", one.balance],
        ["Keep in mind", one.warnings.capitalize() or "–"],
    ]  # fmt: skip


def _history(past: Sequence[SchemeVersion]) -> Shown:
    rows = [
        [version.number, version.log, version.by.name if version.by else "a command", f"{version.at:%-d %B %Y, %H:%M}"]
        for version in past
    ]
    columns = [("Version", True), ("What changed", False), ("By", False), ("When", False)]
    return Shown("History", columns, rows, empty="Not changed since it was loaded")


def overlaps_page(groups: Sequence[OverlapGroup]) -> Page:
    """Overlap groups: claimed, ceiling, taken out, counted."""
    rows = [
        [
            group.name, ", ".join(record.title for record in group.schemes), k(group.claimed), k(group.ceiling),
            k(group.claimed - group.counted), k(group.counted), group.says or "nobody has said: only the largest scheme counts",
        ]
        for group in groups
    ]  # fmt: skip
    columns = [
        ("Group", False), ("Schemes", False), ("Claimed", True), ("Ceiling", True), ("Taken out", True), ("Counted", True), ("Ceiling from", False),
    ]  # fmt: skip
    lead = [
        "Schemes that act on the same activity cannot save more together than it costs. What is above the ceiling is taken from the least mature first.",
    ]
    return Page(
        "Overlapping schemes", lead,
        tables=[Shown("Groups, net £ thousand", columns, rows, empty="No scheme is in an overlap group")],
        trail=[(MONEY[0], reverse(MONEY[1])), ("Schemes", reverse("finance:schemes"))],
    )  # fmt: skip


def programmes_page(held: tuple[Measured, ...], named: dict[str, list[SchemeRecord]]) -> Page:
    """Programmes whose effect was measured on people, with their schemes."""
    tables = []
    for one in held:
        more = tuple(
            (record.title, reverse("finance:scheme", args=[record.year.replace("/", "-"), record.reference]))
            for record in named.get(one.programme, [])
        )
        caption = one.title.replace("_", " ").capitalize()
        tables.append(Shown(caption, [("What", False), ("Value", False)], measured_rows(one), more=more))
    lead = (
        [METHOD, CAVEATS]
        if held
        else ["The release holds no members of any programme. Load a list of members, then build and release again."]
    )
    return Page(
        "Programmes measured on the record", lead, tables=tables,
        trail=[(MONEY[0], reverse(MONEY[1])), ("Schemes", reverse("finance:schemes"))],
    )  # fmt: skip


def trace_address(provider: str, pod: str, month: date) -> str:
    """Where a figure's contract lines and contacts are listed."""
    return f"{reverse('finance:trace', args=[provider, pod or NOT_STATED])}?month={month:%Y-%m}"
