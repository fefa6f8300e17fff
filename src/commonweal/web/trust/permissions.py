from commonweal.web.accounts.roles import ROLES
from commonweal.web.core.permissions import Capability

WHO_ANSWERS = ("practice_manager", "pcn_lead", "analyst", "clinician", "care_coordinator")

CAPABILITIES = (
    Capability("trust.read", "read definitions, releases and data quality", tuple(ROLES)),
    Capability(
        "trust.quality",
        "see data quality by practice",
        tuple(role for role in ROLES if role not in {"scrutiny", "researcher"}),
    ),
    Capability("trust.answer", "answer back about data quality", WHO_ANSWERS),
)
