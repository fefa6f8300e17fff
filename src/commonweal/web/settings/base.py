"""What holds in every setting. Values that differ by site come from the environment (names start with COMMONWEAL_).

An app of ours is any package of `commonweal.web` with an `apps.py`: it is found, not listed, so that adding one edits
no shared file.
"""

from __future__ import annotations

import os
import pkgutil
from pathlib import Path

from csp.constants import NONCE, NONE, SELF

from commonweal import web
from commonweal.store import Store
from commonweal.web.settings.databases import database_from_url

WEB = Path(web.__file__).parent
STORE = Store(Path(os.environ.get("COMMONWEAL_STORE", "store")).resolve())

SERVICE_NAME = os.environ.get("COMMONWEAL_SERVICE_NAME", "Commonweal")
NHS_SERVICE = os.environ.get("COMMONWEAL_NHS_SERVICE", "") == "yes"
"""Only an NHS service may show the NHS logo: who runs one says so; nobody else gets it by default."""
DEBUG = False
DEMO = False
"""Demonstration personas may sign in with one click. Only `demo` and `test` set it; `web.accounts.checks` holds that."""
REQUIRE_MFA = True
"""People who sign in with a password set up a second factor before they see anything else."""

ALLOWED_HOSTS = [host for host in os.environ.get("COMMONWEAL_HOSTS", "").split(",") if host]
ROOT_URLCONF = "commonweal.web.urls"
WSGI_APPLICATION = "commonweal.web.wsgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "Europe/London"
USE_TZ = True

OUR_APPS = [
    f"commonweal.web.{found.name}"
    for found in pkgutil.iter_modules(web.__path__)
    if found.ispkg and (WEB / found.name / "apps.py").exists()
]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "csp",
    "django_htmx",
    *OUR_APPS,
]

MIDDLEWARE = [
    "commonweal.web.api.middleware.WithoutCookies",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "commonweal.web.core.middleware.PageErrors",
    "commonweal.web.accounts.middleware.WhoIsAsking",
    "commonweal.web.accounts.middleware.SecondFactor",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "APP_DIRS": True,
        "OPTIONS": {
            "environment": "commonweal.web.core.jinja.environment",
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "commonweal.web.core.context.frame",
            ],
        },
    },
    {  # allauth's own messages
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    },
]

DATABASES = {"default": database_from_url(os.environ.get("COMMONWEAL_DATABASE_URL", ""), STORE.decisions)}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "limits",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}
"""Counts of attempts, in the decisions database, so that every worker and machine counts together. allauth counts in the
default cache only. So many entries because a full cache drops counts that still run: 300, the usual number, is few guesses."""

# Signing in
AUTHENTICATION_BACKENDS = [
    "commonweal.web.accounts.backends.DatedAccounts",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "core:start"
ACCOUNT_ADAPTER = "commonweal.web.accounts.adapter.StaffOnly"
SOCIALACCOUNT_ADAPTER = "commonweal.web.accounts.adapter.KnownStaffOnly"
ACCOUNT_FORMS = {"login": "commonweal.web.accounts.forms.SignIn"}
ACCOUNT_TEMPLATE_EXTENSION = "jinja"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ALLAUTH_TRUSTED_PROXY_COUNT = int(os.environ.get("COMMONWEAL_PROXIES", "0"))
"""How many proxies of one's own stand before the site: limits by address count the address that the outermost of them saw."""
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = SERVICE_NAME
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_PROVIDERS: dict[str, dict] = {}
OIDC_PROVIDES_SECOND_FACTOR = True
"""NHS CIS2 and NHSmail authenticate with two factors themselves; set COMMONWEAL_OIDC_MFA=0 where the provider does not."""
if os.environ.get("COMMONWEAL_OIDC_URL"):
    OIDC_PROVIDES_SECOND_FACTOR = os.environ.get("COMMONWEAL_OIDC_MFA", "1") == "1"
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "staff",
                "name": os.environ.get("COMMONWEAL_OIDC_NAME", "NHS CIS2"),
                "client_id": os.environ.get("COMMONWEAL_OIDC_CLIENT_ID", ""),
                "secret": os.environ.get("COMMONWEAL_OIDC_SECRET", ""),
                "settings": {
                    "server_url": os.environ["COMMONWEAL_OIDC_URL"],
                    "scope": os.environ.get("COMMONWEAL_OIDC_SCOPE", "openid profile email").split(),
                },
            }
        ],
    }

# Sessions: on a shared workstation a session ends with the browser, and after half an hour without use.
SESSION_COOKIE_NAME = "commonweal_session"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_AGE = 30 * 60
SESSION_SAVE_EVERY_REQUEST = False
SESSION_REFRESH_AFTER_SECONDS = 5 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_FAILURE_VIEW = "commonweal.web.core.failures.csrf_failed"

# Browsers
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [NONE],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True

# Uploads: a list of NHS numbers is small. A body over the limit is refused before it is read.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_NUMBER_FILES = 2
FILE_UPLOAD_HANDLERS = ["commonweal.web.core.uploads.SmallFilesOnly"]

# Files of the site
STATIC_URL = "static/"
STATICFILES_DIRS = [WEB / "static"]
STATIC_ROOT = STORE.root / "site-static"
WHITENOISE_USE_FINDERS = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = STORE.root / "outbox"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    # A path may hold a person's identifier, a query string may hold a search: neither belongs in a log.
    "filters": {"no_requests": {"()": "commonweal.web.core.logs.WithoutPersonalData"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "filters": ["no_requests"]}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"django.request": {"handlers": ["console"], "level": "ERROR", "propagate": False}},
}

AUDIT_WITNESS = STORE.root / "audit-links.log"
"""Where the audit's last links are written down outside the database; None keeps none. See `web.audit.witness`."""

# What the site chooses for itself: these are configuration, not national rules.
EMERGENCY_ACCESS_MINUTES = int(os.environ.get("COMMONWEAL_EMERGENCY_ACCESS_MINUTES", "60"))
FINDS_AN_HOUR = int(os.environ.get("COMMONWEAL_FINDS_AN_HOUR", "60"))
"""How many people one member of staff may search for in an hour, found or not."""
FILES_AN_HOUR = int(os.environ.get("COMMONWEAL_FILES_AN_HOUR", "6"))
"""How many files of NHS numbers one member of staff may send in an hour."""
API_TOKEN_DAYS = int(os.environ.get("COMMONWEAL_API_TOKEN_DAYS", "90"))
"""How long a token of the API may hold at most. More than 90 is taken as 90."""
API_CALLS_A_MINUTE = int(os.environ.get("COMMONWEAL_API_CALLS_A_MINUTE", "60"))
"""How many calls one token may make in a minute, whichever process answers."""
