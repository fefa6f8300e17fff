"""The NHS number: ten digits, the last a check digit (NHS Data Dictionary, NHS NUMBER).

Weights 10 to 2 on the first nine digits; 11 minus the remainder of the sum by 11; 11 becomes 0, and 10 is never issued.
Kept as text without spaces, shown 3-3-4. Each rule stands once in Python and once as a SQL expression for columns.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

STATUS: Mapping[str, str] = MappingProxyType(
    {
        "01": "present and verified",
        "02": "present but not traced",
        "03": "trace required",
        "04": "trace attempted, no match or several matches found",
        "05": "trace needs to be resolved: number or details conflict",
        "06": "trace in progress",
        "07": "not present, trace not required",
        "08": "trace postponed: baby under six weeks old",
    }
)
"""NHS NUMBER STATUS INDICATOR CODE. Only 01 links without further evidence."""
VERIFIED = "01"


def normalise(text: str | None) -> str | None:
    """The number without spaces and hyphens, or None for nothing. It may still be wrong: see `is_valid`."""
    stripped = re.sub(r"[\s-]", "", text or "")
    return stripped or None


def check_digit(first_nine: str) -> int | None:
    """The check digit of nine digits, or None where no number with them is issued."""
    check = 11 - sum(int(digit) * weight for digit, weight in zip(first_nine, range(10, 1, -1), strict=True)) % 11
    return None if check == 10 else check % 11


def is_valid(number: str | None) -> bool:
    """True for ten ASCII digits whose last is their check digit. All digits alike pass the sum but are never issued."""
    if number is None or not re.fullmatch(r"[0-9]{10}", number) or len(set(number)) == 1:
        return False
    return check_digit(number[:9]) == int(number[9])


def shown(number: str) -> str:
    """3-3-4, as people read it."""
    return f"{number[:3]} {number[3:6]} {number[6:]}"


def normalise_sql(column: str) -> str:
    r"""SQL of `normalise`."""
    return rf"nullif(regexp_replace({column}, '[\s-]', '', 'g'), '')"


def valid_sql(column: str) -> str:
    """SQL of `is_valid` over a normalised text column: true or false, false for null."""
    total = " + ".join(
        f"(ascii(substr({column}, {place}, 1)) - 48) * {weight}" for place, weight in enumerate(range(10, 1, -1), 1)
    )
    return (
        f"(coalesce(regexp_full_match({column}, '[0-9]{{10}}'), false) "
        f"AND {column} <> repeat(left({column}, 1), 10) "
        f"AND (11 - ({total}) % 11) % 11 = ascii(substr({column}, 10, 1)) - 48)"
    )
