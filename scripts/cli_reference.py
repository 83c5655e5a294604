"""Write docs/cli.md, the reference of all commands, from the parsers of the command line.

`write` writes it; `check` fails where it is not what the parsers say.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from crm_tui import i18n  # noqa: E402
from crm_tui.cli.main import parser_of  # noqa: E402
from crm_tui.cli.parser import Parser, add_common  # noqa: E402
from crm_tui.cli.verbs import NOUNS, Noun, Verb  # noqa: E402

FILE = ROOT / "docs" / "cli.md"
HEAD = """# Commands

Made from the parsers by `python scripts/cli_reference.py write`. How other systems use them as JSON is in
[json.md](json.md).

`crm-tui NOUN VERB …` does everything that the screens do; `crm-tui` alone opens the screens. Answers go to
standard output, refusals to standard error. Exit status: 0 done, 1 refused or partly refused, 2 not understood,
130 interrupted.
"""


def reference() -> str:
    """The whole document, in English."""
    i18n.use("en")
    common = Parser(prog="crm-tui", usage="")
    add_common(common)
    lines = [HEAD, "## Options of every command", "", *options(common), ""]
    lines += [f"- [{noun.name}](#{noun.name}): {i18n.tr(noun.help)}" for noun in NOUNS]
    for noun in NOUNS:
        lines += ["", f"## {noun.name}", "", sentence(noun.help)]
        for verb in noun.verbs():
            lines += ["", *section(noun, verb)]
    return "\n".join(lines) + "\n"


def section(noun: Noun, verb: Verb) -> Iterator[str]:
    """One verb: its usage, what it does and its own options."""
    parser = parser_of(noun, verb)
    if verb.name:
        yield f"### {noun.name} {verb.name}"
        yield ""
        default = " The verb meant when none is given." if noun.default == verb.name else ""
        yield sentence(verb.help) + default
        yield ""
    yield f"`{usage(parser)}`"
    if own := list(options(parser, without=common_names())):
        yield ""
        yield from own


def common_names() -> frozenset[str]:
    """Where the options of every command keep their values."""
    parser = Parser(prog="crm-tui")
    add_common(parser)
    return frozenset(action.dest for action in parser._actions)


def usage(parser: Parser) -> str:
    """The positional words and the options that must be there."""
    words = [parser.prog]
    for action in own_actions(parser):
        if action.option_strings and action.required:
            words.append(f"{action.option_strings[0]} {value_name(action)}".rstrip())
    words += [value_name(a) for a in own_actions(parser) if not a.option_strings]
    return " ".join(words)


def own_actions(parser: Parser) -> list[argparse.Action]:
    """What is shown, without the options of every command."""
    shown = (a for a in parser._actions if a.help is not argparse.SUPPRESS)
    return [a for a in shown if a.dest not in common_names()]


def options(parser: Parser, *, without: frozenset[str] = frozenset({"help"})) -> Iterator[str]:
    """A line for each argument that is shown."""
    for action in parser._actions:
        if action.help is argparse.SUPPRESS or action.dest in without:
            continue
        name = " ".join((*action.option_strings[-1:], value_name(action))).strip()
        about = (action.help or "").replace("%%", "%")
        values = f": {', '.join(map(str, action.choices))}" if action.choices else ""
        yield f"- `{name}` {about}{values}"


def value_name(action: argparse.Action) -> str:
    """How the value of an argument is called."""
    if action.nargs == 0:
        return ""
    name = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    if not action.option_strings and action.metavar is None:
        name = action.dest.upper()
    return {"*": f"[{name} …]", "+": f"{name} …", "?": f"[{name}]"}.get(str(action.nargs), name)


def sentence(msgid: str) -> str:
    """A help text as a sentence."""
    text = i18n.tr(msgid)
    return text[:1].upper() + text[1:] + "."


def main() -> int:
    """Run `write` or `check`."""
    text = reference()
    if sys.argv[1:] == ["write"]:
        FILE.write_text(text, "utf-8")
        return 0
    if not FILE.exists() or FILE.read_text("utf-8") != text:
        print("docs/cli.md is not current: run `python scripts/cli_reference.py write`")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
