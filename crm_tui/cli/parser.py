"""argparse that speaks both languages and answers with exceptions instead of leaving."""

import argparse
import contextlib
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from crm_tui.domain.errors import UsageError
from crm_tui.domain.msg import N_, Msg, msg
from crm_tui.i18n import render, tr

ARGPARSE = (
    N_("usage: "),
    N_("options"),
    N_("positional arguments"),
    N_("show this help message and exit"),
    N_("the following arguments are required: %s"),
    N_("expected one argument"),
    N_("expected at most one argument"),
    N_("expected at least one argument"),
    N_("unrecognized arguments: %s"),
    N_("invalid choice: %(value)r (choose from %(choices)s)"),
    N_("invalid %(type)s value: %(value)r"),
    N_("argument %(argument_name)s: %(message)s"),
    N_("not allowed with argument %s"),
    N_("one of the arguments %s is required"),
    N_("ignored explicit argument %r"),
)
"""Sentences of argparse itself, so that the catalogue has them."""

VALUED = ("--db", "--as", "--now", "--lang")
"""Common options that take a value."""
SWITCHES = ("--json", "--plain", "--allow-now")
"""Common options that do not."""
LONGEST = 876_600
"""A century in hours."""
EVERYTHING = 10_000_000
"""More rows than any list has: what ``--limit 0`` asks for."""


class BadUsage(UsageError):
    """The command line cannot be understood; ``usage`` shows what it should look like."""

    def __init__(self, message: Msg, usage: str = "") -> None:
        super().__init__(message)
        self.usage = usage


class HelpShown(Exception):
    """Help was asked for and stands in ``text``."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class _Help(argparse.Action):
    def __call__(
        self, parser: argparse.ArgumentParser, namespace: Any, values: Any, option: Any = None
    ) -> NoReturn:
        raise HelpShown(parser.format_help())


class _Once(argparse._StoreAction):
    """An option that holds one value: given twice, one of them would be lost without a word."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: Any, values: Any, option: Any = None
    ) -> None:
        refuse_twice(parser, self, option)
        super().__call__(parser, namespace, values, option)


class _OnceConst(argparse._StoreConstAction):
    """The other word of such an option: ``--no-vip`` beside ``--vip``."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: Any, values: Any, option: Any = None
    ) -> None:
        refuse_twice(parser, self, option)
        super().__call__(parser, namespace, values, option)


def refuse_twice(
    parser: argparse.ArgumentParser, action: argparse.Action, option: str | None
) -> None:
    """Refuse the second value of an option that holds one; arguments without a name come once."""
    if option is None or not isinstance(parser, Parser):
        return
    before = parser.given.get(action.dest)
    if before is not None:
        raise BadUsage(
            msg("{option} is given twice, but holds one value; say it once", option=option)
            if before == option
            else msg("{option} cannot stand beside {other}", option=option, other=before),
            parser.format_usage(),
        )
    parser.given[action.dest] = option


class Parser(argparse.ArgumentParser):
    """A parser whose errors are `BadUsage`; options cannot be shortened, for scripts live long."""

    def __init__(self, **options: Any) -> None:
        speak()
        options.setdefault("add_help", False)
        options.setdefault("allow_abbrev", False)
        if sys.version_info >= (3, 14):
            # Its colours would stand in usages that are put together here.
            options.setdefault("color", False)
        super().__init__(**options)
        self.given: dict[str, str] = {}
        self.register("type", int, whole)
        for name, action in ((None, _Once), ("store", _Once), ("store_const", _OnceConst)):
            self.register("action", name, action)
        self.add_argument(
            "-h",
            "--help",
            action=_Help,
            nargs=0,
            default=argparse.SUPPRESS,
            help=tr("show this help message and exit"),
        )

    def error(self, message: str) -> NoReturn:
        """Raise `BadUsage` with argparse's sentence."""
        raise BadUsage(msg("{problem}", problem=message), self.format_usage())

    def parse(self, arguments: Sequence[str]) -> argparse.Namespace:
        """The arguments, options allowed anywhere between them as long as no ``--`` ends them."""
        self.given.clear()
        if "--" in arguments:
            return self.parse_args(arguments)
        return self.parse_intermixed_args(arguments)


