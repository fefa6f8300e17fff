"""Local points of delivery: which are not mapped to a national one, what is at risk, who owns the question.

The key has three parts (provider, local POD, tariff code) and is null-safe: a missing part equals a missing part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from commonweal.finance.reconcile import Entry

NATIONAL_PODS: dict[str, str] = {
    code: f"{group}: {code}"
    for group, codes in {
        "Non-elective": "NEL NELST NELNE NELXBD NELNEXBD NELOBD",
        "Elective": "EL DC RADAY RANIGHT ELXBD ELOBD",
        "Outpatient first": "OPFASPCL OPFASPNCL OPFAMPCL OPFAMPNCL NF2FFA OPFAPREOP OPFAHOME WAFA OPFA",
        "Outpatient follow-up": "OPFUPSPCL OPFUPSPNCL OPFUPMPCL OPFUPMPNCL NF2FFUP OPFUPPREOP OPFUPHOME WAFUP OPFUP",
        "Outpatient procedure": "OPPROC OPPROCFA OPPROCFUP",
        "Accident and emergency": "AE",
        "Direct access": "DAIMG DALAB DAOTHER",
        "Unbundled": "DRUG DEVICE UNBCHEMO UNBRAD UNBRTHPY UNBREHAB UNBPALL UNBACC UNBPCC UNBNCC UNBOTHER",
        "Maternity pathway": "MATPATHAN MATPATHPN",
        "Community and other": "COMMINIT COMMSUB COMM POC YOC MDT IVF ARD CRD",
        "Ambulance": "AMBUE AMBHTR AMBSTR AMBSTC PTSTRANS CCTRANS",
        "Non-activity money": "BLOCK CQUIN ADJUSTMENT NAOTHER",
    }.items()
    for code in codes.split()
}
"""National codes by which contract lines may be counted (the project's NHS reference, section 1.4, from an ICB's dimension load
that calls itself the official list; NHS England's own page was not read)."""
LocalPodKey = tuple[str | None, str | None, str | None]
"""Provider, local POD, tariff code: the three parts by which a local point of delivery is mapped; any may be missing."""


@dataclass(frozen=True)
class UnmappedPod:
    """A local POD without a national one: work with an owner and a value at risk."""

    key: LocalPodKey
    value_at_risk: int
    lines: int
    first_month: date
    last_month: date
    owner: str = ""


@dataclass(frozen=True)
class PodMapping:
    """One dated decision: this local POD is that national one, from the first to the last month (None: still)."""

    key: LocalPodKey
    pod: str
    first_month: date
    last_month: date | None = None
    decided_by: str = ""


def unmapped(
    entries: Iterable[Entry], mappings: Sequence[PodMapping] = (), owners: Mapping[str, str] | None = None
) -> tuple[UnmappedPod, ...]:
    """Local PODs that neither the file nor a mapping turns into a national one, dearest first. `owners` maps a provider to
    the person who answers for it."""
    found: dict[LocalPodKey, list[Entry]] = {}
    for entry in entries:
        if entry.pod is None and mapped_pod(entry, mappings) is None and entry.local_pod is not None:
            found.setdefault(local_key(entry), []).append(entry)
    rows = [
        UnmappedPod(
            key,
            sum(abs(entry.pence) for entry in held),
            len(held),
            min(entry.month for entry in held),
            max(entry.month for entry in held),
            (owners or {}).get(key[0] or "", ""),
        )
        for key, held in found.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.value_at_risk, str(row.key))))


def mapped_pod(entry: Entry, mappings: Sequence[PodMapping]) -> str | None:
    """The national POD of a line: the file's own, else the mapping in force in its month (a POD remapped in history keeps its
    old mapping for old months). A mapping with a missing part holds only for lines that miss it too."""
    if entry.pod is not None:
        return entry.pod
    key = local_key(entry)
    for mapping in mappings:
        ends = mapping.last_month
        if mapping.key == key and mapping.first_month <= entry.month and (ends is None or entry.month <= ends):
            return mapping.pod
    return None


def local_key(entry: Entry) -> LocalPodKey:
    """The three-part key of a local point of delivery; any part may be None."""
    return entry.provider_code, entry.local_pod, entry.tariff_code
