"""What a store withholds outside direct care: the published codes and the site's own."""

from __future__ import annotations

from datetime import date

from commonweal.engine.columns import content_hash
from commonweal.governance.withheld import WithheldCode, categories_without_codes, published_codes, site_codes
from commonweal.record.site import read_site
from commonweal.store import Store

REVIEW_AFTER_DAYS = 731
"""A site's list that nobody has looked at for two years may miss what was coded since."""


def withheld_by(store: Store) -> tuple[tuple[WithheldCode, ...], str]:
    """The codes, and a hash of them: what was computed under other codes may not be used again."""
    site = read_site(store)
    own = tuple(
        WithheldCode(one.category, one.system, code.replace(".", "").upper(), one.valid_from, one.valid_to)
        for one in site.withheld
        for code in one.codes
    )
    codes = (*published_codes(), *site_codes(site.lists), *own)
    return codes, content_hash(tuple((one.category, one.system, one.prefix) for one in codes))


def withheld_warnings(store: Store, today: date) -> tuple[str, ...]:
    """What the site's lists do not withhold, in words; empty where every category has a list that was reviewed."""
    codes, _ = withheld_by(store)
    missing = [category.replace("_", " ") for category in categories_without_codes(codes)]
    said = []
    if missing:
        said.append(
            f"No SNOMED CT list is set for: {', '.join(missing)}. Coded GP records of these reach planning and research "
            "unless the source marks them as confidential. Put the lists under `withheld` in site.yaml."
        )
    said += [
        f"The {one.category.replace('_', ' ')} list of site.yaml was last reviewed on {one.reviewed.isoformat()}: check it."
        for one in read_site(store).withheld
        if (today - one.reviewed).days > REVIEW_AFTER_DAYS
    ]
    return tuple(said)
