from commonweal.web.accounts.roles import ROLES
from commonweal.web.core.permissions import Capability

WHO_ANSWERS = ("practice_manager", "pcn_lead", "analyst", "clinician", "care_coordinator")

CAPABILITIES = (
    Capability("trust.read", "read definitions, releases and data quality", tuple(ROLES)),
    Capability("trust.answer", "answer back about data quality", WHO_ANSWERS),
)
