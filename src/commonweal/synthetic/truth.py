"""What only the maker knows: who everyone is, their true risk, the planted effects and the seeded defects."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from commonweal.synthetic import demographics, events, names, risk
from commonweal.synthetic.conditions import ACTIVE
from commonweal.synthetic.gp import TYPE1_DISSENT, TYPE1_WITHDRAWN
from commonweal.synthetic.identifiers import tokens
from commonweal.synthetic.inpatients import Spells
from commonweal.synthetic.population import People
from commonweal.synthetic.reference import CATEGORIES, Reference
from commonweal.synthetic.settings import NEVER, Settings
from commonweal.synthetic.sources import Defects, Numbers, SourceBook
from commonweal.synthetic.writing import Feeds, choose, dates, prefixed, text

PCNS_OF_A_NEIGHBOURHOOD = 2


def person_ids(person: np.ndarray) -> pa.Array:
    """The true person identifier: T and eight digits."""
    return prefixed("T", person + 10_000_000)


class SchemeTotals:
    """Emergency admissions of each scheme's people in the year before and the year after enrolment."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str]] = Counter()
        self.titles: dict[str, tuple[str, float]] = {}
        self.avoided: defaultdict[str, float] = defaultdict(float)

    def count(self, settings: Settings, people: People, spells: Spells, schemes: list[risk.Scheme]) -> None:
        emergency = spells.kind == 0
        begin = settings.end - 365
        for scheme in schemes:
            inside = (scheme.enrolled < NEVER)[spells.row] & emergency
            self.titles[scheme.name] = (scheme.title, scheme.rate_ratio)
            self.counts[scheme.name, "people"] += int((scheme.enrolled < NEVER).sum())
            earlier = inside & (spells.admitted >= begin - 365) & (spells.admitted < begin)
            self.counts[scheme.name, "admissions_year_before"] += int(earlier.sum())
            self.counts[scheme.name, "admissions_year_after"] += int((inside & (spells.admitted >= begin)).sum())

    def described(self, settings: Settings) -> list[dict[str, Any]]:
        """For planted.json."""
        return [
            {
                "effect": "scheme", "scheme": name, "title": title, "true_rate_ratio": ratio,
                "enrolled_on": str(settings.as_at - timedelta(days=365)),
                "admissions_avoided_expected": round(self.avoided[name], 1),
                **{kind: count for (scheme, kind), count in sorted(self.counts.items()) if scheme == name},
                "where": "schemes/scheme_members.csv.gz; emergency spells in sus_apc",
            }
            for name, (title, ratio) in sorted(self.titles.items())
        ]  # fmt: skip


def write(
    feeds: Feeds, settings: Settings, reference: Reference, people: People, numbers: Numbers, book: SourceBook, found: risk.Risk,
    schemes: list[risk.Scheme], planted: events.Organisations,
) -> None:  # fmt: skip
    """Truth, opt-outs and scheme members of one chunk."""
    areas, codes = reference.lsoas, reference.practices.practice_code.to_numpy(str)
    identifier = text(numbers.current[people.person])
    if settings.size.pseudonymised:
        identifier = text(tokens(people.person, settings.seed))
    here = people.alive(settings.end - 1)
    old = numbers.old[people.person]
    practice = events.practice_at(planted, people.practice, np.full(len(people), settings.end))
    feeds.table("truth/people", {
        "person_id": person_ids(people.person), "nhs_number": identifier, "superseded_nhs_number": text(old, old == 0),
        "family_name": choose(names.family_tables()[0], people.family_name), "given_name": choose(names.given_tables()[0], people.given_name),
        "birth_date": dates(people.birth), "sex": choose(["M", "F"], people.woman), "ethnic_category": choose(list(CATEGORIES), people.category),
        "practice_code": choose(codes, practice), "lsoa21": choose(areas.lsoa21_code.to_numpy(), people.lsoa),
        "imd_decile": people.imd_decile, "postcode": choose(reference.postcodes[0], people.postcode), "household": people.person[0] + people.household,
        "twin": people.twin_of >= 0, "death_date": dates(people.death), "left_on": dates(people.left), "moved_on": dates(people.moved),
        "registered_at_end": here, "true_risk_12_months": _known(found.true_risk, here), "future_admissions": pa.array(found.future_admissions, mask=~here),
        "true_risk_prior_12_months": np.round(found.prior_risk, 6),
        **{f"has_{name}": people.has(name, settings.end - 1) for name in ACTIVE},
        **{name: people.states[name] for name in ("mild_frailty", "moderate_frailty", "severe_frailty", "care_home", "housebound")},
        "type1_opt_out": people.states["type1_dissent"] & ~people.states["type1_withdrawn"], "national_opt_out": people.states["national_opt_out"],
    })  # fmt: skip
    for block in book.truth():
        feeds.table("truth/subjects", {
            "feed": block["feed"], "issuer": block["issuer"], "local_identifier": block["local"], "person_id": person_ids(block["person"]),
        })  # fmt: skip
    feeds.table("truth/subjects", {
        "feed": "pds", "issuer": "pds", "local_identifier": identifier, "person_id": person_ids(people.person),
    })  # fmt: skip
    for scheme in schemes:
        rows = np.flatnonzero(scheme.enrolled < NEVER)
        feeds.table("schemes/scheme_members", {
            "nhs_number": identifier.take(pa.array(rows)), "scheme": scheme.name, "enrolled_on": dates(scheme.enrolled[rows]),
        })  # fmt: skip
    number, since = demographics.opted_out(people, numbers)
    if not settings.size.pseudonymised:
        feeds.table("reference/national_opt_out", {"nhs_number": text(number), "opted_out_from": dates(since)})


