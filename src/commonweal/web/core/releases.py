"""The release that serves. Nothing in the site opens a release any other way."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from django.conf import settings

from commonweal.errors import NotReady

if TYPE_CHECKING:
    from commonweal.engine.serve_file import ReleaseInfo
    from commonweal.engine.serving import Reader
    from commonweal.store import Store


def reader(purpose: str) -> Reader:
    """The current release for `purpose`, read-only. Raises `NotReady` where nothing has been released."""
    from commonweal.engine.serving import open_reader

    return open_reader(settings.STORE, purpose)


def mark() -> ReleaseInfo | None:
    """The current release for the foot of each page; None where there is none, so that sign-in still works."""
    from commonweal.engine.serving import current_release

    try:
        return _info(settings.STORE, current_release(settings.STORE))
    except (NotReady, OSError):
        return None


@lru_cache(maxsize=8)
def _info(store: Store, release_id: str) -> ReleaseInfo:
    """A release never changes: what it is, is read once."""
    from commonweal.engine.serving import open_reader

    return open_reader(store, "planning", release_id).release()
