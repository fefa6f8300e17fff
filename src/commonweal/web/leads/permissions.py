from commonweal.web.core.permissions import Capability

CAPABILITIES = (
    Capability(
        "measures.see",
        "see measures and how they vary, in numbers",
        (
            "clinician", "care_coordinator", "practice_manager", "pcn_lead", "place_lead", "commissioner", "finance",
            "analyst", "safety_officer",
        ),
    ),
)  # fmt: skip
