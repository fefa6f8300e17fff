"""Contracts and the trail of a figure as words and rows. Money is pence until here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.html import format_html

from commonweal.finance.contract_comparison import Result
from commonweal.finance.money import in_pounds
from commonweal.finance.pod import pod_words
from commonweal.web.finance.presenters import PLANNING, Page, Shown, activity, k, standing_words
from commonweal.web.finance.services.contracts import ContractLine, ContractPage
from commonweal.web.finance.services.cube import DIMENSIONS, NOT_STATED, Standing
from commonweal.web.finance.services.trace import Breakdown, Trace

MONEY = "Money"
HIDDEN = "hidden"
"""Money of activity that is hidden: with a published price it would be the count."""


def contracts_page(stands: Standing, lines: tuple[ContractLine, ...], names: Mapping[str, str]) -> Page:
    """Every contract of the year: its form, plan, price at activity and payment, in thousands of pounds."""
    rows = [
        [
            format_html('<a href="{}">{}</a>', reverse("finance:contract", args=[line.provider_code]), names.get(line.provider_code, line.provider_code)),
            line.result.form.title if line.result else "not recorded", k(line.plan), k(line.at_price),
            k(line.result.payment.paid if line.result and line.result.payment else None),
            k(line.result.payment.paid - line.at_price if line.result and line.result.payment else None),
            line.result.because if line.result else "",
        ]
        for line in lines
    ]  # fmt: skip
    columns = [
        ("Provider", False), ("Form this year", False), ("Plan to date", True), ("Activity at price", True), ("Its form pays", True),
        ("More than at price", True), ("Missing", False),
    ]  # fmt: skip
    lead = [
        standing_words(stands),
        "What each contract pays under its own form; open one to see the other forms on the same activity.",
    ]
    return Page("Contracts", lead, tables=[Shown("Contracts this year, £ thousand", columns, rows)], trail=_trail())


def contract_page(page: ContractPage, provider: str) -> Page:
    """Each form on the same activity, its lines, and this contract's form by year."""
    year = page.year
    agreed = page.agreed.form if page.agreed else ""
    lead = [
        f"{page.year_name}, {year.months} {'month' if year.months == 1 else 'months'} that arrived. "
        f"Activity at price £{k(year.actual)}k against a plan of £{k(year.plan)}k.",
        "The same activity under each form. What is not agreed is assumed and said; nothing here changes what is paid.",
    ]
    rows = [_form_row(result, year.actual, agreed) for result in page.results]
    columns = [
        ("Form", False), ("Pays to date", True), ("More than at price", True), ("Kept back", True), ("Assumed or missing", False), ("Agreed", False),
    ]  # fmt: skip
    tables = [
        Shown("Every form on this activity, £ thousand", columns, rows),
        _lines(page),
        _by_year(page),
        _pods(page, provider),
    ]
    links = [(name, f"{reverse('finance:contract', args=[provider])}?year={name}") for name in page.years]
    trail = [*_trail(), ("Contracts", reverse("finance:contracts"))]
    return Page(f"Contract: {page.name}", lead, tables=tables, links=links, trail=trail)


def _form_row(result: Result, at_price: int, agreed: str) -> list[Any]:
    payment = result.payment
    told = (
        result.because
        if payment is None
        else "; ".join(result.assumed) or ("all terms are agreed" if result.form.terms else "needs no terms")
    )
    return [
        result.form.title, k(payment.paid if payment else None), k(payment.paid - at_price if payment else None),
        k(payment.not_paid if payment else None), told[:1].upper() + told[1:], "this contract" if result.form.id == agreed else "",
    ]  # fmt: skip


def _lines(page: ContractPage) -> Shown:
    """How each form's payment is made up."""
    rows: list[list[Any]] = []
    for result in page.results:
        if result.payment is None:
            continue
        rows.extend(
            [result.form.title, line.says.capitalize(), in_pounds(line.pence), ""] for line in result.payment.lines
        )
        rows.extend(
            [result.form.title, line.says.capitalize(), "", in_pounds(line.pence)]
            for line in result.payment.kept_back
            if line.pence
        )
        rows.append([result.form.title, "Paid", in_pounds(result.payment.paid), in_pounds(result.payment.not_paid)])
    columns = [("Form", False), ("Line", False), ("Paid £", True), ("Kept back £", True)]
    return Shown("How each payment is made up", columns, rows)


def _by_year(page: ContractPage) -> Shown:
    rows = [
        [
            line.year, line.result.form.title if line.result else "not recorded", line.agreed.agreed_in if line.agreed else "", line.months, k(line.plan), k(line.at_price),
            k(line.result.payment.paid if line.result and line.result.payment else None),
        ]
        for line in page.by_year
    ]  # fmt: skip
    columns = [
        ("Year", False), ("Form", False), ("Agreed in", False), ("Months", True), ("Plan", True), ("At price", True), ("Its form pays", True),
    ]  # fmt: skip
    return Shown("This contract's form by year, £ thousand", columns, rows)


