"""A program on a pseudo-terminal and the screen a person would see (pyte reads its output)."""

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence

import pyte
from pyte.screens import wcwidth

KEYS: Mapping[str, bytes] = {
    "enter": b"\r",
    "tab": b"\t",
    "escape": b"\x1b",
    "ctrl+s": b"\x13",
    "ctrl+r": b"\x12",
    "ctrl+q": b"\x11",
    "up": b"\x1b[A",
    "down": b"\x1b[B",
    "right": b"\x1b[C",
    "left": b"\x1b[D",
}
PATIENCE_S = 45.0
"""Machines that run tests are slow at times; waiting ends when the text is there."""


class Terminal:
    """A child process whose terminal we are."""

    def __init__(
        self,
        command: Sequence[str],
        env: Mapping[str, str],
        columns: int = 80,
        lines: int = 24,
        cwd: str | None = None,
    ) -> None:
        self.screen = pyte.Screen(columns, lines)
        self.stream = pyte.ByteStream(self.screen)
        self.bytes = 0
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
        )
        os.close(slave)
        self.master = master

    def raw(self, seconds: float) -> bytes:
        """What comes within ``seconds``, not yet drawn; empty when nothing does."""
        ready, _, _ = select.select([self.master], [], [], seconds)
        if not ready:
            return b""
        try:
            data = os.read(self.master, 65536)
        except OSError:
            # The child has closed its side.
            return b""
        self.bytes += len(data)
        return data

    def read(self, seconds: float) -> bool:
        """Draw what comes within ``seconds``; false when nothing does."""
        data = self.raw(seconds)
        # A private reply that pyte takes for text is no output of the program's.
        self.stream.feed(data.replace(b"\x1b[>1u", b"").replace(b"\x1b[<u", b""))
        return bool(data)

    def lines(self) -> list[str]:
        """The screen; the second cell of a wide character is left out."""
        found = []
        for y in range(self.screen.lines):
            row, text, skip = self.screen.buffer[y], "", False
            for x in range(self.screen.columns):
                if skip:
                    skip = False
                    continue
                char = row[x].data
                skip = bool(char) and wcwidth(char[0]) == 2
                text += char
            found.append(text.rstrip())
        return found

    def text(self) -> str:
        """The screen in one piece."""
        return "\n".join(self.lines())

    def wait(self, *wanted: str, gone: Sequence[str] = ()) -> str:
        """Wait until all of ``wanted`` and none of ``gone`` stand on the screen; answers the screen."""
        end = time.monotonic() + PATIENCE_S
        while True:
            # What is wanted may be half drawn: look when nothing more comes for a moment.
            while self.read(0.05):
                pass
            text = self.text()
            if all(w in text for w in wanted) and not any(g in text for g in gone):
                return text
            if time.monotonic() > end or self.process.poll() is not None:
                missing = [w for w in wanted if w not in text]
                raise AssertionError(
                    f"never shown: {missing}, still there: {[g for g in gone if g in text]},"
                    f" exit {self.process.poll()}\n{text}"
                )

    def press(self, *keys: str) -> None:
        """Press keys by name; other words are typed."""
        for key in keys:
            os.write(self.master, KEYS.get(key) or key.encode())
            # Give the program the key before the next one: escape and a letter are not alt+letter.
            self.read(0.3)

    def close(self) -> int:
        """Leave by ctrl+q; the exit status."""
        with contextlib.suppress(OSError):
            os.write(self.master, KEYS["ctrl+q"])
        end = time.monotonic() + PATIENCE_S
        while self.process.poll() is None and time.monotonic() < end:
            self.read(0.05)
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        status = self.process.wait()
        os.close(self.master)
        return status
