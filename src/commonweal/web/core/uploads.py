"""Files that people send: small, held in memory, read as text, never unpacked."""

from __future__ import annotations

from django.core.files.uploadhandler import MemoryFileUploadHandler, StopUpload

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
            raise StopUpload(connection_reset=False)
        return super().receive_data_chunk(raw_data, start)
