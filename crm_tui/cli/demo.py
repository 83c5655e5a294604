"""`crm-tui demo`: make the demo database in a folder of its own, then open it."""

import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from crm_tui.cli.parser import Parser
from crm_tui.cli.verbs import Verb
from crm_tui.domain.msg import N_, Msg
from crm_tui.i18n import render, tr

if TYPE_CHECKING:
    from crm_tui.cli.context import Context

ADMIN = "demo"


def arguments(parser: Parser) -> None:
    """Options of `demo`."""
    parser.add_argument(
        "--folder", default=".demo", metavar="DIR", help=tr(N_("where the demo database is kept"))
    )
    parser.add_argument(
        "--seed",
        type=int,
        metavar="N",
        help=tr(N_("another number makes another desk")),
    )
    parser.add_argument("--no-open", action="store_true", help=tr(N_("make it, do not open it")))


def demo(ctx: "Context", args: Namespace) -> int:
    """Make the demo database unless it is there, then open the screens on it."""
    if not args.no_open:
        from crm_tui.cli.tui import need_terminal

        need_terminal()
    folder = Path(args.folder)
    database = folder / "crm.db"
    # A key of its own: a user's database and key are never touched (design.md 7).
    ctx.settings = ctx.settings.model_copy(
        update={"db": str(database), "key_file": str(folder / "field.key")}
    )
    args.db = None
    if not database.exists():
        _make(ctx, database, args.seed)
    if args.no_open:
        ctx.out.line(str(database))
        return 0
    from crm_tui.cli.tui import start

    return start(ctx, args)


def _make(ctx: "Context", database: Path, seed: int | None) -> None:
    """Build beside the place and move it there whole: what was interrupted is begun again."""
    from crm_tui.bootstrap import open_services
    from crm_tui.exchange.demo import SEED, build

    folder = database.parent
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / "crm.db.part"
    _remove(part)
    services = open_services(
        str(part),
        key_file=ctx.key_file,
        files=folder / "files",
        rules=ctx.settings.rules,
        clock=ctx.clock,
    )
    try:
        build(services, ADMIN, now=ctx.clock(), say=_say, seed=SEED if seed is None else seed)
    finally:
        services.close()
        _wipe()
    part.rename(database)
    _remove(part)


def _remove(database: Path) -> None:
    """Take away a database file and what SQLite keeps beside it."""
    for end in ("", "-wal", "-shm"):
        Path(f"{database}{end}").unlink(missing_ok=True)


def _say(text: Msg) -> None:
    """Progress on one line of the error stream, where it is a terminal."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K{render(text)}", end="", file=sys.stderr, flush=True)


def _wipe() -> None:
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


VERBS = (Verb("", N_("make a demo database"), demo, arguments),)
