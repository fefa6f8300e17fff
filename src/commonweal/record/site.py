"""What only this site knows: code lists that no public file gives, and overrides of gates and calendars.

Read from ``site.yaml`` in the store's folder; without one, everything is empty and nothing depends on a guess. Type 1
objection codes are such a list: no file here has them, so a site states them, dated.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from commonweal.errors import BadInput
from commonweal.store import Store


class Calendar(BaseModel):
    """When a feed is due."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cadence_days: int = Field(gt=0)
    grace_days: int = Field(default=0, ge=0)


class Type1(BaseModel):
    """The codes by which practices of this site record a Type 1 objection, and its withdrawal."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dissent: tuple[str, ...]
    withdrawn: tuple[str, ...]
    system: str = ""


class Succession(BaseModel):
    """An organisation that ended, and who took over, with where that is written."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str
    ended_on: date
    """Its last day."""
    successor_code: str
    source: str = ""


class SiteOrganisation(BaseModel):
    """An organisation that the packaged reference data does not have yet."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str
    name: str
    kind: Literal["practice", "pcn", "neighbourhood", "borough", "sub_icb", "icb", "trust", "site", "local_authority"]
    parent_code: str | None = None
    valid_from: date
    valid_to: date | None = None
    successor_code: str | None = None
    source: str = ""


class Withheld(BaseModel):
    """Codes of one category that never leaves direct care and that no public list gives, with where the site has them from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    category: Literal["sexually_transmitted_infection", "assisted_conception", "hiv", "site"]
    codes: tuple[str, ...] = Field(min_length=1)
    source: str = Field(min_length=3)
    """Who made the list, and its version."""
    reviewed: date
    """When the site last checked it."""
    system: str = "snomed"
    valid_from: date = date(1900, 1, 1)
    valid_to: date | None = None


class Retention(BaseModel):
    """How long raw files and refused rows of a feed are kept, by the site's own records schedule."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    feed: str
    """A feed, or ``*`` for every feed without a rule of its own."""
    landed_days: int | None = Field(default=None, ge=1)
    """Days from the arrival of a file until its raw copy goes; none: it is kept."""
    quarantine_days: int | None = Field(default=None, ge=1)
    """Days until the values of its refused rows go; their counts stay."""
    valid_from: date
    valid_to: date | None = None
    source: str = Field(min_length=3)
    """The policy that says so, and its version."""


class Site(BaseModel):
    """One site's configuration."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    invented: bool = False
    """Everybody in this store is invented."""
    as_at: date | None = None
    nhs_number_range: str = ""
    """The leading digits that every NHS number here must have (999 for invented people)."""
    type1: Type1 | None = None
    lists: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    """Name to codes, for `in_site` in mappings; `type1` fills ``type1_dissent`` and ``type1_withdrawal``."""
    withheld: tuple[Withheld, ...] = ()
    """Code lists of withheld categories, over the published ones (`governance/data/withheld*.csv`)."""
    limits: Mapping[str, tuple[float, float]] = Field(default_factory=dict)
    """Observation to its lower and upper limit, over the shipped ones (`record/data/observation_limits.csv`)."""
    calendars: Mapping[str, Calendar] = Field(default_factory=dict)
    """Feed to calendar, over the mapping's own."""
    retention: tuple[Retention, ...] = ()
    """How long raw files and refused rows are kept. Without a rule they are kept for good."""
    successions: tuple[Succession, ...] = ()
    """Organisations that ended: what the packaged reference data does not say, or could not verify."""
    organisations: tuple[SiteOrganisation, ...] = ()
    """Organisations beside the packaged ones."""


def read_site(store: Store) -> Site:
    """The site's configuration. Raises `BadInput` that names the setting that is wrong."""
    path = store.root / "site.yaml"
    if not path.exists():
        return Site()
    try:
        body: Any = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        site = Site.model_validate(body)
    except yaml.YAMLError:
        raise BadInput("the site's configuration is not valid YAML", where=path.name, remedy="mend it") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadInput(
            f"the site's configuration is not valid: {first['msg']}", where=f"{path.name}, {place}"
        ) from None
    if site.type1 is None:
        return site
    codes = {"type1_dissent": site.type1.dissent, "type1_withdrawal": site.type1.withdrawn}
    return site.model_copy(update={"lists": {**codes, **site.lists}})
