"""Uploaded files: kept for a while in a private folder, looked at, and added or forgotten."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import tempfile
import threading
import zipfile
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING

from steelyard import bench
from steelyard.core import Clock, InputError, MissingExtraError, NotFoundError, StoreError, UserError
from steelyard.reports import one_line
from steelyard.text import ReadLimits, open_text_bytes

if TYPE_CHECKING:
    from steelyard.bench import Imported

LARGEST = 60 * 2**20
"""Bytes of an uploaded file."""
UNPACKED = 256 * 2**20
"""Bytes that a compressed file may hold."""
_KEPT = 16
_AGE = timedelta(hours=1)
_BLOCK = 2**20
_ENDING = re.compile(
    r"\.(jsonl|ndjson|json|csv|tsv|tab|parquet|xlsx|xlsm|yaml|yml|eval|txt)(?=(\.gz|\.zst)?$)", re.IGNORECASE
)
_PACKED = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd")
_ZIP = b"PK\x03\x04"
_PARQUET = frozenset({b"PAR1", b"PARE"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that somebody sent, as it lies here."""

    token: str
    """What only they know."""
    name: str
    """What they call it: shown, and never used as a path."""
    path: Path
    """Where it lies: alone in a folder of its own, unpacked when it came compressed."""
    size: int
    """Bytes, as it came."""
    owner: str
    """Who sent it."""
    came: datetime
    """When."""


class Shelf:
    """A private folder for a few uploads; the oldest make room, and all go when it closes.

    No name that a client sends becomes a path, and an upload is alone in its folder: a file that names others
    finds none.
    """

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Upload] = OrderedDict()
        self._folder: Path | None = None

    def put(self, stream: IO[bytes], name: str, *, owner: str) -> Upload:
        """Keep a file, reading it once; raises InputError when it is too large, packed or not."""
        shown = one_line(name.replace("\\", "/").rpartition("/")[2], 120) or "upload"
        token = secrets.token_urlsafe(18)
        try:
            folder = self._root() / token
            folder.mkdir(mode=0o700)
            try:
                path, size = _stored(stream, folder, shown)
            except BaseException:
                shutil.rmtree(folder, ignore_errors=True)
                raise
        except OSError as error:
            raise StoreError(
                f"the upload cannot be kept: {error.strerror or error}", hint="Try again later"
            ) from error
        found = Upload(token=token, name=shown, path=path, size=size, owner=owner, came=self._clock.now())
        with self._lock:
            self._kept[token] = found
            excess = list(self._kept)[:-_KEPT]
        for old in (*excess, *self._expired()):
            self.drop(old)
        return found

    def get(self, token: str, *, owner: str) -> Upload:
        """Somebody's own upload; raises NotFoundError when it is gone or another's."""
        for old in self._expired():
            self.drop(old)
        with self._lock:
            found = self._kept.get(token)
        if found is None or found.owner != owner:
            raise NotFoundError(
                "this upload is not here any more", hint="Uploads wait an hour: choose the file again"
            )
        return found

    def drop(self, token: str) -> None:
        """Forget an upload; doing it again is harmless."""
        with self._lock:
            found = self._kept.pop(token, None)
        if found is not None:
            shutil.rmtree(found.path.parent, ignore_errors=True)

    def close(self) -> None:
        """Forget them all."""
        with self._lock:
            self._kept.clear()
            folder, self._folder = self._folder, None
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)

    def _root(self) -> Path:
        with self._lock:
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="steelyard-uploads-"))
            return self._folder

    def _expired(self) -> list[str]:
        now = self._clock.now()
        with self._lock:
            return [token for token, upload in self._kept.items() if now - upload.came > _AGE]


def read_upload(upload: Upload, *, form: str, overrides: Sequence[str]) -> Imported:
    """Its cases, read as any file's are; raises UserError that speaks of the upload by its own name."""
    with told_plainly(upload):
        imported = bench.read_cases(upload.path, format=form, mapping=overrides)
    return replace(imported, provenance=replace(imported.provenance, reference=upload.name))


@contextmanager
def told_plainly(upload: Upload) -> Iterator[None]:
    """Errors without our folder's path, and without options of the command line."""
    try:
        yield
    except UserError as error:

        def plain(text: str) -> str:
            return text.replace(str(upload.path), upload.name).replace(f"{upload.path.parent}/", "")

        hint = (
            "Say below which format it is and what its columns are"
            if "--" in error.hint
            else plain(error.hint)
        )
        details = [plain(line) for line in error.details]
        raise InputError(
            plain(error.message), where=plain(error.where), hint=hint, details=details
        ) from error


def _stored(stream: IO[bytes], folder: Path, name: str) -> tuple[Path, int]:
    found = _ENDING.search(name)
    path = folder / f"upload{found.group().lower() if found else ''}"
    size = 0
    with path.open("xb") as file:
        while block := stream.read(_BLOCK):
            size += len(block)
            if size > LARGEST:
                raise InputError(
                    f"the file is larger than {LARGEST // 2**20} MiB",
                    where=name,
                    hint="Add it on the server: steelyard bench add NAME FILE",
                )
            file.write(block)
    if not size:
        raise InputError("the file is empty", where=name, hint="Choose another")
    if _ends(path)[0].startswith(_PACKED):
        _unpack(path, name)
    if zipfile.is_zipfile(path) or _ends(path)[0] == _ZIP:
        _check_zip(path, name)
    if not _PARQUET.isdisjoint(_ends(path)):
        _check_parquet(path, name)
    return path, size


def _ends(path: Path) -> tuple[bytes, bytes]:
    """The first and the last four bytes: some readers look for their format at the end alone."""
    with path.open("rb") as file:
        first = file.read(4)
        file.seek(max(0, file.seek(0, os.SEEK_END) - 4))
        return first, file.read(4)


def _unpack(path: Path, name: str) -> None:
    plain = path.with_name(f"plain{path.suffix}")
    count = 0
    try:
        with (
            open_text_bytes(path, limits=ReadLimits(total=2 * UNPACKED)) as stream,
            plain.open("xb") as file,
        ):
            while block := stream.read(_BLOCK):
                count += len(block)
                if count > UNPACKED:
                    raise _too_much(name)
                file.write(block)
    except InputError as error:
        raise InputError(error.message, where=name, hint="Choose another file") from error
    plain.replace(path)


def _check_zip(path: Path, name: str) -> None:
    """What the archive says it holds; its readers give no member more than that."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
        raise InputError("the archive is damaged", where=name, hint="Write it again") from error
    if len(members) > 20_000 or sum(member.file_size for member in members) > UNPACKED:
        raise _too_much(name)


def _check_parquet(path: Path, name: str) -> None:
    try:
        bench.check_parquet(path, most=UNPACKED)
    except MissingExtraError:
        return  # reading it says how to get what is missing
    except InputError as error:
        raise InputError(error.message, where=name, hint="Split it, or write it again") from error


def _too_much(name: str) -> InputError:
    return InputError(
        f"the file unpacks to more than {UNPACKED // 2**20} MiB",
        where=name,
        hint="Add it on the server: steelyard bench add NAME FILE",
    )
