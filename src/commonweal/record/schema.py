"""The canonical tables: the one place that says what the record holds.

Every table has a grain (what one row is), typed columns with units, keys, the purposes that may read it, and
constraints. Documentation, the loader's checks, the planner's column types and the tests all read this module.

Conventions
-----------
* Dates are ISO dates, local (Europe/London). `*_at` columns are UTC timestamps. A partial date holds its first day and
  says so in `date_precision` (``D`` day, ``M`` month, ``Y`` year).
* Money is integer pence. A missing amount is null, never zero.
* ``person_key`` is a dense integer, append-only across releases. ``subject_key`` stands in its place until linkage has
  run: it names one source's idea of one person (`subject` table).
* Codes are integers (``*_concept``) into the append-only ``concept`` dictionary; an unknown code is still in it.
* Lineage is two integers on every row: ``load_id`` (one landed file) and ``record_number`` (1-based within that file:
  a CSV record without its header, an NDJSON line, a bundle entry).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Type = Literal["string", "int8", "int16", "int32", "int64", "float64", "bool", "date", "timestamp"]
Purpose = Literal["direct_care", "planning", "research", "public"]

ALL_PURPOSES: tuple[Purpose, ...] = ("direct_care", "planning", "research", "public")
NAMED_PURPOSES: tuple[Purpose, ...] = ("direct_care", "planning", "research")
WITHIN_SYSTEM: tuple[Purpose, ...] = ("direct_care", "planning")
"""The system's own staff: not researchers."""
CARE_ONLY: tuple[Purpose, ...] = ("direct_care",)

DUCKDB_TYPES: dict[str, str] = {
    "string": "VARCHAR",
    "int8": "TINYINT",
    "int16": "SMALLINT",
    "int32": "INTEGER",
    "int64": "BIGINT",
    "float64": "DOUBLE",
    "bool": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}


@dataclass(frozen=True)
class Column:
    """One typed column. `values` closes the set; `unit` is a word such as ``pence`` or ``days``."""

    name: str
    type: Type
    description: str
    required: bool = False
    unit: str = ""
    values: tuple[str, ...] = ()
    purposes: tuple[Purpose, ...] = NAMED_PURPOSES
    """Who may have it as it is, person by person. What is only counted may be read for any purpose of its table."""
    coarser: tuple[tuple[Purpose, Literal["month", "year"]], ...] = ()
    """Who may have a date in a coarser form, and which: its first day of the month or year."""
    concept: bool = False
    """The column is a key into the concept dictionary."""

    @property
    def duckdb_type(self) -> str:
        return DUCKDB_TYPES[self.type]


@dataclass(frozen=True)
class Table:
    """One canonical table: what a row is, what identifies it, and in which order it is stored."""

    name: str
    grain: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    sort: tuple[str, ...] = ()
    date_column: str = ""
    """The column that a window is measured on; empty where a row has no date."""
    purposes: tuple[Purpose, ...] = NAMED_PURPOSES
    constraints: tuple[str, ...] = ()
    """SQL conditions over one row that a loaded row satisfies."""
    per_person: bool = True
    sources: str = ""
    _by_name: dict[str, Column] = field(default_factory=dict, compare=False, repr=False, hash=False)

    def __post_init__(self) -> None:
        self._by_name.update({column.name: column for column in self.columns})

    def __getitem__(self, name: str) -> Column:
        try:
            return self._by_name[name]
        except KeyError:
            raise KeyError(f"table {self.name!r} has no column {name!r}; it has {', '.join(self._by_name)}") from None

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(self._by_name)


LINEAGE = (
    Column("load_id", "int32", "The landed file that this row came from", required=True),
    Column("record_number", "int64", "The record within that file, from 1", required=True),
)
PERSON_KEY = Column("person_key", "int32", "The person; `subject_key` (int64) until linkage has run", required=True)


def _table(name: str, grain: str, *columns: Column, key: tuple[str, ...], **options: object) -> Table:
    per_person = options.get("per_person", True)
    lead = (PERSON_KEY,) if per_person else ()
    return Table(name, grain, (*lead, *columns, *LINEAGE), key, **options)  # type: ignore[arg-type]


