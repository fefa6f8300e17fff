"""What a store withholds outside direct care: the published codes and the site's own."""

from __future__ import annotations

from commonweal.engine.columns import content_hash
from commonweal.governance.withheld import WithheldCode, published_codes, site_codes
from commonweal.record.site import read_site
from commonweal.store import Store


def withheld_by(store: Store) -> tuple[tuple[WithheldCode, ...], str]:
    """The codes, and a hash of them: what was computed under other codes may not be used again."""
    codes = (*published_codes(), *site_codes(read_site(store).lists))
    return codes, content_hash(tuple((one.category, one.system, one.prefix) for one in codes))
