"""What is wrong is said in the user's language, with nothing half-written and nothing lost."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from crm_tui.cli.main import main
from tests.cli.conftest import Run
from tests.cli.words import answer, new_ticket, refused

LANGUAGES = pytest.mark.parametrize("language", ["en", "zh"])


def database(run: Run) -> Path:
    """The file that the commands work on."""
    import os

    return Path(os.environ["CRM_TUI_DB"])


def sentence(run: Run, language: str, *words: str) -> str:
    """What a refused command says; it must be a sentence and no trace."""
    status, out, err = run(*words, "--lang", language)
    assert status in (1, 2), (words, out, err)
    assert "Traceback" not in err and "Error(" not in err
    chinese = any("\u4e00" <= c <= "\u9fff" for c in err)
    assert chinese == (language == "zh"), err
    return err


@LANGUAGES
def test_rules_of_tickets(run: Run, language: str) -> None:
    answer(run, "staff", "add", "vic", "--role", "viewer")
    number = new_ticket(run)
    answer(run, "ticket", "take", number)
    before = answer(run, "audit", "verify")["entries"]
    cases: dict[tuple[str, ...], str] = {
        ("ticket", "status", number, "--to", "closed"): "transition_unknown",
        ("ticket", "status", number, "--to", "accepted"): "verified_note_needed",
        (
            "ticket",
            "new",
            "--kind",
            "praise",
            "--channel",
            "phone",
            "--subject",
            "s",
            "--description",
            " ",
        ): "required",
        (
            "ticket",
            "new",
            "--kind",
            "praise",
            "--channel",
            "phone",
            "--subject",
            "s",
            "--description",
            "d",
            "--received-at",
            "2099-01-01 09:00",
        ): "received_after_registered",
        (
            "ticket",
            "new",
            "--kind",
            "complaint",
            "--channel",
            "phone",
            "--subject",
            "s",
            "--description",
            "d",
            "--departments",
            "product",
        ): "first_responsible_needed",
        ("ticket", "note", number, "--text", "x", "--as", "vic"): "role_needed",
        ("ticket", "note", number, "--text", "x", "--as", "nobody"): "unknown_login",
        ("ticket", "show", "T-99"): "not_found",
        ("ticket", "list", "colour:red"): "bad_filter",
        ("customer", "show", "C2099001"): "not_found",
    }
    for words, code in cases.items():
        if (
            code == "first_responsible_needed"
            and "--departments" not in run("ticket", "new", "--help")[1]
        ):
            continue
        assert refused(run, *words) == code
        assert sentence(run, language, *words)
    assert answer(run, "audit", "verify")["entries"] == before


@LANGUAGES
def test_closing_and_approval(run: Run, language: str) -> None:
    answer(run, "staff", "add", "lin", "--department", "after_sales", "--role", "manager")
    answer(run, "department", "head", "after_sales", "lin")
    number = new_ticket(run)
    lin = ("--as", "lin")
    answer(run, "ticket", "take", number, *lin)
    answer(run, "ticket", "status", number, "--to", "accepted", "--verified-note", "x", *lin)
    answer(run, "ticket", "propose", number, "--text", "mend", *lin)
    assert refused(run, "ticket", "approve", number, *lin) == "approver_is_proposer"
    assert sentence(run, language, "ticket", "approve", number, *lin)
    assert sentence(run, language, "ticket", "close", number, *lin)
    assert refused(run, "ticket", "feedback", number, "--text", "x", "--basis", " ", *lin) == (
        "handling_basis_needed"
    )


@LANGUAGES
def test_a_second_first_responsible(run: Run, language: str, tmp_path: Path) -> None:
    given = {
        "kind": "complaint",
        "channel": "phone",
        "subject": "s",
        "description": "d",
        "departments": ["product"],
        "first_responsible_id": [1, 2],
    }
    path = tmp_path / "ticket.json"
    path.write_text(json.dumps(given))
    status, out, err = run("ticket", "new", "--json-in", str(path), "--lang", language)
    assert status == 1, (out, err)
    assert "Traceback" not in err
    assert answer(run, "ticket", "counts") == {}


@LANGUAGES
def test_usage(run: Run, language: str) -> None:
    for words in (
        ("tickets",),
        ("ticket", "fly"),
        ("ticket", "assign", "T-1"),
        ("ticket", "take"),
        ("ticket", "list", "--limit", "many"),
        ("sla", "evaluate"),
        ("ticket", "list", "--now", "yesterday"),
    ):
        status, out, err = run(*words, "--lang", language)
        assert status == 2, (words, out, err)
        assert "Traceback" not in err
        assert any("\u4e00" <= c <= "\u9fff" for c in err) == (language == "zh"), err


@LANGUAGES
def test_a_locked_database(run: Run, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from crm_tui.db import engine as engine_module

    number = new_ticket(run)
    monkeypatch.setattr(engine_module, "BUSY_TIMEOUT_MS", 50)
    other = sqlite3.connect(database(run), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert refused(run, "ticket", "take", number) == "database_locked"
    assert sentence(run, language, "ticket", "take", number)
    assert answer(run, "ticket", "show", number)["owner"] == ""
    other.rollback()
    other.close()
    answer(run, "ticket", "take", number)


@LANGUAGES
def test_a_wrong_key_file(run: Run, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    customer = answer(run, "customer", "new", "--name", "A")
    assert customer
    answer(run, "customer", "contact", customer["number"], "--name", "W", "--phone", "13912340001")
    key = Path(os.environ["CRM_TUI_KEY_FILE"])
    kept = key.read_bytes()
    key.unlink()
    code = refused(run, "customer", "show", customer["number"])
    assert code.startswith("key"), code
    assert sentence(run, language, "customer", "show", customer["number"])
    assert not key.exists()
    key.write_bytes(b"nonsense")
    key.chmod(0o600)
    assert sentence(run, language, "customer", "show", customer["number"])
    key.write_bytes(kept)
    found = answer(run, "customer", "show", customer["number"])
    assert "13912340001" in json.dumps(found)


@LANGUAGES
def test_a_database_of_a_newer_version(run: Run, language: str) -> None:
    new_ticket(run)
    with sqlite3.connect(database(run)) as raw:
        (before,) = raw.execute("SELECT version_num FROM alembic_version").fetchone()
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()
    assert refused(run, "ticket", "list") == "database_newer"
    assert sentence(run, language, "ticket", "list")
    with sqlite3.connect(database(run)) as raw:
        raw.execute("UPDATE alembic_version SET version_num = ?", (before,))
    raw.close()
    assert len(answer(run, "ticket", "list")) == 1


@LANGUAGES
def test_a_file_that_is_no_database(run: Run, language: str, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("these are notes\n" * 100)
    assert refused(run, "ticket", "list", "--db", str(path)) == "not_a_database"
    assert sentence(run, language, "ticket", "list", "--db", str(path))
    assert path.read_text() == "these are notes\n" * 100


@LANGUAGES
def test_a_server_that_is_not_there(run: Run, language: str) -> None:
    url = "postgresql://nobody@127.0.0.1:1/none"
    assert refused(run, "ticket", "list", "--db", url) == "database_unreachable"
    said = sentence(run, language, "ticket", "list", "--db", url)
    assert "127.0.0.1" in said


@LANGUAGES
def test_a_full_disk(run: Run, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    number = new_ticket(run)
    from sqlalchemy import event

    from crm_tui.db import engine as engine_module

    real = engine_module.open_engine

    def small(*args: object, **more: object) -> object:
        made = real(*args, **more)  # type: ignore[arg-type]

        @event.listens_for(made, "connect")
        def limit(raw: sqlite3.Connection, record: object) -> None:
            (pages,) = raw.execute("PRAGMA page_count").fetchone()
            raw.execute(f"PRAGMA max_page_count = {pages}")

        return made

    before = answer(run, "audit", "verify")["entries"]
    monkeypatch.setattr(engine_module, "open_engine", small)
    text = "字" * 19_000
    assert refused(run, "ticket", "note", number, "--text", text) == "disk_full"
    assert sentence(run, language, "ticket", "note", number, "--text", text)
    monkeypatch.setattr(engine_module, "open_engine", real)
    assert answer(run, "audit", "verify")["entries"] == before


@pytest.fixture
def defect(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A command with a mistake in it, whose message holds a customer's number."""

    def broken(*args: object, **more: object) -> None:
        raise RuntimeError("13912340001")

    monkeypatch.setattr("crm_tui.services.find.FindService.find", broken)
    yield