SUBJECT = Table(
    name="subject",
    grain="One source's idea of one person at one time: the identifiers and demographics it sent",
    columns=(
        Column(
            "subject_key", "int64", "Keyed hash of feed namespace and the source's own person identifier", required=True
        ),
        Column("feed", "string", "The feed that sent it", required=True),
        Column("local_identifier", "string", "The source's own identifier for the person"),
        Column("nhs_number", "string", "Ten digits as sent, without spaces; or a pseudonym where the feed carries one"),
        Column("nhs_number_status", "string", "Trace status 01 to 08 (Data Dictionary)"),
        Column("superseded_by", "string", "The NHS number that replaced this one (PDS merger)"),
        Column("family_name", "string", "Family name"),
        Column("given_name", "string", "Given names"),
        Column("birth_date", "date", "Date of birth; first of the month where only the month is known"),
        Column("birth_date_precision", "string", "D, M or Y", values=("D", "M", "Y")),
        Column("death_date", "date", "Date of death"),
        Column("sex", "string", "M, F, I (indeterminate) or null", values=("M", "F", "I")),
        Column("ethnic_category", "string", "2001 category A to S, Z not stated, 99 not known"),
        Column("language", "string", "Preferred language"),
        Column("address", "string", "First line of the address"),
        Column("postcode", "string", "Postcode, upper case, one space"),
        Column("lsoa21", "string", "LSOA 2021 code"),
        Column("practice_code", "string", "Registered practice as this source knows it"),
        Column("telephone", "string", "Telephone"),
        Column("valid_from", "date", "From when the source says this holds"),
        Column("valid_to", "date", "Until when"),
        *LINEAGE,
    ),
    key=("subject_key", "load_id", "record_number"),
    purposes=CARE_ONLY,
    per_person=False,
    sources="Every feed that identifies a person. Held in the identity store only.",
)

PERSON = _table(
    "person",
    "One person, as the linked record knows them",
    Column(
        "person_id",
        "string",
        "Stable identifier, for good; not derived from any identifier",
        required=True,
        purposes=CARE_ONLY,
    ),
    Column("birth_date", "date", "Date of birth", purposes=CARE_ONLY),
    Column("birth_month", "date", "First day of the month of birth"),
    Column(
        "death_date", "date", "Date of death", purposes=CARE_ONLY, coarser=(("planning", "month"), ("research", "year"))
    ),
    Column("sex", "string", "M, F, I or null", values=("M", "F", "I")),
    Column("ethnic_category", "string", "2001 category A to S, Z not stated, 99 not known", purposes=WITHIN_SYSTEM),
    Column("language", "string", "Preferred language", purposes=WITHIN_SYSTEM),
    Column("lsoa21", "string", "LSOA 2021 of residence", purposes=WITHIN_SYSTEM),
    Column(
        "practice_code",
        "string",
        "Practice of registration on the record's last day; null where none is active",
        purposes=WITHIN_SYSTEM,
    ),
    Column("type1_opt_out", "bool", "Latest Type 1 code is dissent"),
    Column("national_opt_out", "bool", "On the national data opt-out list"),
    key=("person_key",),
    sort=("person_key",),
)

REGISTRATION = _table(
    "registration",
    "One person at one practice for one period",
    Column("practice_code", "string", "ODS code of the practice", required=True),
    Column("start_date", "date", "Registered from", required=True),
    Column("end_date", "date", "Registered until; null while active"),
    Column("reason_for_removal", "string", "Why it ended"),
    key=("person_key", "practice_code", "start_date"),
    sort=("person_key", "start_date"),
    date_column="start_date",
    constraints=("end_date IS NULL OR end_date >= start_date",),
    sources="GP registration, PDS",
)

EVENT = _table(
    "event",
    "One coded clinical fact",
    Column("date", "date", "When it was true clinically", required=True),
    Column("date_precision", "string", "D, M or Y", values=("D", "M", "Y")),
    Column("concept", "int32", "What: SNOMED CT or the source's own code", required=True, concept=True),
    Column("value", "float64", "Number, in the standard unit of the concept's observation"),
    Column("unit", "string", "The standard unit of `value`, after conversion"),
    Column("text_value", "string", "A coded or short text answer, never free text"),
    Column("recorded_date", "date", "When it was entered"),
    Column("provider_code", "string", "Organisation that recorded it"),
    Column("source_kind", "string", "gp, hospital, community, mental_health, social_care, laboratory, registry"),
    Column("confidential", "bool", "The source flagged it as confidential"),
    key=("load_id", "record_number", "concept"),
    sort=("person_key", "date", "concept"),
    date_column="date",
    sources="GP observations and problems, ECDS and MHSDS codes, pathology, FHIR Observation and Condition",
)

