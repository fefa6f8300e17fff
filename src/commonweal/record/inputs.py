"""Opening what arrives: files, folders, gzip and zip, kept by content hash, with every unsafe shape refused by name.

`open_arrivals` yields one `Arrival` for each readable file (a zip member counts as a file) and one `Refusal` for each
that cannot be used; nothing stops the other files of the delivery.
"""

from __future__ import annotations

import codecs
import fcntl
import gzip
import hashlib
import os
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from queue import Queue
from typing import BinaryIO

from commonweal.errors import BadInput
from commonweal.store import Store

CHUNK = 1 << 18
COPY_STEP = 1 << 26
UNFINISHED = (".part", ".partial", ".filepart", ".tmp", ".crdownload", ".download", ".!ut")
"""Names that copying programs give a file until it is whole."""


@dataclass(frozen=True)
class Limits:
    """How large a file may become when it is unpacked."""

    unpacked_bytes: int = 64 << 30
    ratio: int = 400
    """Unpacked to packed, above which a file larger than `ratio_from` is taken for a bomb."""
    ratio_from: int = 128 << 20
    members: int = 20_000


@dataclass(frozen=True)
class Arrival:
    """One file, landed and ready to read."""

    file: str
    """Its name, as people know it."""
    member: str
    """Its path within a zip; empty otherwise."""
    sha256: str
    """Of the file that arrived (of the zip, for a member)."""
    path: Path
    """Plain bytes: the landed file, or its unpacked copy."""
    bytes: int
    ends_with_newline: bool
    utf8: bool = True
    """Whether all of it is UTF-8."""

    @property
    def label(self) -> str:
        return f"{self.file} / {self.member}" if self.member else self.file


@dataclass(frozen=True)
class Refusal:
    """A file that cannot be used, and why."""

    file: str
    error: BadInput


@dataclass
class _Tally:
    """What is learnt in the one pass over a file's plain bytes."""

    bytes: int = 0
    last: bytes = b""
    utf8: bool = True
    _decoder: codecs.IncrementalDecoder = field(default_factory=codecs.getincrementaldecoder("utf-8"))
    _pending: bool = False
    """Whether the last chunk ended within a character."""

    def add(self, chunk: bytes) -> None:
        # Most files are ASCII, which is a tenth of the work to see.
        if self.utf8 and (self._pending or not chunk.isascii()):
            try:
                self._decoder.decode(chunk)
                self._pending = bool(self._decoder.getstate()[0])
            except UnicodeDecodeError:
                self.utf8 = False
        self.bytes += len(chunk)
        self.last = chunk[-1:]


def open_arrivals(
    paths: Sequence[Path], store: Store, scratch: Path, limits: Limits = Limits()
) -> Iterator[Arrival | Refusal]:
    """Land each file under ``landed/<sha256>/`` and yield what can be read from it."""
    for path in expand(paths):
        if path.is_symlink() and not any(path.resolve().is_relative_to(given.resolve()) for given in paths):
            where_to = BadInput(
                "a link that leads out of its folder",
                where=path.name,
                remedy="put the file itself into the folder, or name the file that the link leads to",
            )
            yield Refusal(path.name, where_to)
            continue
        try:
            yield from _open(path, store, scratch, limits)
        except BadInput as error:
            yield Refusal(path.name, error)
        except PermissionError:
            yield Refusal(
                path.name, BadInput("the file cannot be read", where=path.name, remedy="give this user read permission")
            )


def ends_with_newline(path: Path) -> bool:
    """Whether the last line of a text file is ended."""
    with path.open("rb") as handle:
        handle.seek(max(0, path.stat().st_size - 1))
        return handle.read() == b"\n"


def expand(paths: Iterable[Path]) -> Iterator[Path]:
    """The files named, and those in the folders named, in order of name. Raises `BadInput` for a path that is not there."""
    for path in paths:
        if path.is_dir():
            inside = sorted(found for found in path.rglob("*") if found.is_file() and not found.name.startswith("."))
            if not inside:
                raise BadInput(
                    "the folder holds no files", where=path.name, remedy="name the folder that the files are in"
                )
            yield from inside
        elif path.exists():
            yield path
        else:
            raise BadInput("no such file or folder", where=path.name, remedy="check the path")


