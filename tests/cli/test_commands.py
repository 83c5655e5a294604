"""The command line over the same services: exit status, JSON, both languages (R-316)."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.words import new_ticket


@pytest.mark.req("R-316")
def test_loop_from_the_command_line(run: Run) -> None:
    run("staff", "add", "ana", "--department", "after_sales", "--role", "lead")
    number = new_ticket(run)
    assert run("ticket", "take", number)[0] == 0
    status, _, err = run("ticket", "status", number, "--to", "accepted")
    assert status == 1
    assert "Verify" in err
    assert run("ticket", "note", number, "--text", "called")[0] == 0
    status, out, _ = run("ticket", "list", "is:open", "--json")
    assert [t["number"] for t in json.loads(out)] == [number]
    status, out, _ = run("ticket", "explain", number, "--json")
    assert status == 0
    assert json.loads(out)
    assert run("undo")[0] == 0
    assert run("db", "verify-audit")[0] == 0
    assert run("tick")[0] == 0


def test_refusals_are_sentences_in_both_languages_and_json(run: Run) -> None:
    status, _, err = run("ticket", "show", "T-99", "--lang", "zh")
    assert (status, "没有" in err) == (1, True)
    status, out, err = run("ticket", "show", "T-99", "--json")
    assert (status, out) == (1, "")
    assert json.loads(err)["code"] == "not_found"
    assert run("ticket", "fly")[0] == 2
    assert run("nonsense")[0] == 2
    status, _, err = run("ticket", "list", "nokey:1")
    assert status == 1
    assert "nokey" in err


@pytest.mark.req("R-301")
def test_viewer_sees_masked_contacts(run: Run) -> None:
    run("staff", "add", "vic", "--role", "viewer")
    run("customer", "new", "--name", "Acme", "--json")
    status, out, err = run(
        "customer", "contact", "Acme", "--name", "Wang", "--phone", "13912340001"
    )
    assert status == 0, err or out
    assert "13912340001" in run("customer", "show", "Acme")[1]
    shown = run("customer", "show", "Acme", "--as", "vic")[1]
    assert "139****0001" in shown
    assert (
        run(
            "ticket",
            "new",
            "--as",
            "vic",
            "--kind",
            "praise",
            "--channel",
            "phone",
            "--subject",
            "s",
            "--description",
            "d",
        )[0]
        == 1
    )
    assert run("audit", "list", "--as", "vic")[0] == 1


def test_json_lines(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_text(
        '{"id":1,"calendar":"default","start":"2024-06-07T15:00:00+08:00","op":"add_business_days","amount":2,"end_of_day":true}\n{bad\n'
    )
    status, out, _ = run("calendar", "compute", str(path))
    lines = [json.loads(line) for line in out.splitlines()]
    assert status == 1
    assert lines[0]["result"] == "2024-06-12T18:00:00+08:00"
    assert lines[1]["error"]["code"] == "bad_json"
    path.write_text(
        '{"id":2,"targets":{"first_response":60},"events":[{"at":"2024-06-03T09:00:00+08:00","type":"created"}]}\n'
    )
    status, out, _ = run("sla", "evaluate", str(path))
    assert (status, json.loads(out)["clocks"]["first_response"]["due"]) == (
        0,
        "2024-06-03T10:00:00+08:00",
    )


def test_backup_restore_and_export(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new_ticket(run)
    assert run("db", "backup", str(tmp_path / "copy"))[0] == 0
    assert run("export", "tickets", str(tmp_path / "t.csv"))[0] == 0
    assert "Smoke" in (tmp_path / "t.csv").read_text("utf-8-sig")
    monkeypatch.setenv("CRM_TUI_DB", str(tmp_path / "other" / "crm.db"))
    (tmp_path / "other").mkdir()
    status, out, err = run("db", "restore", str(tmp_path / "copy"))
    assert status == 0, err or out
    assert json.loads(run("search", "Smoke", "--json")[1])[0]["kind"] == "ticket"
    assert run("db", "check")[0] == 0


@pytest.mark.req("R-312")
def test_demo_holds_the_template_rows_and_every_state(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CRM_TUI_DB")
    monkeypatch.delenv("CRM_TUI_KEY_FILE")
    assert run("demo", "--folder", str(tmp_path / "d"), "--no-open")[0] == 0
    monkeypatch.setenv("CRM_TUI_KEY_FILE", str(tmp_path / "d" / "field.key"))
    db = ("--db", str(tmp_path / "d" / "crm.db"), "--as", "demo")
    customers = json.loads(run("customer", "list", "--limit", "0", "--json", *db)[1])
    by_number = {c["number"]: c for c in customers}
    assert len(customers) == 300
    assert (by_number["C2024001"]["name"], by_number["C2024001"]["tier"]) == ("A公司", "A")
    assert (by_number["C2024002"]["decision_maker"], by_number["C2024002"]["tier"]) == (
        "*经理/技术负责人",
        "B",
    )
    assert len(json.loads(run("task", "list", "--limit", "0", "--json", *db)[1])) > 25
    assert len(json.loads(run("requirement", "list", "--json", *db)[1])) == 2
    for noun, least in (("interaction", 3), ("goal", 3), ("order", 50), ("survey", 50)):
        assert len(json.loads(run(noun, "list", "--limit", "0", "--json", *db)[1])) >= least
    tickets = json.loads(run("ticket", "list", "--limit", "0", "--json", *db)[1])
    assert len(tickets) == 3000
    assert {t["escalation_level"] for t in tickets} == {1, 2, 3}
    states = {t["state"] for t in tickets}
    assert states >= {
        "registered",
        "dispatched",
        "accepted",
        "solution_proposed",
        "approved",
        "waiting_customer",
        "resolved",
        "closed",
        "cancelled",
    }


@pytest.mark.shared
def test_real_messages_import_once(run: Run, shared_data: Path, tmp_path: Path) -> None:
    path = shared_data / "complaints" / "zh_messages_replies.csv.gz"
    words = (
        "import",
        "--profile",
        "zh-messages",
        str(path),
        "--errors",
        str(tmp_path / "e.csv"),
        "--json",
    )
    status, out, _ = run(*words)
    assert (status, json.loads(out)["created"]) == (0, 1690)
    assert json.loads(run(*words)[1])["created"] == 0
    assert run("db", "verify-audit")[0] == 0
    rows = json.loads(run("ticket", "list", "--limit", "5", "--json")[1])
    for row in rows:
        clocks = json.loads(run("ticket", "explain", row["number"], "--json")[1])
        assert clocks
