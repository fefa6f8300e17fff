"""The national layouts that the invented system writes: files, columns, and where each column comes from.

The declarations are data (`data/layouts.yaml`), written from the feeds' own field lists, and never from the loader's mappings:
a mistake in one cannot hide in the other. `reference_page` renders them as the reference documentation.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml


@dataclass(frozen=True)
class LayoutColumn:
    """One column. `name` is the header of the direct-care form; `landed` of the pseudonymised form (empty: left out)."""

    name: str
    landed: str
    meaning: str

    @property
    def added(self) -> bool:
        """Not in the landed field list: written in the direct-care form only."""
        return not self.landed


@dataclass(frozen=True)
class Layout:
    """One file: its path without suffix, the field list that it follows, its grain, how it joins, its columns."""

    path: str
    annex: str
    grain: str
    join: str
    columns: tuple[LayoutColumn, ...]

    @property
    def header(self) -> tuple[str, ...]:
        """Column names of the direct-care form, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def landed_header(self) -> tuple[str, ...]:
        """Column names of the pseudonymised form, in order: all of them stand in the field list."""
        return tuple(column.landed for column in self.columns if column.landed)


def _column(line: str) -> LayoutColumn:
    name, kind, meaning = (part.strip() for part in line.split("|", 2))
    if kind == "added":
        return LayoutColumn(name, "", meaning)
    return LayoutColumn(name, kind.removeprefix("clear=") if kind else name, meaning)


@cache
def layouts() -> dict[str, Layout]:
    """Every layout by path (``sus_apc/spell``)."""
    text = (files("commonweal.synthetic") / "data" / "layouts.yaml").read_text(encoding="utf-8")
    return {
        path: Layout(path, item["annex"], item["grain"], item.get("join", ""), tuple(map(_column, item["columns"])))
        for path, item in yaml.safe_load(text)["files"].items()
    }


def _notes(column: LayoutColumn) -> str:
    if column.added:
        return "added"
    return f"clear form of `{column.landed}`" if column.landed != column.name else ""


def reference_page() -> str:
    """The reference page: the preface, then a table for each file."""
    parts = [preface().rstrip(), ""]
    for layout in layouts().values():
        parts += [f"## `{layout.path}.csv.gz`", "", f"Field list: `{layout.annex}`. One row: {layout.grain}."]
        if layout.join:
            parts.append(f"Joins: {layout.join}.")
        parts += ["", "| column | meaning | against the field list |", "|---|---|---|"]
        parts += [f"| `{column.name}` | {column.meaning} | {_notes(column)} |" for column in layout.columns]
        parts.append("")
    return "\n".join(parts)


def preface() -> str:
    """The words before the tables of the reference page."""
    return (files("commonweal.synthetic") / "data" / "layouts_preface.md").read_text(encoding="utf-8")
