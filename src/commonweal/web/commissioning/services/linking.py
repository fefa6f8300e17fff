"""What an intention touches, from its own words: measures, providers, boroughs. Inference is marked as such."""

# pyright: reportArgumentType=false, reportReturnType=false, reportOperatorIssue=false, reportCallIssue=false, reportGeneralTypeIssues=false
from __future__ import annotations

import json
from functools import cache
from typing import Any

from commonweal.commissioning import sources
from commonweal.web.commissioning.models import Intention, Link

MADE_FROM_WORDS = ("measure", "provider", "borough")
"""Kinds of link that follow from the words; schemes, contracts and practices are linked by hand."""


@cache
def held() -> dict[str, Any]:
    """How names in documents lead to codes: `data/links.json`."""
    return json.loads((sources.DATA / "links.json").read_text(encoding="utf-8"))


def code_of(provider: str) -> str:
    """The code of a trust by its full name; empty where the name is not one of them."""
    return next((one["code"] for one in held()["trusts"] if one["name"].lower() == provider.strip().lower()), "")


def links_of(intention: Intention) -> list[Link]:
    """The links that follow from an intention's words, not yet saved."""
    rows = [Link(intention=intention, kind="measure", code=code) for code in intention.measure_ids]
    rows += _providers(intention)
    rows += [
        Link(intention=intention, kind="borough", code=code, label=label, basis=basis)
        for code, label, basis in _boroughs(intention.place)
    ]
    return rows


def relink(intention: Intention) -> None:
    """Make the links again after the words changed."""
    intention.links.filter(kind__in=MADE_FROM_WORDS).delete()
    Link.objects.bulk_create(links_of(intention))


def _providers(intention: Intention) -> list[Link]:
    """Trusts that the intention's providers text names; trusts of the sectors that it names, as inferred."""
    names, text = held(), f" {intention.providers.lower()} "
    found: dict[str, Link] = {}
    for trust in names["trusts"]:
        if any(name.lower() in text for name in trust["named"]):
            found[trust["code"]] = Link(intention=intention, kind="provider", code=trust["code"], label=trust["name"])
    in_area = intention.place not in names["outside_area"]
    everyone = any(words in text for words in names["all_providers"])
    for sector, words in names["sectors"].items():
        if not in_area or not (everyone or any(word in text for word in words)):
            continue
        for trust in names["trusts"]:
            if sector in trust["sectors"] and trust["code"] not in found:
                found[trust["code"]] = Link(
                    intention=intention, kind="provider", code=trust["code"], label=trust["name"], basis="inferred"
                )
    return list(found.values())


def _boroughs(place: str) -> list[tuple[str, str, str]]:
    codes = held()["boroughs"]
    if place in codes:
        return [(codes[place], place, "stated")]
    inside = held()["places"].get(place, [])
    return [(codes[name], name, "inferred" if place == "West London" else "stated") for name in inside]
