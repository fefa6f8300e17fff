"""What each operation answers with. Nothing that is not named here leaves through the API."""

from __future__ import annotations

import datetime

from ninja import Field, Schema


class Failure(Schema):
    """What went wrong and what to do. Never holds personal data."""

    what: str
    where: str
    value: str | int | float | None
    remedy: str


class Release(Schema):
    """The release that serves."""

    id: str
    as_at: datetime.date
    created_at: datetime.datetime
    code_version: str
    invented: bool = Field(description="Whether its people are invented")


class Definition(Schema):
    """One definition in brief."""

    id: str
    kind: str
    title: str


class DefinitionDetail(Definition):
    """One definition with what it rests on."""

    why_it_matters: str
    owner: str
    checked_by: str
    source: str
    reviewed_on: datetime.date
    review_due: datetime.date
    polarity: str
    rules: dict[str, str] = Field(description="Each part of the rule, in words")
    codelists: list[str]
    missing_codelists: list[str]
    uses: list[str]
    used_by: list[str]
    in_release: bool


class Definitions(Schema):
    """One page of definitions."""

    items: list[Definition]
    total: int
    page: int
    pages: int


class MeasureRow(Schema):
    """A measure for one group, as it may be shown."""

    group: str
    name: str
    numerator: float | None = Field(description="Null where it is hidden; rounded as the purpose asks")
    denominator: float | None
    value: float | None
    lower: float | None = Field(description="Of the 95% interval; null where the value has none")
    upper: float | None
    state: str = Field(description="“excluded” or “part excluded” where what was sent failed a check")


class Measure(Schema):
    """A measure by one kind of group, a page at a time."""

    id: str
    title: str
    release_id: str
    as_at: datetime.date
    by: str
    items: list[MeasureRow]
    total: int
    page: int
    pages: int


class DefinitionList(Schema):
    """The list of one definition, and how many of one's own people are on it."""

    definition_id: str
    kind: str
    title: str
    people: int


class MadeList(Schema):
    """A list that a colleague made."""

    list_id: str
    title: str


class Lists(Schema):
    """The lists that one may open."""

    of_definitions: list[DefinitionList]
    made: list[MadeList]


class Evidence(Schema):
    """One fact by which somebody is on a list."""

    definition_id: str
    sentence: str
    date: datetime.date | None


class ListedPerson(Schema):
    """One person to work through."""

    person_id: str
    name: str
    nhs_number: str
    age: int | None
    sex: str | None
    practice_code: str | None
    reasons: list[str]
    evidence: list[Evidence]
    state: str
    assigned_to: str
    is_new: bool = Field(description="Not on the list in the release before")


class WorkingList(Schema):
    """Who is on a list now, limited to its capacity."""

    list_id: str
    title: str
    release_id: str
    as_at: datetime.date
    capacity: int
    total: int = Field(description="Everybody whom the list finds")
    waiting: int = Field(description="Beyond the capacity")
    folded: int = Field(description="Seen, declined, deferred or dealt with elsewhere")
    left: int = Field(description="Left since the release before")
    people: list[ListedPerson]
    excluded: list[str] = Field(description="Practices of whom nobody is listed, because what they sent failed a check")


class NhsNumber(Schema):
    """It travels in the body, never in an address."""

    nhs_number: str


class PersonFound(Schema):
    """Who has that NHS number."""

    person_id: str


class Named(Schema):
    """A register or flag with its title."""

    id: str
    title: str


class Condition(Named):
    """A register that the person is on."""

    first_coded: datetime.date | None = Field(
        description="The first code of its lists in the record; null where none has a date"
    )


class Worth(Named):
    """A list that the person is on, with why, and what is suggested."""

    suggested_action: str
    evidence: list[str]


class CarePlan(Named):
    """A care plan kept on the site: its name and where it stands, not its words."""

    state: str
    open: bool


class TouchingPlan(Schema):
    """A plan of the system in which this person is counted."""

    reference: str
    title: str
    where: str
    measure: str
    reached: bool | None = Field(description="Whether what the plan wants is so for this person; null for a condition")


class Score(Named):
    """A score with how far it can be trusted."""

    value: float
    validity: str


class Result(Schema):
    """The latest value of one observation."""

    title: str
    value: str
    date: str
    trend: str
    before: str


class Medicine(Schema):
    """A medicine issued in the last six months."""

    title: str
    issued: str
    repeat: bool


class Person(Schema):
    """One person's summary. What somebody costs is not in it."""

    person_id: str
    name: str
    nhs_number: str
    birth_date: datetime.date | None
    death_date: datetime.date | None
    age: int | None
    sex: str | None
    practice_code: str | None
    ground: str = Field(description="Why the caller may see this")
    registers: list[Condition]
    flags: list[Worth]
    care_plans: list[CarePlan]
    touching: list[TouchingPlan]
    scores: list[Score]
    results: list[Result]
    medicines: list[Medicine]
    withheld: int = Field(description="Rows that are confidential and not shown")
    excluded: list[str]
    release_id: str
    as_at: datetime.date


class Intention(Schema):
    """One intention of the register."""

    reference: str
    title: str
    programme: str
    place: str
    year: str
    kind: str
    state: str
    summary: str
    providers: str
    source: str
    measure_ids: list[str]
    target_ids: list[str]


class Intentions(Schema):
    """One page of intentions."""

    items: list[Intention]
    total: int
    page: int
    pages: int


class Target(Schema):
    """One target and where it stands today."""

    reference: str
    programme: str
    indicator: str
    value: str | None
    due: str
    direction: str
    measure_id: str
    status: str
    reason: str


class Targets(Schema):
    """One page of targets."""

    items: list[Target]
    total: int
    page: int
    pages: int


class PositionRow(Schema):
    """Pence; a positive variance is an overspend."""

    key: str
    name: str
    month_plan_pence: int
    month_actual_pence: int
    to_date_plan_pence: int
    to_date_actual_pence: int
    to_date_variance_pence: int
    year_plan_pence: int
    forecast_pence: int | None
    submitted_pence: int | None
    risk_adjusted_pence: int | None


class Position(Schema):
    """Plan, actual and forecast by one dimension. The rows add up to the total."""

    by: str
    release_id: str
    year: str
    month: int = Field(description="Of the financial year")
    rows: list[PositionRow]
    total: PositionRow
