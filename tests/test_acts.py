"""Every act that the services write into the log is called something in both languages."""

import ast
from pathlib import Path

import pytest

from crm_tui import i18n
from crm_tui.domain.acts import ACTS, COLUMNS, act_label

SERVICES = Path(__file__).resolve().parent.parent / "crm_tui" / "services"
PLACES = {"log": 2, "save": 3, "move": 99, "put": 99}
"""Where the verb stands among the arguments of what writes the log."""


def verbs_in_code() -> dict[str, str]:
    """Each verb with a place it is written at."""
    found: dict[str, str] = {}
    for path in sorted(SERVICES.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(
                node.func, ast.Attribute | ast.Name
            ):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            if name not in PLACES:
                continue
            given = [k.value for k in node.keywords if k.arg == "verb"]
            given += node.args[PLACES[name] : PLACES[name] + 1]
            choices = [c for g in given if isinstance(g, ast.IfExp) for c in (g.body, g.orelse)]
            for one in (*given, *choices):
                if isinstance(one, ast.Constant) and isinstance(one.value, str):
                    found.setdefault(one.value, f"{path.name}:{node.lineno}")
    return found


@pytest.mark.req("R-306", "R-313")
def test_every_verb_has_a_name() -> None:
    written = verbs_in_code()
    assert len(written) > 50
    nameless = {v: place for v, place in written.items() if v not in ACTS}
    assert nameless == {}


def test_names_are_in_both_languages() -> None:
    for msgid in {*ACTS.values(), *COLUMNS.values()}:
        assert i18n.tr(msgid, "zh") != msgid, msgid
    assert act_label("ticket", "created") != act_label("customer", "created")
    assert act_label("", "nothing") == "nothing"
