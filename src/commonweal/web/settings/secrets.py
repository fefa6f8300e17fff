"""Secrets that a machine keeps for itself."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def secret_kept_in(path: Path) -> str:
    """The secret in `path`, made there the first time, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        secret = secrets.token_urlsafe(50)
        file.write(secret)
    return secret
