"""One machine, invented people, personas that anyone at the keyboard may use. Refuses a store that is not invented."""

from __future__ import annotations

from commonweal.web.settings.base import *  # noqa: F403
from commonweal.web.settings.base import STORE
from commonweal.web.settings.secrets import secret_kept_in

DEMO = True
REQUIRE_MFA = False
SECRET_KEY = secret_kept_in(STORE.keys / "site-demo.key")
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
