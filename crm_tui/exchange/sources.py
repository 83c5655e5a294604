"""Opening files of unknown origin as bytes: progress, gzip, and what kind of file it is."""

import gzip
import io
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final, Literal, cast

from crm_tui.domain.errors import DomainError, NotFound, Unavailable, ValidationError
from crm_tui.domain.msg import msg

Progress = Callable[[int, int], None]
"""Called with the bytes of the file read so far and its size in bytes."""

Kind = Literal["text", "gzip", "workbook"]

_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
READ_ERRORS: Final = (OSError, EOFError, zlib.error)
"""What reading a damaged or vanished file raises; `as_domain_error` turns them into sentences."""


class _Counting(io.RawIOBase):
    """A raw file that says how many bytes have been read."""

    def __init__(self, path: Path, size: int, progress: Progress) -> None:
        super().__init__()
        self._file = path.open("rb", buffering=0)
        self._size = size
        self._done = 0
        self._progress = progress

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        count = self._file.readinto(buffer)  # type: ignore[arg-type]  # typeshed: Buffer is 3.12
        self._done += count or 0
        self._progress(self._done, self._size)
        return count or 0

    def close(self) -> None:
        self._file.close()
        super().close()


def as_domain_error(error: BaseException, path: Path) -> DomainError:
    """The sentence for one of `READ_ERRORS`."""
    if isinstance(error, FileNotFoundError):
        return NotFound(msg("There is no file {name}", name=path.name), code="no_file")
    if isinstance(error, IsADirectoryError):
        return ValidationError(
            msg("{name} is a folder; name a file in it", name=path.name), code="is_folder"
        )
    if isinstance(error, EOFError | zlib.error | gzip.BadGzipFile):
        return ValidationError(
            msg(
                "The compressed file {name} is damaged or cut off; copy it again from its source",
                name=path.name,
            ),
            code="gzip_damaged",
        )
    return Unavailable(
        msg("The file {name} cannot be read; check its permissions and the disk", name=path.name),
        code="unreadable",
    )


def kind_of(path: Path) -> Kind:
    """What the first bytes of ``path`` say it is, whatever its name ends in."""
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except READ_ERRORS as error:
        raise as_domain_error(error, path) from error
    except ValueError as error:  # a NUL in the name
        raise NotFound(
            msg("There is no file {name}", name=repr(path.name)), code="no_file"
        ) from error
    if not head:
        raise ValidationError(msg("The file {name} is empty", name=path.name), code="empty_file")
    if head.startswith(_GZIP):
        return "gzip"
    return "workbook" if head.startswith((_ZIP, _OLE)) else "text"


class _OwningGzip(gzip.GzipFile):
    """A gzip reader that closes the file below it, which `gzip.GzipFile` leaves open."""

    def __init__(self, below: BinaryIO) -> None:
        super().__init__(fileobj=below, mode="rb")
        self._below = below

    def close(self) -> None:
        super().close()
        self._below.close()


def open_bytes(path: Path, kind: Kind, progress: Progress | None = None) -> BinaryIO:
    """The plain bytes of ``path``, unpacked if it is gzip; raises `READ_ERRORS`."""
    raw: io.RawIOBase
    if progress is None:
        raw = path.open("rb", buffering=0)
    else:
        raw = _Counting(path, path.stat().st_size, progress)
    buffered = cast("BinaryIO", io.BufferedReader(raw, 1 << 17))
    if kind != "gzip":
        return buffered
    return cast("BinaryIO", _OwningGzip(buffered))
