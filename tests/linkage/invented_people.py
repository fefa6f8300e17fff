"""Invented people in households, and the subject rows that imperfect feeds send about them, with the truth beside.

Seeded and vectorised. Numbers are test numbers (999…). The error rates are those published for hospital data: 11 %
of numbers missing; slips, swaps, short forms, moves and new surnames as below.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa

from commonweal.record.linkage_prepare import short_forms
from commonweal.record.schema import SUBJECT

FEEDS = ("pds", "gp", "apc", "ae", "social_care")


@dataclass(frozen=True)
class ErrorRates:
    """The share of rows with each defect, outside PDS."""

    number_missing: float = 0.11
    number_wrong_person: float = 0.0005
    number_slip: float = 0.005
    given_slip: float = 0.02
    family_slip: float = 0.02
    short_form: float = 0.05
    names_exchanged: float = 0.004
    day_month_exchanged: float = 0.01
    birth_date_digit: float = 0.008
    sex_wrong: float = 0.003
    old_address: float = 0.08
    postcode_missing: float = 0.02
    telephone_missing: float = 0.4
    telephone_changed: float = 0.15
    practice_changed: float = 0.05
    maiden_name: float = 0.01


def test_numbers(count: int) -> np.ndarray:
    """Valid NHS numbers from the test range, in order."""
    first = np.arange(999_000_000, 999_999_999)
    digits = first[:, None] // 10 ** np.arange(8, -1, -1) % 10
    check = (11 - digits @ np.arange(10, 1, -1) % 11) % 11
    valid = check < 10
    return (first[valid][:count] * 10 + check[valid][:count]).astype(str)


def invented_people(households: int, seed: int = 1) -> pd.DataFrame:
    """One row a person: couples, children, twins, and sons named after their fathers."""
    random = np.random.default_rng(seed)
    adults = random.choice([1, 2], households, p=[0.38, 0.62])
    children = random.choice([0, 1, 2, 3], households, p=[0.62, 0.16, 0.16, 0.06])
    house = np.repeat(np.arange(households), adults + children)
    place = np.arange(house.size) - np.repeat(np.cumsum(adults + children) - (adults + children), adults + children)
    grown = place < adults[house]
    people = pd.DataFrame({"house": house, "place": place, "grown": grown})
    people["sex"] = np.where(
        grown & (place == 1) & (random.random(house.size) < 0.97), "F",
        np.where(random.random(house.size) < 0.5, "M", "F"),
    )  # fmt: skip
    surnames, given = _surnames(), _given_names()
    family = _zipf(random, surnames, households)
    own = _zipf(random, surnames, house.size)
    people["family"] = np.where(grown & (place == 1) & (random.random(house.size) < 0.3), own, family[house])
    people["given"] = _zipf(random, given, house.size)
    parent_year = random.integers(1935, 2000, households)
    year = np.where(grown, parent_year[house] + random.integers(-4, 5, house.size), parent_year[house] + 22 + 3 * place)
    day = (year - 1970).astype("datetime64[Y]").astype("datetime64[D]")
    people["birth_date"] = day + random.integers(0, 365, house.size)
    _twins(people, random)
    junior = (~grown) & (place == adults[house]) & (random.random(house.size) < 0.03)
    fathers = people.drop_duplicates("house").set_index("house")["given"]
    people.loc[junior, "given"] = fathers.loc[people.loc[junior, "house"]].to_numpy()
    people["practice_code"] = np.char.add("E", (86000 + house % max(1, households // 2500)).astype(str))
    people["postcode"], people["address"] = _homes(random, households, house)
    people["old_postcode"], people["old_address"] = _homes(
        random, households, random.integers(0, households, house.size)
    )
    land = np.char.add("0208", random.integers(1_000_000, 9_999_999, households).astype(str))
    mobile = np.char.add("07", random.integers(100_000_000, 999_999_999, house.size).astype(str))
    people["telephone"] = np.where(random.random(house.size) < 0.4, land[house], mobile)
    people["maiden"] = own
    people["number"] = random.permutation(test_numbers(house.size))
    return people


def subjects_of(people: pd.DataFrame, rates: ErrorRates = ErrorRates(), seed: int = 2) -> tuple[pa.Table, pa.Table]:
    """The subject rows of every feed, and the truth: (subject_key, person)."""
    random = np.random.default_rng(seed)
    tables, truth, next_key = [], [], 1
    for load_id, feed in enumerate(FEEDS, 1):
        share = {"pds": 1.0, "gp": 0.98, "apc": 0.25, "ae": 0.35, "social_care": 0.08}[feed]
        who = np.flatnonzero(random.random(len(people)) < share)
        who = random.permutation(who)
        rows = people.iloc[who].reset_index(drop=True)
        if feed != "pds":
            rows = _spoil(rows, people, rates, random, light=feed == "gp")
        count = len(rows)
        status = np.where(rows["number"].isna(), "07", "01")
        keys = np.arange(next_key, next_key + count) * 7919
        next_key += count
        tables.append(
            pd.DataFrame(
                {
                    "subject_key": keys,
                    "feed": feed,
                    "local_identifier": np.arange(count).astype(str),
                    "nhs_number": rows["number"],
                    "nhs_number_status": np.where(
                        rows.get("slipped", pd.Series(False, index=rows.index)), "02", status
                    ),
                    "family_name": rows["family"].str.title(),
                    "given_name": rows["given"].str.title(),
                    "birth_date": pd.to_datetime(rows["birth_date"]).dt.date,
                    "birth_date_precision": "D",
                    "sex": rows["sex"],
                    "address": rows["address"],
                    "postcode": rows["postcode"],
                    "practice_code": rows["practice_code"],
                    "telephone": rows["telephone"],
                    "load_id": load_id,
                    "record_number": np.arange(1, count + 1),
                }
            )
        )
        truth.append(pd.DataFrame({"subject_key": keys, "person": who}))
    history = tables[0].sample(frac=0.2, random_state=seed).copy()
    before = people.iloc[truth[0].set_index("subject_key")["person"].loc[history["subject_key"]].to_numpy()]
    history["postcode"], history["address"] = before["old_postcode"].to_numpy(), before["old_address"].to_numpy()
    history["valid_from"], history["record_number"] = date(2015, 1, 1), history["record_number"] + len(tables[0])
    tables[0]["valid_from"] = date(2020, 1, 1)
    subjects = pd.concat([*tables, history])
    for column in set(SUBJECT.column_names) - set(subjects.columns):
        subjects[column] = None
    return (
        pa.Table.from_pandas(subjects, schema=_schema(), preserve_index=False),
        pa.Table.from_pandas(pd.concat(truth), preserve_index=False),
    )


def _schema() -> pa.Schema:
    types = {"string": pa.string(), "int64": pa.int64(), "int32": pa.int32(), "date": pa.date32()}
    return pa.schema([(column.name, types[column.type]) for column in SUBJECT])


def _spoil(
    rows: pd.DataFrame, people: pd.DataFrame, rates: ErrorRates, random: np.random.Generator, *, light: bool
) -> pd.DataFrame:
    count, scale = len(rows), 0.3 if light else 1.0

    def hit(rate: float) -> np.ndarray:
        return random.random(count) < rate * scale

    moved = hit(rates.old_address)
    rows["postcode"] = np.where(moved, rows["old_postcode"], rows["postcode"])
    rows["address"] = np.where(moved, rows["old_address"], rows["address"])
    rows["family"] = np.where(hit(rates.maiden_name) & (rows["sex"] == "F"), rows["maiden"], rows["family"])
    shorter = {standard: short for short, standard in short_forms().items()}
    short = hit(rates.short_form)
    rows.loc[short, "given"] = rows.loc[short, "given"].map(lambda name: shorter.get(name, name))
    for column, rate in (("given", rates.given_slip), ("family", rates.family_slip)):
        chosen = hit(rate)
        rows.loc[chosen, column] = _slips(rows.loc[chosen, column], random)
    swapped = hit(rates.names_exchanged)
    rows.loc[swapped, ["given", "family"]] = rows.loc[swapped, ["family", "given"]].to_numpy()
    dates = rows["birth_date"].to_numpy().astype("datetime64[D]").astype(str)
    exchanged = np.array([f"{date[:5]}{date[8:]}-{date[5:7]}" if date[8:] <= "12" else date for date in dates])
    dates = np.where(hit(rates.day_month_exchanged), exchanged, dates)
    digit = hit(rates.birth_date_digit)
    dates = np.where(
        digit,
        np.char.add(
            np.array([date[:3] for date in dates]),
            [f"{(int(date[3]) + 1) % 10}{date[4:]}" if date[5:] != "02-29" else date[3:] for date in dates],
        ),
        dates,
    )
    rows["birth_date"] = dates
    rows["sex"] = np.where(hit(rates.sex_wrong), np.where(rows["sex"] == "M", "F", "M"), rows["sex"])
    rows["postcode"] = rows["postcode"].where(~hit(rates.postcode_missing), None)
    rows["telephone"] = rows["telephone"].where(~hit(rates.telephone_missing), None)
    for column, rate in (("telephone", rates.telephone_changed), ("practice_code", rates.practice_changed)):
        other = random.choice(people[column].to_numpy(), count)
        rows[column] = np.where(hit(rate), other, rows[column])
    wrong = hit(rates.number_wrong_person)
    rows.loc[wrong, "number"] = random.choice(people["number"].to_numpy(), wrong.sum())
    slipped = hit(rates.number_slip)
    rows.loc[slipped, "number"] = [
        number[:4] + str((int(number[4]) + 1) % 10) + number[5:] for number in rows.loc[slipped, "number"]
    ]
    rows["slipped"] = slipped
    rows["number"] = rows["number"].where(~(random.random(count) < (0.01 if light else rates.number_missing)), None)
    return rows


def _slips(names: pd.Series, random: np.random.Generator) -> list[str]:
    """One letter dropped, doubled, changed or exchanged with its neighbour."""
    slipped = []
    for name in names:
        at, kind = int(random.integers(0, max(1, len(name) - 1))), random.integers(0, 4)
        letter = chr(65 + int(random.integers(0, 26)))
        slipped.append(
            [
                name[:at] + name[at + 1 :] or name,
                name[:at] + name[at] + name[at:],
                name[:at] + letter + name[at + 1 :],
                name[:at] + name[at + 1 : at + 2] + name[at] + name[at + 2 :],
            ][kind]
        )
    return slipped


def _twins(people: pd.DataFrame, random: np.random.Generator) -> None:
    """A child after a child is its twin at 3 in 100: the same day, never the same given name."""
    child = ~people["grown"].to_numpy()
    follows = child[1:] & child[:-1] & (people["house"].to_numpy()[1:] == people["house"].to_numpy()[:-1])
    twin = np.flatnonzero(follows & (random.random(len(follows)) < 0.03)) + 1
    people.loc[twin, "birth_date"] = people["birth_date"].to_numpy()[twin - 1]
    same = twin[random.random(twin.size) < 0.65]
    people.loc[same, "sex"] = people["sex"].to_numpy()[same - 1]
    alike = twin[people["given"].to_numpy()[twin] == people["given"].to_numpy()[twin - 1]]
    people.loc[alike, "given"] = "ZEBEDEE"


def _homes(random: np.random.Generator, households: int, house: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Postcodes of about 15 households, and the first line of the address."""
    unit = house // 15
    letters = "ABDEFGHJLNPQRSTUWXYZ"
    postcode = [
        f"{('W', 'NW', 'HA', 'UB')[u % 4]}{u // 4 % 14 + 1} {u // 56 % 9}{letters[u // 504 % 20]}{letters[u // 10080 % 20]}"
        for u in unit
    ]
    streets = ("High Street", "Church Road", "Station Road", "Park Avenue", "The Green", "Mill Lane", "Victoria Road")
    address = [f"{h % 15 * 3 + 1} {streets[h // 15 % len(streets)]}" for h in house]
    return np.array(postcode), np.array(address)


