"""Intentions against strategies and provider sectors: who asked for this, and whom it touches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from commonweal.commissioning import sources
from commonweal.commissioning.intentions import Intention

WEST_LONDON_COLUMNS = {
    "sahf": ("strategy", "Shaping a Healthier Future"),
    "ooh_strategy": ("strategy", "Out of Hospital Strategy"),
    "jsna": ("strategy", "Joint Strategic Needs Assessment"),
    "hwb_strategy": ("strategy", "Health and Wellbeing Strategy"),
    "mandate": ("strategy", "NHS Mandate"),
    "national_priorities": ("strategy", "National priorities"),
    "primary_care": ("sector", "Primary care"),
    "community_and_social_care": ("sector", "Community and social care"),
    "mental_health": ("sector", "Mental health"),
    "acute": ("sector", "Acute"),
    "continuing_care": ("sector", "Continuing care"),
    "voluntary_sector": ("sector", "Voluntary sector"),
}


@dataclass(frozen=True)
class Matrix:
    """Rows against columns. `ticks[i][j]` is whether row i meets column j; `groups[j]` is ``strategy`` or ``sector``."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    groups: tuple[str, ...]
    ticks: tuple[tuple[bool, ...], ...]

    def row_total(self, row: int, group: str) -> int:
        return sum(tick for tick, kind in zip(self.ticks[row], self.groups, strict=True) if tick and kind == group)

    def column_total(self, column: int) -> int:
        return sum(ticks[column] for ticks in self.ticks)

    def without_strategy(self) -> tuple[str, ...]:
        """Rows that no strategy asks for: the first question of a board."""
        return tuple(name for index, name in enumerate(self.rows) if self.row_total(index, "strategy") == 0)


def west_london_2014_15() -> Matrix:
    """The printed matrix, exactly as ticked (13 intentions, six strategies, six sectors)."""
    rows = sources.strategic_fit()
    names = [name for name, _ in rows[0].ticks]
    return Matrix(
        rows=tuple(row.intention for row in rows),
        columns=tuple(WEST_LONDON_COLUMNS[name][1] for name in names),
        groups=tuple(WEST_LONDON_COLUMNS[name][0] for name in names),
        ticks=tuple(tuple(tick for _, tick in row.ticks) for row in rows),
    )


SECTOR_WORDS: Mapping[str, tuple[str, ...]] = {
    "Primary care": ("primary care", "gp", "general practice", "pcn", "practice"),
    "Community": ("community", "clch", "district nursing"),
    "Mental health": ("mental health", "cnwl", "wlmht", "west london nhs trust", "camhs", "iapt"),
    "Acute": ("acute", "hospital", "imperial", "chelwest", "lnwh", "trust", "maternity unit"),
    "Ambulance and 111": ("las", "ambulance", "111"),
    "Social care and councils": ("council", "local authorit", "social care"),
    "Voluntary sector": ("voluntary", "hospice", "third sector", "charit"),
    "Continuing care": ("continuing care", "care home", "nursing home"),
}


def _touches(providers: str, words: tuple[str, ...]) -> bool:
    text = f" {providers.lower()} "
    if "all provider" in text or "all nw london provider" in text or "all local healthcare" in text:
        return True
    return any(f" {word}" in text for word in words)


def matrix(intentions: Sequence[Intention], *, by: str = "programme") -> Matrix:
    """Programmes (or single intentions, with ``by="id"``) against the strategies they name and the sectors they touch."""
    strategies = _common(strategy for found in intentions for strategy in found.strategies)
    names: dict[str, list[Intention]] = {}
    for found in intentions:
        names.setdefault(str(getattr(found, by)), []).append(found)
    ticks = tuple(
        (
            *(any(strategy in found.strategies for found in group) for strategy in strategies),
            *(any(_touches(found.providers, words) for found in group) for words in SECTOR_WORDS.values()),
        )
        for group in names.values()
    )
    return Matrix(
        rows=tuple(names),
        columns=(*strategies, *SECTOR_WORDS),
        groups=("strategy",) * len(strategies) + ("sector",) * len(SECTOR_WORDS),
        ticks=ticks,
    )


def _common(values: Iterable[str], most: int = 12) -> tuple[str, ...]:
    """The most named, in order of how often and then by name."""
    counts: dict[str, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    return tuple(sorted(counts, key=lambda name: (-counts[name], name))[:most])
