"""What a codelist is."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

SYSTEMS = ("snomed", "icd10", "opcs4", "dmd", "ctv3", "bnf", "loinc")
"""The code systems that a list may be in."""

Match = Literal["exact", "prefix"]


@dataclass(frozen=True)
class Codelist:
    """One version of one list. Compares and hashes by id, version and content."""

    id: str
    title: str
    system: str
    version: str
    codes: frozenset[str]
    sha256: str
    """SHA-256 of the codes file as text: the identity of the content."""
    source: str
    repository: str
    licence: str
    released: date | None
    """When the publisher released this version; None where the source gives only an undated hash."""
    retrieved: date
    match: Match = "exact"
    """``prefix``: a code covers everything below it, as in ICD-10 and OPCS-4 (codes without dots)."""
    notes: str = ""
    terms: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False, hash=False)
    """code to term: for display, never for matching."""
    attributes: Mapping[str, Mapping[str, str]] = field(default_factory=dict, compare=False, repr=False, hash=False)
    """code to further columns of the list, such as points, category or active."""

    @property
    def matching_hash(self) -> str:
        """SHA-256 of all that decides which codes are matched: the codes file, the system, and how codes are compared."""
        return hashlib.sha256(f"{self.sha256} {self.system} {self.match}".encode()).hexdigest()

    @property
    def systems(self) -> tuple[str, ...]:
        """The concept systems in which its codes may arrive: dm+d identifiers are SNOMED CT identifiers too."""
        return ("dmd", "snomed") if self.system == "dmd" else (self.system,)

    def covers(self, system: str, code: str) -> bool:
        """Whether a code as recorded belongs to this list. ICD-10 fillers (``I10X``) are matched by prefix."""
        if system not in self.systems:
            return False
        if self.match == "exact":
            return code in self.codes
        return any(code[:length] in self.codes for length in range(1, len(code) + 1))

    @property
    def inactive(self) -> frozenset[str]:
        """Codes that the list itself marks as inactive in their code system."""
        return frozenset(
            code for code, row in self.attributes.items() if row.get("active", "").lower() in {"n", "no", "0", "false"}
        )

    def with_attribute(self, name: str) -> dict[str, str]:
        """code to the value of one further column, where it has one."""
        return {code: row[name] for code, row in self.attributes.items() if row.get(name)}
