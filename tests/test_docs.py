"""What the documentation says is there: pages, links, pictures, commands, keys and filter keys."""

import re
import shlex
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import pytest

from crm_tui.cli.main import parse
from crm_tui.cli.parser import positional_places
from crm_tui.cli.verbs import noun
from crm_tui.domain.records import registry
from crm_tui.services.customer_filters import customer_keys
from crm_tui.services.register_filters import keys_of
from crm_tui.services.ticket_filters import TICKET_KEYS
from crm_tui.tui.actions import ACTIONS
from crm_tui.tui.keymap import shown

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
GUIDE = sorted([*DOCS.glob("guide/*.md"), *DOCS.glob("guide*.md")])
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "ARCHITECTURE.md", *DOCS.rglob("*.md")]
ENGLISH = [p for p in GUIDE if not p.name.endswith(".zh.md")]
PICTURES = sorted(DOCS.glob("pictures/*.svg"))
LARGEST = 150_000

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"^```[a-z]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_NAMED_KEY = (
    re.compile(r"`([^`\s:][^`\s]*|:)`(?: \(|（|, |、)`:(\w+)`"),
    re.compile(r"^\| `([^`\s]+)` \| `:(\w+)` \|", re.MULTILINE),
)
COMMANDS = {a.command for a in ACTIONS} | {"go"}
"""`:go T-12` is no action: it goes to a place."""


def named(paths: list[Path]) -> list[object]:
    return [pytest.param(p, id=str(p.relative_to(ROOT))) for p in paths]


