"""Schemes entered and changed in the site. Every save is a version; two people never overwrite each other in silence."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportCallIssue=false, reportGeneralTypeIssues=false, reportIndexIssue=false, reportOptionalMemberAccess=false
from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from commonweal.errors import BadInput, Busy, NotReady
from commonweal.finance.schemes import Maturity, advanced, phased
from commonweal.web.audit import services as audit
from commonweal.web.core.actor import Actor
from commonweal.web.core.permissions import check_can
from commonweal.web.finance.models import OverlapCeiling, SchemeRecord, SchemeVersion
from commonweal.web.finance.policies import check_can_advance
from commonweal.web.finance.services.schemes import plain

PURPOSE = "planning"
FIELDS: dict[str, str] = {
    "title": "Title", "gross_pence": "Gross saving", "investment_pence": "Investment", "start": "Start month",
    "recurrent": "Recurrent", "cash_releasing": "Cash-releasing", "strand": "Strand", "category": "Category",
    "senior_owner": "Senior owner", "clinical_lead": "Clinical lead", "finance_lead": "Finance lead",
    "confidence": "Confidence", "note": "Note", "phasing": "Phasing", "milestones": "Milestones",
    "impact": "Activity that changes", "investments": "Who receives the investment", "stops": "Activity that stops", "assessments": "Assessments",
    "contract_variation": "Contract variation", "evidence_grade": "Evidence grade", "evaluation_method": "Evaluation method",
    "cohort": "Programme in the record", "delivered_pence": "Delivered so far", "counterfactual": "Measured against",
    "slippage_reason": "Why it slips", "mitigation": "Mitigation", "overlap_group": "Overlap group", "maturity": "Maturity",
}  # fmt: skip
"""What a version holds, and what each is called."""


def content_of(record: SchemeRecord) -> dict[str, Any]:
    """The fields of a version, as JSON holds them."""
    return {name: _stored(getattr(record, name)) for name in FIELDS}


def create(*, by: Actor, year: str, reference: str, values: Mapping[str, Any]) -> SchemeRecord:
    """A new scheme, an idea until it is moved. BadInput where the reference is taken in that year."""
    check_can(by, "finance.schemes")
    if SchemeRecord.objects.filter(year=year, reference=reference).exists():
        raise BadInput("that reference is used in this year", value=reference, remedy="choose another")
    record = SchemeRecord(year=year, reference=reference, maturity="idea", by_id=by.user_id)
    _fill(record, values)
    with transaction.atomic():
        record.save()
        _keep(record, "Entered", by)
        audit.record(by, purpose=PURPOSE, action="add scheme", object=f"scheme:{year}:{record.pk}")
    return record


@transaction.atomic
def change(
    *, by: Actor, year: str, reference: str, values: Mapping[str, Any], base_version: int
) -> tuple[SchemeRecord, str]:
    """Save fields of a scheme that were read at `base_version`; returns it and what changed in words ("" for nothing).

    Where somebody saved since, both edits are kept if they touch different fields; `Busy` names those that both changed.
    """
    check_can(by, "finance.schemes")
    record = SchemeRecord.objects.select_for_update().filter(year=year, reference=reference).first()
    if record is None:
        raise NotReady("there is no such scheme", value=f"{reference} {year}")
    now = content_of(record)
    mine = {name: _stored(value) for name, value in values.items()}
    if base_version != record.version:
        mine = _merged(_base(record, base_version), now, mine)
    before = plain(record)
    _fill(record, {name: values[name] for name in mine})
    changed = [name for name in FIELDS if _stored(getattr(record, name)) != now[name]]
    if not changed:
        return record, ""
    log = "; ".join(_words(name, now[name], _stored(getattr(record, name))) for name in changed)
    # A row that came from a file has no version yet: what it held then is kept before the first change.
    if not record.versions.exists():
        SchemeVersion.objects.create(
            scheme=record, number=record.version, content=now, log=f"As loaded: {before.title}", by_id=record.by_id
        )
    record.version += 1
    record.by_id = by.user_id
    record.save()
    _keep(record, log, by)
    audit.record(by, purpose=PURPOSE, action="change scheme", object=f"scheme:{year}:{record.pk}")
    return record, log


@transaction.atomic
def advance(*, by: Actor, year: str, reference: str, to: Maturity) -> SchemeRecord:
    """Move a scheme to another maturity. From "approved" on, every gate must be open."""
    record = SchemeRecord.objects.select_for_update().filter(year=year, reference=reference).first()
    if record is None:
        raise NotReady("there is no such scheme", value=f"{reference} {year}")
    check_can_advance(by, plain(record), to)
    record.maturity = advanced(plain(record), to).maturity
    record.by_id = by.user_id
    record.version += 1
    record.save(update_fields=["maturity", "version", "by", "at"])
    _keep(record, f"Moved to {to.replace('_', ' ')}", by)
    audit.record(by, purpose=PURPOSE, action=f"move scheme to {to}", object=f"scheme:{year}:{record.pk}")
    return record


def take(*, by: Actor, year: str, reference: str, values: Mapping[str, Any], maturity: Maturity, source: str) -> None:
    """A row of a spreadsheet: a new scheme, or a new version of the one that is held, whose other fields stay. The reader of the
    sheet has asked the gates; a scheme that is complete or stopped is not reopened. Inside the importer's transaction."""
    check_can(by, "finance.change")
    record = SchemeRecord.objects.select_for_update().filter(year=year, reference=reference).first()
    before = content_of(record) if record else {}
    if record is None:
        record = SchemeRecord(year=year, reference=reference, version=0)
    elif record.maturity in ("complete", "stopped") and maturity != record.maturity:
        raise BadInput(
            "a finished scheme is not reopened by a file", where=f"scheme {reference}", value=record.maturity
        )
    elif not record.versions.exists():
        _keep(record, "As it was loaded", by)
    record.maturity = maturity
    _fill(record, values)
    changed = [name for name in FIELDS if _stored(getattr(record, name)) != before.get(name)]
    if before and not changed:
        return
    record.version, record.by_id = record.version + 1, by.user_id
    record.save()
    log = "; ".join(_words(name, before[name], _stored(getattr(record, name))) for name in changed) if before else ""
    _keep(record, f"From {source}" + (f": {log}" if log else ""), by)