def _given_names() -> np.ndarray:
    standards = sorted(set(short_forms().values()))
    made = [
        a + b
        for a in ("A", "E", "I", "KA", "LE", "MA", "NO", "RA", "SA", "TA", "YA", "ZO")
        for b in ("LISHA", "MIR", "NIA", "REN", "SHA", "VIK", "DEEP", "JIT", "YAH", "BEL")
    ]
    return np.array(standards + made)


def _surnames() -> np.ndarray:
    common = [
        "SMITH",
        "JONES",
        "TAYLOR",
        "BROWN",
        "WILLIAMS",
        "WILSON",
        "JOHNSON",
        "DAVIES",
        "PATEL",
        "ROBINSON",
        "WRIGHT",
        "THOMPSON",
        "EVANS",
        "WALKER",
        "WHITE",
        "ROBERTS",
        "GREEN",
        "HALL",
        "WOOD",
        "SINGH",
        "KHAN",
        "AHMED",
        "HUSSAIN",
        "BEGUM",
        "ALI",
        "SHAH",
        "MURPHY",
        "KELLY",
        "CLARKE",
        "JACKSON",
        "LEWIS",
        "HARRIS",
    ]
    start = [
        "ASH",
        "BAR",
        "BRAD",
        "CAL",
        "CART",
        "CLIF",
        "DAL",
        "EAST",
        "FARN",
        "GAR",
        "HAR",
        "HOL",
        "KEN",
        "LANG",
        "MAR",
        "NOR",
        "OAK",
        "PEN",
        "RAD",
        "SHEL",
        "STAN",
        "THORN",
        "WAL",
        "WEST",
        "WIN",
    ]
    middle = ("", "ER", "ING", "EN", "A")
    end = [
        "TON",
        "FORD",
        "LEY",
        "HAM",
        "WOOD",
        "FIELD",
        "BURY",
        "WELL",
        "STEAD",
        "WORTH",
        "BY",
        "DALE",
        "HURST",
        "MAN",
        "SON",
    ]
    return np.array(common + [s + m + e for s in start for m in middle for e in end])


def _zipf(random: np.random.Generator, values: np.ndarray, count: int) -> np.ndarray:
    weights = 1 / (np.arange(values.size) + 5.0)
    return random.choice(values, count, p=weights / weights.sum())
