"""The roles, in words that staff see. A role is what somebody comes to do; capabilities name the roles that hold them.

An organisation's local mapping from national role codes (SDS) to these roles is configuration of the site.
"""

from __future__ import annotations

from typing import ClassVar


class Role:
    """One way of working here."""

    id: ClassVar[str]
    title: ClassVar[str]
    description: ClassVar[str]
    organisation_kinds: ClassVar[tuple[str, ...]]
    """The kinds of organisation at which somebody can hold it."""


class Clinician(Role):
    id = "clinician"
    title = "Clinician"
    description = (
        "Sees the people they care for, why each is on a list, and records what was done. "
        "Cannot see anyone with whom there is no relationship, unless they give a reason."
    )
    organisation_kinds = ("practice", "pcn", "neighbourhood", "trust", "local_authority")


class CareCoordinator(Role):
    id = "care_coordinator"
    title = "Care coordinator"
    description = (
        "Works through lists for a practice or network: invites, assigns, defers and records outcomes. "
        "Sees the people of their own organisation."
    )
    organisation_kinds = ("practice", "pcn", "neighbourhood", "trust", "local_authority")


class PracticeManager(Role):
    id = "practice_manager"
    title = "Practice manager"
    description = "Sees how the practice does, answers questions about its data, and oversees its lists."
    organisation_kinds = ("practice",)


class NetworkLead(Role):
    id = "pcn_lead"
    title = "PCN lead"
    description = "Sees how the network's practices vary, and the network's lists, to decide where to help."
    organisation_kinds = ("pcn", "neighbourhood")


class PlaceLead(Role):
    id = "place_lead"
    title = "Place lead"
    description = "Sees how networks and practices of a borough vary, in numbers only."
    organisation_kinds = ("borough",)


class Commissioner(Role):
    id = "commissioner"
    title = "Commissioner"
    description = "Keeps intentions, schemes and targets, and sees measures across the system, in numbers only."
    organisation_kinds = ("icb", "borough")


class Finance(Role):
    id = "finance"
    title = "Finance and contract lead"
    description = "Compares plan with actual by provider and point of delivery, and forecasts, in numbers only."
    organisation_kinds = ("icb",)


class Analyst(Role):
    id = "analyst"
    title = "Analyst"
    description = "Studies definitions, data quality and measures, in numbers only."
    organisation_kinds = ("icb", "borough", "pcn", "trust")


class Researcher(Role):
    id = "researcher"
    title = "Researcher"
    description = "Counts how many people a study could include. Never sees a person."
    organisation_kinds = ("icb", "trust", "university")


class GovernanceLead(Role):
    id = "ig_lead"
    title = "Information governance lead"
    description = "Reads the audit, reviews emergency access, and answers who looked at whom. Sees no clinical record."
    organisation_kinds = ("icb", "trust", "practice", "pcn", "local_authority")


class SafetyOfficer(Role):
    id = "safety_officer"
    title = "Clinical safety officer"
    description = "Reads hazards, definitions and releases, and how lists are used. Sees no clinical record."
    organisation_kinds = ("icb", "trust")


class Scrutiny(Role):
    id = "scrutiny"
    title = "Scrutiny member"
    description = "Reads what is changing and what happened, in published numbers."
    organisation_kinds = ("local_authority", "borough", "icb")


class Administrator(Role):
    id = "administrator"
    title = "Administrator"
    description = "Adds people, gives and ends roles. Sees no record and no audit."
    organisation_kinds = ("icb", "trust", "practice", "pcn", "local_authority")


ROLES: dict[str, type[Role]] = {
    role.id: role
    for role in (
        Clinician, CareCoordinator, PracticeManager, NetworkLead, PlaceLead, Commissioner, Finance, Analyst,
        Researcher, GovernanceLead, SafetyOfficer, Scrutiny, Administrator,
    )
}  # fmt: skip
