"""Codelists: named, versioned sets of codes, each with its source, licence, release date and checks.

A list lives in ``data/<id>/<version>/`` as ``codelist.yaml`` and ``codes.csv`` (``codes.csv.gz`` where large). Lists that
an organisation supplies live in its own folder (`site_folder`) and win over the packaged ones. ``pins.csv`` says which
version of each list definitions use, with its hash. Codes are matched, never terms.
"""

from commonweal.definitions.codelists.comparing import Comparison, compare
from commonweal.definitions.codelists.library import (
    exists,
    ids,
    load,
    pinned,
    site_folder,
    using,
    versions,
)
from commonweal.definitions.codelists.model import SYSTEMS, Codelist

__all__ = [
    "SYSTEMS",
    "Codelist",
    "Comparison",
    "compare",
    "exists",
    "ids",
    "load",
    "pinned",
    "site_folder",
    "using",
    "versions",
]
