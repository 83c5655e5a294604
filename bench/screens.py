"""What a person at the terminal waits for: start, keys, bytes on the line, memory."""

import os
import statistics
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.generate import NOW
from tests.e2e.terminal import Terminal

SIZE = (120, 40)
KEYS = 100
QUIET_S = 0.04


@dataclass(frozen=True, slots=True)
class Keys:
    """Milliseconds from key to painted, processor milliseconds and bytes a key."""

    p50: float
    p95: float
    cpu: float
    size: float


def environment(**more: str) -> dict[str, str]:
    """What a user's terminal has."""
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME")}
    return {**kept, "LANG": "C.UTF-8", "TERM": "xterm-256color", **more}


def program(path: Path, folder: Path) -> tuple[list[str], dict[str, str]]:
    """The command that opens a database, and its environment."""
    start = "import sys; from crm_tui.__main__ import main; sys.exit(main())"
    env = environment(
        CRM_TUI_DB=str(path),
        CRM_TUI_KEY_FILE=str(path.with_suffix(".key")),
        CRM_TUI_LANG="en",
        XDG_STATE_HOME=str(folder),
        XDG_CONFIG_HOME=str(folder),
        LOGNAME="root",
    )
    return [sys.executable, "-c", start, "--now", NOW.isoformat()], env


def started(command: Sequence[str], env: Mapping[str, str], *texts: str) -> list[float]:
    """Seconds until each text stands on the screen, one after the other."""
    begin = time.perf_counter()
    term = Terminal(command, env, *SIZE)
    found = []
    for text in texts:
        while text not in term.text():
            if not term.read(5):
                raise RuntimeError(f"{text!r} never came\n{term.text()}")
        found.append(time.perf_counter() - begin)
    term.close()
    return found


def median_start(command: Sequence[str], env: Mapping[str, str], *texts: str) -> list[float]:
    """Medians of five starts; the first one warms the caches and is left out."""
    started(command, env, *texts)
    runs = [started(command, env, *texts) for _ in range(5)]
    return [statistics.median(times) for times in zip(*runs, strict=True)]


def cpu_ms(pid: int) -> float:
    """Processor time of a process so far, in milliseconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def rss_mb(pid: int) -> float:
    """Resident memory in megabytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def quiet(term: Terminal, seconds: float = 0.4) -> None:
    """Until nothing has come for a while."""
    while term.read(seconds):
        pass


def keys(term: Terminal, key: str, count: int = KEYS) -> Keys:
    """Press a key again and again, or letters in turn, each when the one before is painted."""
    quiet(term)
    pressed = [key] if key.startswith("\x1b") else list(key)
    times, before, size = [], cpu_ms(term.process.pid), term.bytes
    for at in range(count):
        begin = last = time.perf_counter()
        os.write(term.master, pressed[at % len(pressed)].encode())
        wait = 1.0
        while term.raw(wait):
            last, wait = time.perf_counter(), QUIET_S
        times.append((last - begin) * 1000)
    used = cpu_ms(term.process.pid) - before
    times.sort()
    return Keys(
        statistics.median(times),
        times[int(len(times) * 0.95)],
        used / count,
        (term.bytes - size) / count,
    )


def gesture(term: Terminal, *pressed: str, seconds: float = 0.6) -> int:
    """Bytes that a gesture sends."""
    quiet(term)
    before = term.bytes
    for key in pressed:
        os.write(term.master, key.encode())
        quiet(term, seconds)
    return term.bytes - before
