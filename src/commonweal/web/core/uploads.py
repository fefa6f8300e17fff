"""Files that people send: small, held in memory, read as text, never unpacked."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms
from django.core.files.uploadhandler import MemoryFileUploadHandler, StopUpload
from django.http import HttpRequest

LIMIT_BYTES = 1024 * 1024


class SmallFilesOnly(MemoryFileUploadHandler):
    """Stop reading as soon as a file passes the limit; nothing is written to disk and nothing is decompressed."""

    def handle_raw_input(self, *args, **kwargs) -> None:
        super().handle_raw_input(*args, **kwargs)
        self.activated = True
        self.received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self.received += len(raw_data)
        if self.received > LIMIT_BYTES:
            self.request.upload_too_large = True  # type: ignore[attr-defined]
            raise StopUpload(connection_reset=False)
        return super().receive_data_chunk(raw_data, start)


def say_if_too_large(request: HttpRequest, form: forms.Form, field: str, *, instead_of: Sequence[str] = ()) -> None:
    """Say of a file that was not read to its end that it is too large: what the form says without it would mislead.

    `instead_of` are other fields whose errors only tell that the file was missed.
    """
    if not getattr(request, "upload_too_large", False):
        return
    for name in (field, *instead_of):
        form.errors.pop(name, None)
    form.add_error(field, f"The file is larger than {LIMIT_BYTES // 1024 // 1024} MB. Send less of it at a time")
