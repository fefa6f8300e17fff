"""Errors that a user can act on, and the exit codes of the command line.

Each says what happened, where, the value, and what to do. None holds personal data: a value that identifies someone is
named by its place (file and record), never shown.
"""

from __future__ import annotations

import errno
from enum import IntEnum


class ExitCode(IntEnum):
    """Documented exit codes of every command."""

    meaning: str

    OK = 0, "Done."
    PROBLEMS_FOUND = 1, "The command ran and found problems that it was asked to look for (a check, a gate)."
    BAD_USAGE = 2, "The command was written wrongly."
    BAD_INPUT = 3, "A file, name or value that cannot be used; the other files of a delivery are loaded."
    NOT_READY = 4, "Something must be done first, or is not in this store: nothing loaded, no such release."
    NOT_ALLOWED = 5, "The purpose or the person's role does not allow it, or there is no such purpose."
    BUSY = 6, "Another process holds the store."
    FAILED = 7, "The machine failed: disk full, killed."

    def __new__(cls, value: int, meaning: str) -> ExitCode:
        member = int.__new__(cls, value)
        member._value_, member.meaning = value, meaning
        return member


class CommonwealError(Exception):
    """A failure with a remedy. Shown without a traceback."""

    exit_code = ExitCode.FAILED

    def __init__(self, message: str, *, where: str = "", value: object = None, remedy: str = "") -> None:
        super().__init__(message)
        self.message, self.where, self.value, self.remedy = message, where, value, remedy

    def __str__(self) -> str:
        parts = [self.message]
        if self.where:
            parts.append(f"where: {self.where}")
        if self.value is not None:
            parts.append(f"value: {self.value!r}")
        if self.remedy:
            parts.append(f"what to do: {self.remedy}")
        return "\n  ".join(parts)


class BadInput(CommonwealError):
    """A file or value that cannot be used."""

    exit_code = ExitCode.BAD_INPUT


class NotReady(CommonwealError):
    """Something must be done first."""

    exit_code = ExitCode.NOT_READY


class NotAllowed(CommonwealError):
    """The purpose or the role does not allow it."""

    exit_code = ExitCode.NOT_ALLOWED


def machine_failure(error: BaseException, where: str = "") -> CommonwealError | None:
    """What to say where the machine failed, not the input: a full disk, too little memory. None for any other error.

    A database's message may hold a value of a row, so none is repeated.
    """
    kinds = {kind.__name__ for kind in type(error).__mro__ if kind.__module__ in ("duckdb", "_duckdb", "sqlite3")}
    text = str(error)
    if "OutOfMemoryException" in kinds or isinstance(error, MemoryError):
        return CommonwealError(
            "there was not enough memory, or not enough disk for what does not fit in it; nothing was published",
            where=where,
            remedy="free space, or give more with --memory where the command takes it, then run the same command again; "
            "nothing is doubled",
        )
    refused = "OperationalError" in kinds and ("full" in text or "disk I/O" in text or "unable to open" in text)
    written = ("No space", "disk", "File too large", "rite", "quota")
    committing = "TransactionException" in kinds and "Failed to commit" in text
    torn = (committing or kinds & {"IOException", "FatalException"}) and any(word in text for word in written)
    if refused or torn or (isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)):
        return CommonwealError(
            "the disk is full or refused a write; nothing was published and the last release still serves",
            where=where,
            remedy="free space, then run the same command again: it starts afresh and doubles nothing",
        )
    return None


class Busy(CommonwealError):
    """Another process holds the store."""

    exit_code = ExitCode.BUSY
