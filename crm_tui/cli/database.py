"""`crm-tui db`: init, upgrade, check, backup, restore, verify-audit, stats."""

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from crm_tui.cli.parser import Parser
from crm_tui.cli.trail import verify
from crm_tui.cli.verbs import Verb
from crm_tui.domain.errors import UsageError, ValidationError
from crm_tui.domain.msg import N_, msg
from crm_tui.i18n import tr

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from crm_tui.cli.context import Context


def init_arguments(parser: Parser) -> None:
    """Options of `db init`."""
    parser.add_argument("--admin", metavar="LOGIN", help=tr(N_("its administrator; default: you")))
    parser.add_argument("--name", help=tr(N_("the administrator's full name")))
    parser.add_argument(
        "--template", default="b2b", choices=("b2b", "automotive"), help=tr(N_("trade"))
    )


def init(ctx: "Context", args: Namespace) -> int:
    """Make an empty database and its administrator."""
    from crm_tui.bootstrap import login_name
    from crm_tui.domain.records.base import validate
    from crm_tui.domain.records.registry import kind
    from crm_tui.services.facade import initialise, is_initialised

    if args.admin is None and ctx.sqlite_path is None:
        # On a server many could be first; nobody becomes its administrator by that (design.md 7).
        raise UsageError(msg("Name the administrator with --admin LOGIN"), field="admin")
    login = login_name() if args.admin is None else args.admin
    # Before anything is made: an administrator whom no login fits could never come in.
    validate(kind("staff"), {"login": login, "name": args.name or login})
    services = ctx.open()
    if is_initialised(services):
        raise ValidationError(
            msg("The database has its staff already; `crm-tui staff list` shows them"),
            code="initialised_already",
        )
    initialise(services, login, args.name or login, template=args.template)
    if ctx.out.as_json:
        ctx.out.json({"admin": login})
    else:
        ctx.out.line(msg("The database is ready; its administrator is {login}", login=login))
    return 0


def upgrade(ctx: "Context", args: Namespace) -> int:
    """Bring an older database to this version."""
    from crm_tui.db.engine import open_engine
    from crm_tui.db.migrations import upgrade as migrate

    ctx.need_database()
    engine = open_engine(ctx.url)
    try:
        copy = migrate(engine, now=ctx.clock())
    finally:
        engine.dispose()
    if ctx.out.as_json:
        ctx.out.json({"copy": copy})
    else:
        ctx.out.line(msg("The database is of this version"))
    return 0


def check(ctx: "Context", args: Namespace) -> int:
    """Look for damage."""
    from crm_tui.db import maintenance

    ctx.need_database()
    services = ctx.services
    found = maintenance.check(services.core.engine, ctx.files)
    if ctx.out.as_json:
        ctx.out.json({"problems": found})
    elif found:
        for problem in found:
            ctx.out.line(problem)
    else:
        ctx.out.line(msg("Nothing is wrong"))
    return 1 if found else 0


def folder(parser: Parser) -> None:
    """The folder of a backup."""
    parser.add_argument("folder", metavar="DIR", help=tr(N_("folder of the backup")))


def backup(ctx: "Context", args: Namespace) -> int:
    """Write a backup; the key file is not in it and must be kept elsewhere."""
    from crm_tui.db import maintenance

    ctx.need_database()
    report = maintenance.backup(
        ctx.services.core.engine, ctx.files, Path(args.folder), now=ctx.clock()
    )
    if ctx.out.as_json:
        ctx.out.json(report)
    else:
        ctx.out.line(msg("Backup written to {folder}", folder=args.folder))
        ctx.out.line(
            msg("The key file {key} is not in it; keep it elsewhere", key=str(ctx.key_file))
        )
    return 0


def restore(ctx: "Context", args: Namespace) -> int:
    """Fill an empty place from a backup."""
    from crm_tui.db import maintenance
    from crm_tui.db.crypto import has_key, keyring_for
    from crm_tui.services.reindex import reindex

    def prove(conn: "Connection") -> None:
        if has_key(conn):
            keyring_for(conn, ctx.key_file)

    report = maintenance.restore(Path(args.folder), ctx.url, ctx.files, prove=prove)
    reindex(ctx.open().core)
    if ctx.out.as_json:
        ctx.out.json(report)
    else:
        ctx.out.line(msg("Restored from {folder}", folder=args.folder))
    return 0


def stats(ctx: "Context", args: Namespace) -> int:
    """Print figures."""
    from crm_tui.db import maintenance

    ctx.need_database()
    found = maintenance.stats(ctx.services.core.engine)
    if ctx.out.as_json:
        ctx.out.json(found)
    else:
        ctx.out.pairs(
            [
                (N_("Place"), found.place),
                (N_("Engine"), found.engine),
                (N_("Schema"), found.revision),
                (N_("Bytes"), found.bytes),
                *sorted(found.rows.items()),
            ]
        )
    return 0


VERBS = (
    Verb("init", N_("make an empty database and its administrator"), init, init_arguments),
    Verb("upgrade", N_("bring an older database to this version"), upgrade),
    Verb("check", N_("look for damage"), check),
    Verb("backup", N_("write a backup"), backup, folder),
    Verb("restore", N_("fill an empty place from a backup"), restore, folder),
    Verb("verify-audit", N_("prove that nobody touched the record"), verify),
    Verb("stats", N_("figures"), stats),
)
