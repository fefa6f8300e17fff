"""Errors that a user can act on, and the exit codes of the command line.

Each says what happened, where, the value, and what to do. None holds personal data: a value that identifies someone is
named by its place (file and record), never shown.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Documented exit codes of every command."""

    meaning: str

    OK = 0, "Done."
    PROBLEMS_FOUND = 1, "The command ran and found problems that it was asked to look for (a check, a gate)."
    BAD_USAGE = 2, "The command was written wrongly."
    BAD_INPUT = 3, "A file or a value that cannot be used."
    NOT_READY = 4, "Something must be done first: no release yet, no such definition."
    NOT_ALLOWED = 5, "The purpose or the person's role does not allow it."
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


class Busy(CommonwealError):
    """Another process holds the store."""

    exit_code = ExitCode.BUSY
