"""Who may do what with plans. Signing for each side is split between two people by policy, not only by role."""

from commonweal.web.core.permissions import Capability

READERS = (
    "commissioner", "finance", "analyst", "place_lead", "pcn_lead", "practice_manager", "safety_officer", "scrutiny",
    "clinician", "care_coordinator",
)  # fmt: skip

CAPABILITIES = (
    Capability("commissioning.see", "see intentions, targets and impact", READERS),
    Capability("commissioning.edit", "write intentions, targets and responses", ("commissioner",)),
    Capability("commissioning.act", "sign, give notice and record outcomes", ("commissioner", "finance")),
    Capability("commissioning.procure", "work on procurements and contracts", ("commissioner", "finance")),
    Capability("commissioning.publish", "publish or withdraw papers", ("commissioner",)),
)
