"""Whatever stands on the command line is answered with a result or a sentence, never with a defect."""

import argparse
import json
import random
from pathlib import Path

import pytest

from crm_tui.cli.main import parser_of
from crm_tui.cli.verbs import NOUNS, Noun, Verb
from tests.cli.conftest import Run
from tests.cli.words import answer, new_ticket

OPENS_OR_STAYS = {"worker", "demo"}
BAD = (
    "",
    " ",
    "-1",
    "0",
    "99999999999999999999",
    "x" * 5_000,
    "\x1b[31m\x07",
    "a\nb",
    "\udcff",
    "2026-02-30",
    "0001-01-01T00:00",
    "8999-12-31",
    "nan",
    "1e308",
    "@",
    "a:b",
    '"',
    "(" * 200,
    "'; drop table ticket; --",
    "%s%n{0}{x}",
    "e\u0301\u200d",
    "\u202eabc",
    "١２",
    "/",
    "-",
    "500万",
)
GOOD = {
    "numbers": ("T-1", "2"),
    "number": ("T-1", "2"),
    "customer": ("Acme",),
    "customer_id": ("Acme",),
    "to": ("ana", "after_sales", "T-2", "+2d"),
    "login": ("ana",),
    "reason": ("because",),
    "text": ("hello",),
    "id": ("1",),
    "ids": ("1",),
    "into": ("T-2",),
    "contact": ("1",),
    "at": ("+2d",),
    "basis": ("rule",),
    "verified_note": ("seen",),
}
DOCUMENTS = (
    b"",
    b"{}",
    b"[{}, 1]",
    b'{"name": null, "id": 1}',
    b'{"name": "\\u0000", "subject": {"a": 1}}',
    b'{"customer": [1], "owner": true}',
    b'{"name": "n", "tags": [["a"]], "experts": [null]}',
    b'{"ordered_on": 5, "amount": {}, "departments": [1e5]}',
    b'{"contact_id": 99999999999999999999, "product_id": "x"}',
)


def words_for(action: argparse.Action, dice: random.Random) -> list[str]:
    """An argument with a value that may be right or anything."""

    def value() -> str:
        if action.choices and dice.random() < 0.8:
            return str(dice.choice(list(action.choices)))
        good = GOOD.get(action.dest, ())
        return dice.choice(good if good and dice.random() < 0.7 else BAD)

    if not action.option_strings:
        most = {"?": 1, "*": 2, "+": 2}.get(str(action.nargs), 1)
        least = 0 if action.nargs in ("?", "*") else 1
        found = [value() for _ in range(dice.randint(least, most))]
        return [f"x{w}" if w.startswith("-") and w != "-" else w for w in found]
    if not action.required and dice.random() > 0.25:
        return []
    option = action.option_strings[-1]
    if action.nargs == 0:
        return [option]
    return [f"{option}=-"] if option == "--json-in" else [f"{option}={value()}"]


def command(noun: Noun, verb: Verb, dice: random.Random, folder: Path) -> list[str]:
    """A command line for a verb."""
    words = [noun.name, *verb.name.split()]
    if verb.name in ("backup", "restore"):
        return [*words, str(folder / str(dice.random()))]
    common = {"help", "db", "lang", "as_login", "now", "allow_now", "json", "plain"}
    for action in parser_of(noun, verb)._actions:
        if action.dest not in common and action.help is not argparse.SUPPRESS:
            words += words_for(action, dice)
    if dice.random() < 0.1:
        words.append(f"--now={dice.choice(BAD)}")
    return words


@pytest.mark.parametrize("seed", range(2))
def test_no_words_are_a_defect(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    answer(run, "staff", "add", "ana", "--department", "after_sales")
    answer(run, "customer", "new", "--name", "Acme")
    new_ticket(run, customer="Acme")
    new_ticket(run)
    dice = random.Random(seed)
    verbs = [(n, v) for n in NOUNS if n.name not in OPENS_OR_STAYS for v in n.verbs()]
    dice.shuffle(verbs)
    for noun, verb in verbs:
        words = command(noun, verb, dice, tmp_path)
        status, out, err = run(*words, "--json", stdin=dice.choice(DOCUMENTS))
        assert status in (0, 1, 2), words
        assert not set(out + err) & set("\x1b\x07\x9b\u202e"), words
        if err:
            assert json.loads(err)["code"] != "defect", words
        status, out, err = run(*words, "--lang", "zh", stdin=dice.choice(DOCUMENTS))
        assert not set(out + err) & set("\x1b\x07\x9b\u202e"), words
        assert "Traceback" not in err and "缺陷" not in err, words
    assert answer(run, "db", "verify-audit")["ok"]
    assert answer(run, "db", "check") == {"problems": []}