def other_language(page: Path) -> Path:
    return page.with_name(f"{page.stem}.zh.md")


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as they are made where the pages are read."""
    heads = re.findall(r"^#+ (.+)$", _CODE.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.strip().lower()).replace(" ", "-") for h in heads}


def lines_typed(page: Path) -> Iterator[list[str]]:
    """The words after `crm-tui` of each command that stands in a block."""
    for block in _CODE.findall(page.read_text("utf-8")):
        for line in block.splitlines():
            if found := re.match(r"(?:\$ |(?:\* ){5})?crm-tui\b(?! *=)(.*)", line):
                yield shlex.split(found[1], comments=True)


def commands_mentioned(page: Path) -> set[tuple[str, str]]:
    """Noun and verb of each command in a block or in running text."""
    inline = [
        s.split()[1:] for s in _SPAN.findall(page.read_text("utf-8")) if s.startswith("crm-tui ")
    ]
    found: set[tuple[str, str]] = set()
    for words in [*inline, *lines_typed(page)]:
        places = positional_places(words, 2)
        if not places:
            continue
        meant = noun(words[places[0]])
        assert meant is not None, f"{page.name}: crm-tui {' '.join(words)}"
        verbs = {v.name for v in meant.verbs()}
        verb = "" if "" in verbs else words[places[1]] if len(places) > 1 else meant.default or ""
        assert verb in verbs, f"{page.name}: crm-tui {' '.join(words)}"
        found.add((meant.name, verb))
    return found


def words_mentioned(page: Path) -> set[str]:
    """The words of the command line inside the program."""
    spans = _SPAN.findall(page.read_text("utf-8"))
    return {s[1:].split()[0] for s in spans if re.match(r":\w", s)}


@pytest.mark.parametrize("page", named(PAGES))
def test_every_relative_link_resolves(page: Path) -> None:
    for link in _LINK.findall(_CODE.sub("", page.read_text("utf-8"))):
        if link.startswith(("https://", "http://")):
            continue
        place, _, anchor = link.partition("#")
        target = (page.parent / place).resolve() if place else page
        assert target.is_file(), f"{page.name}: {link}"
        assert not anchor or anchor in anchors(target), f"{page.name}: {link}"


def test_the_index_names_every_page() -> None:
    for index, suffix in ((DOCS / "guide.md", ".md"), (DOCS / "guide.zh.md", ".zh.md")):
        text = index.read_text("utf-8")
        for page in ENGLISH:
            assert page.parent == DOCS or f"(guide/{page.stem}{suffix})" in text


@pytest.mark.req("R-313")
@pytest.mark.parametrize("page", named(ENGLISH))
def test_a_page_says_the_same_in_both_languages(page: Path) -> None:
    other = other_language(page)
    assert other.is_file()
    heads = [
        re.findall(r"^(#+) ", _CODE.sub("", p.read_text("utf-8")), re.MULTILINE)
        for p in (page, other)
    ]
    assert heads[0] == heads[1]
    assert commands_mentioned(page) == commands_mentioned(other)
    assert words_mentioned(page) == words_mentioned(other)


@pytest.mark.parametrize("page", named([ROOT / "README.md", *GUIDE]))
def test_every_command_in_a_block_is_understood(page: Path) -> None:
    for words in lines_typed(page):
        places = positional_places(words, 1)
        if places:
            meant = noun(words[places[0]])
            assert meant is not None
            parse(meant, words[: places[0]] + words[places[0] + 1 :])


@pytest.mark.parametrize("page", named(GUIDE))
def test_every_word_and_key_is_that_of_an_action(page: Path) -> None:
    assert words_mentioned(page) <= COMMANDS
    text = page.read_text("utf-8")
    for pattern in _NAMED_KEY:
        for key, command in pattern.findall(text):
            keys = {shown(k) for a in ACTIONS if a.command == command for k in a.keys}
            assert key in keys, f"{page.name}: {key} is not :{command}"


def test_the_keys_of_ones_own_are_named_as_they_are() -> None:
    for page in (DOCS / "guide" / "keys.md", DOCS / "guide" / "keys.zh.md"):
        spans = set(_SPAN.findall(page.read_text("utf-8")))
        assert {a.id for a in ACTIONS if a.id != a.command} <= spans
        assert {s for s in spans if re.fullmatch(r"[a-z]+\.(?!toml)[a-z]+", s)} <= {
            a.id for a in ACTIONS
        }


@pytest.mark.parametrize("name", ["filters.md", "filters.zh.md"])
def test_the_filter_language_is_told_whole(name: str) -> None:
    text = (DOCS / "guide" / name).read_text("utf-8")
    tickets, customers, registers = re.split(r"^## ", text, flags=re.MULTILINE)[-3:]
    for part, keys in ((tickets, TICKET_KEYS), (customers, customer_keys())):
        told = re.findall(r"^\| `(\w+)` \|(.*?)\|", part, re.MULTILINE)
        assert [key for key, _ in told] == list(keys)
        for key, also in told:
            assert set(_SPAN.findall(also)) == set(keys[key].aliases)
    kinds = ("order", "contract", "product", "interaction", "requirement", "goal", "task")
    told_kinds = re.findall(r"^\| \w+ \| (`.*) \|", registers, re.MULTILINE)
    for kind, line in zip((*kinds, "improvement_item"), told_kinds, strict=True):
        assert _SPAN.findall(line) == list(keys_of(registry.kind(kind)))


@pytest.mark.parametrize("picture", named(PICTURES))
def test_a_picture_is_small_whole_and_names_no_machine(picture: Path) -> None:
    text = picture.read_text("utf-8")
    assert len(text.encode()) <= LARGEST
    assert ET.fromstring(text).tag.endswith("svg")
    assert not re.search(r"/(?:home|root|tmp|work|Users)/", text)


def test_each_screen_has_a_picture_in_both_languages() -> None:
    names = {p.name for p in PICTURES}
    screens = {n.split(".")[0] for n in names}
    others = {"ticket", "new-ticket", "customers", "profile", "inbox"}
    assert screens == others | {"queue", "board", "timeline", "goals", "kpi"}
    assert names == {f"{s}.{language}.svg" for s in screens for language in ("en", "zh")}


def sentences() -> list[tuple[str, str]]:
    """Every sentence of the program in both languages."""
    found: list[tuple[str, str]] = []
    for file in sorted(ROOT.glob("crm_tui/locale/zh_CN/po/*.po")):
        found += re.findall(r'^msgid "(.+)"\nmsgstr "(.+)"$', file.read_text("utf-8"), re.MULTILINE)
    return [(a.replace('\\"', '"'), b.replace('\\"', '"')) for a, b in found]


@pytest.mark.req("R-313")
@pytest.mark.parametrize("name", ["triage.md", "triage.zh.md", "trouble.md", "trouble.zh.md"])
def test_every_refusal_is_told_in_the_words_of_the_program(name: str) -> None:
    known = [pair[name.endswith(".zh.md")] for pair in sentences()]
    assert len(known) > 500
    part = (DOCS / "guide" / name).read_text("utf-8").split("\n## ")
    table = part[-1] if name.startswith("triage") else part[0]
    told = re.findall(r"^\| ([^|`]+?) \| ", table, re.MULTILINE)[1:]
    assert len(told) > 15
    for sentence in told:
        pieces = [re.escape(p.strip()) for p in re.split(r"…|\d+", sentence)]
        assert any(re.match(".*".join(pieces), s) for s in known), sentence
