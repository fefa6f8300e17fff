"""One series through a merger: groups of bodies that ended are counted under those who took over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from commonweal.engine.cube import GONE, PART
from commonweal.engine.dialect import text_literal

SUCCEEDED = ("practice", "pcn", "neighbourhood", "borough", "icb", "provider", "site")
"""Group types whose groups are organisations."""


def successions(rows: Iterable[tuple[str, date | None, str | None]], as_at: date) -> dict[str, str]:
    """Code of each body that had ended by a day to whoever stands for it then; `rows` are code, last day and successor."""
    open_codes: set[str] = set()
    next_one: dict[str, str] = {}
    for code, valid_to, successor in rows:
        if valid_to is None or valid_to >= as_at:
            open_codes.add(code)
        elif successor and successor != code:
            next_one[code] = successor
    found = {}
    for code in next_one.keys() - open_codes:
        seen, now = {code}, next_one[code]
        while now not in open_codes and now in next_one and now not in seen:
            seen.add(now)
            now = next_one[now]
        if now not in seen:  # two that name each other have no successor
            found[code] = now
    return found


def succeeded_sql(cells: str, moved: Mapping[str, str], also: str = "") -> str:
    """The same cells (and the column `also`, first), with those of one successor added up. A sum of which one part is hidden is hidden."""
    listed = ", ".join(f"({text_literal(old)}, {text_literal(new)})" for old, new in sorted(moved.items()))

    def total(column: str) -> str:
        return f"CASE WHEN count_if({column} IS NULL AND state <> '{GONE}') = 0 THEN sum({column}) END AS {column}"

    return (
        f"SELECT {f'{also}, ' if also else ''}coalesce(m.successor, c.group_code) AS group_code, part, {total('numerator')}, {total('denominator')}, "
        f"{total('excluded')}, CASE WHEN bool_and(state = '{GONE}') THEN '{GONE}' WHEN bool_or(state <> '') THEN '{PART}' "
        f"ELSE '' END AS state FROM ({cells}) AS c LEFT JOIN (VALUES {listed}) AS m(code, successor) ON m.code = c.group_code "
        "GROUP BY ALL"
    )