MEDICATION = _table(
    "medication",
    "One issue of one medicine",
    Column("date", "date", "Issued or started", required=True),
    Column("concept", "int32", "dm+d or SNOMED CT code", required=True, concept=True),
    Column("bnf_code", "string", "BNF code where the source gives it"),
    Column("quantity", "float64", "Quantity issued"),
    Column("duration_days", "int32", "Days supplied", unit="days"),
    Column("end_date", "date", "When the course ended"),
    Column("repeat", "bool", "Issued under a repeat authorisation"),
    Column("cost_pence", "int64", "Actual or net ingredient cost", unit="pence"),
    Column("provider_code", "string", "Prescribing organisation"),
    Column("confidential", "bool", "The source flagged it as confidential"),
    key=("load_id", "record_number"),
    sort=("person_key", "date", "concept"),
    date_column="date",
    sources="GP prescribing, FHIR MedicationRequest, EPD",
)

SETTINGS = (
    "apc", "op", "ae", "gp", "community", "mental_health", "talking_therapies", "maternity", "ambulance",
    "urgent_111", "social_care",
)  # fmt: skip

CONTACT = _table(
    "contact",
    "One activity in any setting: an inpatient spell, an attendance, an appointment, a visit",
    Column(
        "contact_key", "int64", "Keyed hash of provider and the source's identifier; stable across loads", required=True
    ),
    Column("setting", "string", "Where", required=True, values=SETTINGS),
    Column("start_date", "date", "Admitted, arrived or seen: local date", required=True),
    Column("end_date", "date", "Discharged or departed: local date"),
    Column("start_at", "timestamp", "Start, UTC, where the time is known"),
    Column("end_at", "timestamp", "End, UTC, where the time is known"),
    Column("provider_code", "string", "ODS code of the provider, at the time"),
    Column("site_code", "string", "ODS site"),
    Column("commissioner_code", "string", "Commissioner as submitted"),
    Column("practice_code", "string", "Practice of registration as submitted with the contact"),
    Column("treatment_function_code", "string", "Treatment function, three characters"),
    Column("main_specialty_code", "string", "Main specialty, three characters"),
    Column("admission_method", "string", "APC: 11 to 99"),
    Column("admission_source", "string", "APC: source of admission"),
    Column("patient_classification", "string", "APC: 1 to 5"),
    Column("discharge_method", "string", "APC: 1 to 9; 4 died"),
    Column("discharge_destination", "string", "APC: destination; ECDS: SNOMED discharge destination"),
    Column("length_of_stay_days", "int32", "APC: nights from admission to discharge", unit="days"),
    Column("first_attendance", "string", "OP: 1 to 5"),
    Column(
        "attendance_status", "string", "OP and community: 5 and 6 attended, 3 did not attend, 2 and 4 cancelled, 7 late"
    ),
    Column("consultation_medium", "string", "01 face to face, 02 telephone, 03 video and so on"),
    Column("department_type", "string", "ECDS: 01 to 05"),
    Column("attendance_category", "string", "ECDS: 1 unplanned first to 4 planned follow-up"),
    Column("arrival_mode", "string", "ECDS: SNOMED or legacy code"),
    Column("acuity", "string", "ECDS: SNOMED acuity"),
    Column("wait_minutes", "int32", "Arrival to departure", unit="minutes"),
    Column("service_type", "string", "Community, mental health and social care: service or team type"),
    Column("professional_role", "string", "GP and community: role of the professional"),
    Column("primary_concept", "int32", "Primary diagnosis or reason", concept=True),
    Column("hrg_code", "string", "HRG as grouped by the source"),
    Column("referral_key", "int64", "The referral that led to it"),
    Column("submitted_price_pence", "int64", "Price on the row, including market forces factor", unit="pence"),
    Column("submitted_base_price_pence", "int64", "Price on the row before market forces factor", unit="pence"),
    Column("market_forces_factor", "float64", "As submitted"),
    Column("pod", "string", "National point of delivery, from the rule table"),
    Column("pod_rule", "string", "Which rule gave it: rule set and line"),
    Column("cost_pence", "int64", "Cost given by the price sets; null where uncosted", unit="pence"),
    Column("cost_basis", "string", "row_price, hrg_cost, pod_average or uncosted"),
    Column("cost_reason", "string", "The price set used, or why there is none"),
    Column("confidential", "bool", "In a category that is always withheld outside direct care"),
    key=("contact_key",),
    sort=("person_key", "start_date", "contact_key"),
    date_column="start_date",
    constraints=("end_date IS NULL OR end_date >= start_date",),
    sources="SUS APC, OP, ECDS; CSDS; MHSDS; Talking Therapies; MSDS; GP appointments; 111; ambulance; social care",
)

