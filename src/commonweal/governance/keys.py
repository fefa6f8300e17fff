"""Secret keys: one for each use, from the environment or from the store's ``keys`` folder.

A key file holds one line a version, ``<version>:<64 hexadecimal digits>``; the last line is the current key and the
earlier ones stay, so that tokens made before a rotation can still be followed. The environment variable
``COMMONWEAL_KEY_<NAME>`` holds the same text (lines or commas between versions) and wins over the file, for sites that
keep keys in a vault. A file that others may read is refused.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from commonweal.errors import BadInput, NotAllowed

KEY_BYTES = 32
SUBJECT = "subject"
"""Makes subject and row keys. Rotating it would orphan every link, so `KeyRing.rotate` refuses."""
NOISE = "noise"
"""Makes the noise of planning's free filters; rotating it would let two answers be averaged."""
PERMANENT = frozenset({SUBJECT, NOISE})

_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
_LINE = re.compile(r"(\d{1,6}):([0-9a-fA-F]{64})")


@dataclass(frozen=True)
class Key:
    """One version of one key. Its secret is left out of `repr`, so that no log or traceback shows it."""

    name: str
    version: int
    secret: bytes = field(repr=False)


@dataclass(frozen=True)
class KeyRing:
    """The keys of one store. Makes a key at its first use."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)

    def key(self, name: str, version: int | None = None) -> Key:
        """The current key called `name`, or one `version` of it; made with mode 0600 when there is none yet."""
        versions = self.versions(name)
        if version is None:
            return versions[-1]
        for key in versions:
            if key.version == version:
                return key
        raise BadInput(
            f"there is no version {version} of the {name} key", remedy="restore the key file from its backup"
        )

    def versions(self, name: str) -> tuple[Key, ...]:
        """Every version of the key, oldest first."""
        text = self.environment.get(f"COMMONWEAL_KEY_{_checked(name).upper()}")
        if text is not None:
            return _parse(name, text, f"environment variable COMMONWEAL_KEY_{name.upper()}")
        path = self._path(name)
        if not path.exists():
            self._create(path, f"1:{secrets.token_hex(KEY_BYTES)}\n")
        _refuse_if_exposed(path)
        return _parse(name, path.read_text(), path.name)

    def rotate(self, name: str) -> Key:
        """Add a version, which becomes the current one. Tokens made from now on differ from earlier ones."""
        if name in PERMANENT:
            raise NotAllowed(
                f"the {name} key cannot be rotated: it would break every stored key", remedy="rebuild the store instead"
            )
        if f"COMMONWEAL_KEY_{_checked(name).upper()}" in self.environment:
            raise NotAllowed(f"the {name} key comes from the environment", remedy="rotate it where it is kept")
        versions = self.versions(name)
        lines = [f"{key.version}:{key.secret.hex()}\n" for key in versions]
        lines.append(f"{versions[-1].version + 1}:{secrets.token_hex(KEY_BYTES)}\n")
        temporary = self._path(name).with_suffix(f".{os.getpid()}.new")
        self._write(temporary, "".join(lines))
        temporary.replace(self._path(name))
        return self.key(name)

    def _path(self, name: str) -> Path:
        return self.folder / f"{_checked(name)}.key"

    def _create(self, path: Path, text: str) -> None:
        """Write a new file so that of two processes at once one wins and both read the winner's key."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = path.with_suffix(f".{os.getpid()}.{secrets.token_hex(4)}.new")
        self._write(temporary, text)
        try:
            os.link(temporary, path)
        except FileExistsError:
            pass
        finally:
            temporary.unlink()

    @staticmethod
    def _write(path: Path, text: str) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as handle:
            handle.write(text)
            handle.flush()
            os.fsync(handle.fileno())


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise BadInput("a key's name is lower case letters, digits and underscores", value=name)
    return name


def _refuse_if_exposed(path: Path) -> None:
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise NotAllowed(
            "a key file can be read by others", where=path.name, remedy=f"chmod 600 {path.name}, then rotate the key"
        )


def _parse(name: str, text: str, where: str) -> tuple[Key, ...]:
    keys = []
    for line in re.split(r"[\n,]+", text.strip()):
        match = _LINE.fullmatch(line.strip())
        if match is None:
            raise BadInput(
                "a key cannot be read", where=where, remedy="each version is <number>:<64 hexadecimal digits>"
            )
        keys.append(Key(name, int(match[1]), bytes.fromhex(match[2])))
    if [key.version for key in keys] != sorted({key.version for key in keys}):
        raise BadInput("key versions must rise", where=where, remedy="put the newest version last")
    return tuple(keys)
