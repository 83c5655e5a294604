"""`sla policy`, `calendar set`, and the JSON lines from files and standard input (R-136, R-142)."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

from crm_tui.cli.main import main
from tests.cli.conftest import Run


def policy(run: Run, *words: str) -> dict[str, Any]:
    """The lines of the policy by name after a command that succeeds."""
    status, out, err = run("sla", "policy", *words, "--json")
    assert status == 0, err
    return {line["id"]: line for line in json.loads(out)["lines"]}


def refused(run: Run, *words: str) -> str:
    """The code of a refusal."""
    status, out, err = run(*words, "--json")
    assert status in (1, 2) and not out, out
    return str(json.loads(err)["code"])


@pytest.mark.req("R-142")
def test_lines_are_changed_in_a_new_version(run: Run) -> None:
    assert json.loads(run("sla", "policy", "--json")[1])["version"] == 1
    line = policy(run, "--set", "first_response_a", "--hours", "2", "--tier", "A", "--tier", "B")
    assert line["first_response_a"]["amount"] == 7200
    assert line["first_response_a"]["tiers"] == ["A", "B"]
    everybody = policy(run, "--set", "first_response_a", "--tier", "all", "--urgency", "urgent")
    assert (everybody["first_response_a"]["tiers"], everybody["first_response_a"]["urgencies"]) == (
        [],
        ["urgent"],
    )
    warned = policy(run, "--set", "clarify", "--warn-before", "30")["clarify"]
    assert warned["warn_before_s"] == 1800
    percent = policy(run, "--set", "clarify", "--warn", "50")["clarify"]
    assert (percent["warn_percent"], percent["warn_before_s"]) == (50, None)
    whole = policy(run, "--set", "dispatch_normal", "--end-of-day", "no")["dispatch_normal"]
    assert whole["end_of_day"] is False
    moved = policy(run, "--set", "clarify", "--clock", "progress")["clarify"]
    assert moved["clock"] == "progress"
    assert json.loads(run("sla", "policy", "--json")[1])["version"] == 7


@pytest.mark.req("R-142")
@pytest.mark.parametrize(
    ("line", "options", "wanted"),
    [
        ("first_response_a", ("--hours", "3"), ("elapsed", 10_800, None)),
        ("first_response_a", ("--minutes", "0.5"), ("elapsed", 30, None)),
        ("first_response_a", ("--calendar", "default"), ("working", 14_400, "default")),
        ("first_response_a", ("--days", "2"), ("calendar_days", 2, "default")),
        (
            "first_response_a",
            ("--days", "2", "--calendar", "default"),
            ("working_days", 2, "default"),
        ),
        ("first_response_a", ("--months", "1"), ("months", 1, "default")),
        ("dispatch_normal", ("--hours", "4"), ("working", 14_400, "default")),
        ("dispatch_normal", ("--hours", "4", "--calendar", "none"), ("elapsed", 14_400, None)),
        ("dispatch_normal", ("--days", "3"), ("working_days", 3, "default")),
        ("dispatch_normal", ("--calendar", "none"), ("calendar_days", 2, "default")),
        ("follow_up", ("--days", "4"), ("calendar_days", 4, "default")),
    ],
)
def test_a_limit_brings_the_basis_that_fits_it(
    run: Run, line: str, options: tuple[str, ...], wanted: tuple[str, float, str | None]
) -> None:
    found = policy(run, "--set", line, *options)[line]
    assert (found["basis"], found["amount"], found["calendar"]) == wanted


@pytest.mark.req("R-136")
def test_a_channel_gets_a_line_of_its_own(run: Run) -> None:
    added = policy(
        run, "--add", "phone", "--clock", "first_response", "--minutes", "1", "--channel", "phone"
    )
    assert added["phone"]["channels"] == ["phone"]
    out = run("sla", "policy", "--lang", "zh")[1]
    (row,) = (r for r in out.splitlines() if r.startswith("phone"))
    assert "1 分钟" in row and "电话" in row and "75 %" in row
    assert "phone" not in policy(run, "--remove", "phone")


@pytest.mark.req("R-142")
def test_a_whole_policy_goes_out_and_comes_in(run: Run, tmp_path: Path) -> None:
    place = tmp_path / "policy.json"
    data = json.loads(run("sla", "policy", "--json")[1])
    data["switches"]["first_response_pauses"] = True
    data["lines"] = data["lines"][:3]
    place.write_text(json.dumps(data), "utf-8")
    assert len(policy(run, "--replace", str(place), "--reason", "pilot")) == 3
    place.write_text("[]", "utf-8")
    assert refused(run, "sla", "policy", "--replace", str(place)) == "invalid"


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("--set", "moon", "--hours", "1"), "not_found"),
        (("--remove", "moon"), "not_found"),
        (("--set", "clarify"), "usage"),
        (("--hours", "3"), "usage"),
        (("--add", "x", "--hours", "3"), "usage"),
        (("--add", "x", "--clock", "progress", "--calendar", "default"), "usage"),
        (("--add", "clarify", "--clock", "progress", "--hours", "3"), "invalid"),
        (("--set", "clarify", "--hours", "3", "--days", "1"), "usage"),
        (("--set", "clarify", "--hours", "-1"), "invalid"),
        (("--set", "clarify", "--calendar", "nowhere"), "not_found"),
        (("--set", "clarify", "--channel", "pigeon"), "invalid"),
        (("--replace", "/nowhere"), "cannot_read"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    run: Run, words: tuple[str, ...], wanted: str
) -> None:
    before = run("sla", "policy", "--json")[1]
    assert refused(run, "sla", "policy", *words) == wanted
    assert run("sla", "policy", "--json")[1] == before


@pytest.mark.req("R-120")
def test_a_calendar_is_added_and_changed(run: Run) -> None:
    def listed() -> dict[str, Any]:
        return {c["name"]: c for c in json.loads(run("calendar", "list", "--json")[1])}

    words = ("calendar", "set", "night", "--timezone", "Europe/London")
    frames = ("--open", "mon-fri=22:00-24:00,00:00-06:00", "--open", "sat,sun=10:00-12:00")
    assert run(*words, *frames)[0] == 0
    night = listed()["night"]
    assert (night["timezone"], night["version"]) == ("Europe/London", 1)
    assert night["hours"]["wed"] == [["22:00", "24:00"], ["00:00", "06:00"]]
    assert run("calendar", "set", "night", "--open", "sun=closed")[0] == 0
    night = listed()["night"]
    assert (night["hours"]["sun"], night["hours"]["sat"]) == ([], [["10:00", "12:00"]])
    assert (night["timezone"], night["version"]) == ("Europe/London", 2)
    assert run("calendar", "set", "shop", "--open", "mon=09:00-12:00")[0] == 0
    assert listed()["shop"]["timezone"] == "Asia/Shanghai"
    assert policy(run, "--set", "clarify", "--calendar", "night")["clarify"]["basis"] == "working"
    for bad in ("moon=09:00-10:00", "mon-moon=09:00-10:00", "mon", "mon=10:00-09:00", ""):
        status, _, err = run("calendar", "set", "other", "--open", bad)
        assert status == 1 and err, bad
    assert "other" not in listed()


LINE = {"hours": {"mon": [["09:00", "17:00"]]}, "timezone": "Asia/Shanghai", "id": 1}
START = {"start": "2024-06-03T09:00:00+08:00", "op": "add_business_minutes", "amount": 60}


@pytest.mark.parametrize("by_file", [True, False])
def test_lines_of_any_bytes_are_answered_in_order(
    run: Run,
    by_file: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    good = json.dumps({**LINE, **START}).encode()
    data = b"\xef\xbb\xbf" + good + b"\n\n\xff\xfe{\n" + good
    place = "-"
    if by_file:
        place = str(tmp_path / "lines.jsonl")
        Path(place).write_bytes(data)
    else:
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data), encoding="ascii"))
    assert main(["calendar", "compute", place]) == 1
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [a["id"] for a in answers] == [1, None, 1]
    assert answers[0]["result"] == answers[2]["result"] == "2024-06-03T10:00:00+08:00"
    assert answers[1]["error"]["code"] == "bad_json"


def test_lines_may_name_a_stored_calendar(run: Run) -> None:
    lines = [
        {"id": "a", "calendar": "default", **START, "amount": 540},
        {"id": "b", "calendar": "moon", **START},
    ]
    told = "\n".join(map(json.dumps, lines)).encode()
    status, out, _ = run("calendar", "compute", "-", stdin=told)
    first, second = (json.loads(line) for line in out.splitlines())
    assert status == 1
    assert first == {"id": "a", "result": "2024-06-03T18:00:00+08:00"}
    assert second["error"]["code"] == "not_found"
    event = {"at": "2024-06-07T17:00:00+08:00", "type": "created"}
    line = {"id": "c", "calendar": "default", "targets": {"resolution": 120}, "events": [event]}
    status, out, _ = run("sla", "evaluate", "-", stdin=json.dumps(line).encode())
    # Monday the tenth is the Dragon Boat Festival.
    assert json.loads(out)["clocks"]["resolution"]["due"] == "2024-06-11T10:00:00+08:00"
    assert status == 0