DIAGNOSIS = _table(
    "diagnosis",
    "One coded diagnosis of one contact",
    Column("contact_key", "int64", "The contact", required=True),
    Column("date", "date", "Start of the contact or episode", required=True),
    Column("position", "int16", "1 is primary", required=True),
    Column("concept", "int32", "ICD-10 without its dot, or SNOMED CT in ECDS", required=True, concept=True),
    Column("confidential", "bool", "In a category that is always withheld outside direct care"),
    key=("contact_key", "position", "concept"),
    sort=("person_key", "date"),
    date_column="date",
    sources="APC, OP, ECDS",
)

PROCEDURE = _table(
    "procedure",
    "One coded procedure of one contact",
    Column("contact_key", "int64", "The contact", required=True),
    Column("date", "date", "When it was done", required=True),
    Column("position", "int16", "1 is primary", required=True),
    Column("concept", "int32", "OPCS-4 without its dot, or SNOMED CT in ECDS", required=True, concept=True),
    key=("contact_key", "position", "concept"),
    sort=("person_key", "date"),
    date_column="date",
    sources="APC, OP, ECDS",
)

REFERRAL = _table(
    "referral",
    "One referral to one service",
    Column("referral_key", "int64", "Keyed hash of provider and the source's identifier", required=True),
    Column("date", "date", "Request received", required=True),
    Column("source_code", "string", "Source of referral"),
    Column("referring_organisation_code", "string", "Who referred"),
    Column("provider_code", "string", "To whom"),
    Column("service_type", "string", "Service or team type"),
    Column("treatment_function_code", "string", "Specialty"),
    Column("priority", "string", "Priority code"),
    Column("reason_concept", "int32", "Primary reason", concept=True),
    Column("first_contact_date", "date", "First seen"),
    Column("end_date", "date", "Closed or discharged"),
    Column("end_reason", "string", "Why it closed"),
    key=("referral_key",),
    sort=("person_key", "date"),
    date_column="date",
    sources="eRS, CSDS, MHSDS, Talking Therapies",
)

WAIT = _table(
    "wait",
    "One pathway on one waiting list at one snapshot",
    Column("pathway_key", "int64", "The pathway", required=True),
    Column("snapshot_date", "date", "Week ending", required=True),
    Column("list_type", "string", "rtt, diagnostic, cancer_28, cancer_31, cancer_62", required=True),
    Column("clock_start_date", "date", "Clock started", required=True),
    Column("clock_stop_date", "date", "Clock stopped; null while it runs"),
    Column("provider_code", "string", "Who holds the list"),
    Column("treatment_function_code", "string", "Specialty"),
    Column("priority", "string", "Priority code"),
    Column("outcome", "string", "How the clock stopped"),
    key=("pathway_key", "snapshot_date"),
    sort=("person_key", "snapshot_date"),
    date_column="clock_start_date",
    sources="WLMDS, cancer waits",
)

CARE_PACKAGE = _table(
    "care_package",
    "One social care or continuing care service for one period",
    Column("package_key", "int64", "The package", required=True),
    Column("start_date", "date", "From", required=True),
    Column("end_date", "date", "Until; null while open"),
    Column("package_type", "string", "Service type", required=True),
    Column("provider_code", "string", "Provider"),
    Column("funder", "string", "local_authority, nhs_continuing_care, joint"),
    Column("weekly_cost_pence", "int64", "Cost per week", unit="pence"),
    Column("hours_per_week", "float64", "Planned hours per week", unit="hours"),
    Column("review_date", "date", "Next or last review"),
    key=("package_key",),
    sort=("person_key", "start_date"),
    date_column="start_date",
    sources="Adult social care client-level data, continuing care",
)

PREFERENCE = _table(
    "preference",
    "One stated choice of one person",
    Column("kind", "string", "type1, national_opt_out, contact, confidentiality, care_preference", required=True),
    Column("value", "string", "dissent, withdrawn, consent, or the preference", required=True),
    Column("date", "date", "Stated on", required=True),
    Column("end_date", "date", "Until"),
    key=("person_key", "kind", "date"),
    sort=("person_key", "date"),
    date_column="date",
    sources="GP codes, national list, portal",
)

CONTRACT_LINE = _table(
    "contract_line",
    "One provider × commissioner × month × point of delivery × specialty × tariff line, planned and actual",
    Column("month", "date", "First day of the activity month", required=True),
    Column("provider_code", "string", "Provider", required=True),
    Column("commissioner_code", "string", "Commissioner"),
    Column("practice_code", "string", "Responsible practice"),
    Column("treatment_function_code", "string", "Specialty"),
    Column("pod", "string", "National point of delivery; null where unmapped"),
    Column("local_pod", "string", "Local point of delivery code"),
    Column("tariff_code", "string", "HRG or local tariff"),
    Column("planned_activity", "float64", "Plan"),
    Column("planned_price_pence", "int64", "Plan, before market forces factor", unit="pence"),
    Column("planned_mff_pence", "int64", "Plan, market forces factor", unit="pence"),
    Column("actual_activity", "float64", "Actual"),
    Column("actual_price_pence", "int64", "Actual, before market forces factor", unit="pence"),
    Column("actual_mff_pence", "int64", "Actual, market forces factor", unit="pence"),
    Column("submission", "string", "flex or freeze"),
    Column("submitted_on", "date", "When the provider made the file"),
    key=("load_id", "record_number"),
    sort=("month", "provider_code"),
    date_column="month",
    purposes=ALL_PURPOSES,
    per_person=False,
    sources="ACM",
)

