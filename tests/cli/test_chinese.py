"""In Chinese every list and record speaks Chinese: no English word is left beside names and codes."""

import re
from collections.abc import Iterable, Iterator

import pytest

from crm_tui.cli.verbs import NOUNS
from crm_tui.db.schema.base import metadata
from crm_tui.domain import kpi
from crm_tui.domain.key_actions import KEY_ACTIONS
from crm_tui.domain.policy import ClockKind
from crm_tui.domain.records.registry import REGISTRY
from crm_tui.domain.terms import Channel, TicketKind
from crm_tui.services.org import DEPARTMENTS
from tests.cli.conftest import Run
from tests.cli.words import answer, new_ticket

READING = frozenset(
    (
        *("", "list", "show", "history", "explain", "kinds", "counts", "points", "preview"),
        *("templates", "board", "log", "proposals", "limits", "rows", "policy", "process"),
        *("verify", "verify-audit", "check", "stats", "places", "schema"),
    )
)
"""Verbs that only look, by name."""
ELSEWHERE = frozenset({"export", "import", "undo", "redo", "tick", "worker", "demo"})
"""Nouns that are acts of one verb, and are walked by their own tests."""
WALK: dict[str, tuple[tuple[str, ...], ...]] = {
    "ticket": (
        *(("kinds",), ("list",), ("show", "T-1"), ("history", "T-1"), ("explain", "T-1")),
        ("counts",),
    ),
    "customer": (("list",), ("show", "C{year}001"), ("history", "C{year}001")),
    "staff": (("list",),),
    "department": (("list",),),
    "team": (("list",),),
    "search": (("", "甲"),),
    "notifications": (("list",),),
    "order": (("list",), ("show", "1")),
    "contract": (("list",), ("show", "1")),
    "product": (("list",), ("show", "1")),
    "interaction": (("list",), ("show", "1")),
    "requirement": (("list",), ("show", "1")),
    "goal": (
        *(("list",), ("show", "1"), ("points", "1"), ("templates",)),
        ("preview", "--baseline", "20", "--change", "降低15%"),
    ),
    "task": (
        *(("list",), ("show", "1"), ("board",), ("log", "XZ{year}001"), ("proposals",)),
        ("limits",),
    ),
    "risk": (("list",), ("show", "1")),
    "survey": (("list",), ("show", "1")),
    "churn": (("list",), ("show", "1")),
    "improvement": (("list",), ("show", "1")),
    "view": (("list",), ("show", "1")),
    "canned": (("list",), ("show", "1")),
    "macro": (("list",), ("show", "1")),
    "time": (("list",), ("show", "1")),
    "checklist": (("list",), ("show", "1")),
    "kpi": (
        *(("show",), ("show", "csat"), ("show", "first_response", "--by", "department")),
        *(("show", "arrivals", "--by", "channel"), ("show", "--csv", "-")),
        *(("show", "--table", "compliance"), ("show", "--table", "arrivals_by_hour")),
        *(("show", "--table", "cohorts"), ("show", "--markdown", "-"), ("list",)),
        *(("rows", "arrivals"), ("rows", "compliance"), ("rows", "order_value")),
        *(("rows", "csat"), ("rows", "churn")),
    ),
    "calendar": (("list",),),
    "sla": (("policy",), ("process",)),
    "audit": (("list",), ("verify",)),
    "db": (("check",), ("verify-audit",), ("stats",)),
    "config": (("places",), ("check",), ("schema",)),
}
CODES = re.compile(
    r"https?://\S+|\S*[/\\]\S*|\b[A-Z]{1,3}-?\d[\w-]*|\d\S*|\b[a-z]+(?:[_-][a-z0-9]+)+\b|`[^`]*`"
)
"""Numbers, places, ids of several words, commands."""
_PLACES = (*(code for code, _, _ in DEPARTMENTS), *(name for _, _, name in DEPARTMENTS))
_TEAMS = ("Rapid response group", "Customer relationship team", "Special service team")
CODES_OF: dict[tuple[str, ...], Iterable[str]] = {
    ("ticket", "kinds"): TicketKind,
    ("ticket", "explain"): ClockKind,
    ("department",): _PLACES,
    ("team",): _TEAMS,
    ("goal", "templates"): (t.name for t in KEY_ACTIONS),
    ("view",): ("queue is:open",),
    ("macro",): ("tag",),
    ("kpi", "list"): (*kpi.FIGURES, "partner referral"),
    ("kpi", "show"): (*kpi.FIGURES, *Channel, "true", "false"),
    ("sla", "policy"): ClockKind,
    ("audit", "list"): (*_PLACES, "queue is:open", "tag"),
    ("db", "stats"): metadata.tables,
    ("config", "schema"): REGISTRY,
}
"""What programs and scripts name things by, where a list shows it, and what the world below typed."""
NAMES = frozenset(
    (
        *("root", "default", "asia", "shanghai", "crm", "erp", "sla", "kpi", "csat", "nps", "csi"),
        *("ssi", "cvp", "clv", "sop", "sql", "sqlite", "csv", "json"),
    )
)
"""Names and abbreviations that Chinese uses as they are."""


