"""Which practices or networks serve people most like one's own, and by what.

The method is written on the page: list size, deprivation, ages and ethnicity, each counting the same, in standard
deviations (`statistics.similarity`). What a unit achieves takes no part. Shown shares come from counts that have passed
the disclosure door.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from django.conf import settings

from commonweal.errors import BadInput
from commonweal.governance.disclosure import HES, show_count, show_rate
from commonweal.statistics.similarity import nearest
from commonweal.web.core import reading
from commonweal.web.core.reading import Makeup

if TYPE_CHECKING:
    from commonweal.engine.serving import Reader
    from commonweal.store import Store

KINDS = ("practice", "pcn")
PEERS = 12
METHOD = (
    "Four things count the same: list size (its logarithm), deprivation (mean tenth of the Index of Multiple Deprivation, "
    "and the share of people in the three most deprived tenths), ages (shares under 18, 65 and over, 80 and over) and "
    "ethnicity (shares of five groups, of those whose group is recorded). Each is put in standard deviations; the distance "
    "is the root mean square of the four. What anybody achieves takes no part."
)


@dataclass(frozen=True)
class Peer:
    """One similar unit, with what it is like, as it may be shown."""

    code: str
    distance: float
    closest: str
    """The thing in which it is most alike."""
    furthest: str
    size: str
    deprived: str
    young: str
    old: str
    largest_minority: str


def peers(reader: Reader, kind: str, code: str) -> tuple[Peer, list[Peer]] | None:
    """The unit itself, and the most similar of its kind, nearest first; None where it cannot be compared."""
    if kind not in KINDS:
        return None
    return _peers(settings.STORE, reader.folder.name, kind, code)


@lru_cache(maxsize=1024)
def _peers(store: Store, release_id: str, kind: str, code: str) -> tuple[Peer, list[Peer]] | None:
    found = _makeups(store, release_id, kind)
    codes = list(found)
    if code not in found:
        return None
    try:
        near = nearest(_characteristics(list(found.values())), codes.index(code), PEERS)
    except BadInput:
        return None
    listed = [
        _peer(codes[one.position], found[codes[one.position]], one.distance, dict(one.apart)) for one in near
    ]  # fmt: skip
    return _peer(code, found[code], 0.0, {}), listed


@lru_cache(maxsize=8)
def _makeups(store: Store, release_id: str, kind: str) -> dict[str, Makeup]:
    from commonweal.engine.serving import open_reader

    return reading.makeups(open_reader(store, "planning", release_id), kind)


def _characteristics(found: list[Makeup]) -> dict[str, np.ndarray]:
    def share(top: list[int], of: list[int]) -> np.ndarray:
        bottom = np.array(of, dtype=float)
        return np.divide(np.array(top, dtype=float), bottom, out=np.full(len(of), np.nan), where=bottom > 0)

    people = [one.people for one in found]
    placed, known = [one.imd_known for one in found], [one.ethnicity_known for one in found]
    ethnic = [share([one.ethnic[place] for one in found], known) for place in range(len(reading.ETHNIC_GROUPS))]
    ages = [share([getattr(one, name) for one in found], people) for name in ("under_18", "over_64", "over_79")]
    return {
        "list size": np.log(np.array(people, dtype=float)),
        "deprivation": np.column_stack(
            [share([one.imd_sum for one in found], placed), share([one.most_deprived for one in found], placed)]
        ),
        "ages": np.column_stack(ages),
        "ethnicity": np.column_stack(ethnic),
    }


def _peer(code: str, one: Makeup, distance: float, apart: dict[str, float]) -> Peer:
    def share(top: int, bottom: int) -> str:
        shown = show_rate(top, bottom, HES, 100)
        return shown.text if shown.value is None else f"{shown.value:.0f}%"

    minorities = dict(zip(reading.ETHNIC_GROUPS, one.ethnic, strict=True))
    minorities.pop("white")
    largest = max(minorities, key=lambda name: minorities[name])
    return Peer(
        code, distance, min(apart, key=lambda name: apart[name]) if apart else "",
        max(apart, key=lambda name: apart[name]) if apart else "", show_count(one.people, HES).text,
        share(one.most_deprived, one.imd_known), share(one.under_18, one.people), share(one.over_64, one.people),
        f"{largest.capitalize()} {share(minorities[largest], one.ethnicity_known)}",
    )  # fmt: skip
