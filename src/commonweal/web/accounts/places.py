"""The organisations of the demonstration: taken from the release where there is one, so that personas have people."""

from __future__ import annotations

from commonweal.errors import CommonwealError
from commonweal.web.accounts.demo import Place
from commonweal.web.core import reading, releases

WITHOUT_A_RELEASE = Place(
    practice=("DEMO01", "Alder Road Surgery (invented)"),
    other_practice=("DEMO02", "Birch Lane Practice (invented)"),
    pcn=("DEMOPCN", "Canal Side PCN (invented)"),
    borough=("DEMOBOR", "Invented borough"),
    icb=("QRV", "NHS North West London ICB"),
    trust=("DEMOTRUST", "Invented hospital trust"),
    council=("DEMOBOR", "Invented council"),
)


def demonstration_place() -> Place:
    """Where the personas work: the largest network's two largest practices, its borough, and the busiest trust."""
    try:
        reader = releases.reader("direct_care")
        found = reading.largest_network(reader)
        names = {**reading.place_names(reader), **reading.organisation_names(reader)}
    except CommonwealError:
        return WITHOUT_A_RELEASE
    if found is None:
        return WITHOUT_A_RELEASE

    def body(code: str, otherwise: tuple[str, str], suffix: str = "") -> tuple[str, str]:
        return (code, names.get(code, code) + suffix) if code else otherwise

    other = WITHOUT_A_RELEASE
    return Place(
        practice=body(found.practices[0], other.practice),
        other_practice=body(found.practices[1], other.other_practice)
        if len(found.practices) > 1
        else other.other_practice,
        pcn=body(found.pcn, other.pcn),
        borough=body(found.borough, other.borough),
        icb=body(found.icb, other.icb),
        trust=body(found.trust, other.trust),
        council=body(found.borough, other.council, " Council"),
    )