def _open(path: Path, store: Store, scratch: Path, limits: Limits) -> Iterator[Arrival | Refusal]:
    if path.name.lower().endswith(UNFINISHED):
        raise BadInput(
            "the file is still being copied",
            where=path.name,
            remedy="wait until the copy has its final name, then run this again",
        )
    sha256, landed, tally = land(path, store)
    with landed.open("rb") as handle:
        start = handle.read(4)
    if start[:4] == b"PK\x03\x04" or start[:4] == b"PK\x05\x06":
        yield from _members(path.name, sha256, landed, scratch, limits)
    elif start[:2] == b"\x1f\x8b":
        plain = scratch / f"{sha256[:16]}.plain"
        with gzip.open(landed, "rb") as packed:
            tally = _unpack(packed, plain, path.name, landed.stat().st_size, limits)  # type: ignore[arg-type]
        yield Arrival(path.name, "", sha256, plain, tally.bytes, tally.last == b"\n", tally.utf8)
    else:
        if start == b"" or tally.bytes == 0:
            raise BadInput("the file is empty", where=path.name, remedy="ask the sender for the file again")
        yield Arrival(path.name, "", sha256, landed, tally.bytes, tally.last == b"\n", tally.utf8)


def land(path: Path, store: Store) -> tuple[str, Path, _Tally]:
    """Copy a file into the store under its content hash; nothing happens where it is held already.

    Raises `BadInput` when the file is being written, or changes while it is read.
    """
    store.landed.mkdir(parents=True, exist_ok=True)
    temporary = store.landed / f".arriving.{os.getpid()}"
    tally, digest = _Tally(), hashlib.sha256()
    growing = BadInput(
        "the file is still being written",
        where=path.name,
        remedy="wait until the sender has finished, then run this again",
    )
    try:
        with path.open("rb") as source, temporary.open("w+b") as copy:
            if _open_for_writing(source):
                raise growing
            before = os.fstat(source.fileno())
            # What is hashed is what is held, whatever happens to the sender's file.
            for chunk in _copied(source, copy):
                digest.update(chunk)
                tally.add(chunk)
            after = path.stat()
            if (before.st_size, before.st_mtime_ns) != (
                after.st_size,
                after.st_mtime_ns,
            ) or tally.bytes != after.st_size:
                raise growing
        sha256 = digest.hexdigest()
        folder = store.landed / sha256
        held = (
            next((found for found in folder.glob("*") if not found.name.startswith(".")), None)
            if folder.exists()
            else None
        )
        if held is not None and held.stat().st_size == tally.bytes:
            return sha256, held, tally
        folder.mkdir(exist_ok=True)
        final = folder / path.name
        temporary.chmod(0o400)
        temporary.replace(final)
        return sha256, final, tally
    finally:
        temporary.unlink(missing_ok=True)


def _copied(source: BinaryIO, copy: BinaryIO) -> Iterator[bytes]:
    """Copy a whole file and flush it to disk, while the copy is read behind: yields what it holds, in order."""
    done: Queue[int] = Queue()
    with ThreadPoolExecutor(1, "copy") as pool:
        copying = pool.submit(_copy, source, copy, done.put)
        place = 0
        while (copied := done.get()) >= 0:
            while place < copied and (chunk := os.pread(copy.fileno(), min(CHUNK, copied - place), place)):
                yield chunk
                place += len(chunk)
        copying.result()


def _copy(source: BinaryIO, copy: BinaryIO, done: Callable[[int], None]) -> None:
    """Copy a whole file, within the kernel where the system can; says how far it has come, and -1 at the end."""
    place = 0
    try:
        try:
            while step := os.copy_file_range(source.fileno(), copy.fileno(), COPY_STEP):
                place += step
                done(place)
        except (AttributeError, OSError):  # another system, or between two kinds of disk; a full disk fails again below
            source.seek(place)
            copy.seek(place)
            while chunk := source.read(CHUNK):
                copy.write(chunk)
                copy.flush()
                place += len(chunk)
                done(place)
        os.fsync(copy.fileno())
    finally:
        done(-1)


