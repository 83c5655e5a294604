"""What other systems send: the same checks as on the screen, nothing half-written (R-316)."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.cli.words import answer, chinese, encoded, new_ticket, refused

TICKET: dict[str, Any] = {
    "kind": "complaint",
    "channel": "phone",
    "subject": "Smoke",
    "description": "It smokes",
}
ORDER = {"customer": "Acme", "ordered_on": "2024-05-20", "amount": "3"}
HOSTILE: list[tuple[tuple[str, ...], Any, str]] = [
    (("ticket", "new"), b"", "not_json"),
    (("ticket", "new"), b"{", "not_json"),
    (("ticket", "new"), b"[" * 100_000, "not_json"),
    (("ticket", "new"), b'{"subject": NaN}', "not_json"),
    (("ticket", "new"), b'{"customer": ' + b"9" * 5_000 + b"}", "not_json"),
    (("ticket", "new"), b"\xff\xfe{", "cannot_read"),
    (("ticket", "new"), "text", "not_an_object"),
    (("ticket", "new"), None, "required"),
    (("ticket", "new"), {**TICKET, "colour": 1}, "unknown_field"),
    (("ticket", "new"), {**TICKET, "state": "closed"}, "unknown_field"),
    (("ticket", "new"), {**TICKET, "customer": 1, "customer_id": 1}, "given_twice"),
    (("ticket", "new"), {**TICKET, "customer": "Nobody"}, "not_found"),
    (("ticket", "new"), {**TICKET, "customer": {"id": 1}}, "bad_number"),
    (("ticket", "new"), {**TICKET, "department": 7}, "not_text"),
    (("ticket", "new"), {**TICKET, "reason": ["x"]}, "not_text"),
    (("ticket", "new"), {**TICKET, "departments": [1, 2]}, "not_texts"),
    (("ticket", "new"), {**TICKET, "subject": "a\0b"}, "bad_character"),
    (("ticket", "new"), {**TICKET, "subject": "x" * 5_000}, "too_long"),
    (("ticket", "new"), {**TICKET, "description": " \n"}, "required"),
    (("ticket", "new"), {**TICKET, "kind": ["complaint"]}, "invalid"),
    (("ticket", "new"), {**TICKET, "received_at": "2026-02-30 10:00"}, "bad_date"),
    (("ticket", "new"), {**TICKET, "received_at": "2099-01-01"}, "received_after_registered"),
    (("ticket", "new"), {**TICKET, "first_responsible_id": [1, 2]}, "one_first_responsible"),
    (("customer", "new"), 5, "not_an_object"),
    (("customer", "new"), {"name": "B", "colour": 1}, "unknown_field"),
    (("customer", "new"), {"name": "B", "contacts": 5}, "not_objects"),
    (("customer", "new"), {"name": "B", "contacts": [5]}, "not_objects"),
    (("customer", "new"), {"name": "B", "contacts": [{"name": "w", "fax": 1}]}, "unknown_field"),
    (("customer", "new"), {"name": "B", "tags": {"a": 1}}, "not_texts"),
    (("customer", "new"), {"name": "B", "manager": "nobody"}, "not_found"),
    (("customer", "new"), {"name": "B", "first_cooperation_on": "2026-02-30"}, "bad_date"),
    (("customer", "contact", "Acme"), {"name": "w", "birthday": "31.2."}, "bad_date"),
    (("customer", "change", "Acme"), {}, "usage"),
    (("customer", "change", "Acme"), {"customer_no": "C1"}, "unknown_field"),
    (("customer", "change", "Acme"), {"contacts": [{"name": "w"}]}, "usage"),
    (("customer", "change", "Acm"), {"region": "x"}, "not_found"),
    (("order", "new"), {**ORDER, "amount": {}}, "bad_amount"),
    (("order", "new"), {**ORDER, "colour": 1}, "unknown_field"),
    (("order", "new"), {**ORDER, "customer": "Nobody"}, "unknown_reference"),
    (("staff", "add"), {"login": "a b"}, "invalid"),
    (("staff", "add"), {"login": "bob", "role": "boss"}, "invalid"),
    (("staff", "add"), {"login": "bob", "password": "x"}, "unknown_field"),
    (("staff", "add"), {"login": "root"}, "login_taken"),
    (("staff", "change", "root"), {"active": "no"}, "not_bool"),
]


@pytest.mark.req("R-316")
def test_bad_documents_are_refused_by_field_with_nothing_written(run: Run) -> None:
    answer(run, "customer", "new", "--name", "Acme")
    before = answer(run, "audit", "verify")["entries"]
    for words, document, code in HOSTILE:
        content = b"{}" if document is None else encoded(document)
        status = 2 if code == "usage" else 1
        found = refused(run, *words, document=content, status=status)
        assert found == code, (words, content[:80])
        for language in ("en", "zh"):
            _, out, err = run(*words, "--json-in", "-", "--lang", language, stdin=content)
            said = err.splitlines()[-1]
            assert not out and said.startswith("crm-tui: "), err
            assert chinese(said) or language == "en", said
    assert answer(run, "audit", "verify")["entries"] == before


@pytest.mark.req("R-316")
def test_several_stand_or_fall_alone(run: Run) -> None:
    documents = [{"name": "A"}, {"name": " "}, 5, {"name": "B", "region": "x"}]
    status, out, err = run("customer", "new", "--json-in", "-", "--json", stdin=encoded(documents))
    outcomes = json.loads(out)
    assert (status, err) == (1, "")
    assert [o["ok"] for o in outcomes] == [True, False, False, True]
    assert [o["error"]["code"] for o in outcomes if not o["ok"]] == ["required", "not_an_object"]
    status, out, err = run("ticket", "new", "--json-in", "-", stdin=encoded([TICKET, {}]))
    assert (status, out.strip()) == (1, "T-1")
    assert err.startswith("2: ")
    answer(run, "ticket", "new", document=[])
    assert len(answer(run, "customer", "list")) == 2


def test_options_overrule_the_document(run: Run) -> None:
    ticket = answer(run, "ticket", "new", "--subject", "Fire", document=TICKET)
    assert ticket["subject"] == "Fire"
    number = ticket["number"]
    answer(run, "ticket", "edit", number, "--subject", "Water", document={"appeal": "a new one"})
    fields = answer(run, "ticket", "show", number)["fields"]
    assert (fields["subject"], fields["appeal"]) == ("Water", "a new one")
    assert refused(run, "ticket", "edit", number, status=2) == "usage"


def test_when_the_store_goes_away_the_rest_is_not_tried(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from crm_tui.db.errors import unavailable
    from crm_tui.services.intake import IntakeService

    tried = []

    def away(self: object, data: object, *, actor: object) -> int:
        tried.append(data)
        raise unavailable("disk_full", "crm.db")

    monkeypatch.setattr(IntakeService, "create", away)
    status, out, _ = run("ticket", "new", "--json-in", "-", "--json", stdin=encoded([TICKET] * 3))
    assert status == 1
    assert [o["error"]["code"] for o in json.loads(out)] == ["disk_full"] * 3
    assert len(tried) == 1


def test_files_come_and_go(run: Run, tmp_path: Path) -> None:
    number = new_ticket(run)
    source = tmp_path / "photo.bin"
    source.write_bytes(bytes(range(256)))
    made = str(answer(run, "ticket", "attach", number, str(source))["attachment"])
    target = tmp_path / "back.bin"
    answer(run, "ticket", "attachment", made, "--to", str(target))
    assert target.read_bytes() == source.read_bytes()
    assert refused(run, "ticket", "attachment", made, "--to", str(target)) == "file_exists"
    nowhere = str(tmp_path / "none" / "x")
    assert refused(run, "ticket", "attachment", made, "--to", nowhere) == "cannot_write"
    assert refused(run, "ticket", "attachment", "99", "--to", nowhere) == "not_found"


@pytest.mark.req("R-316")
def test_schemas_say_what_a_record_takes(run: Run) -> None:
    assert "ticket" in answer(run, "config", "schema")
    schema = answer(run, "config", "schema", "ticket")
    assert schema["properties"]["subject"]["maxLength"] == 300
    assert "subject" in schema["required"]
    assert refused(run, "config", "schema", "car") == "not_found"
    assert "Ticket" in run("config", "schema")[1]


def test_exports_to_standard_output(run: Run, tmp_path: Path) -> None:
    answer(run, "customer", "new", "--name", "=1+1")
    lines = run("export", "customers", "-")[1].splitlines()
    assert lines[0].startswith("number,name,") and "'=1+1" in lines[1]
    assert answer(run, "export", "customers", "-")[0]["name"] == "=1+1"
    assert run("export", "tickets", "-")[1].splitlines() == ["number"]
    assert refused(run, "export", "customers", str(tmp_path / "x.foo"), status=2) == "usage"
    assert refused(run, "export", "customers", "-", "--format", "xlsx", status=2) == "usage"
