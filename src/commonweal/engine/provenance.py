"""What built a number: hashes of definitions, codelists, rows and code, so that equal hashes mean an equal answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

import commonweal
from commonweal.definitions.declarations import Definition
from commonweal.definitions.vocabulary.nodes import codelists_in
from commonweal.engine.columns import Selection, StoredColumn, content_hash


def definition_hash(definition: Definition, codelists: Mapping[str, str], others: Mapping[str, Definition]) -> str:
    """The hash of a definition's logic, of its codelists' content and of all that it builds on."""
    used = {name: definition_hash(others[name], codelists, others) for name in definition.uses()}
    lists = {name: codelists.get(name, "missing") for name in definition.codelists()}
    per = getattr(definition, "per", None)
    return content_hash((definition.id, definition.kind, definition.basis, definition.expressions(), per, lists, used))


def column_hash(column: StoredColumn, codelists: Mapping[str, str]) -> str:
    """The hash of a stored column: what is asked, and the content of the codelists that it asks with."""
    return content_hash((column, {name: codelists[name] for name in selection_codelists(column.selection)}))


def selection_codelists(selection: Selection) -> tuple[str, ...]:
    """Ids of the codelists that a selection uses, its partners' included."""
    own = [name for match in selection.codes for name in match.codelists]
    partners = [name for related in selection.related for name in codelists_in(related.rows)]
    return tuple(dict.fromkeys(own + partners))


@cache
def code_version() -> str:
    """The package's version and a hash of the modules that decide answers."""
    root = Path(commonweal.__file__).parent
    sources = {
        str(path.relative_to(root)): path.read_bytes()
        for folder in ("engine", "definitions/vocabulary")
        for path in sorted((root / folder).glob("*.py"))
    }
    digest = content_hash({name: content_hash(body) for name, body in sources.items()})
    return f"{commonweal.__version__}+{digest[:12]}"


def result_hash(definition: str, data: object, as_at: date, purpose: str) -> str:
    """The hash of one answer: of the definition with its codelists (`definition_hash`), the data, the date, the purpose and the code.

    `data`: what identifies the rows that were read, and whom an answer leaves out.
    """
    return content_hash((definition, data, as_at, purpose, code_version()))
