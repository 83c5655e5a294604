"""The front door: finds the noun, loads its module, answers errors as sentences.

Exit status: 0 done, 1 refused or partly refused, 2 not understood, 130 interrupted.
"""

import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from crm_tui import __version__, i18n
from crm_tui.cli import language
from crm_tui.cli.parser import (
    BadUsage,
    HelpShown,
    Parser,
    add_common,
    positional_places,
    value_of,
)
from crm_tui.cli.verbs import NOUNS, Noun, Verb, noun
from crm_tui.domain.errors import DomainError, UsageError
from crm_tui.domain.msg import N_, Msg, msg
from crm_tui.i18n import render, tr

if TYPE_CHECKING:
    pass

DONE, REFUSED, USAGE, INTERRUPTED = 0, 1, 2, 130


def main(argv: Sequence[str]) -> int:
    """Run one command; the exit status."""
    arguments = list(argv)
    before = i18n.current()
    i18n.use(language.choose(value_of(arguments, "--lang")))
    as_json = "--json" in arguments
    try:
        status = dispatch(arguments)
        sys.stdout.flush()
        return status
    except HelpShown as shown:
        print(shown.text, end="")
        return DONE
    except DomainError as error:
        report(error, as_json)
        return USAGE if isinstance(error, UsageError) else REFUSED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has seen enough; Python must not complain when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return REFUSED
    except Exception as error:
        from crm_tui.cli.crash import record

        report(record(error), as_json)
        return REFUSED
    finally:
        i18n.use(before)


def dispatch(arguments: list[str]) -> int:
    """Find out what is meant and do it."""
    places = positional_places(arguments, 1)
    if not places:
        return without_noun(arguments)
    name = arguments[places[0]]
    meant = noun(name)
    if meant is None:
        raise BadUsage(unknown(name), tr(N_("usage: ")) + "crm-tui NOUN VERB …\n")
    rest = arguments[: places[0]] + arguments[places[0] + 1 :]
    verb, args = parse(meant, rest)
    return run(verb, args)


def without_noun(arguments: list[str]) -> int:
    """Answer ``--help`` and ``--version``; else open the screens."""
    parser = Parser(prog="crm-tui", usage="crm-tui [NOUN [VERB]] …")
    parser.add_argument("--version", action="store_true")
    add_common(parser)
    if "--help" in arguments or "-h" in arguments:
        raise HelpShown(overview())
    args = parser.parse(arguments)
    if args.version:
        print(f"crm-tui {__version__}")
        return DONE
    from crm_tui.cli.tui import start

    return run(Verb("", "", start), args)


def overview() -> str:
    """The help of the whole program."""
    width = max(len(n.name) for n in NOUNS)
    common = Parser(prog="crm-tui", usage="")
    add_common(common)
    options = common.format_help().partition(tr(N_("common options")))[2]
    return "\n".join(
        (
            f"crm-tui {__version__}",
            tr(N_("A service desk and CRM for the terminal. Without a noun it opens the screens.")),
            "",
            f"{tr(N_('usage: '))}crm-tui [NOUN [VERB]] …",
            "",
            *(f"  {n.name:<{width}}  {tr(n.help)}" for n in NOUNS),
            "",
            tr(
                N_(
                    "`crm-tui NOUN --help` lists its verbs, `crm-tui NOUN VERB --help` their options."
                )
            ),
            "",
            tr(N_("common options")) + options,
        )
    )


def parse(meant: Noun, rest: list[str]) -> tuple[Verb, Namespace]:
    """The verb and its arguments; only the verb named gets its options, for some are many."""
    verbs = meant.verbs()
    parser = Parser(prog=f"crm-tui {meant.name}", description=tr(meant.help))
    add_common(parser)
    if verbs[0].name == "":
        verbs[0].arguments(parser)
        return verbs[0], complete(parser.parse(rest))
    places = positional_places(rest, 1)
    if not places and meant.default and not {"-h", "--help"} & set(rest):
        rest = [meant.default, *rest]
        places = [0]
    named = rest[places[0]] if places else None
    group = parser.add_subparsers(
        dest="verb", metavar="VERB", parser_class=Parser, title=tr(N_("verbs")), required=True
    )
    for verb in verbs:
        sub = group.add_parser(verb.name, help=tr(verb.help), description=tr(verb.help))
        if verb.name == named:
            add_common(sub)
            verb.arguments(sub)
    args = complete(parser.parse(rest))
    return next(v for v in verbs if v.name == args.verb), args


def complete(args: Namespace) -> Namespace:
    """Common options that were not given get their defaults; as SUPPRESS they survive subparsers."""
    defaults = {"db": None, "as_login": None, "now": None, "lang": None}
    switches = {"json": False, "plain": False, "allow_now": False}
    for name, value in {**defaults, **switches}.items():
        if not hasattr(args, name):
            setattr(args, name, value)
    return args


def run(verb: Verb, args: Namespace) -> int:
    """Run a verb and give back what it opened."""
    from crm_tui.cli.context import Context

    context: Context = Context(complete(args))
    try:
        return verb.run(context, args)
    finally:
        context.close()


def unknown(name: str) -> Msg:
    """The sentence for a noun that there is not, with the nearest one."""
    near = get_close_matches(name, [n.name for n in NOUNS], 1)
    if near:
        return msg("There is no command {name}; did you mean {near}?", name=name, near=near[0])
    return msg("There is no command {name}; `crm-tui --help` lists all", name=name)


def report(error: DomainError, as_json: bool) -> None:
    """The error as a sentence on the error stream, or as JSON where programs read."""
    from crm_tui.cli.output import error_object, local, to_json

    if as_json:
        print(to_json({"error": error_object(error)}))
        return
    if isinstance(error, BadUsage) and error.usage:
        print(error.usage, end="", file=sys.stderr)
    print(f"crm-tui: {render(local(error.message))}", file=sys.stderr)
