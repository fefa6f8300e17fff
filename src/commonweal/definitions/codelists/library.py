"""Finding and reading codelists: the packaged ones, the organisation's own, and which version is pinned."""

from __future__ import annotations

import csv
import difflib
import gzip
import hashlib
import io
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

from commonweal.definitions.codelists.model import SYSTEMS, Codelist
from commonweal.errors import BadInput, NotReady
from commonweal.store import DEFAULT_STORE

PACKAGED = Path(__file__).parent / "data"
PIN_FIELDS = ("id", "version", "sha256")

_overrides: ContextVar[Mapping[str, Codelist] | None] = ContextVar("codelist_overrides", default=None)


def site_folder() -> Path:
    """Where the organisation's own lists are: ``COMMONWEAL_CODELISTS``, or ``codelists`` in the store."""
    in_store = Path(os.environ.get("COMMONWEAL_STORE", DEFAULT_STORE)) / "codelists"
    return Path(os.environ.get("COMMONWEAL_CODELISTS", in_store))


def folders() -> tuple[Path, ...]:
    """Folders searched, the winner first."""
    site = site_folder()
    return (site, PACKAGED) if site.is_dir() else (PACKAGED,)


def ids() -> list[str]:
    """Every list that can be loaded, by id."""
    return sorted({path.name for folder in folders() for path in folder.iterdir() if path.is_dir()})


def exists(list_id: str) -> bool:
    """Whether a list can be loaded."""
    list_id = list_id.partition("#")[0]
    return any((folder / list_id).is_dir() for folder in folders())


def versions(list_id: str) -> list[str]:
    """The versions held of one list, oldest name first."""
    return sorted({path.name for folder in folders() for path in (folder / list_id).glob("*") if path.is_dir()})


def read_pins(folder: Path) -> dict[str, tuple[str, str]]:
    """id to (version, sha256) from one folder's ``pins.csv``; empty where it has none."""
    try:
        status = (folder / "pins.csv").stat()
    except OSError:
        return {}
    return dict(_pins(folder / "pins.csv", status.st_mtime_ns, status.st_size))


@lru_cache(maxsize=16)
def _pins(path: Path, changed: int, size: int) -> Mapping[str, tuple[str, str]]:
    """Read again when the file has changed: a page asks for a list's pin many times."""
    with path.open(encoding="utf-8", newline="") as handle:
        return {row["id"]: (row["version"], row["sha256"]) for row in csv.DictReader(handle)}


def write_pins(folder: Path, pins: Mapping[str, tuple[str, str]]) -> None:
    """Replace one folder's ``pins.csv`` in one step, sorted by id."""
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / "pins.csv.new"
    with temporary.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(PIN_FIELDS)
        writer.writerows((list_id, *pins[list_id]) for list_id in sorted(pins))
    temporary.replace(folder / "pins.csv")


def pinned() -> dict[str, tuple[str, str]]:
    """id to (version, sha256) in force: the organisation's pins win over the packaged ones."""
    pins: dict[str, tuple[str, str]] = {}
    for folder in reversed(folders()):
        pins.update(read_pins(folder))
    return pins


def pin(list_id: str, version: str) -> Codelist:
    """Make one held version of a list the one in force, in the organisation's folder. Returns the list."""
    chosen = _held(list_id, version)
    write_pins(site_folder(), {**read_pins(site_folder()), list_id: (chosen.version, chosen.sha256)})
    return chosen


def _held(list_id: str, version: str) -> Codelist:
    for folder in folders():
        path = folder / list_id / version
        if path.is_dir():
            return read(path)
    if not exists(list_id):
        load(list_id)  # says which list is nearest
    raise NotReady(
        "this version of the codelist is not held",
        value=f"{list_id} {version}",
        remedy=f"versions held: {', '.join(versions(list_id))}",
    )


@contextmanager
def using(*lists: Codelist) -> Iterator[None]:
    """Within the block, `load` gives these versions in place of the pinned ones (to ask: what if this list changed?)."""
    token = _overrides.set({**(_overrides.get() or {}), **{codelist.id: codelist for codelist in lists}})
    try:
        yield
    finally:
        _overrides.reset(token)


def load(list_id: str, version: str | None = None) -> Codelist:
    """One list, in the pinned version or the one named. ``id#code`` gives the one code of it, with what lies below.

    Raises `NotReady` where the list or version is not held (the message names the nearest id and the command that
    supplies it) and `BadInput` where the content is not what was pinned.
    """
    list_id, _, part = list_id.partition("#")
    if part:
        return _only(load(list_id, version), part)
    override = (_overrides.get() or {}).get(list_id)
    if override is not None and version in (None, override.version):
        return override
    if not exists(list_id):
        near = difflib.get_close_matches(list_id, ids(), n=1)
        hint = f"did you mean {near[0]!r}? Otherwise " if near else ""
        raise NotReady(
            "there is no such codelist",
            value=list_id,
            remedy=f"{hint}supply it: commonweal codelist import FILE --id {list_id} --system snomed",
        )
    pin_version, pin_hash = pinned().get(list_id, ("", ""))
    wanted = version or pin_version
    if not wanted:
        raise BadInput(
            "the codelist has no pinned version", value=list_id, remedy=f"commonweal codelist pin {list_id} VERSION"
        )
    found = _held(list_id, wanted)
    if wanted == pin_version and found.sha256 != pin_hash:
        raise BadInput(
            "the codelist is not the one that was pinned",
            where=list_id,
            value=found.sha256,
            remedy="restore its codes file, or import the change as a new version",
        )
    return found


def _only(codelist: Codelist, code: str) -> Codelist:
    if code not in codelist.codes:
        raise NotReady("the codelist does not hold this code", where=codelist.id, value=code)
    return replace(
        codelist,
        id=f"{codelist.id}#{code}",
        codes=frozenset({code}),
        sha256=content_hash(f"{codelist.sha256} {code}"),
        terms={code: codelist.terms.get(code, "")},
        attributes={code: codelist.attributes.get(code, {})},
    )


@cache
def read(path: Path) -> Codelist:
    """One version of one list from its folder."""
    header: dict[str, Any] = yaml.safe_load((path / "codelist.yaml").read_text(encoding="utf-8"))
    if header["system"] not in SYSTEMS:
        raise BadInput("unknown code system", where=str(path.name), value=header["system"], remedy=", ".join(SYSTEMS))
    text = codes_text(path)
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    return Codelist(
        id=header["id"],
        title=header["title"],
        system=header["system"],
        version=str(header["version"]),
        codes=frozenset(row["code"] for row in rows),
        sha256=content_hash(text),
        source=header["source"],
        repository=header.get("repository", ""),
        licence=header["licence"],
        released=_date(header.get("released")),
        retrieved=_date(header["retrieved"]) or date.min,
        match=header.get("match", "exact"),
        notes=header.get("notes", ""),
        terms={row["code"]: row.get("term", "") for row in rows},
        attributes={
            row["code"]: {name: value for name, value in row.items() if name not in ("code", "term")} for row in rows
        },
    )


def codes_text(path: Path) -> str:
    """The text of a version's codes file, compressed or not."""
    packed = path / "codes.csv.gz"
    if packed.is_file():
        return gzip.decompress(packed.read_bytes()).decode("utf-8")
    return (path / "codes.csv").read_text(encoding="utf-8")


def content_hash(text: str) -> str:
    """SHA-256 of a codes file as text."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _date(value: object) -> date | None:
    return value if isinstance(value, date) else date.fromisoformat(str(value)) if value else None
