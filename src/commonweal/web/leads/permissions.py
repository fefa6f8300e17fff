from commonweal.web.core.permissions import Capability

SEE = (
    "clinician", "care_coordinator", "practice_manager", "pcn_lead", "place_lead", "commissioner", "finance", "analyst",
    "safety_officer",
)  # fmt: skip

CAPABILITIES = (
    Capability("measures.see", "see measures and how they vary, in numbers", SEE),
    Capability("measures.keep", "keep groups of practices and views of their own, and share them", SEE),
    Capability(
        "measures.rebase",
        "start the limits of a control chart again, with the reason",
        ("pcn_lead", "place_lead", "commissioner", "analyst"),
    ),
)
