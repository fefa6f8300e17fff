"""A real service: TLS, two factors, no personas. Every secret comes from the environment; a missing one stops the start."""

from __future__ import annotations

import os

from django.core.exceptions import ImproperlyConfigured

from commonweal.web.settings.base import *  # noqa: F403
from commonweal.web.settings.base import ALLOWED_HOSTS

SECRET_KEY = os.environ.get("COMMONWEAL_SECRET_KEY", "")
if len(SECRET_KEY) < 50:
    raise ImproperlyConfigured("set COMMONWEAL_SECRET_KEY to a random text of at least 50 characters")
if not ALLOWED_HOSTS:
    raise ImproperlyConfigured("set COMMONWEAL_HOSTS to the names that this site answers to, separated by commas")

CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS]
SECURE_SSL_REDIRECT = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-commonweal_session"
CSRF_COOKIE_NAME = "__Host-commonweal_csrf"

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = os.environ.get("COMMONWEAL_SMTP_HOST", "localhost")
