"""The releases of a store: list, switch, roll back, prune. A release is immutable; only the pointer changes."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from commonweal.engine import cache
from commonweal.engine.serving import close_readers, current_release
from commonweal.errors import NotReady
from commonweal.record.erasures import Erasures
from commonweal.store import Store

Citations = Callable[[Store], Iterable[str]]
"""Gives the ids of releases that a paper, list or baseline cites."""

_citations: list[Citations] = []


def register_citations(source: Citations) -> None:
    """Ask `source` too before anything is pruned. Apps that cite releases call this once."""
    _citations.append(source)


@dataclass(frozen=True)
class ReleaseSummary:
    """One release as the list shows it."""

    id: str
    created_at: str
    as_at: str
    people: int
    definitions: int
    stamp: str
    serves: bool
    cited: bool


def manifest(store: Store, release_id: str) -> dict[str, Any]:
    """The manifest of a release. Raises `NotReady` where there is no such release."""
    path = store.release(release_id) / "manifest.json"
    if not path.is_file():
        known = ", ".join(ids(store)) or "none yet"
        raise NotReady("there is no such release", value=release_id, remedy=f"releases: {known}")
    return json.loads(path.read_text(encoding="utf-8"))


def ids(store: Store) -> list[str]:
    """Releases that are complete, oldest first."""
    if not store.releases.is_dir():
        return []
    return sorted(path.parent.name for path in store.releases.glob("*/manifest.json") if path.parent.name[0] != ".")


def cited(store: Store) -> set[str]:
    """Releases that must not be pruned: those named in ``citations.txt`` and by every registered source."""
    path = store.releases / "citations.txt"
    named = path.read_text(encoding="utf-8").split() if path.is_file() else []
    return set(named).union(*(source(store) for source in _citations))


def listed(store: Store) -> list[ReleaseSummary]:
    """Every release, newest first."""
    serving = store.current_pointer.read_text(encoding="utf-8").strip() if store.current_pointer.is_file() else ""
    protected = cited(store)
    found = []
    for name in reversed(ids(store)):
        one = manifest(store, name)
        found.append(
            ReleaseSummary(
                name,
                one["created_at"],
                one["as_at"],
                one["tables"].get("person", 0),
                len(one["definitions"]),
                one["stamp"],
                name == serving,
                name in protected,
            )
        )
    return found


def switch(store: Store, release_id: str) -> None:
    """Let this release serve: one rename, so that a reader sees the old one or the new one and nothing between."""
    manifest(store, release_id)
    temporary = store.releases / f".current.{os.getpid()}"
    with temporary.open("w", encoding="utf-8") as handle:
        handle.write(release_id)
        handle.flush()
        os.fsync(handle.fileno())
    temporary.replace(store.current_pointer)


def roll_back(store: Store, release_id: str | None = None) -> str:
    """Let the release before the present one (or the one named) serve again; returns its id."""
    if release_id is None:
        earlier = [name for name in ids(store) if name < current_release(store)]
        if not earlier:
            raise NotReady("there is no earlier release to go back to", value=current_release(store))
        release_id = earlier[-1]
    switch(store, release_id)
    return release_id


def prune(store: Store, keep: int) -> list[str]:
    """Remove all but the newest `keep` releases; never the one that serves, and never one that is cited."""
    everything = ids(store)
    protected = cited(store) | set(everything[-keep:] if keep else []) | {current_release(store)}
    gone = remove(store, [name for name in everything if name not in protected])
    prune_columns(store)
    return gone


def prune_columns(store: Store) -> int:
    """Remove stored columns beside the builds that no release of theirs, as this code computes it, can use again. Returns the runs removed."""
    dates: dict[str, set[str]] = {}
    for name in ids(store):
        one = manifest(store, name)
        dates.setdefault(str(one.get("build", "")), set()).add(one["as_at"])
    return sum(
        cache.prune(folder, dates.get(folder.parent.name, set())) for folder in store.root.glob("builds/*/features")
    )


def remove(store: Store, gone: list[str]) -> list[str]:
    """Take these releases away; the caller knows that nothing needs them."""
    if gone:
        close_readers()
    for name in gone:
        (store.release(name) / "manifest.json").unlink()
        shutil.rmtree(store.release(name))
    return gone


def before_erasure(store: Store) -> list[str]:
    """Releases that may hold somebody who has been erased since: those made before the last erasure was done, or of a build then."""
    last = Erasures(store).last()
    if last is None:
        return []
    return [name for name in ids(store) if not _made_after(manifest(store, name), last)]


def _made_after(one: dict[str, Any], moment: str) -> bool:
    """Whether a release was made after `moment`. A build of before then is gone, so none can be made of it."""
    return datetime.fromisoformat(one["created_at"]).replace(tzinfo=UTC) > datetime.fromisoformat(moment)


def prune_erased(store: Store) -> list[str]:
    """Remove every release from before the last erasure, but the one that serves and those that are cited."""
    protected = cited(store) | ({current_release(store)} if ids(store) else set())
    return remove(store, [name for name in before_erasure(store) if name not in protected])


def clear_unfinished(store: Store) -> None:
    """Remove what a killed release left behind: folders that begin with a dot, or that hold no manifest."""
    if not store.releases.is_dir():
        return
    for path in store.releases.iterdir():
        if path.is_dir() and not (path / "manifest.json").is_file():
            shutil.rmtree(path)


# --- what changed and why ---------------------------------------------------------------------------------------------


def compare(store: Store, before: str, after: str) -> dict[str, Any]:
    """What differs between two releases: inputs, code, definitions, codelists, rows, and members by register.

    `definitions` says for each whose count changed: both counts, and why: ``definition``, ``codelist`` (its hash
    changed), ``data`` (neither did), or ``new`` and ``gone``.
    """
    first, second = manifest(store, before), manifest(store, after)
    return {
        "before": before,
        "after": after,
        "as_at": [first["as_at"], second["as_at"]],
        "code_version": [first["code_version"], second["code_version"]],
        "inputs": _changes(first["inputs"], second["inputs"]),
        "codelists": _changes(first["codelists"], second["codelists"]),
        "tables": _changes(first["tables"], second["tables"]),
        "definitions": _definition_changes(first, second),
    }


def _changes(first: dict[str, Any], second: dict[str, Any]) -> dict[str, list[Any]]:
    return {
        name: [first.get(name), second.get(name)]
        for name in sorted(first.keys() | second.keys())
        if first.get(name) != second.get(name)
    }


def _definition_changes(first: dict[str, Any], second: dict[str, Any]) -> list[dict[str, Any]]:
    lists = _changes(first["codelists"], second["codelists"])
    changed = []
    for name in sorted(first["definitions"].keys() | second["definitions"].keys()):
        one, two = first["definitions"].get(name), second["definitions"].get(name)
        if one == two:
            continue
        if one is None or two is None:
            why = "new" if one is None else "gone"
        elif one["hash"] == two["hash"]:
            why = "as-at date" if first["as_at"] != second["as_at"] else "data"
        else:
            why = "codelist" if set(two["codelists"]) & set(lists) else "definition"
        changed.append({"id": name, "before": one and one["counts"], "after": two and two["counts"], "why": why})
    return changed
