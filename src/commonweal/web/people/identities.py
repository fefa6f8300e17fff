"""Names and NHS numbers, for direct care only. Each person whose identity is read is one audit entry.

`names_of` is for people whom the caller may see already; `find` turns NHS numbers into persons, limited by the hour, so
that nobody can walk through numbers.
"""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import duckdb
from django.conf import settings
from django.utils import timezone

from commonweal.errors import BadInput, Busy, NotReady
from commonweal.nhs_number import is_valid, normalise
from commonweal.record.identities import IdentityStore
from commonweal.record.known_people import KnownPeople
from commonweal.record.register import Register
from commonweal.web.audit import services as audit
from commonweal.web.audit.models import Entry
from commonweal.web.core.actor import Actor

FIND, FIND_MANY = "find person", "find people"
LARGEST_FILE = 2000
NAMES = ("family_name", "given_name", "nhs_number")
EVERYTHING = (*NAMES, "telephone", "address", "postcode")
_database = duckdb.connect(config={"threads": 1, "memory_limit": "256MB"})
"""One in-memory database a process; each question takes a cursor of its own."""
_database.execute("SET GLOBAL parquet_metadata_cache = true")


def close() -> None:
    """Before the process ends."""
    _database.close()


@dataclass(frozen=True)
class Identity:
    """Who somebody is, from the newest of their sources that says so."""

    name: str = "Name not known"
    nhs_number: str = ""
    telephone: str = ""
    address: str = ""

    @property
    def known(self) -> bool:
        return bool(self.nhs_number)


NOT_GATHERED = Identity(name="Name not shown until the records are linked again")
"""What stands where a name would, in a store whose names were not gathered: it is for who runs the service to run `link`."""


def names_of(
    person_ids: Iterable[str], *, by: Actor, reason: str, fields: Sequence[str] = NAMES
) -> dict[str, Identity]:
    """The name and number of each person, or what `fields` asks; those of whom no source knows a name are there too.

    One audit entry for each person, before anything is read; then one query for all, so that a list is not twenty.
    """
    wanted = list(dict.fromkeys(person_ids))
    audit.record_each(by, wanted, purpose="direct_care", action="look", object="identity", reason=reason)
    found = {one: _newest(rows) for one, rows in KnownPeople(settings.STORE).rows_of(wanted, fields).items()}
    nobody = Identity() if found or names_are_gathered() else NOT_GATHERED
    return dict.fromkeys(wanted, nobody) | found


def names_are_gathered() -> bool:
    """Whether names can be shown; not, where the last linkage was before names were gathered, or was not finished.

    True too where nobody was ever linked: then there is nobody whose name could be shown.
    """
    if KnownPeople(settings.STORE).path is not None:
        return True
    with contextlib.suppress(NotReady):
        return not Register.of(settings.STORE).persons_path.is_file()
    return True


def at_one_address(person_id: str, others: Sequence[str]) -> list[str]:
    """Those of `others` whose newest address and postcode are this person's. For an audited caller, who names them after."""
    rows = KnownPeople(settings.STORE).rows_of([person_id, *others], ("address", "postcode"))
    places = {one: _place(found) for one, found in rows.items()}
    wanted = places.get(person_id)
    return [one for one in others if wanted and places.get(one) == wanted]


def _place(rows: list[dict[str, str | None]]) -> tuple[str, str] | None:
    """Address and postcode of the newest source that has both, without case and spaces."""
    for row in rows:
        if row.get("address") and row.get("postcode"):
            address, postcode = ("".join(str(row[name]).upper().split()) for name in ("address", "postcode"))
            return address, postcode
    return None


def find(number: str, *, by: Actor) -> str | None:
    """The person of one NHS number, or None. Counts against the hour's allowance, found or not."""
    wanted = clean_number(number)
    _allow(by, FIND, settings.FINDS_AN_HOUR)
    audit.record(by, purpose="direct_care", action=FIND, object="nhs number")
    return _persons([wanted]).get(wanted)


def find_many(numbers: Sequence[str], *, by: Actor) -> set[str]:
    """The persons of a file of NHS numbers. Which number led to whom is not told, nor which led to nobody."""
    wanted = list(dict.fromkeys(clean_number(number) for number in numbers))
    if not wanted:
        raise BadInput("there is no NHS number in it")
    if len(wanted) > LARGEST_FILE:
        raise BadInput("that is too many people at once", remedy=f"send at most {LARGEST_FILE:,}")
    _allow(by, FIND_MANY, settings.FILES_AN_HOUR)
    audit.record(by, purpose="direct_care", action=FIND_MANY, object="file of nhs numbers", result_count=len(wanted))
    return set(_persons(wanted).values())


def clean_number(text: str) -> str:
    """Ten digits out of what somebody typed. Raises `BadInput` without repeating it."""
    number = normalise(text)
    if number is None or not is_valid(number):
        raise BadInput("that is not an NHS number", remedy="check it: ten digits, of which the last proves the others")
    return number


def _allow(by: Actor, action: str, limit: int) -> None:
    """Raise `Busy` where `by` has searched often enough this hour. The audit is the count: it cannot be reset."""
    since = timezone.now() - datetime.timedelta(hours=1)
    if Entry.objects.filter(actor=audit.audit_actor(by).name, action=action, at__gte=since).count() >= limit:
        raise Busy(
            "you have searched for many people this hour",
            remedy="wait a while, or work from a list; your governance lead can see the searches",
        )


def _persons(numbers: list[str]) -> dict[str, str]:
    """NHS number → person_id, merged persons followed to the one that stands."""
    register = Register.of(settings.STORE)
    try:
        subjects, persons = str(register.subjects_path), str(register.persons_path)
    except NotReady:
        return {}
    with _database.cursor() as connection:
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE wanted AS SELECT unnest($1::VARCHAR[]) AS nhs_number", [numbers]
        )
        relation = IdentityStore.of(settings.STORE).subjects(connection)
        hits = relation.join(connection.table("wanted"), "nhs_number", how="semi")
        hits.project("nhs_number, subject_key").create_view("hit", replace=True)
        rows = connection.execute(
            "SELECT DISTINCT hit.nhs_number, coalesce(survivor.person_id, person.person_id) FROM hit "
            f"JOIN read_parquet('{subjects}') AS subject USING (subject_key) "
            f"JOIN read_parquet('{persons}') AS person USING (person_key) "
            f"LEFT JOIN read_parquet('{persons}') AS survivor ON survivor.person_key = person.merged_into"
        ).fetchall()
    by_number: dict[str, set[str]] = {}
    for number, person_id in rows:
        by_number.setdefault(number, set()).add(person_id)
    # A number that leads to two persons is a linkage doubt: it is for the review queue, not for a guess here.
    return {number: next(iter(people)) for number, people in by_number.items() if len(people) == 1}


def _newest(rows: list[dict[str, str | None]]) -> Identity:
    """Each field from the newest source that has it; a name is taken whole from one source."""

    def first(*fields: str) -> str:
        for row in rows:
            if all(row.get(field) for field in fields):
                return " ".join(str(row[field]) for field in fields)
        return ""

    name = first("given_name", "family_name") or first("family_name") or Identity().name
    address = ", ".join(part for part in (first("address"), first("postcode")) if part)
    return Identity(name, first("nhs_number"), first("telephone"), address)
