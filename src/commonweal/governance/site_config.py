"""The site's own rules in ``config.yaml`` at the root of its store: codes that no national list here holds.

```yaml
type1:                       # objections to GP data leaving the practice, as the site's GP systems code them
  dissent:    [{system: snomed, code: "…"}]
  withdrawal: [{system: snomed, code: "…"}]
withheld:                    # further codes that never leave direct care
  - {category: termination, system: icd10, prefix: "…", valid_from: 1995-04-01}
```

A missing file is an empty configuration. A wrong one is refused whole: a rule that is skipped in silence would let data out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

from commonweal.errors import BadInput
from commonweal.governance.withheld import WithheldCode

Code = tuple[str, str]
"""System and code, without dots."""


@dataclass(frozen=True)
class SiteConfig:
    """What a site adds to the national rules."""

    type1_dissent: tuple[Code, ...] = ()
    type1_withdrawal: tuple[Code, ...] = ()
    withheld: tuple[WithheldCode, ...] = ()


def load_site_config(path: Path) -> SiteConfig:
    """Read `path`; raises `BadInput` naming the entry that is wrong."""
    if not path.exists():
        return SiteConfig()
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except yaml.YAMLError as error:
        raise BadInput("the site's configuration is not YAML", where=path.name, remedy=str(error)) from None
    if not isinstance(content, dict):
        raise BadInput("the site's configuration must be a mapping", where=path.name)
    type1 = content.get("type1") or {}
    return SiteConfig(
        _codes(type1.get("dissent"), "type1.dissent", path),
        _codes(type1.get("withdrawal"), "type1.withdrawal", path),
        tuple(_withheld(entry, path) for entry in content.get("withheld") or []),
    )


def _codes(entries: object, where: str, path: Path) -> tuple[Code, ...]:
    if entries is None:
        return ()
    try:
        return tuple((str(entry["system"]), str(entry["code"]).replace(".", "")) for entry in entries)  # type: ignore[index,union-attr]
    except (TypeError, KeyError):
        raise BadInput(
            "a code needs its system and code",
            where=f"{path.name}: {where}",
            remedy='write {system: snomed, code: "…"}',
        ) from None


def _withheld(entry: object, path: Path) -> WithheldCode:
    try:
        start, end = entry["valid_from"], entry.get("valid_to")  # type: ignore[index,union-attr]
        if not isinstance(start, date) or not (end is None or isinstance(end, date)):
            raise TypeError
        prefix = str(entry["prefix"]).replace(".", "").upper()  # type: ignore[index]
        return WithheldCode(str(entry["category"]), str(entry["system"]), prefix, start, end)  # type: ignore[index]
    except (TypeError, KeyError, AttributeError):
        raise BadInput(
            "a withheld code needs category, system, prefix and valid_from",
            where=f"{path.name}: withheld",
            remedy='write {category: …, system: icd10, prefix: "…", valid_from: 1995-04-01}',
        ) from None
