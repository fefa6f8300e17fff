"""The release that serves. Nothing in the site opens a release any other way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from commonweal.errors import NotReady

if TYPE_CHECKING:
    from commonweal.engine.serving import Reader, ReleaseInfo


def reader(purpose: str) -> Reader:
    """The current release for `purpose`, read-only. Raises `NotReady` where nothing has been released."""
    from commonweal.engine.serving import open_reader

    return open_reader(settings.STORE, purpose)


def mark() -> ReleaseInfo | None:
    """The current release for the foot of each page; None where there is none, so that sign-in still works."""
    try:
        return reader("planning").release()
    except (NotReady, ImportError, OSError):
        return None