def speak() -> None:
    """Have argparse take its sentences from our catalogue, in the language of the moment."""
    argparse._ = tr  # type: ignore[attr-defined]  # its only hook for another catalogue


def add_common(parser: argparse.ArgumentParser) -> None:
    """The options every command takes, before or after its name."""
    group = parser.add_argument_group(tr(N_("common options")))
    quiet = argparse.SUPPRESS
    group.add_argument(
        "--db",
        metavar="URL",
        default=quiet,
        help=tr(N_("database: a file or postgresql://…")),
    )
    group.add_argument(
        "--as",
        dest="as_login",
        metavar="LOGIN",
        default=quiet,
        help=tr(N_("act for somebody else (administrators, or a demo)")),
    )
    group.add_argument(
        "--now",
        metavar="ISO",
        default=quiet,
        help=tr(N_("work at this time instead of the present")),
    )
    group.add_argument(
        "--allow-now",
        action="store_true",
        default=quiet,
        help=tr(N_("let --now write to a database that is not a demo")),
    )
    group.add_argument(
        "--lang", choices=("zh", "en"), default=quiet, help=tr(N_("language of the answers"))
    )
    form = group.add_mutually_exclusive_group()
    form.add_argument(
        "--json", action="store_true", default=quiet, help=tr(N_("answer in JSON for programs"))
    )
    form.add_argument(
        "--plain", action="store_true", default=quiet, help=tr(N_("answer in plain text"))
    )


def whole(text: str) -> int:
    """A whole number; argparse's error for others, in words of people."""
    with contextlib.suppress(ValueError):
        if len(text) < 20:
            return int(text)
    raise argparse.ArgumentTypeError(render(msg("“{text}” is not a whole number", text=text[:40])))


def row_count(text: str) -> int:
    """The number of a ``--limit``; argparse's error for anything but 0 and more."""
    if text.isascii() and text.isdecimal() and len(text) < 10:
        return int(text)
    raise argparse.ArgumentTypeError(
        render(msg("“{text}” is not a number of rows; give 0 for all, or more", text=text[:40]))
    )


def positive(text: str) -> float:
    """A number of hours or seconds above 0 and below a century; argparse's error for others."""
    with contextlib.suppress(ValueError):
        number = float(text)
        if 0 < number <= LONGEST:
            return number
    raise argparse.ArgumentTypeError(
        render(msg("“{text}” is not a number above 0", text=text[:40]))
    )


def add_limit(parser: argparse.ArgumentParser, default: int = 50) -> None:
    """How many rows a list has."""
    parser.add_argument(
        "--limit",
        type=row_count,
        default=default,
        metavar="N",
        help=tr(N_("at most N rows; 0: all")),
    )


def add_version(parser: argparse.ArgumentParser) -> None:
    """The version that the caller has seen; services refuse where it has changed since."""
    parser.add_argument("--version", type=int, metavar="N", help=tr(N_("refuse if it has changed")))


def before_dashes(arguments: Sequence[str]) -> list[str]:
    """The words in front of ``--``, after which nothing is an option."""
    words = list(arguments)
    return words[: words.index("--")] if "--" in words else words


def value_of(arguments: Sequence[str], option: str) -> str | None:
    """What ``option`` was given on a command line that is not parsed yet."""
    found: str | None = None
    for place, word in enumerate(before_dashes(arguments)):
        if word == option and place + 1 < len(arguments):
            found = arguments[place + 1]
        elif word.startswith(option + "="):
            found = word.partition("=")[2]
    return found


def positional_places(arguments: Sequence[str], wanted: int) -> list[int]:
    """Where the first ``wanted`` words that are no common options stand.

    Stops at the first option of a command's own, for whether it takes a value is not known yet.
    """
    found: list[int] = []
    skip = False
    for place, word in enumerate(arguments):
        if skip:
            skip = False
        elif word in VALUED:
            skip = True
        elif word in SWITCHES or word.startswith(tuple(f"{v}=" for v in VALUED)):
            continue
        elif word.startswith("-"):
            break
        else:
            found.append(place)
            if len(found) == wanted:
                break
    return found
