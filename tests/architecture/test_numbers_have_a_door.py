"""Nobody adds up people, or what people did, without saying how the sum is shown.

A file of the site or of the command line that asks a release for a count or a sum is listed here with its door. A new one fails until
somebody has decided; one that is no longer there is taken off.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import commonweal

SOURCE = Path(commonweal.__file__).parent
PLACES = ("web", "commands", "exchange")
AGGREGATE = re.compile(r"\b(count|count_if|sum|avg|median)\s*\(", re.IGNORECASE)
OF_A_RELEASE = re.compile(r"\bFROM\b.*\b(person|wide|cube|position_\w+)\b|read_parquet|\x00", re.IGNORECASE | re.DOTALL)

DOORS = {
    "commands/finance.py": "show_count",
    "web/core/reading.py": "direct care's own list sizes and withheld rows; populations pass trust.account's show_count; "
    "make-ups pass leads.similar's show_count and show_rate",
    "web/finance/services/trace.py": "show_group; contract lines in contract_presenters",
    "web/finance/services/contracts.py": "presenters.activity",
    "web/finance/services/cube.py": "presenters.activity; money of providers, which is of contracts and not of people",
    "web/finance/services/position.py": "money of providers; reconciliation prints money alone",
    "web/finance/services/local_pods.py": "money and lines of returns",
    "web/finance/services/scheme_evidence.py": "presenters.activity",
    "web/finance/services/example.py": "writes the demonstration's own schemes; shows nothing",
    "web/finance/services/waiting.py": "show_group; flows by show_count; means and medians only of lists that are shown",
    "web/finance/start.py": "how many findings and unmapped codes, not people",
}


def _words(node: ast.AST) -> str:
    """The text of a string; what an f-string puts in is a NUL."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(one.value) if isinstance(one, ast.Constant) else "\x00" for one in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _adds_up(path: Path) -> bool:
    return any(
        re.search(r"\bSELECT\b", text) and AGGREGATE.search(text) and OF_A_RELEASE.search(text)
        for text in map(_words, ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    )


FILES = sorted(path for place in PLACES for path in (SOURCE / place).rglob("*.py") if "migrations" not in path.parts)


def test_every_file_that_adds_up_has_its_door():
    found = {str(path.relative_to(SOURCE)) for path in FILES if _adds_up(path)}
    assert found == set(DOORS), "decide how its numbers are shown, and write it down here"


@pytest.mark.parametrize("name", sorted(name for name, door in DOORS.items() if door.startswith("show_")))
def test_a_file_that_shows_its_own_sums_imports_the_door(name):
    assert "commonweal.governance.disclosure" in (SOURCE / name).read_text(encoding="utf-8")


def test_only_the_reader_reads_the_cube():
    """Exact counts lie in it; `engine.serving` is where they pass the door."""
    for path in FILES:
        for text in map(_words, ast.walk(ast.parse(path.read_text(encoding="utf-8")))):
            assert not re.search(r"\bFROM cube\b.*", text) or "DISTINCT as_at" in text, (
                f"{path.name} reads the cube itself"
            )


@pytest.mark.parametrize(
    "path", sorted((SOURCE / "web" / "finance").glob("*presenters*.py")), ids=lambda path: path.stem
)
def test_finance_prints_activity_through_one_function(path):
    """``f"{…activity…:,.0f}"`` prints a count as it is."""
    printed = [
        ast.unparse(node.value)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None
    ]
    wrong = [
        text for text in printed if re.search(r"activity|observed|expected|contacts", text) and "scheme" not in text
    ]
    # A plan that somebody loaded, and what a scheme says that it will do, were typed by their owners.
    assert [text for text in wrong if text != "row['activity'].normalize()"] == []
