"""Each source's own idea of each person: identifiers and demographics, with the errors that such sources make.

A source holds one record of a person, or two (a duplicate registration). Every error is counted in `Defects`, and the truth of every record is kept.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from commonweal.synthetic import identifiers, names
from commonweal.synthetic.draw import Bools, Ints
from commonweal.synthetic.population import People
from commonweal.synthetic.reference import CATEGORIES, Reference
from commonweal.synthetic.settings import NEVER, Settings
from commonweal.synthetic.writing import choose, dates, text

_SPLIT = ("th", "ar", "el", "on", "er", "an", "in", "or", "al", "a", "e", "i", "o")


@dataclass(frozen=True)
class ErrorRates:
    """Share of a source's records with each error."""

    missing_number: float
    wrong_number: float = 0.0008
    bad_digit: float = 0.002
    old_number: float = 0.5
    """Of people whose number was replaced: share still held under the old one."""
    name_typo: float = 0.02
    given_initial: float = 0.01
    day_month: float = 0.006
    birth_slip: float = 0.004
    sex_missing: float = 0.003
    old_address: float = 0.5
    """Of people who moved."""
    former_name: float = 0.5
    """Of people whose family name changed."""
    duplicate: float = 0.015
    ethnic_missing: float = 0.10


RATES = {
    "olids": ErrorRates(
        0.012, wrong_number=0.0003, name_typo=0.008, duplicate=0.006, old_address=0.05, ethnic_missing=0.04
    ),
    "RYJ": ErrorRates(0.04),
    "R1K": ErrorRates(0.11),
    "RQM": ErrorRates(0.03),
    "RAS": ErrorRates(0.11),
    "csds": ErrorRates(0.11, duplicate=0.004),
    "mhsds": ErrorRates(0.06, duplicate=0.004),
    "asc": ErrorRates(0.11, duplicate=0.01),
    # The e-Referral Service asks the demographics service: its number is the verified one, its address the present one.
    "ers": ErrorRates(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
}


@dataclass
class Defects:
    """Counts of every seeded defect, by feed and kind, with places where they are few."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    places: dict[str, list[dict[str, object]]] = field(default_factory=dict)

    def add(self, feed: str, kind: str, count: int) -> None:
        self.counts[feed, kind] += int(count)

    def place(self, kind: str, **where: object) -> None:
        self.places.setdefault(kind, []).append(where)


@dataclass
class Identity:
    """What one source holds for each person of the chunk (one version). Columns by person row."""

    local: pa.Array
    number: Ints
    """NHS number; 0 where missing."""
    status: np.ndarray
    family: np.ndarray
    given: np.ndarray
    birth: Ints
    gender: np.ndarray
    """1, 2, or X."""
    ethnic: np.ndarray
    postcode: Ints
    lsoa: Ints
    used: Bools


@dataclass(frozen=True)
class Numbers:
    """NHS numbers of the whole system: current, and the superseded one (0 for none), by person number."""

    current: Ints
    old: Ints


def issue_numbers(settings: Settings, people: int) -> Numbers:
    """A number for everyone; one person in 300 has also a superseded one."""
    if settings.size.pseudonymised:
        nothing = np.zeros(people, np.int64)
        return Numbers(nothing, nothing)
    rng = np.random.default_rng([settings.seed, 12])
    replaced = np.flatnonzero(rng.random(people) < 0.0035)
    issued = identifiers.nhs_numbers(people + len(replaced), settings.seed)
    old = np.zeros(people, np.int64)
    old[replaced] = issued[people:]
    return Numbers(issued[:people], old)


def _typo(rng: np.random.Generator, words: np.ndarray, chance: float) -> tuple[np.ndarray, int]:
    """Slips of the keyboard: two letters swapped in, a letter dropped or doubled, in the given share of words."""
    words = words.astype("U24").copy()
    rows = np.flatnonzero(rng.random(len(words)) < chance)
    pairs = rng.integers(0, len(_SPLIT), len(rows))
    for number, part in enumerate(_SPLIT):
        mine = rows[pairs == number]
        if not len(mine):
            continue
        swapped = np.char.replace(words[mine], part, part[::-1] if len(part) > 1 else part * 2, 1)
        unchanged = swapped == words[mine]
        words[mine] = np.where(unchanged, np.char.add(words[mine], words[mine].astype("U1")), swapped)
    return np.char.title(words), len(rows)


def swap_day_month(days: Ints) -> Ints:
    """The same dates with day and month exchanged; a date whose day is over 12 is unchanged."""
    months = days.astype("datetime64[D]").astype("datetime64[M]")
    month = months.astype(int) % 12
    of_month = (days.astype("datetime64[D]") - months.astype("datetime64[D]")).astype(int)
    years = days.astype("datetime64[D]").astype("datetime64[Y]")
    other = (years.astype("datetime64[M]") + np.where(of_month < 12, of_month, 0)).astype("datetime64[D]").astype(
        int
    ) + month
    return np.where(of_month < 12, other, days)


class SourceBook:
    """Makes identities for one chunk and remembers which were used."""

    def __init__(
        self, seed: int, settings: Settings, reference: Reference, people: People, numbers: Numbers, defects: Defects
    ) -> None:
        self.seed, self.settings, self.reference, self.people = seed, settings, reference, people
        self.numbers, self.defects = numbers, defects
        self.family, self.given = names.family_tables()[0], names.given_tables()[0]
        self.practice_codes = reference.practices.practice_code.to_numpy(str)
        self.kept: dict[tuple[str, int], Identity] = {}
        self.duplicated: dict[str, Bools] = {}

    def duplicate(self, source: str) -> Bools:
        """Who has a second record in the source."""
        if source not in self.duplicated:
            rng = np.random.default_rng([self.seed, 21, *source.encode()])
            self.duplicated[source] = rng.random(len(self.people)) < RATES[source.split(".")[0]].duplicate
        return self.duplicated[source]

    def version(self, rng: np.random.Generator, source: str, rows: Ints) -> Ints:
        """Which record each event of these people falls on: 0, or 1 for half of a duplicated person's events."""
        return (self.duplicate(source)[rows] & (rng.random(len(rows)) < 0.5)).astype(np.int64)

    def practice_of(self, version: int) -> Ints:
        """The practice whose system holds the GP record: version 2 is the practice that the person moved from."""
        return np.maximum(self.people.old_practice, 0) if version == 2 else self.people.practice

    def identity(self, source: str, version: int = 0) -> Identity:
        """The source's record of every person of the chunk."""
        key = (source, version)
        if key not in self.kept:
            self.kept[key] = self._make(source, version)
        return self.kept[key]

    def _make(self, source: str, version: int) -> Identity:
        people, count = self.people, len(self.people)
        rng = np.random.default_rng([self.seed, 22, version, *source.encode()])
        rates = RATES[source.split(".")[0]]
        number, status = self._numbers(rng, rates)
        family, given = self._names(rng, rates)
        birth = np.where(rng.random(count) < rates.day_month, swap_day_month(people.birth), people.birth)
        slip = rng.random(count) < rates.birth_slip
        birth = np.where(slip, birth + rng.choice([-10, -1, 1, 10, 365], count), birth)
        gender = np.where(rng.random(count) < rates.sex_missing, "X", np.where(people.woman, "2", "1"))
        ethnic = np.where(rng.random(count) < rates.ethnic_missing, "Z", np.array(CATEGORIES)[people.category])
        stale = (people.moved < NEVER) & (rng.random(count) < rates.old_address)
        return Identity(
            local=self._local(source, version), number=number, status=status, family=family, given=given, birth=birth,
            gender=gender, ethnic=ethnic, postcode=np.where(stale, people.old_postcode, people.postcode),
            lsoa=np.where(stale, people.old_lsoa, people.lsoa), used=np.zeros(count, bool),
        )  # fmt: skip

    def _names(self, rng: np.random.Generator, rates: ErrorRates) -> tuple[np.ndarray, np.ndarray]:
        """Names as the source spells them; the pseudonymised form has none."""
        people, count = self.people, len(self.people)
        if self.settings.size.pseudonymised:
            return np.full(count, ""), np.full(count, "")
        family = self.family[people.family_name]
        former = (people.former_name >= 0) & (rng.random(count) < rates.former_name)
        family = np.where(former, self.family[people.former_name], family)
        family, _ = _typo(rng, family, rates.name_typo)
        given, _ = _typo(rng, self.given[people.given_name], rates.name_typo / 2)
        given = np.where(rng.random(count) < rates.given_initial, given.astype("U1"), given)
        return family, given

    def _numbers(self, rng: np.random.Generator, rates: ErrorRates) -> tuple[Ints, np.ndarray]:
        person, count = self.people.person, len(self.people)
        number, old = self.numbers.current[person], self.numbers.old[person]
        number = np.where((old > 0) & (rng.random(count) < rates.old_number), old, number)
        status = np.where(rng.random(count) < 0.955, "01", np.where(rng.random(count) < 0.6, "02", "03"))
        draw = rng.random(count)
        wrong = draw < rates.wrong_number
        number = np.where(wrong, number[rng.permutation(count)], number)
        status = np.where(wrong & (rng.random(count) < 0.7), "02", status)
        bad = (draw >= rates.wrong_number) & (draw < rates.wrong_number + rates.bad_digit)
        number = np.where(bad, identifiers.with_bad_digit(number), number)
        status = np.where(bad, "03", status)
        missing = rng.random(count) < rates.missing_number
        return np.where(missing, 0, number), np.where(missing, "07", status)

    def _local(self, source: str, version: int) -> pa.Array:
        if source == "olids":
            return text(self.people.person * 4 + version + 10_000_000)
        serial = self.people.person * 2 + version + 1_000_000
        prefix = {"RYJ": "I", "R1K": "L", "RQM": "C", "RAS": "H"}.get(source, source.split(".")[-1][:3].upper())
        return text(np.char.add(prefix, serial.astype("U8")))

    def fields(self, source: str, rows: Ints, version: Ints) -> dict[str, pa.Array]:
        """Identity columns for events of these people, by plain name. `version` names the record of each event."""
        names_ = ("number", "status", "family", "given", "birth", "gender", "ethnic", "postcode", "lsoa")
        shown: dict[str, np.ndarray] = {name: getattr(self.identity(source), name)[rows] for name in names_}
        locals_ = [self.identity(source).local]
        for number in range(1, int(version.max(initial=0)) + 1):
            other, mine = self.identity(source, number), version == number
            other.used[rows[mine]] = True
            locals_.append(other.local)
            for name in names_:
                wide = np.promote_types(shown[name].dtype, getattr(other, name).dtype)
                shown[name] = shown[name].astype(wide)
                shown[name][mine] = getattr(other, name)[rows[mine]]
        self.identity(source).used[rows[version == 0]] = True
        areas = self.reference.lsoas
        born = shown["birth"].astype("datetime64[D]").astype("datetime64[M]").astype(int)
        result = {
            "local": pa.chunked_array(locals_).combine_chunks().take(pa.array(rows + version * len(self.people))),
            "number": self._shown_number(shown["number"], rows),
            "status": text(shown["status"]),
            "family": text(shown["family"]), "given": text(shown["given"]), "birth": dates(shown["birth"]),
            "birth_year": pa.array(born // 12 + 1970), "birth_month": pa.array(born % 12 + 1),
            "gender": text(shown["gender"]), "ethnic": text(shown["ethnic"]),
            "postcode": self._shown_postcode(shown["postcode"]),
            "lsoa11": choose(areas.lsoa11_code.to_numpy(), shown["lsoa"]),
            "lsoa21": choose(areas.lsoa21_code.to_numpy(), shown["lsoa"]),
        }  # fmt: skip
        if self.settings.size.pseudonymised:
            result["birth"] = pa.nulls(len(rows), pa.date32())
        return result

    def _shown_number(self, number: Ints, rows: Ints) -> pa.Array:
        if self.settings.size.pseudonymised:
            return text(identifiers.tokens(self.people.person[rows], self.settings.seed))
        return text(number, number == 0)

    def _shown_postcode(self, index: Ints) -> pa.Array:
        if self.settings.size.pseudonymised:
            return text(identifiers.tokens(index, self.settings.seed + 1))
        return choose(self.reference.postcodes[0], index)

    def truth(self) -> list[dict[str, Any]]:
        """The true person of every record that was used, as column blocks."""
        blocks = []
        for (source, version), identity in sorted(self.kept.items()):
            rows = np.flatnonzero(identity.used)
            if not len(rows):
                continue
            feed, issuer = source.split(".") if "." in source else ("sus", source)
            issuers: object = issuer
            if source == "olids":
                feed, issuer = "olids", "practices"
                issuers = self.practice_codes[self.practice_of(version)[rows]]
            blocks.append(
                {
                    "feed": feed,
                    "issuer": issuers,
                    "local": identity.local.take(pa.array(rows)),
                    "person": self.people.person[rows],
                }
            )
            self._count(feed, issuer, identity, rows, version)
        return blocks

    def _count(self, feed: str, issuer: str, identity: Identity, rows: Ints, version: int) -> None:
        name = f"{feed}/{issuer}"
        held, person = identity.number[rows], self.people.person[rows]
        right = (held == self.numbers.current[person]) | (held == self.numbers.old[person])
        valid = identifiers.check_digit(held // 10) == held % 10
        birth, true = identity.birth[rows], self.people.birth[rows]
        self.defects.add(name, "records", len(rows))
        self.defects.add(name, "duplicate_record", len(rows) if version else 0)
        if self.settings.size.pseudonymised:
            return
        self.defects.add(name, "number_missing", (held == 0).sum())
        self.defects.add(name, "number_bad_check_digit", ((held > 0) & ~valid).sum())
        self.defects.add(name, "number_of_another_person", ((held > 0) & valid & ~right).sum())
        self.defects.add(name, "number_superseded", ((held > 0) & (held == self.numbers.old[person])).sum())
        self.defects.add(name, "birth_day_month_swapped", ((birth != true) & (birth == swap_day_month(true))).sum())
        self.defects.add(name, "birth_wrong", ((birth != true) & (birth != swap_day_month(true))).sum())
        self.defects.add(name, "sex_missing", (identity.gender[rows] == "X").sum())
        self.defects.add(
            name, "family_name_different", (identity.family[rows] != self.family[self.people.family_name[rows]]).sum()
        )
        self.defects.add(name, "address_out_of_date", (identity.postcode[rows] != self.people.postcode[rows]).sum())
