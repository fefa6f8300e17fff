from commonweal.web.core.permissions import Capability

CAPABILITIES = (
    Capability("people.look", "look at people they care for", ("clinician", "care_coordinator")),
    Capability("people.plan", "write and review care plans with people they care for", ("clinician",)),
    Capability(
        "people.note_preference",
        "write down what people whom they care for want",
        ("clinician", "care_coordinator"),
    ),
    Capability("people.break_glass", "look at somebody without a relationship, giving the reason", ("clinician",)),
    Capability("people.review_access", "review looks without a relationship", ("ig_lead",)),
    Capability("people.answer_corrections", "answer requests to correct the record", ("practice_manager", "ig_lead")),
)