@LANGUAGES
@pytest.mark.req("R-299")
@pytest.mark.usefixtures("defect")
def test_a_defect_leaves_its_place_and_no_personal_data(run: Run, language: str) -> None:
    said = sentence(run, language, "search", "x")
    assert "RuntimeError" in said and "13912340001" not in said
    from crm_tui.settings import Places

    logs = list(Places.of_user().logs.glob("crash-*.log"))
    assert logs
    for log in logs:
        text = log.read_text()
        assert "test_bad_input.py" in text and "13912340001" not in text


def test_a_reader_that_has_seen_enough(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **more: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("crm_tui.services.find.FindService.find", broken)
    assert run("search", "x")[0] == 130


def test_the_worker_ticks_until_told_to_stop(run: Run) -> None:
    from crm_tui import bootstrap
    from crm_tui.server.worker import work

    new_ticket(run)
    services = bootstrap.open_services(
        str(database(run)),
        key_file=database(run).with_name("field.key"),
        files=database(run).with_name("files"),
    )
    stop = threading.Event()
    thread = threading.Thread(target=lambda: work(services, every_s=0.01, stop=stop))
    thread.start()
    for _ in range(500):
        if services.ticker.tick("other").leader is False:
            break
    stop.set()
    thread.join(30)
    assert not thread.is_alive()
    assert services.ticker.tick("other").leader
    services.close()


def test_the_installed_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import sys

    from crm_tui.__main__ import main as start

    monkeypatch.setattr(sys, "argv", ["crm-tui", "--version"])
    assert start() == 0
    assert capsys.readouterr().out.startswith("crm-tui ")
    assert main(["--help"]) == 0


@pytest.mark.req("R-198")
@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--owner", "ana", "--owner", "root"), "--owner"),
        (("--owner=ana", "--owner=ana"), "--owner"),
        (("--due-on", "2099-06-01", "--due-on", "2099-06-02"), "--due-on"),
        (("--lang", "en", "--lang", "en"), "--lang"),
    ],
)
def test_an_option_of_one_value_is_refused_when_given_twice(
    run: Run, words: tuple[str, ...], named: str
) -> None:
    answer(run, "staff", "add", "ana", "--department", "after_sales")
    given = ("--description", "x", "--departments", "after_sales", *words)
    assert refused(run, "task", "new", *given, status=2) == "usage"
    status, out, err = run("task", "new", *given)
    assert (status, out) == (2, "")
    assert f"{named} is given twice" in err
    assert answer(run, "task", "list") == []


