"""The real facts that the invented system stands on: practices, areas, ages, ethnicity, published rates and costs.

The files in `data/` are cut-down copies; `data/README.md` says where each comes from and under which licence.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd
import yaml

from commonweal.synthetic.draw import Floats
from commonweal.synthetic.settings import Size

DATA = files("commonweal.synthetic") / "data"

TRUSTS = ("RYJ", "R1K", "RQM", "RAS")
"""Acute trusts of North West London: Imperial, London North West, Chelsea and Westminster, Hillingdon."""
TRUST_LETTER = {"RYJ": "I", "R1K": "L", "RQM": "C", "RAS": "H"}
TRUST_POINT = {  # latitude, longitude
    "RYJ": (51.517468, -0.175383),
    "R1K": (51.57518, -0.321528),
    "RQM": (51.484284, -0.181603),
    "RAS": (51.525469, -0.461539),
}
COMMUNITY_PROVIDERS = ("RYX", "RV3", "RAS")
MENTAL_HEALTH_PROVIDERS = ("RV3", "RKL")
COMMISSIONER = "W2U3Z"
ICB = "QRV"

ETHNIC_CATEGORY = {
    "White: English, Welsh, Scottish, Northern Irish or British": "A",
    "White: Irish": "B",
    "White: Gypsy or Irish Traveller": "C",
    "White: Roma": "C",
    "White: Other White": "C",
    "Mixed or Multiple ethnic groups: White and Black Caribbean": "D",
    "Mixed or Multiple ethnic groups: White and Black African": "E",
    "Mixed or Multiple ethnic groups: White and Asian": "F",
    "Mixed or Multiple ethnic groups: Other Mixed or Multiple ethnic groups": "G",
    "Asian, Asian British or Asian Welsh: Indian": "H",
    "Asian, Asian British or Asian Welsh: Pakistani": "J",
    "Asian, Asian British or Asian Welsh: Bangladeshi": "K",
    "Asian, Asian British or Asian Welsh: Other Asian": "L",
    "Black, Black British, Black Welsh, Caribbean or African: Caribbean": "M",
    "Black, Black British, Black Welsh, Caribbean or African: African": "N",
    "Black, Black British, Black Welsh, Caribbean or African: Other Black": "P",
    "Asian, Asian British or Asian Welsh: Chinese": "R",
    "Other ethnic group: Arab": "S",
    "Other ethnic group: Any other ethnic group": "S",
}
CATEGORIES = tuple("ABCDEFGHJKLMNPRS")
BROAD = ("white", "mixed", "asian", "black", "other")
BROAD_OF = {**dict.fromkeys("ABC", 0), **dict.fromkeys("DEFG", 1), **dict.fromkeys("HJKLR", 2)}
BROAD_OF |= {**dict.fromkeys("MNP", 3), "S": 4}


def read(name: str) -> pd.DataFrame:
    """One packaged table, text columns as text."""
    frame = pd.read_csv(BytesIO((DATA / name).read_bytes()), compression="gzip" if name.endswith(".gz") else None)
    return frame


@cache
def settings_file(name: str) -> dict[str, Any]:
    """One packaged YAML file."""
    return yaml.safe_load((DATA / name).read_text(encoding="utf-8"))


def _kilometres(lat_a: Floats, lon_a: Floats, lat_b: Floats, lon_b: Floats) -> Floats:
    """Distance matrix (a × b) on a plane good for London."""
    north = (lat_a[:, None] - lat_b[None, :]) * 111.2
    east = (lon_a[:, None] - lon_b[None, :]) * 69.2
    return np.hypot(north, east)


@dataclass(frozen=True, eq=False)
class Reference:
    """Everything real, for one size. Arrays are by practice (rows of `practices`) or by LSOA (rows of `lsoas`)."""

    size: Size
    all_practices: pd.DataFrame
    lsoas: pd.DataFrame
    ages_by_lsoa11: pd.DataFrame
    borough_ethnicity: pd.DataFrame
    qof: pd.DataFrame

    @cached_property
    def chosen(self) -> np.ndarray:
        """Rows of `all_practices` that this size uses."""
        table = self.all_practices
        if not self.size.boroughs:
            return np.arange(len(table))
        rows: list[int] = []
        for borough in self.size.boroughs:
            inside = table[(table.borough == borough) & (table.pcn_code != "U")]
            groups = [
                (code, group) for code, group in inside.groupby("pcn_code") if len(group) >= self.size.practices_per_pcn
            ]
            for _, group in groups[: self.size.pcns_per_borough or None]:
                middle = (group.list_size - group.list_size.median()).abs().sort_values(kind="stable")
                rows += list(middle.index[: self.size.practices_per_pcn or None])
        return np.array(sorted(rows))

    @cached_property
    def practices(self) -> pd.DataFrame:
        """The practices of this size, with `people`: list sizes scaled by one factor."""
        table = self.all_practices.loc[self.chosen].reset_index(drop=True)
        exact = table.list_size * self.size.people / table.list_size.sum()
        return table.assign(
            people=np.maximum(exact.round().astype(int), 40), scale=self.size.people / table.list_size.sum()
        )

    @cached_property
    def lsoa_weights(self) -> Floats:
        """Share of each practice's list in each LSOA (practices × LSOAs): residents, falling with distance (1.1 km)."""
        return self._mix(self.practices)

    def _mix(self, practices: pd.DataFrame) -> Floats:
        distance = _kilometres(
            practices.latitude.to_numpy(), practices.longitude.to_numpy(),
            self.lsoas.latitude.to_numpy(), self.lsoas.longitude.to_numpy(),
        )  # fmt: skip
        distance = np.maximum(distance - np.minimum(distance.min(axis=1, keepdims=True), 2), 0)
        weight = self.lsoas.residents.to_numpy()[None, :] * np.exp(-distance / 1.1)
        weight[distance > 6] = 0
        return weight / weight.sum(axis=1, keepdims=True)

    @cached_property
    def all_lsoa_weights(self) -> Floats:
        """As `lsoa_weights`, for all 341 practices: the prevalence model learns from them."""
        return self._mix(self.all_practices)

    @cached_property
    def lsoa_ages(self) -> Floats:
        """Share of ages 0 to 90+ in each LSOA (mid-2020); an LSOA without a count takes its borough's."""
        table = self.ages_by_lsoa11.set_index("lsoa11_code")
        counts = table.reindex(self.lsoas.lsoa11_code).to_numpy(float)
        missing = np.isnan(counts).any(axis=1)
        boroughs = self.lsoas.borough.to_numpy()
        for borough in np.unique(boroughs):
            inside = boroughs == borough
            counts[inside & missing] = np.nanmean(counts[inside], axis=0)
        return counts / counts.sum(axis=1, keepdims=True)

    @cached_property
    def all_practice_ages(self) -> Floats:
        """Share of ages 0 to 90+ on each list: its areas' ages, fitted to the QOF counts of people aged 6, 16, 17, 18 and 50 or over."""
        shares = self.all_lsoa_weights @ self.lsoa_ages
        known = self.qof.pivot_table(index="practice_code", columns="list_type", values="list_size", aggfunc="max")
        known = known.reindex(self.all_practices.practice_code)[
            ["TOTAL", "06OV", "16OV", "17OV", "18OV", "50OV"]
        ].to_numpy()
        bounds = (0, 6, 16, 17, 18, 50, 91)
        for band in range(6):
            low, high = bounds[band], bounds[band + 1]
            upper = known[:, band + 1] if band < 5 else 0.0
            target = (known[:, band] - upper) / known[:, 0]
            have = shares[:, low:high].sum(axis=1)
            factor = np.where(np.isnan(target), 1.0, np.maximum(target, 0) / have)
            shares[:, low:high] *= factor[:, None]
        return shares / shares.sum(axis=1, keepdims=True)

    @cached_property
    def trust_weights(self) -> Floats:
        """Share of each practice's acute activity at each trust: its size and the ICB's share of it, falling with distance (3.5 km)."""
        volume = self.trust_emergency.groupby("trust_code").apply(
            lambda rows: (rows.total_attendances * rows.catchment_share).mean()
        )
        points = np.array([TRUST_POINT[code] for code in TRUSTS])
        distance = _kilometres(
            self.practices.latitude.to_numpy(), self.practices.longitude.to_numpy(), points[:, 0], points[:, 1]
        )
        weight = volume.reindex(list(TRUSTS)).to_numpy()[None, :] * np.exp(-distance / 3.5)
        return weight / weight.sum(axis=1, keepdims=True)

    @cached_property
    def trust_emergency(self) -> pd.DataFrame:
        """Published monthly attendances and emergency admissions by trust, last twelve months in the file."""
        table = read("trust_emergency.csv.gz")
        return table.loc[table.date >= sorted(table.date.unique())[-12]]

    @cached_property
    def emergency_rates(self) -> tuple[float, float]:
        """Attendances and emergency admissions per resident and year: the four trusts' counts, at the ICB's share of each."""
        table = self.trust_emergency
        residents = self.lsoas.residents.sum()
        attendances = (table.total_attendances * table.catchment_share).sum() / residents
        admissions = (table.total_emergency_admissions * table.catchment_share).sum() / residents
        return float(attendances), float(admissions)

    @cached_property
    def over_four_hours(self) -> Floats:
        """Share of attendances longer than four hours, by trust."""
        sums = self.trust_emergency.groupby("trust_code")[["attendances_over_4hours", "total_attendances"]].sum()
        return (sums.attendances_over_4hours / sums.total_attendances).reindex(list(TRUSTS)).to_numpy()

    @cached_property
    def months(self) -> Floats:
        """Twelve relative weights of emergency admissions by calendar month, all years in the file, January first."""
        table = read("trust_emergency.csv.gz")
        month = pd.to_datetime(table.date)
        daily = table.total_emergency_admissions / month.dt.days_in_month
        weights = daily.groupby(month.dt.month).mean().to_numpy()
        return weights / weights.mean()

    @cached_property
    def england(self) -> tuple[Floats, Floats]:
        """England 2023 by age 0 to 90+: males, females."""
        table = read("england_population_2023.csv.gz")
        wide = table.pivot_table(index="age", columns="sex", values="count", aggfunc="sum").sort_index()
        return wide["males"].to_numpy(float), wide["females"].to_numpy(float)

    @cached_property
    def national_activity(self) -> dict[str, float]:
        """Activity per head of England and year, by department of the national cost collection 2024/25."""
        people = sum(side.sum() for side in self.england)
        table = read("ncc_department_activity.csv").set_index("department_code").activity
        return {str(name): float(count) / people for name, count in table.items()}

    @cached_property
    def unit_costs(self) -> dict[tuple[str, str], float]:
        """National average unit cost in pounds by department and HRG, 2024/25. Blank unit costs are absent."""
        table = read("ncc_unit_costs.csv.gz").dropna(subset=["unit_cost"])
        return {
            (str(row.department_code), str(row.currency_code)): float(row.unit_cost)  # type: ignore[arg-type]
            for row in table.itertuples()
        }

    @cached_property
    def emergency_hrg_weights(self) -> tuple[list[str], Floats]:
        """Emergency care HRGs and their national activity."""
        table = read("ncc_unit_costs.csv.gz")
        counts = table.loc[table.department_code == "Emergency Care"].set_index("currency_code").activity.sort_index()
        return list(counts.index), counts.to_numpy(float)

    @cached_property
    def postcodes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Postcodes sorted by LSOA row, with the first index and the count of each LSOA."""
        table = read("postcodes.csv.gz")
        row = table.lsoa21_code.map(pd.Series(np.arange(len(self.lsoas)), index=self.lsoas.lsoa21_code))
        table = table.assign(row=row).dropna().sort_values(["row", "postcode"], kind="stable")
        count = np.bincount(table.row.astype(int), minlength=len(self.lsoas))
        spaced = table.postcode.str.replace(" ", "").str.replace(r"(...)$", r" \1", regex=True)
        return spaced.to_numpy(str), np.concatenate([[0], np.cumsum(count)[:-1]]), count

    @cached_property
    def detailed_ethnicity(self) -> Floats:
        """Share of each 2001 category within its broad group, by borough row of `boroughs` (boroughs × 16)."""
        table = self.borough_ethnicity.assign(code=self.borough_ethnicity.ethnic_group.map(ETHNIC_CATEGORY))
        wide = table.pivot_table(index="ltla21_name", columns="code", values="value", aggfunc="sum")
        return wide.reindex(index=self.boroughs, columns=list(CATEGORIES)).to_numpy(float)

    @cached_property
    def boroughs(self) -> list[str]:
        """Boroughs of the LSOAs, in order of name."""
        return sorted(self.lsoas.borough.unique())


@cache
def load(size: Size) -> Reference:
    """The reference data for one size."""
    return Reference(
        size,
        read("practices.csv.gz"),
        read("lsoas.csv.gz"),
        read("lsoa11_ages_2020.csv.gz"),
        read("borough_ethnicity.csv.gz"),
        read("qof_2020_21.csv.gz"),
    )
