"""The organisations of the demonstration, taken from the release where there is one."""

from __future__ import annotations

from commonweal.web.accounts.demo import Place

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
    """Where the personas work."""
    return WITHOUT_A_RELEASE
