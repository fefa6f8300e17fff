"""The decisions database from one URL: SQLite in the store, or PostgreSQL."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from commonweal.errors import BadInput


def database_from_url(url: str, embedded: Path) -> dict:
    """Django's database settings for `url`; SQLite at `embedded` where it is empty.

    ``postgresql://user:password@host:port/name`` and ``postgresql://user@/name?host=/socket/folder`` are understood.
    """
    if not url:
        return sqlite(embedded)
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise BadInput(
            "the database URL is not understood",
            where="COMMONWEAL_DATABASE_URL",
            value=parts.scheme,
            remedy="use postgresql://user:password@host:5432/name, or leave it empty for SQLite",
        )
    host = parse_qs(parts.query).get("host", [parts.hostname or ""])[0]
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
    }


def sqlite(path: Path) -> dict:
    """SQLite for one machine: readers never wait for the writer, and writers wait for each other up to 20 seconds."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        },
    }