def _pods(page: ContractPage, provider: str) -> Shown:
    rows = [
        [
            pod_words(pod or NOT_STATED), activity(float(value.planned_activity)), activity(float(value.actual_activity)), k(value.planned_pence), k(value.actual_pence),
            format_html('<a href="{}">Its lines<span class="nhsuk-u-visually-hidden"> for {}</span></a>', trace_address(provider, pod), pod_words(pod or NOT_STATED)),
        ]
        for pod, value in page.year.pods.items()
    ]  # fmt: skip
    columns = [
        ("Point of delivery", False), ("Planned activity", True), ("Activity", True), ("Plan £k", True), ("At price £k", True), ("Trail", False),
    ]  # fmt: skip
    return Shown("The activity behind it", columns, rows, PLANNING.footnote)


def trace_page(found: Trace) -> Page:
    """Files, contract lines and contacts of one line, each adding up to the position's figure."""
    first, last = found.months
    when = f"{first:%B %Y}" if first == last else f"{first:%B %Y} to {last:%B %Y}"
    lead = [
        f"{when}. The position holds £{in_pounds(found.totals['actual'])} of actual and £{in_pounds(found.totals['plan'])} of plan for this line. "
        "Its parts are below, to the penny.",
    ]
    tables = [_trace_files(found), _trace_lines(found), *_trace_contacts(found)]
    if found.plans:
        tables.append(
            Shown(
                "Plan lines that were loaded in place of the return's plan",
                [("Month", False), ("Specialty", False), ("File", False), ("Activity", True), ("Plan £", True)],
                [
                    [
                        f"{row['month']:%B %Y}",
                        row["specialty"] or "all",
                        row["file"],
                        f"{row['activity'].normalize():f}",
                        in_pounds(row["pence"]),
                    ]
                    for row in found.plans
                ],
            )
        )
    tables.append(
        Shown(
            "Known changes to this provider's forecast",
            [("What", False), ("Owner", False), ("Effect £", True), ("Probability", True)],
            [
                [row.title, row.owner, in_pounds(row.pence), f"{row.probability.normalize():f}"]
                for row in found.adjustments
            ],
            empty="None is recorded",
        )
    )
    provider = reverse("finance:provider", args=[found.provider])
    links = [
        ("The year to date", trace_address(found.provider, found.pod)),
        *(
            (f"{month:%B}", f"{trace_address(found.provider, found.pod)}?month={month:%Y-%m}")
            for month in found.stands.year.months
            if month <= found.stands.latest
        ),
        ("Its forecast", reverse("finance:forecast", args=[found.provider, found.pod or NOT_STATED])),
    ]
    return Page(
        f"Where it comes from: {found.name}, {pod_words(found.pod or NOT_STATED)}", lead, tables=tables, links=links,
        trail=[*_trail(), (found.name, provider)],
    )  # fmt: skip


def _trace_files(found: Trace) -> Shown:
    rows = [
        [
            _file_words(row), f"{row['first']:%B %Y} to {row['last']:%B %Y}", row["cut"] or "not stated",
            f"{row['made']:%-d %B %Y}" if row["made"] else "not stated", f"{row['lines']:,}", _used(row), in_pounds(row["plan"] or 0), in_pounds(row["actual"] or 0),
        ]
        for row in found.files
    ]  # fmt: skip
    rows.append(
        [
            "Counted",
            "",
            "",
            "",
            "",
            "",
            in_pounds(sum(row["plan"] or 0 for row in found.files)),
            in_pounds(sum(row["actual"] or 0 for row in found.files)),
        ]
    )
    columns = [
        ("File", False), ("Months", False), ("Cut", False), ("Made", False), ("Lines", True), ("Used for", False), ("Plan £", True), ("Actual £", True),
    ]  # fmt: skip
    says = "Every file that holds such lines; of each month only the latest is counted. The trust pages name each file."
    return Shown("Files", columns, rows, says)


def _file_words(row: dict[str, Any]) -> str:
    if row["from_line"] is None:
        return f"File {row['file']}"
    return f"File {row['file']}, records {row['from_line']:,} to {row['to_line']:,}"


def _used(row: dict[str, Any]) -> str:
    named = [name for name in ("plan", "actual") if row[f"{name}_used"]]
    return " and ".join(named) or "not used: a later file holds these months"


