"""Writes the PDS-like feeds: persons, addresses, registrations, mergers, removals, each with its dates."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commonweal.synthetic import names
from commonweal.synthetic.draw import Ints, pick
from commonweal.synthetic.events import MERGED_ON, Organisations, practice_at
from commonweal.synthetic.identifiers import tokens
from commonweal.synthetic.population import People
from commonweal.synthetic.reference import ICB, Reference
from commonweal.synthetic.settings import NEVER, Settings
from commonweal.synthetic.sources import Numbers
from commonweal.synthetic.writing import Feeds, choose, dates, text

LANGUAGES = ["English", "Gujarati", "Arabic", "Polish", "Romanian", "Tamil", "Somali", "Portuguese", ""]
LANGUAGE_WEIGHTS = [60, 6, 4, 3, 4, 3, 3, 3, 14]


def write(
    rng: np.random.Generator, settings: Settings, reference: Reference, people: People, numbers: Numbers, feeds: Feeds,
    planted: Organisations,
) -> None:  # fmt: skip
    """The PDS feeds of one chunk. PDS holds the right current number, name, date of birth and address of everyone."""
    number = _numbers(settings, numbers, people)
    family, given = names.family_tables()[0], names.given_tables()[0]
    died = people.death < people.left
    language = pick(rng, LANGUAGE_WEIGHTS, len(people))
    month = people.birth.astype("datetime64[D]").astype("datetime64[M]").astype(int)
    feeds.write("pds/PDS_Person", {
        "NHS Number": number, "Family Name": choose(family, people.family_name), "Given Name": choose(given, people.given_name),
        "Date of Birth": dates(people.birth), "YearMonth_Of_Birth": (month // 12 + 1970) * 100 + month % 12 + 1,
        "Gender": choose(["1", "2"], people.woman), "Date of Death": dates(np.where(died, people.death, NEVER)),
        "Death Status": choose(["", "2"], died), "Preferred Language": choose(LANGUAGES, language),
        "Interpreter required": choose(["N", "Y", ""], np.where(language == 8, 2, (language > 0) & (rng.random(len(people)) < 0.3))),
        "Person Business Effective From Date": dates(np.minimum(people.birth + 5, settings.end - 1)),
    })  # fmt: skip
    _addresses(rng, reference, people, feeds, number)
    _registrations(people, reference, feeds, number, planted)
    replaced = np.flatnonzero(numbers.old[people.person] > 0)
    since = settings.start + rng.integers(0, settings.end - settings.start - 1, len(replaced))
    feeds.write("pds/PDS_Person_Merger", {
        "NHS Number": number.take(replaced), "Superseded NHS Number": text(numbers.old[people.person][replaced]),
        "Person Merger Business Effective From Date": dates(since),
    })  # fmt: skip
    gone = np.flatnonzero(died & (people.death < NEVER))
    feeds.write("pds/PDS_Reason_For_Removal", {
        "NHS Number": number.take(gone), "Reason for Removal": "DEA",
        "Reason for Removal Business Effective From Date": dates(people.death[gone]),
    })  # fmt: skip


def _numbers(settings: Settings, numbers: Numbers, people: People) -> pa.Array:
    if settings.size.pseudonymised:
        return text(tokens(people.person, settings.seed))
    return text(numbers.current[people.person])


def _addresses(rng: np.random.Generator, reference: Reference, people: People, feeds: Feeds, number: pa.Array) -> None:
    movers = np.flatnonzero(people.moved < NEVER)
    everyone = np.arange(len(people))
    rows = np.concatenate([everyone, movers])
    old = np.arange(len(rows)) >= len(everyone)
    moved = people.moved[rows] < NEVER
    lsoa = np.where(old, people.old_lsoa[rows], people.lsoa[rows])
    postcode = choose(reference.postcodes[0], np.where(old, people.old_postcode[rows], people.postcode[rows]))
    areas = reference.lsoas
    house = np.where(old, people.house_number[rows] + 7, people.house_number[rows])
    home = people.states["care_home"][rows] & ~old
    feeds.write("pds/PDS_Address", {
        "NHS Number": number.take(rows), "Address Line 1": text(names.address(house, people.street[rows] + old * 13)),
        "Postcode": postcode, "derPostcodeSector": pc.utf8_slice_codeunits(postcode, 0, -2),
        "Usual Address Business Effective From Date": dates(
            np.where(~old & moved, people.moved[rows], people.registered_from[rows] - 20)
        ),
        "Usual Address Business Effective To Date": dates(np.where(old, people.moved[rows] - 1, NEVER)),
        "derCqcCareHomeCode": text(np.char.add("INVENTED-", (people.lsoa[rows] % 400).astype(str)), ~home),
        "derCurrentyr2011LSOAofResidence_FromPostcode": choose(areas.lsoa11_code.to_numpy(), lsoa),
        "derCurrentyr2021LSOAofResidence_FromPostcode": choose(areas.lsoa21_code.to_numpy(), lsoa),
        "derIcbOfResidence": ICB,
    })  # fmt: skip


def _registrations(
    people: People, reference: Reference, feeds: Feeds, number: pa.Array, planted: Organisations
) -> None:
    codes = reference.practices.practice_code.to_numpy(str)
    everyone, movers = np.arange(len(people)), np.flatnonzero(people.moved < NEVER)
    rows = np.concatenate([everyone, movers])
    old = np.arange(len(rows)) >= len(everyone)
    practice = np.where(old, np.maximum(people.old_practice[rows], 0), people.practice[rows])
    begin = np.where(~old & (people.moved[rows] < NEVER), people.moved[rows], people.registered_from[rows])
    until = np.where(old, people.moved[rows] - 1, people.until()[rows])
    split = np.flatnonzero((practice == planted.merged) & (begin < MERGED_ON) & (until > MERGED_ON))
    index = np.concatenate([np.arange(len(rows)), split])
    after = np.arange(len(index)) >= len(rows)
    started = np.where(after, MERGED_ON, begin[index])
    is_split = np.isin(index, split)
    ended = np.where(is_split & ~after, MERGED_ON - 1, until[index])
    died = (people.death[rows][index] == ended) & (ended < NEVER)
    feeds.write("pds/PDS_Patient_Care_Practice", {
        "NHS Number": number.take(rows[index]),
        "Primary Care Provider": choose(codes, practice_at(planted, practice[index], started)),
        "Primary Care Provider Business Effective From Date": dates(started),
        "Primary Care Provider Business Effective To Date": dates(ended),
        "Reason for Removal": choose(["", "DEA"], died), "derIcbOfRegistration": ICB,
    })  # fmt: skip


def opted_out(people: People, numbers: Numbers) -> tuple[Ints, Ints]:
    """NHS numbers on the invented national data opt-out list, and the days from which they are."""
    rows = np.flatnonzero(people.states["national_opt_out"] & (people.until() >= NEVER))
    return numbers.current[people.person[rows]], people.birth[rows] * 0 + 18_262 + people.person[rows] % 900
