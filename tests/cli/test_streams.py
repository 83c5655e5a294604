"""Streams that are closed, full, broken off or not UTF-8, as cron jobs and old terminals have them."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.cli.words import answer

ROOT = Path(__file__).resolve().parent.parent.parent
FULL = Path("/dev/full")
Process = Callable[..., "subprocess.CompletedProcess[bytes]"]


@pytest.fixture
def process(run: Run) -> Process:
    """Runs the command as a process of its own on the database of `run`."""
    answer(run, "customer", "new", "--name", "甲公司")

    def go(*words: str, **options: Any) -> "subprocess.CompletedProcess[bytes]":
        env = {**os.environ, "PYTHONPATH": str(ROOT), **options.pop("env", {})}
        options.setdefault("stdout", subprocess.PIPE)
        return subprocess.run(
            [sys.executable, "-m", "crm_tui", *words],
            cwd=ROOT,
            env=env,
            stderr=subprocess.PIPE,
            timeout=120,
            check=False,
            **options,
        )

    return go


LISTS = pytest.mark.parametrize("words", [("customer", "list", "--json"), ("--help",)])


@pytest.mark.skipif(not FULL.exists(), reason="no /dev/full here")
@LISTS
def test_a_full_disk_behind_standard_output(process: Process, words: tuple[str, ...]) -> None:
    with FULL.open("wb") as full:
        done = process(*words, stdout=full)
    assert done.returncode == 1
    lines = done.stderr.decode().splitlines()
    assert len(lines) == 1 and "cannot be written" in lines[0]
    assert ("answer_lost" in lines[0]) == ("--json" in words)


@pytest.mark.skipif(os.name != "posix", reason="descriptors are closed by the shell")
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams(process: Process, run: Run, closed: str) -> None:
    command = f'exec "{sys.executable}" -m crm_tui customer new --name B {closed}'
    done = subprocess.run(
        ["sh", "-c", command],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    answers = ">&-" not in closed.replace("2>&-", "")
    assert done.stdout.startswith(b"C20") if answers else done.stdout == b""
    assert [c["name"] for c in answer(run, "customer", "list")] == ["甲公司", "B"]
    assert answer(run, "db", "check") == {"problems": []}


def test_an_error_with_a_closed_error_stream_is_not_taken_for_an_answer(process: Process) -> None:
    done = subprocess.run(
        ["sh", "-c", f'exec "{sys.executable}" -m crm_tui ticket show 99 2>&-'],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")


@pytest.mark.skipif(os.name != "posix", reason="pipes break differently elsewhere")
@LISTS
def test_a_reader_that_leaves(process: Process, words: tuple[str, ...]) -> None:
    read, write = os.pipe()
    os.close(read)
    try:
        done = process(*words, stdout=write)
    finally:
        os.close(write)
    assert done.returncode == 1
    assert done.stderr == b""


@pytest.mark.parametrize("encoding", ["ascii", "gbk"])
def test_what_an_encoding_lacks_is_escaped(process: Process, encoding: str) -> None:
    done = process("customer", "list", "--lang", "zh", env={"PYTHONIOENCODING": encoding})
    assert (done.returncode, done.stderr) == (0, b"")
    text = done.stdout.decode(encoding)
    assert ("甲公司" if encoding == "gbk" else "\\u7532\\u516c\\u53f8") in text
    done = process("ticket", "show", "9", "--lang", "zh", env={"PYTHONIOENCODING": encoding})
    assert done.returncode == 1 and b"Traceback" not in done.stderr


def test_words_and_input_are_utf_8_whatever_the_locale(process: Process, run: Run) -> None:
    plain = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    done = process("customer", "show", "甲公司", "--json", env=plain)
    assert done.returncode == 0, done.stderr
    document = '{"name": "乙公司"}'.encode()
    done = process("customer", "new", "--json-in", "-", input=document, env=plain)
    assert done.returncode == 0, done.stderr
    assert [c["name"] for c in answer(run, "customer", "list")] == ["甲公司", "乙公司"]


@pytest.mark.skipif(os.name != "posix", reason="signals are sent otherwise elsewhere")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_worker_that_is_stopped_says_nothing_and_gives_its_lease_back(
    run: Run, number: signal.Signals
) -> None:
    long_ago = (datetime.now(UTC) - timedelta(days=3)).isoformat()
    late = answer(
        run, "ticket", "new", "--kind", "complaint", "--channel", "phone", "--subject", "Fan",
        "--description", "Loud", "--received-at", long_ago,
    )["number"]  # fmt: skip
    worker = subprocess.Popen(
        [sys.executable, "-m", "crm_tui", "worker", "--every", "0.2"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    while answer(run, "ticket", "show", late)["escalation_level"] < 2:
        assert worker.poll() is None
    worker.send_signal(number)
    out, err = worker.communicate(timeout=60)
    assert (worker.returncode, out, err) == (0, b"", b"")
    assert answer(run, "tick")["leader"]


def test_ctrl_c_says_nothing(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from crm_tui.__main__ import main as start
    from crm_tui.cli import streams

    def interrupted() -> bytes:
        raise KeyboardInterrupt

    monkeypatch.setattr(streams, "read_all", interrupted)
    assert run("customer", "new", "--json-in", "-") == (130, "", "")
    assert answer(run, "customer", "list") == []
    # While the program is still being loaded.
    monkeypatch.setattr(streams, "prepare", interrupted)
    assert start() == 130
    assert capsys.readouterr() == ("", "")
