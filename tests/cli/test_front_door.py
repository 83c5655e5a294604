"""Nouns, verbs and options: found, explained, refused; answers on one stream, refusals on the other."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from crm_tui import i18n
from crm_tui.cli.main import main
from crm_tui.cli.tickets import SORTS
from crm_tui.cli.verbs import NOUNS
from crm_tui.db.queries import tickets as queries
from crm_tui.domain.text import cell_width
from tests.cli.conftest import Run
from tests.cli.words import answer, chinese, new_ticket, refused

ROOT = Path(__file__).resolve().parent.parent.parent
LANGUAGES = pytest.mark.parametrize("language", ["en", "zh"])


@pytest.mark.req("R-316")
@pytest.mark.parametrize(
    "words",
    [
        ("--json", "staff", "list"),
        ("staff", "--json", "list"),
        ("staff", "list", "--json"),
        ("--as", "root", "--json", "staff", "list", "--lang", "zh"),
        ("--as=root", "staff", "--lang=zh", "list", "--json"),
    ],
)
def test_common_options_stand_anywhere(run: Run, words: tuple[str, ...]) -> None:
    status, out, err = run(*words)
    assert (status, err) == (0, "")
    assert [p["login"] for p in json.loads(out)] == ["root"]


def test_an_empty_place_is_not_the_usual_one(run: Run) -> None:
    new_ticket(run)
    assert refused(run, "ticket", "list", "--db", "") == "url_unsupported"
    assert refused(run, "ticket", "list", "--as", "") == "unknown_login"


def test_options_stand_between_the_tickets(run: Run) -> None:
    one, two = new_ticket(run), new_ticket(run)
    taken = json.loads(run("ticket", "take", one, "--json", two, one, "T-1")[1])
    assert [o["number"] for o in taken["outcomes"]] == [one, two]
    status, out, err = run("--json", "ticket", "show", "--", "-1")
    assert (status, out) == (1, "") and "-1" in json.loads(err)["message"]


@pytest.mark.req("R-316")
def test_answers_and_refusals_go_different_ways(run: Run) -> None:
    status, out, err = run("ticket", "show", "T-99", "--json")
    assert (status, out) == (1, "")
    assert json.loads(err) == {
        "code": "not_found",
        "field": "ticket",
        "message": "There is no ticket T-99",
    }
    status, out, err = run("ticket", "list", "--json", "--limit", "-1")
    assert (status, out) == (2, "")
    assert json.loads(err)["code"] == "usage"
    number = new_ticket(run)
    status, out, err = run("ticket", "take", number, "T-99")
    assert (status, out, err) == (
        1,
        f"{number}: Assigned\n",
        "T-99: There is no ticket T-99\n",
    )


@LANGUAGES
@pytest.mark.parametrize(
    ("words", "near"),
    [
        (("tickt", "list"), "ticket"),
        (("ticket", "shw", "1"), "show"),
        (("zzz",), "--help"),
        (("ticket", "zzz"), "ticket --help"),
        (("ticket",), "ticket --help"),
        (("ticket", "assign", "1"), "--to"),
        (("ticket", "history", "1", "--limit", "-3"), "-3"),
        (("audit", "--limit", "99999999999999999999"), "9999"),
        (("notifications", "snooze", "1", "--hours", "nan"), "nan"),
        (("worker", "--every", "inf"), "inf"),
        (("staff", "list", "--plain", "--colour"), "--colour"),
        (("ticket", "edit", "1"), "--help"),
        (("staff", "add"), "--json-in"),
        (("ticket", "list", "--now", "2026-02-30"), "2026-02-30"),
        (("ticket", "list", "--untracked", "is:open"), "--untracked"),
        (("ticket", "list", "--now", "0001-01-01"), "0001-01-01"),
    ],
)
def test_what_is_not_understood_says_what_would_be(
    run: Run, language: str, words: tuple[str, ...], near: str
) -> None:
    status, out, err = run(*words, "--lang", language)
    assert (status, out) == (2, ""), err
    said = err.splitlines()[-1]
    assert said.startswith("crm-tui: ") and near in said
    assert chinese(said) == (language == "zh")


@LANGUAGES
def test_every_verb_explains_itself(language: str, capsys: pytest.CaptureFixture[str]) -> None:
    for noun in NOUNS:
        assert main([noun.name, "--help", "--lang", language]) == 0
        overview = capsys.readouterr().out
        for verb in noun.verbs():
            assert verb.name in overview
            assert i18n.tr(verb.help, language) in overview
            assert main([noun.name, *verb.name.split(), "-h", "--lang", language]) == 0
            out, err = capsys.readouterr()
            assert not err and "--lang {zh,en}" in out
            assert chinese(out) or language == "en", out


def test_help_needs_neither_database_nor_screens() -> None:
    code = (
        "import sys\nfrom crm_tui.cli.main import main\nfrom crm_tui.cli.verbs import NOUNS\n"
        "main(['--version']); main(['--help'])\n"
        "[main([n.name, '--help']) for n in NOUNS]\n"
        "heavy = {'textual', 'sqlalchemy', 'alembic', 'cryptography', 'psycopg', 'holidays'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "for n in NOUNS:\n"
        "    if n.name != 'import':\n"
        "        [main([n.name, v.name, '--help']) for v in n.verbs() if v.name]\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode == 0, done.stderr


def test_the_orders_of_the_list_are_those_of_the_queries() -> None:
    assert tuple(queries.SORTS) == SORTS


@pytest.mark.req("R-316")
def test_the_reference_in_the_docs_is_current() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "cli_reference.py"), "check"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@LANGUAGES
@pytest.mark.req("R-318", "R-313")
def test_plain_tables_keep_their_columns(run: Run, language: str) -> None:
    for name in ("甲公司", "Acme", "有限公司與夥伴ＡＢ"):
        answer(run, "customer", "new", "--name", name, "--industry", "制造业", "--tag", "降本")
        new_ticket(run, customer=name, subject=f"{name} 打印机")
    answer(run, "staff", "add", "ana", "--name", "安娜")
    for words in (("customer", "list"), ("ticket", "list"), ("staff", "list"), ("department",)):
        out = run(*words, "--lang", language)[1]
        lines = out.splitlines()
        head = lines[0]
        # Where a column begins, every line has a blank before it.
        cells = [head.index(h) for h in head.split("  ") if h.strip()]
        for start in (cell_width(head[:c]) for c in cells[1:]):
            for line in lines[1:]:
                assert cell_at(line, start - 1) in " ", (words, line)
        assert chinese(head) == (language == "zh")


def cell_at(line: str, cell: int) -> str:
    """What stands in a cell; beyond the end nothing."""
    for end in range(1, len(line) + 1):
        if cell_width(line[:end]) > cell:
            return line[end - 1]
    return ""


@pytest.mark.req("R-306", "R-313")
def test_the_trail_speaks_in_words(run: Run) -> None:
    answer(run, "customer", "new", "--name", "Acme")
    number = new_ticket(run, customer="Acme")
    answer(run, "ticket", "take", number)
    answer(run, "ticket", "priority", number, "--to", "low", "--reason", "calm")
    answer(run, "customer", "change", "Acme", "--segment", "potential")
    out = run("audit", "list")[1]
    assert "Segment: Ordinary customer → " in out
    assert "State: Registered → Dispatched" in out
    assert "calm" in out and "Urgency: Normal → Low" in out and "+00:00" not in out
    out = run("audit", "list", "--lang", "zh")[1]
    assert "状态: 已登记 → 已分派" in out
    history = run("ticket", "history", number, "--lang", "zh")[1]
    assert "状态: 已登记 → 已分派" in history
    older = answer(run, "audit", "list", "--before", "3", "--limit", "0")
    assert [e["seq"] for e in older] == [2, 1]


def test_plain_text_never_steers_the_terminal(run: Run) -> None:
    name = "E\x1b]0;pwned\x07vil\x1b[2J \u202eabc"
    status, out, err = run("staff", "add", "x\x1b[31m", "--name", name)
    assert status == 0, err
    number = new_ticket(run, subject="Smoke \u202egnp.exe")
    status, out2, _ = run("ticket", "list")
    texts = [out, out2]
    for words in (
        ("staff", "list"),
        ("staff", "list", "--json"),
        ("ticket", "show", number),
        ("audit", "list"),
        ("audit", "list", "--json"),
        ("ticket", "show", "\x1b[31m"),
        ("\x1b[31m",),
        ("ticket", "\x1b]0;x\x07"),
        ("ticket", "list", "--sort", "\x1b[31m"),
        ("customer", "show", "\u202e\x9b"),
    ):
        status, out, err = run(*words)
        texts += [out, err]
    for text in texts:
        assert not set(text) & set("\x1b\x07\x9b\u202e"), text
    people = {p["name"] for p in answer(run, "staff", "list")}
    assert len(people) == 2
