"""Bringing a list in from a file: columns found, codes cleaned and checked, written as a new version and pinned."""

from __future__ import annotations

import csv
import gzip
import io
import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import yaml

from commonweal.definitions.codelists import library
from commonweal.definitions.codelists.checks import CodeProblem, check_codes
from commonweal.definitions.codelists.model import SYSTEMS, Codelist
from commonweal.errors import BadInput

CODE_COLUMNS = (
    "code", "snomed_code", "dmd_id", "id", "icd", "icd10_code", "icd code", "icd10_3char", "icd10code", "icd10_prefix",
    "ctv3id", "ctv3code", "snomedctconceptid", "snomed_id", "conceptid", "concept_id", "bnf_code",
)  # fmt: skip
TERM_COLUMNS = (
    "term", "name", "nm", "dmd_name", "description", "icd10codedescr", "ctv3preferredtermdesc", "preferred_term",
)  # fmt: skip
COMPRESS_ABOVE = 40_000
"""Codes files above this many bytes are written compressed."""


@dataclass(frozen=True)
class Header:
    """What must be known of a list besides its codes."""

    id: str
    title: str
    system: str
    version: str
    source: str
    licence: str
    repository: str = ""
    released: date | None = None
    retrieved: date = field(default_factory=lambda: date.today())  # noqa: DTZ011 - a local date, as on the licence page
    match: str = ""
    notes: str = ""


@dataclass(frozen=True)
class Imported:
    """What an import did. `dropped` were left out, with the reason; `removed_spaces` counts codes trimmed."""

    codelist: Codelist
    folder: Path
    dropped: tuple[CodeProblem, ...]
    removed_spaces: int
    duplicates: int


def import_list(rows: list[dict[str, str]], header: Header, *, folder: Path, pin: bool = True) -> Imported:
    """Write rows (each with ``code``, ``term`` and any further columns) as one version of a list.

    Codes that fail their system's check are refused and named: a wrong code matches nobody, silently. Raises
    `BadInput` where the id or system cannot be used, no code is left, or the version exists with other content.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", header.id):
        raise BadInput("an id has small letters, figures and underscores", value=header.id)
    if header.system not in SYSTEMS:
        raise BadInput("unknown code system", value=header.system, remedy=f"one of {', '.join(SYSTEMS)}")
    trimmed = [{**row, "code": clean(header.system, row["code"])} for row in rows]
    spaces = sum(1 for row, clean_row in zip(rows, trimmed, strict=True) if row["code"] != clean_row["code"])
    unique = {row["code"]: row for row in reversed(trimmed) if row["code"]}
    problems = check_codes(header.system, unique)
    for problem in problems:
        del unique[problem.code]
    if not unique:
        raise BadInput("no usable code in the file", where=header.id, remedy="check the column that holds the codes")
    text = codes_text(list(unique.values()))
    path = folder / header.id / header.version
    _write(path, text, header, len(unique), problems)
    library.read.cache_clear()
    codelist = library.read(path)
    if pin:
        library.write_pins(folder, {**library.read_pins(folder), header.id: (codelist.version, codelist.sha256)})
    return Imported(codelist, path, tuple(problems), spaces, len(trimmed) - len(unique) - len(problems))


def read_rows(
    path: Path, *, code_column: str = "", term_column: str = "", keep: tuple[str, ...] = ()
) -> list[dict[str, str]]:
    """Rows with ``code``, ``term`` and the kept columns from a CSV file, found by the usual column names."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8-sig", newline="") as handle:
        reader = csv.DictReader(handle)
        columns = {name.strip().lower(): name for name in reader.fieldnames or () if name}
        code = code_column or next((columns[name] for name in CODE_COLUMNS if name in columns), "")
        term = term_column or next((columns[name] for name in TERM_COLUMNS if name in columns), "")
        if not code:
            raise BadInput(
                "no column of codes found",
                where=path.name,
                value=", ".join(columns.values()),
                remedy="name it with --code-column",
            )
        return [
            {
                "code": row.get(code) or "",
                "term": (row.get(term) or "").strip() if term else "",
                **{name: (row.get(name) or "").strip() for name in keep},
            }
            for row in reader
        ]


def clean(system: str, code: str) -> str:
    """A code without surrounding spaces and, in the classifications, without its dot, dash or dagger."""
    code = code.strip()
    return re.sub(r"[.\-†*+ ]", "", code).upper() if system in ("icd10", "opcs4") else code


def codes_text(rows: list[dict[str, str]]) -> str:
    """The codes file: sorted by code, ``code,term`` first, Unix line ends."""
    further = [name for name in rows[0] if name not in ("code", "term")]
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, ["code", "term", *further], lineterminator="\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(sorted(rows, key=lambda row: row["code"]))
    return buffer.getvalue()


def _write(path: Path, text: str, header: Header, count: int, problems: list[CodeProblem]) -> None:
    if path.is_dir() and library.codes_text(path) != text:
        raise BadInput(
            "this version is already held with other codes", where=header.id, value=header.version,
            remedy="give the new content a new --version",
        )  # fmt: skip
    path.mkdir(parents=True, exist_ok=True)
    encoded = text.encode("utf-8")
    if len(encoded) > COMPRESS_ABOVE:
        (path / "codes.csv.gz").write_bytes(gzip.compress(encoded, mtime=0))
    else:
        (path / "codes.csv").write_bytes(encoded)
    details = {
        "id": header.id,
        "title": header.title,
        "system": header.system,
        "match": header.match or ("prefix" if header.system in ("icd10", "opcs4", "bnf") else "exact"),
        "version": header.version,
        "released": header.released,
        "retrieved": header.retrieved,
        "source": header.source,
        "repository": header.repository,
        "licence": header.licence,
        "notes": header.notes,
        "checks": {
            "codes": count,
            "refused": [{"code": problem.code, "why": problem.explanation} for problem in problems],
        },
    }
    kept = {name: value for name, value in details.items() if value not in (None, "")}
    (path / "codelist.yaml").write_text(yaml.safe_dump(kept, sort_keys=False, allow_unicode=True, width=110), "utf-8")
