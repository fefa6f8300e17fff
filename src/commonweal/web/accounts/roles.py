"""The roles, in words that staff see. A role is what somebody comes to do; capabilities name the roles that hold them.

An organisation's local mapping from national role codes (SDS) to these roles is configuration of the site.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Role:
    """One way of working here. `description` is what staff read of it; `organisation_kinds` where somebody can hold it."""

    id: str
    title: str
    description: str
    organisation_kinds: tuple[str, ...]


_ROLES = (
    Role(
        "clinician",
        "Clinician",
        "Sees the people they care for, why each is on a list, and records what was done. "
        "Cannot see anyone with whom there is no relationship, unless they give a reason.",
        ("practice", "pcn", "neighbourhood", "trust", "local_authority"),
    ),
    Role(
        "care_coordinator",
        "Care coordinator",
        "Works through lists for a practice or network: invites, assigns, defers and records outcomes. "
        "Sees the people of their own organisation.",
        ("practice", "pcn", "neighbourhood", "trust", "local_authority"),
    ),
    Role(
        "practice_manager",
        "Practice manager",
        "Sees how the practice does, answers questions about its data, and oversees its lists.",
        ("practice",),
    ),
    Role(
        "pcn_lead",
        "PCN lead",
        "Sees how the network's practices vary, and the network's lists, to decide where to help.",
        ("pcn", "neighbourhood"),
    ),
    Role(
        "place_lead",
        "Place lead",
        "Sees how networks and practices of a borough vary, in numbers only.",
        ("borough",),
    ),
    Role(
        "commissioner",
        "Commissioner",
        "Keeps intentions, schemes and targets, and sees measures across the system, in numbers only.",
        ("icb", "borough"),
    ),
    Role(
        "finance",
        "Finance and contract lead",
        "Compares plan with actual by provider and point of delivery, and forecasts, in numbers only.",
        ("icb",),
    ),
    Role(
        "analyst",
        "Analyst",
        "Studies definitions, data quality and measures, in numbers only.",
        ("icb", "borough", "pcn", "trust"),
    ),
    Role(
        "researcher",
        "Researcher",
        "Counts how many people a study could include. Never sees a person.",
        ("icb", "trust", "university"),
    ),
    Role(
        "ig_lead",
        "Information governance lead",
        "Reads the audit, reviews emergency access, and answers who looked at whom. Sees no clinical record.",
        ("icb", "trust", "practice", "pcn", "local_authority"),
    ),
    Role(
        "safety_officer",
        "Clinical safety officer",
        "Reads hazards, definitions and releases, and how lists are used. Sees no clinical record.",
        ("icb", "trust"),
    ),
    Role(
        "scrutiny",
        "Scrutiny member",
        "Reads what is changing and what happened, in published numbers.",
        ("local_authority", "borough", "icb"),
    ),
    Role(
        "administrator",
        "Administrator",
        "Adds people, gives and ends roles. Sees no record and no audit.",
        ("icb", "trust", "practice", "pcn", "local_authority"),
    ),
)
ROLES: dict[str, Role] = {role.id: role for role in _ROLES}