def _known(value: np.ndarray, here: np.ndarray) -> pa.Array:
    return pa.array(np.round(value, 6), mask=~here)


def site_configuration(settings: Settings) -> str:
    """What a site would configure for itself."""
    return (
        "# Invented system: what a site would configure. No real file publishes Type 1 codes; these are the site's own.\n"
        "invented: true\n"
        f"as_at: {settings.as_at}\n"
        f"type1:\n  system: https://commonweal.invalid/site-codes\n  dissent: [{TYPE1_DISSENT}]\n  withdrawn: [{TYPE1_WITHDRAWN}]\n"
        "nhs_number_range: '999'\n"
    )


def _defects(
    defects: Defects, planted: events.Organisations, reference: Reference, settings: Settings
) -> dict[str, Any]:
    codes = reference.practices.practice_code
    table: dict[str, dict[str, int]] = {}
    for (feed, kind), count in sorted(defects.counts.items()):
        table.setdefault(feed, {})[kind] = count
    return {
        "invented": True,
        "counts": table,
        "silent_practice": {"practice_code": codes[planted.silent], "from": str(np.int64(events.SILENT_FROM).astype("datetime64[D]"))},
        "merged_practice": {
            "practice_code": codes[planted.merged], "successor_code": codes[planted.successor],
            "on": str(np.int64(events.MERGED_ON).astype("datetime64[D]")), "invented": True,
        },
    }  # fmt: skip


def finish(
    out: Path, settings: Settings, reference: Reference, feeds: Feeds, defects: Defects, planted: events.Organisations,
    effects: list[dict[str, Any]], schemes: SchemeTotals, people: int, seconds: float, version: str,
) -> dict[str, Any]:  # fmt: skip
    """The files that sum up the run; returns the summary."""
    codes = reference.practices.practice_code
    (out / "truth" / "defects.json").write_text(
        json.dumps(_defects(defects, planted, reference, settings), indent=2) + "\n"
    )
    everything = {"invented": True, "effects": effects + schemes.described(settings)}
    (out / "truth" / "planted.json").write_text(json.dumps(everything, indent=2, default=int) + "\n")
    (out / "reference").mkdir(exist_ok=True)
    merged_on = np.int64(events.MERGED_ON).astype("datetime64[D]")
    (out / "reference" / "organisation_successors.csv").write_text(
        "predecessor_code,successor_code,effective_date,invented\n"
        f"{codes[planted.merged]},{codes[planted.successor]},{merged_on},true\n"
    )
    with (out / "site.yaml").open("a", encoding="utf-8") as site:
        site.write(
            f"successions:\n  - {{code: {codes[planted.merged]}, ended_on: {merged_on - np.timedelta64(1, 'D')}, "
            f"successor_code: {codes[planted.successor]}, source: Invented merger}}\n" + _neighbourhoods(reference)
        )
    rows = dict(sorted(feeds.rows.items()))
    (out / "README.md").write_text(_readme(settings, people, rows, version))
    return {
        "invented": True, "size": settings.size.name, "seed": settings.seed, "as_at": str(settings.as_at), "out": str(out),
        "people": people, "practices": len(codes), "rows": rows, "seconds": round(seconds, 1),
    }  # fmt: skip


def _neighbourhoods(reference: Reference) -> str:
    """Neighbourhoods as a site would write them down: two networks of one borough each, in the order of their codes. A network
    over a boundary counts with the borough of most of its practices.

    Who works together in a neighbourhood is for a place to say and is published nowhere as a table, so these are invented.
    """
    lines, made = ["organisations:\n"], 0
    since = "valid_from: 2019-07-01, source: Invented"
    table = reference.practices
    names = dict(zip(table.pcn_code, table.pcn_name, strict=True))
    lies = Counter(zip(table.pcn_code, table.borough, strict=True))
    home = {code: max(table.borough.unique(), key=lambda place: (lies[code, place], place)) for code in names}
    for borough in sorted(set(table.borough)):
        networks = [(code, names[code]) for code in sorted(names) if home[code] == borough and code != "U"]
        for first in range(0, len(networks), PCNS_OF_A_NEIGHBOURHOOD):
            made += 1
            own = f"INV-N{made:02d}"
            title = json.dumps(f"{borough} neighbourhood {first // PCNS_OF_A_NEIGHBOURHOOD + 1} (invented)")
            lines.append(f"  - {{code: {own}, name: {title}, kind: neighbourhood, {since}}}\n")
            lines += [
                f"  - {{code: {code}, name: {json.dumps(name)}, kind: pcn, parent_code: {own}, {since}}}\n"
                for code, name in networks[first : first + PCNS_OF_A_NEIGHBOURHOOD]
            ]
    return "".join(lines) if made else ""


def _readme(settings: Settings, people: int, rows: dict[str, int], version: str) -> str:
    listing = "\n".join(f"| `{name}` | {count:,} |" for name, count in rows.items())
    return f"""# An invented care system

**Every person and every event here is invented.** Practices, networks, boroughs, areas, trusts and codes are real; nothing in these files says
anything true about any of them, nor about anyone. NHS numbers are of the range 999, which is never issued. Prices, plans and
actuals are invented.

Size `{settings.size.name}`, seed {settings.seed}, as at {settings.as_at}, made by Commonweal {version}. {people:,} people.

| file | rows |
|---|---|
{listing}

The columns are described in `docs/reference/national-layouts.md`, how the system is made in `docs/explanation/invented-system.md`.
`truth/` holds what no real system knows; load it only to test.
"""
