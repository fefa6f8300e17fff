"""Files of a store are for the account that runs the service, and for nobody else on the machine.

Landed files, serving files and the decisions database hold people as much as identities do: a store copied to a shared
machine must not be a library.
"""

from __future__ import annotations

import os

OWNER_ONLY = 0o077
"""Bits of a mode that no file or folder of a store has."""


def keep_private() -> None:
    """What this process makes from now on, only its owner may read. A stricter mask of the process stays as it is."""
    os.umask(os.umask(OWNER_ONLY) | OWNER_ONLY)