def test_an_option_and_its_opposite_are_refused_together(run: Run) -> None:
    given = ("--description", "x", "--departments", "after_sales", "--owner", "root")
    status, _, err = run("task", "new", *given, "--milestone", "--no-milestone")
    assert status == 2
    assert "--no-milestone cannot stand beside --milestone" in err


def test_an_option_of_many_values_adds_up(run: Run) -> None:
    given = ("--departments", "after_sales", "--departments", "sales", "--owner", "root")
    task = answer(run, "task", "new", "--description", "x", *given)
    assert len(answer(run, "task", "show", task["number"])["department_ids"]) == 2


@pytest.mark.req("R-198")
def test_one_option_names_one_person(run: Run) -> None:
    answer(run, "staff", "add", "ana", "--department", "after_sales")
    given = ("task", "new", "--description", "x", "--departments", "after_sales")
    for two in ("ana,root", "ana、root"):
        assert refused(run, *given, "--owner", two) == "several_persons"
    assert "owner" in sentence(run, "zh", *given, "--owner", "ana,root")
    assert refused(run, *given, "--owner", "") == "required"
    task = {"description": "x", "departments": ["after_sales"]}
    for owner in (["ana", "root"], "ana；root"):
        document = {**task, "owner": owner}
        assert refused(run, "task", "new", document=document) == "several_persons"
    twice = b'{"description": "x", "departments": ["sales"], "owner": "ana", "owner": "root"}'
    assert refused(run, "task", "new", document=twice) == "given_twice"
    assert answer(run, "task", "list") == []


def test_screens_without_a_terminal_are_refused(run: Run) -> None:
    assert refused(run) == "no_terminal"


def test_a_part_of_a_figure_has_dimension_and_key(run: Run) -> None:
    for words in (("--by", "tier"), ("--key", "A")):
        assert refused(run, "kpi", "rows", "csat", *words, status=2) == "usage"