def version_of(record: SchemeRecord) -> int:
    """The version that is stored now: what an editor's must still be."""
    return SchemeRecord.objects.values_list("version", flat=True).get(pk=record.pk)


def ceiling_version(group: str) -> int:
    """The stored version of an overlap group's ceiling; 0 where there is none."""
    return OverlapCeiling.objects.filter(group=group).values_list("version", flat=True).first() or 0


def history(*, by: Actor, record: SchemeRecord) -> list[SchemeVersion]:
    """The last 50 versions of a scheme. Raises `NotAllowed`."""
    check_can(by, "finance.see")
    return list(record.versions.select_related("by")[:50])


@transaction.atomic
def set_ceiling(*, by: Actor, group: str, pence: int, says: str, base_version: int) -> OverlapCeiling:
    """What the activity that a group of schemes acts on costs. `base_version` 0: none was set yet."""
    check_can(by, "finance.schemes")
    row = OverlapCeiling.objects.select_for_update().filter(group=group).first()
    if (row.version if row else 0) != base_version:
        held = f"£{row.pence // 100:,}, {row.says}" if row else "nothing"
        raise Busy("someone else set this ceiling while you were working", where=group, value=held)
    if row is None:
        row = OverlapCeiling(group=group, version=0)
    row.pence, row.says, row.by_id, row.version = pence, says, by.user_id, row.version + 1
    row.save()
    audit.record(by, purpose=PURPOSE, action="set overlap ceiling", object=f"overlap:{row.pk}")
    return row


def _fill(record: SchemeRecord, values: Mapping[str, Any]) -> None:
    """Set fields and ask the pure package whether the scheme can be."""
    for name, value in values.items():
        if name not in FIELDS or name == "maturity":
            raise BadInput("that is no field of a scheme that is typed", value=name)
        setattr(record, name, value)
    phased(plain(record))


def _base(record: SchemeRecord, number: int) -> dict[str, Any]:
    version = record.versions.filter(number=number).first()
    if version is None:
        raise NotReady("the version that you edited is not known", where=record.reference, value=number)
    return version.content


def _merged(base: Mapping[str, Any], theirs: Mapping[str, Any], mine: Mapping[str, Any]) -> dict[str, Any]:
    """What of mine to save over theirs. Raises Busy where both changed one field to different values."""
    kept, clashes = {}, []
    for name, value in mine.items():
        if value == base[name] or value == theirs[name]:
            continue
        if theirs[name] != base[name]:
            clashes.append(name)
        kept[name] = value
    if clashes:
        raise Busy(
            "someone else changed the same fields while you were working",
            value="; ".join(f"{FIELDS[name]} is now {_shown(name, theirs[name])}" for name in clashes),
            remedy="what you typed is below; save again to put it in place of theirs",
        )
    return kept


def _keep(record: SchemeRecord, log: str, by: Actor) -> None:
    SchemeVersion.objects.create(
        scheme=record, number=record.version, content=content_of(record), log=log, by_id=by.user_id
    )


def _words(name: str, before: Any, after: Any) -> str:
    return f"{FIELDS[name]}: {_shown(name, before)} became {_shown(name, after)}"


def _shown(name: str, value: Any) -> str:
    if value in (None, "", [], {}):
        return "empty"
    if name.endswith("_pence"):
        return f"£{int(value) // 100:,}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{key} {held}" for key, held in sorted(value.items()))
    if isinstance(value, list):
        return f"{len(value)} rows" if value and isinstance(value[0], dict) else ", ".join(str(one) for one in value)
    return f"“{value}”"


def _stored(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, date) else value
