"""The front door: finds the noun, loads its module, answers errors as sentences.

Exit status: 0 done, 1 refused or partly refused, 2 not understood, 130 interrupted.
"""

import sys
from argparse import Namespace
from collections.abc import Sequence
from contextlib import suppress
from difflib import get_close_matches

from crm_tui import __version__, i18n
from crm_tui.cli import language, streams
from crm_tui.cli.parser import (
    BadUsage,
    HelpShown,
    Parser,
    add_common,
    before_dashes,
    positional_places,
    value_of,
)
from crm_tui.cli.verbs import NOUNS, Noun, Verb, noun
from crm_tui.domain.errors import DomainError, UsageError
from crm_tui.domain.msg import N_, Msg, msg
from crm_tui.i18n import render, tr

DONE, REFUSED, USAGE, INTERRUPTED = 0, 1, 2, 130


def main(argv: Sequence[str]) -> int:
    """Run one command; the exit status."""
    arguments = list(argv)
    before = i18n.current()
    i18n.use(language.choose(value_of(arguments, "--lang")))
    as_json = "--json" in before_dashes(arguments)
    try:
        status = dispatch(arguments)
        sys.stdout.flush()
        return status
    except DomainError as error:
        report(error, as_json)
        if error.code == "answer_lost":
            streams.give_up()
        return USAGE if isinstance(error, UsageError) else REFUSED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has seen enough.
        streams.give_up()
        return REFUSED
    except Exception as error:
        from crm_tui.cli.crash import record

        report(record(error), as_json)
        return REFUSED
    finally:
        i18n.use(before)


def dispatch(arguments: list[str]) -> int:
    """Find out what is meant and do it, or print the help that was asked for."""
    places = positional_places(arguments, 1)
    try:
        if not places:
            return without_noun(arguments)
        name = arguments[places[0]]
        meant = noun(name)
        if meant is None:
            raise BadUsage(unknown(name), tr(N_("usage: ")) + "crm-tui NOUN VERB …\n")
        verb, args = parse(meant, arguments[: places[0]] + arguments[places[0] + 1 :])
    except HelpShown as shown:
        print(shown.text, end="")
        return DONE
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
            common_help(),
        )
    )


def parse(meant: Noun, rest: list[str]) -> tuple[Verb, Namespace]:
    """The verb and its arguments; only the verb named gets its options, for some are many."""
    verbs = meant.verbs()
    if verbs[0].name == "":
        return verbs[0], complete(parser_of(meant, verbs[0]).parse(rest))
    usage = f"{tr(N_('usage: '))}crm-tui {meant.name} VERB …\n"
    places = positional_places(rest, 1)
    if places:
        name = rest[places[0]]
        rest = rest[: places[0]] + rest[places[0] + 1 :]
    elif {"-h", "--help"} & set(before_dashes(rest)):
        raise HelpShown(noun_help(meant, verbs))
    elif meant.default is not None:
        name = meant.default
    else:
        raise BadUsage(
            msg("Say what to do with it; `crm-tui {noun} --help` lists the verbs", noun=meant.name),
            usage,
        )
    verb = next((v for v in verbs if v.name == name), None)
    if verb is None:
        raise BadUsage(unknown_verb(meant, verbs, name), usage)
    return verb, complete(parser_of(meant, verb).parse(rest))


def parser_of(meant: Noun, verb: Verb) -> Parser:
    """The parser of one verb with its own and the common options."""
    parser = Parser(prog=f"crm-tui {meant.name} {verb.name}".rstrip(), description=tr(verb.help))
    verb.arguments(parser)
    # The options of every command stand in the help alone; in each usage they would hide its own.
    usage = parser.format_usage().removeprefix(tr(N_("usage: "))).strip()
    parser.usage = usage.replace("%", "%%")
    add_common(parser)
    return parser


def noun_help(meant: Noun, verbs: Sequence[Verb]) -> str:
    """What can be done with a noun."""
    width = max(len(v.name) for v in verbs)
    return "\n".join(
        (
            f"{tr(N_('usage: '))}crm-tui {meant.name} VERB …",
            "",
            tr(meant.help),
            "",
            *(f"  {v.name:<{width}}  {tr(v.help)}" for v in verbs),
            "",
            render(
                msg("`crm-tui {noun} VERB --help` shows the options of a verb.", noun=meant.name)
            ),
            "",
            common_help(),
        )
    )


def common_help() -> str:
    """The options that every command takes."""
    parser = Parser(prog="crm-tui", usage="")
    add_common(parser)
    head = tr(N_("common options"))
    return head + parser.format_help().partition(head)[2]


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


def unknown_verb(meant: Noun, verbs: Sequence[Verb], name: str) -> Msg:
    """The sentence for a verb that a noun has not, with the nearest one."""
    near = get_close_matches(name, [v.name for v in verbs], 1)
    if near:
        return msg(
            "There is no verb {verb} of {noun}; did you mean {near}?",
            verb=name,
            noun=meant.name,
            near=near[0],
        )
    return msg(
        "There is no verb {verb} of {noun}; `crm-tui {noun} --help` lists them",
        verb=name,
        noun=meant.name,
    )


def report(error: DomainError, as_json: bool) -> None:
    """The error on the error stream: a sentence, or a line of JSON where programs read."""
    from crm_tui.cli.output import error_object, sentence, to_json

    with suppress(OSError):
        if as_json:
            print(to_json(error_object(error), indent=None), file=sys.stderr)
            return
        if isinstance(error, BadUsage) and error.usage:
            print(error.usage, end="", file=sys.stderr)
        print(f"crm-tui: {sentence(error.message)}", file=sys.stderr)
