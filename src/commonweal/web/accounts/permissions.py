from commonweal.web.core.permissions import Capability

CAPABILITIES = (Capability("accounts.manage", "add people or change their roles", ("administrator",)),)
