"""A desk run from other systems alone: JSON in and out on both engines (R-316)."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.cli.words import answer, refused

CALL = {
    "kind": "complaint",
    "channel": "phone",
    "customer": "甲公司",
    "subject": "打印机冒烟",
    "description": "开机后冒烟\n有焦味",
    "departments": ["after_sales", "product"],
    "first_responsible": "ana",
    "appeal": "换新",
}


@pytest.fixture
def desk(run_on: Run) -> Run:
    """Staff and a customer, both from documents."""
    staff = [
        {"login": "ana", "name": "安娜", "department": "after_sales"},
        {"login": "lin", "department": "售后部", "role": "manager", "posts": ["executive"]},
        {"login": "erp", "role": "viewer"},
    ]
    made = answer(run_on, "staff", "add", document=staff)
    assert [m["login"] for m in made] == ["ana", "lin", "erp"]
    answer(run_on, "department", "head", "after_sales", "lin")
    answer(
        run_on,
        "customer",
        "new",
        document={
            "name": "甲公司",
            "industry": "制造业",
            "manager": "ana",
            "tags": ["降本增效", "供应链优化"],
            "opening_balance": "500万",
            "contacts": [
                {
                    "name": "王经理",
                    "job_title": "采购总监",
                    "phone": "13912340001",
                    "is_decision_maker": True,
                }
            ],
        },
    )
    return run_on


@pytest.mark.req("R-316", "R-123", "R-149")
def test_a_complaint_from_the_call_to_the_closing(desk: Run) -> None:
    ana, lin = ("--as", "ana"), ("--as", "lin")
    preview = answer(desk, "ticket", "new", "--preview", *ana, document=CALL)
    assert preview["department"] == "after_sales"
    ticket = answer(desk, "ticket", "new", *ana, document=CALL)
    number = ticket["number"]
    assert ticket["customer"] == "甲公司"
    assert ticket["fields"]["first_responsible"] == "安娜"
    assert {c["kind"] for c in ticket["clocks"]} >= {"first_response", "clarify", "solution"}

    def step(*words: str, text: str = "") -> Any:
        status, out, err = desk(*words, "--json", *ana, stdin=text.encode())
        assert status == 0, (words, err, out)
        return json.loads(out)

    taken = step("ticket", "take", number)
    assert taken["outcomes"] == [{"number": number, "ok": True, "notice": None, "error": None}]
    step("ticket", "status", number, "--to", "accepted", "--verified-note", "序列号 7")
    step("ticket", "reply", number, "--file", "-", text="我们已经受理，\n会尽快答复")
    step("ticket", "clarify", number, "--text", "已与客户核实")
    step("ticket", "propose", number, "--text", "换新", "--type", "exchange")
    assert refused(desk, "ticket", "approve", number, *ana) == "approver_is_proposer"
    waiting = answer(desk, "notifications", *lin)["approvals"]
    assert [a["ticket_number"] for a in waiting] == [int(number.removeprefix("T-"))]
    answer(desk, "ticket", "approve", number, *lin)
    step("ticket", "confirm", number)
    step("ticket", "resolve", number)
    step("ticket", "feedback", number, "--text", "新机已发出", "--basis", "保修条款 3")
    assert refused(desk, "ticket", "close", number, *ana) == "satisfaction_needed"
    step("ticket", "satisfy", number, "--yes", "--score", "5", "--comment", "很快")
    seen = answer(desk, "ticket", "show", number)["version"]
    stale = ("ticket", "close", number, "--cause", "product_quality", "--version", str(seen - 1))
    assert refused(desk, *stale, *ana) == "conflict"
    step("ticket", "close", number, "--cause", "product_quality", "--version", str(seen))
    done = answer(desk, "ticket", "show", number, "--history")
    assert (done["state"], done["fields"]["solution_type"]) == ("closed", "exchange")
    texts = [e["text"] for e in done["history"]]
    assert "开机后冒烟\n有焦味" in texts and "我们已经受理，\n会尽快答复" in texts
    assert answer(desk, "db", "verify-audit")["ok"] is True
    acts = answer(desk, "audit", "list", "--ticket", number, "--limit", "0")
    assert {"solution_proposed", "approved", "satisfied", "closed"} <= {a["verb"] for a in acts}
    assert {(a["actor"], a["behind"]) for a in acts if a["verb"] == "closed"} == {("ana", "root")}


@pytest.mark.req("R-316")
def test_the_archive_is_kept_by_documents(desk: Run) -> None:
    [row] = answer(desk, "customer", "list")
    number = row["number"]
    profile = answer(desk, "customer", "show", number)
    assert profile["fields"]["opening_balance_fen"] == 500_000_000
    assert profile["tags"] == ["降本增效", "供应链优化"]
    version = profile["version"]
    change = {"segment": "high_value", "region": "华东", "tags": ["售后支持"]}
    answer(desk, "customer", "change", number, "--version", str(version), document=change)
    assert (
        refused(
            desk,
            "customer",
            "change",
            number,
            "--version",
            str(version),
            document={"region": "华南"},
        )
        == "conflict"
    )
    after = answer(desk, "customer", "show", number)
    assert (after["segment"], after["region"], after["tags"]) == (
        "high_value",
        "华东",
        ["售后支持"],
    )
    contact = after["contacts"][0]
    answer(
        desk,
        "customer",
        "contact-change",
        str(contact["id"]),
        "--version",
        str(contact["version"]),
        document={"job_title": "总经理", "email": "w@example.com"},
    )
    changed = answer(desk, "customer", "show", number)["contacts"][0]
    assert (changed["job_title"], changed["phone"]) == ("总经理", "13912340001")
    order = {"customer": "甲公司", "ordered_on": "2024-05-20", "amount": "300万"}
    made = answer(desk, "order", "new", document=[order, {**order, "amount": "1万"}])
    assert [m["amount_fen"] for m in made] == [300_000_000, 1_000_000]
    key, seen = str(made[1]["id"]), str(made[1]["version"])
    answer(desk, "order", "change", key, "--version", seen, document={"remark": "急"})
    assert refused(desk, "order", "change", key, "--version", seen, "--remark", "x") == "conflict"
    answer(desk, "order", "archive", key)
    assert answer(desk, "order", "list", "--count") == {"count": 1}
    assert [o["id"] for o in answer(desk, "order", "list", "--archived")] == [int(key)]
    answer(desk, "order", "archive", key, "--restore")
    assert answer(desk, "order", "list", "--count", "--customer", number) == {"count": 2}
    verbs = [e["verb"] for e in answer(desk, "customer", "history", number)]
    assert verbs.count("created") == 4 and verbs[-1] == "restored"


@pytest.mark.req("R-316")
def test_staff_is_changed_by_documents(desk: Run) -> None:
    people = {p["login"]: p for p in answer(desk, "staff", "list")}
    assert people["lin"]["posts"] == ["executive"]
    version = str(people["ana"]["version"])
    answer(desk, "staff", "change", "ana", "--version", version, document={"role": "lead"})
    assert refused(desk, "staff", "change", "ana", "--version", version, "--name", "A") == (
        "conflict"
    )
    answer(desk, "staff", "change", "erp", document={"active": False})
    assert refused(desk, "ticket", "list", "--as", "erp") == "unknown_login"
    assert refused(desk, "staff", "change", "lin", "--role", "admin", "--as", "ana") in (
        "as_needs_admin",
        "role_needed",
    )
    answer(desk, "team", "add", "rapid_response", "ana")
    assert ["ana"] in [t["members"] for t in answer(desk, "team", "list")]


@pytest.mark.req("R-310")
def test_nothing_needs_a_network(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """First start, calendar with holidays, import, ticket, search, backup and restore, without one."""

    def no_network(*args: Any, **more: Any) -> None:
        raise AssertionError("a connection was asked for")

    for name in ("connect", "connect_ex", "bind", "sendto"):
        monkeypatch.setattr(socket.socket, name, no_network)
    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    place = tmp_path / "offline.db"
    monkeypatch.setenv("CRM_TUI_DB", str(place))
    monkeypatch.setenv("CRM_TUI_KEY_FILE", str(tmp_path / "offline.key"))
    # The first to come to a fresh file is its administrator (design.md 7).
    assert [p["role"] for p in answer(run, "staff", "list")] == ["admin"]
    source = tmp_path / "customers.csv"
    source.write_text("客户名称,所属行业\n甲公司,制造业\n", encoding="gb18030")
    assert answer(run, "import", "--profile", "customers", str(source))["created"] == 1
    document = {**CALL, "departments": ["after_sales"], "first_responsible": "root"}
    ticket = answer(run, "ticket", "new", document=document)
    assert ticket["next_due_at"]
    answer(run, "tick")
    assert [f["kind"] for f in answer(run, "search", "甲")] == ["customer"]
    answer(run, "export", "tickets", str(tmp_path / "t.xlsx"))
    answer(run, "db", "backup", str(tmp_path / "copy"))
    answer(run, "db", "restore", str(tmp_path / "copy"), "--db", str(tmp_path / "r" / "crm.db"))
    assert answer(run, "db", "verify-audit", "--db", str(tmp_path / "r" / "crm.db"))["ok"]