def _open_for_writing(handle: BinaryIO) -> bool:
    """Whether another process has the file open for writing: Linux refuses a read lease then. Unknown counts as no."""
    if not hasattr(fcntl, "F_SETLEASE"):
        return False
    try:
        fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    fcntl.fcntl(handle, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False


def _members(file: str, sha256: str, landed: Path, scratch: Path, limits: Limits) -> Iterator[Arrival | Refusal]:
    remedy = "ask the sender for the archive again"
    try:
        archive = zipfile.ZipFile(landed)
    except (zipfile.BadZipFile, OSError):
        raise BadInput("the zip is damaged or not whole", where=file, remedy=remedy) from None
    with archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        if len(entries) > limits.members:
            raise BadInput(
                "the zip holds too many files",
                where=file,
                value=len(entries),
                remedy="send fewer files in each archive",
            )
        for entry in entries:
            name = PurePosixPath(entry.filename.replace("\\", "/"))
            if name.is_absolute() or ".." in name.parts or ":" in name.parts[0]:
                raise BadInput(
                    "the zip holds a path that climbs out of its folder", where=file, value=entry.filename,
                    remedy="do not open this archive; ask the sender how it was made",
                )  # fmt: skip
        total = sum(entry.file_size for entry in entries)
        _check_size(total, sum(entry.compress_size for entry in entries), file, limits)
        wanted = [entry for entry in entries if not _clutter(entry.filename)]
        if not wanted:
            raise BadInput("the zip holds no files", where=file, remedy=remedy)
        for place, entry in enumerate(wanted):
            plain = scratch / f"{sha256[:16]}.{place}"
            try:
                if entry.flag_bits & 1:
                    raise BadInput("the zip is encrypted", where=file, remedy="decrypt it before landing it")
                with archive.open(entry) as packed:
                    tally = _unpack(packed, plain, f"{file} / {entry.filename}", entry.compress_size, limits)  # type: ignore[arg-type]
            except BadInput as error:
                yield Refusal(f"{file} / {entry.filename}", error)
                continue
            with plain.open("rb") as handle:
                start = handle.read(4)
            if start[:4] == b"PK\x03\x04" or start[:2] == b"\x1f\x8b":
                error = BadInput(
                    "an archive inside an archive",
                    where=f"{file} / {entry.filename}",
                    remedy="unpack it once and land what is inside",
                )
                yield Refusal(f"{file} / {entry.filename}", error)
            else:
                yield Arrival(file, entry.filename, sha256, plain, tally.bytes, tally.last == b"\n", tally.utf8)


def _clutter(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return parts[0] == "__MACOSX" or parts[-1].startswith(".")


def _check_size(unpacked: int, packed: int, file: str, limits: Limits) -> None:
    if unpacked > limits.unpacked_bytes or (unpacked > limits.ratio_from and unpacked > packed * limits.ratio):
        raise BadInput(
            "the archive unpacks to far more than it should", where=file, value=f"{unpacked:,} bytes from {packed:,}",
            remedy="do not open it; ask the sender how it was made",
        )  # fmt: skip


def _unpack(packed: BinaryIO, plain: Path, file: str, packed_size: int, limits: Limits) -> _Tally:
    tally = _Tally()
    try:
        with plain.open("wb") as copy:
            while chunk := packed.read(CHUNK):
                tally.add(chunk)
                _check_size(tally.bytes, packed_size, file, limits)
                copy.write(chunk)
    except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile):
        plain.unlink(missing_ok=True)
        raise BadInput(
            "the file is cut short or damaged", where=file, value=f"{tally.bytes:,} bytes could be read",
            remedy="ask the sender for the file again",
        ) from None  # fmt: skip
    except BadInput:
        plain.unlink(missing_ok=True)
        raise
    if tally.bytes == 0:
        raise BadInput("the file is empty", where=file, remedy="ask the sender for the file again")
    return tally
