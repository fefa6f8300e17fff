from commonweal.web.core.permissions import Capability

CAPABILITIES = (
    Capability("lists.work", "see and work through lists of people", ("clinician", "care_coordinator")),
    Capability(
        "lists.oversee",
        "see which lists there are and how each is going, in numbers",
        ("clinician", "care_coordinator", "practice_manager", "pcn_lead"),
    ),
)