def _trace_lines(found: Trace) -> Shown:
    plans, actuals = _closed(found.lines, "planned_activity"), _closed(found.lines, "activity")
    rows = [
        [
            row["specialty"] or "none", row["tariff"] or "–", row["local_pod"] or "–", row["commissioner"] or "–", f"{row['lines']:,}",
            activity(row["planned_activity"]), activity(row["activity"]), HIDDEN if place in plans else in_pounds(row["plan"]),
            *(HIDDEN if place in actuals else in_pounds(one) for one in (row["price"], row["factor"], row["price"] + row["factor"])),
        ]
        for place, row in enumerate(found.lines)
    ]  # fmt: skip
    if rows and not found.more_lines:
        sums = [sum(row[name] for row in found.lines) for name in ("lines", "plan", "price", "factor")]
        rows.append(
            [
                "All",
                "",
                "",
                "",
                f"{sums[0]:,}",
                "",
                "",
                in_pounds(sums[1]),
                in_pounds(sums[2]),
                in_pounds(sums[3]),
                in_pounds(sums[2] + sums[3]),
            ]
        )
    columns = [
        ("Specialty", False), ("Tariff", False), ("Local code", False), ("Commissioner", False), ("Lines", True), ("Planned", True), ("Activity", True),
        ("Plan £", True), ("Price £", True), ("Market forces £", True), ("Actual £", True),
    ]  # fmt: skip
    says = f"{found.more_lines:,} more lines are not shown; choose one month. " if found.more_lines else ""
    says += PLANNING.footnote
    return Shown("Contract lines that are counted", columns, rows, says, "The record alone holds this line")


def _trace_contacts(found: Trace) -> list[Shown]:
    """By where the cost came from, then by HRG."""
    whole = in_pounds(found.totals["record"])
    bases = [
        [
            row["key"][0].replace("_", " "),
            row["key"][1] or "–",
            row["contacts"],
            "hidden" if row["pence"] is None else in_pounds(row["pence"]),
        ]
        for row in found.bases
    ]
    hrgs = [
        [row["key"][0], row["contacts"], "hidden" if row["pence"] is None else in_pounds(row["pence"])]
        for row in found.contacts
    ]
    says = "Contacts of the linked record that this line stands for, as the record costs them, without people who object. Small counts are hidden with their money."
    return [
        Shown("Costed contacts, by where the cost came from", [("Cost from", False), ("Because", False), ("Contacts", True), ("£", True)],
              [*bases, ["All, as the position holds", "", "", whole]], says),
        Shown("Costed contacts, by HRG", [("HRG", False), ("Contacts", True), ("£", True)], [*hrgs, ["All", "", whole]]),
    ]  # fmt: skip


def breakdown_page(found: Breakdown) -> Page:
    """The lines that make one row of a position, each leading to its contract lines."""
    rows = [
        [
            format_html('<a href="{}">{}, {}</a>', trace_address(row["provider"], row["pod"]), found.names.get(row["provider"], row["provider"]), pod_words(row["pod"] or NOT_STATED)),
            in_pounds(row["plan"]), in_pounds(row["actual"]), in_pounds(row["actual"] - row["plan"]), "hidden" if row["record"] is None else in_pounds(row["record"]),
        ]
        for row in found.rows
    ]  # fmt: skip
    plan, actual = (sum(row[name] for row in found.rows) for name in ("plan", "actual"))
    rows.append(["All", in_pounds(plan), in_pounds(actual), in_pounds(actual - plan), ""])
    heading = DIMENSIONS[found.by][0].lower()
    columns = [
        ("Provider and point of delivery", False),
        ("Plan £", True),
        ("Actual £", True),
        ("Variance £", True),
        ("Costed in the record £", True),
    ]
    lead = [
        standing_words(found.stands), f"The lines of {heading} {found.name} in the release, year to date. Each leads to its files, contract lines and contacts.",
        "A plan loaded from a spreadsheet, and local points of delivery decided since the release, are laid over them on the position pages.",
    ]  # fmt: skip
    back = f"{reverse('finance:overview')}?by={found.by}"
    return Page(
        f"{found.name}: the lines behind it",
        lead,
        tables=[Shown("Lines, year to date", columns, rows)],
        trail=[*_trail(), (f"By {heading}", back)],
    )


def _closed(lines: Sequence[Mapping[str, Any]], name: str) -> set[int]:
    """The places of lines whose money is hidden: activity that the door hides, and a second line where it is one alone,
    since the total less the others would be its money."""
    sizes = {place: abs(round(line[name])) for place, line in enumerate(lines) if line[name] is not None}
    closed = {place for place, size in sizes.items() if PLANNING.hides(size)}
    others = sorted((size, place) for place, size in sizes.items() if size and place not in closed)
    return closed | {others[0][1]} if len(closed) == 1 and others else closed


def trace_address(provider: str, pod: str) -> str:
    """Where the lines behind a provider's point of delivery are."""
    return reverse("finance:trace", args=[provider, pod or NOT_STATED])


def _trail() -> list[tuple[str, str]]:
    return [(MONEY, reverse("finance:overview"))]
