"""Standard streams as they come: closed, full, broken, or in another encoding than UTF-8."""

import contextlib
import io
import os
import sys
from typing import TYPE_CHECKING, TextIO

from crm_tui.domain.errors import Unavailable
from crm_tui.domain.msg import msg

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class _Guarded(io.FileIO):
    """A file descriptor whose failing writes are a sentence; a reader that left stays a broken pipe."""

    def write(self, data: "ReadableBuffer", /) -> int:
        try:
            return super().write(data)
        except BrokenPipeError:
            raise
        except OSError:
            raise Unavailable(
                msg("The answer cannot be written: there is no room for it, or its reader is gone"),
                code="answer_lost",
            ) from None


def prepare() -> None:
    """Make the streams of this process fit for any answer.

    A closed one leads nowhere, so that no file opened later takes its place; what an encoding has no
    character for is written as ``\\u5b57`` instead of failing.
    """
    closed = sys.stdout is None
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115
    if not closed:
        sys.stdout = _guarded(sys.stdout)
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(errors="backslashreplace")


def _guarded(stream: TextIO) -> TextIO:
    try:
        number = stream.fileno()
    except (OSError, ValueError):
        return stream
    return io.TextIOWrapper(
        io.BufferedWriter(_Guarded(number, "w", closefd=False)),
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=stream.isatty(),
    )


def give_up() -> None:
    """Let what is still to be written go nowhere, so that Python does not complain at its exit."""
    with contextlib.suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)


def words(arguments: list[str]) -> list[str]:
    """Command-line words that are UTF-8 though the locale says otherwise, as they were meant."""
    return [_word(w) for w in arguments]


def _word(word: str) -> str:
    if word.isascii() or not any("\ud800" <= c <= "\udfff" for c in word):
        return word
    return os.fsencode(word).decode("utf-8", "surrogateescape")


def read_all() -> bytes:
    """Everything on standard input, before any decoding."""
    return sys.stdin.buffer.read()
