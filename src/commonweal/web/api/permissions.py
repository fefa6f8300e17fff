from commonweal.web.accounts.roles import ROLES
from commonweal.web.core.permissions import Capability

CAPABILITIES = (
    Capability("api.use", "make tokens by which a program reads what they may read", tuple(ROLES)),
)  # fmt: skip
