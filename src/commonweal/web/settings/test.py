"""For the test suite: a database and a store of its own, files served as they lie, cheap passwords."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from commonweal.web.settings.base import *  # noqa: F403
from commonweal.web.settings.base import CONTENT_SECURITY_POLICY as CONTENT_SECURITY_POLICY
from commonweal.web.settings.databases import database_from_url

DEMO = True
REQUIRE_MFA = False
SECRET_KEY = "only for tests; production refuses to start without its own secret"  # noqa: S105
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
DATABASES = {
    "default": database_from_url(
        os.environ.get("COMMONWEAL_TEST_DATABASE_URL", ""), Path(tempfile.gettempdir()) / "commonweal-test.sqlite"
    )
}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
"""One process, and many tests without a database; `test_web_limits.py` tries the shared cache of the site."""
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
AUDIT_WITNESS = None
"""Each test has a database of its own, and no file that outlives it."""