def year_of(run: Run) -> str:
    """The year of the numbers that are given out."""
    return str(answer(run, "customer", "list")[0]["number"])[1:5]


def world(run: Run) -> None:
    """One record of everything, told in Chinese alone."""
    year = str(answer(run, "customer", "new", "--name", "甲公司", "--industry", "制造业")["number"])
    number = new_ticket(
        run, customer=year, subject="打印头冒烟", description="打印头冒烟", urgency="urgent"
    )
    answer(run, "ticket", "take", number)
    answer(run, "ticket", "note", number, "--text", "已联系客户")
    answer(run, "ticket", "priority", number, "--to", "normal", "--reason", "客户同意")
    made: tuple[tuple[str, ...], ...] = (
        ("product", "--name", "打印机"),
        ("order", "--customer", year, "--ordered-on", "2024-05-02", "--amount", "100"),
        (
            *("contract", "--customer", year, "--name", "年度合同", "--start-on", "2024-01-01"),
            *("--end-on", "2024-12-31", "--amount", "100"),
        ),
        (
            *("interaction", "--customer", year, "--occurred-on", "2024-05-02"),
            *("--channel", "phone", "--topic", "回访"),
        ),
        ("requirement", "--customer", year, "--type", "product", "--description", "仓储"),
        (
            *("goal", "--objective", "客户流失率", "--metric", "流失率", "--baseline", "20"),
            *("--target", "15", "--deadline-on", "2099-06-30"),
        ),
        (
            *("task", "--description", "整理手册", "--departments", "service"),
            *("--departments", "sales", "--owner", "root", "--due-on", "2024-06-30"),
        ),
        ("risk", "--task", f"XZ{year[1:5]}001", "--cause", "停滞"),
        (
            *("survey", "--survey", "csat", "--respondent", "甲", "--channel", "phone"),
            *("--answered-at", "2024-05-03T10:00+08:00", "--answer", "4", "--evidence", "表单"),
        ),
        ("churn", "--customer", year, "--churned-on", "2024-05-02", "--cause", "price"),
        ("improvement", "--title", "改流程", "--cause-category", "process_unclear"),
        ("view", "--name", "我的", "--text", "queue is:open"),
        ("canned", "--name", "问候", "--body", "您好"),
        ("macro", "--name", "标记", "--title", "标记客诉", "--steps", "tag +客诉"),
        ("time", "--ticket", number, "--minutes", "5", "--day", "2024-05-02"),
        ("checklist", "--ticket", number, "--text", "核对"),
    )
    for noun, *words in made:
        answer(run, noun, "new", *words)
    answer(run, "task", "progress", f"XZ{year[1:5]}001", "--percent", "10", "--note", "已开始")
    answer(run, "task", "limits", "--status", "in_progress", "--most", "5")
    answer(run, "goal", "measure", "1", "17", "--source", "台账")


def english(text: str) -> list[str]:
    """Words of three letters and more that are neither names nor codes."""
    return [
        word
        for word in re.findall(r"[A-Za-z]{3,}", CODES.sub(" ", text))
        if word.lower() not in NAMES
    ]


def walked() -> Iterator[tuple[str, ...]]:
    """Every command of the walk."""
    for noun, all_words in WALK.items():
        for words in all_words:
            yield (noun, *filter(None, words))


def test_the_walk_leaves_no_reading_verb_out() -> None:
    there = {
        (noun.name, verb.name)
        for noun in NOUNS
        if noun.name not in ELSEWHERE
        for verb in noun.verbs()
        if verb.name in READING
    }
    assert {(noun, words[0]) for noun, given in WALK.items() for words in given} >= there
    assert {n.name for n in NOUNS} == {*WALK, *ELSEWHERE}


@pytest.mark.req("R-315")
def test_no_english_is_left_in_a_chinese_answer(run: Run) -> None:
    world(run)
    year = year_of(run)
    left: dict[str, list[str]] = {}
    for words in walked():
        command = tuple(word.format(year=year) for word in words)
        status, out, err = run(*command, "--lang", "zh")
        assert status == 0, (command, out, err)
        assert out or err, command
        allowed = " ".join(CODES_OF.get(words[:2], CODES_OF.get(words[:1], ())))
        if found := set(english(out + err)) - set(english(allowed)):
            left[" ".join(command)] = sorted(found)
    assert not left, "\n".join(f"{k}: {v}" for k, v in left.items())