CONTRACT_ACTIVITY = _table(
    "contract_activity",
    "One activity of one person as its provider charged for it; the same activity as in `contract_line`, never added to it",
    Column("month", "date", "First day of the activity month", required=True),
    Column("provider_code", "string", "Provider", required=True),
    Column("commissioner_code", "string", "Commissioner"),
    Column("practice_code", "string", "Practice of registration as submitted"),
    Column("treatment_function_code", "string", "Specialty"),
    Column("pod", "string", "National point of delivery as submitted"),
    Column("tariff_code", "string", "HRG or local tariff"),
    Column("activity", "float64", "Activity counted at this point of delivery"),
    Column("unit_price_pence", "int64", "Unit price", unit="pence"),
    Column("cost_pence", "int64", "Total cost", unit="pence"),
    Column("activity_identifier", "string", "CDS unique identifier: joins to the SUS row", purposes=NAMED_PURPOSES),
    Column("submitted_on", "date", "When the provider made the file"),
    key=("load_id", "record_number"),
    sort=("month", "provider_code"),
    date_column="month",
    per_person=False,
    sources="PLCM",
)

ORGANISATION = Table(
    name="organisation",
    grain="One organisation for one period under one parent",
    columns=(
        Column("code", "string", "ODS code", required=True),
        Column("name", "string", "Name", required=True),
        Column(
            "kind",
            "string",
            "practice, pcn, neighbourhood, borough, sub_icb, icb, trust, site, local_authority",
            required=True,
        ),
        Column("parent_code", "string", "The body it belongs to"),
        Column("valid_from", "date", "From", required=True),
        Column("valid_to", "date", "Until; null while open"),
        Column("successor_code", "string", "Who took over"),
        Column("postcode", "string", "Postcode of the organisation"),
        Column("note", "string", "What is not verified about this row, or where it is written"),
    ),
    key=("code", "kind", "parent_code", "valid_from"),
    purposes=ALL_PURPOSES,
    per_person=False,
    sources="ODS",
)

PLACE = Table(
    name="place",
    grain="One lower-layer super output area (2021)",
    columns=(
        Column("lsoa21", "string", "LSOA 2021 code", required=True),
        Column("lsoa21_name", "string", "Name"),
        Column("msoa21", "string", "MSOA 2021 code"),
        Column("ward_code", "string", "Ward"),
        Column("borough_code", "string", "Local authority district", required=True),
        Column("borough_name", "string", "Local authority name", required=True),
        Column("imd2019_decile", "int8", "1 is most deprived (IMD 2019 on 2011 areas, best fit)"),
        Column("imd2025_decile", "int8", "1 is most deprived (IMD 2025)"),
    ),
    key=("lsoa21",),
    purposes=ALL_PURPOSES,
    per_person=False,
    sources="ONS, MHCLG",
)

CONCEPT = Table(
    name="concept",
    grain="One code of one code system, as first seen",
    columns=(
        Column("concept", "int32", "Dense, append-only", required=True),
        Column("system", "string", "snomed, icd10, opcs4, dmd, ctv3, read2, loinc, local:<feed>", required=True),
        Column("code", "string", "The code, without dots", required=True),
        Column("term", "string", "A term for display, never for matching"),
    ),
    key=("concept",),
    purposes=ALL_PURPOSES,
    per_person=False,
    sources="Filled by every load and every codelist",
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        SUBJECT, PERSON, REGISTRATION, EVENT, MEDICATION, CONTACT, DIAGNOSIS, PROCEDURE, REFERRAL, WAIT, CARE_PACKAGE,
        PREFERENCE, CONTRACT_LINE, CONTRACT_ACTIVITY, ORGANISATION, PLACE, CONCEPT,
    )
}  # fmt: skip
"""Every canonical table by name."""

FACTS: tuple[str, ...] = tuple(name for name, table in TABLES.items() if table.per_person and name != "person")
"""The tables with many rows a person: bucketed by person and sorted, in a release."""
