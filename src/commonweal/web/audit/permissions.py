from commonweal.web.core.permissions import Capability

CAPABILITIES = (Capability("audit.read", "read the audit", ("ig_lead",)),)
