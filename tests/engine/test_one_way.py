"""What engines disagree on is spelled in one module, and nowhere else in the engine."""

from __future__ import annotations

import re
from pathlib import Path

import commonweal.engine

FORBIDDEN = {
    r"INTERVAL": "shift dates with Dialect.shift",
    r"date_diff|datediff\(": "use Dialect.days_between, or sql.difference for months and years",
    r"arg_max|arg_min|max_by|\bfirst\(": "an ordered first or last depends on row order: pack date and value",
    r"FILTER \(": "three times slower than CASE",
    r"\bround\(": "engines round halves differently",
}

SHOWN = ("measure_rows.py", "public_cube.py")
"""Modules that shape counts for showing, in Python, after every engine has answered."""


def test_traps_are_behind_the_dialect():
    folder = Path(commonweal.engine.__file__).parent
    found = [
        f"{path.name}: {match.group()} ({remedy})"
        for path in sorted(folder.glob("*.py"))
        if path.name != "dialect.py"
        for pattern, remedy in FORBIDDEN.items()
        for match in re.finditer(pattern, re.sub(r'""".*?"""|#.*', "", path.read_text(encoding="utf-8"), flags=re.S))
        if not (match.group() == "round(" and path.name in SHOWN)
    ]
    assert found == []
