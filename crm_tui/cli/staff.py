"""`crm-tui staff`, `department` and `team`."""

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from crm_tui.cli import refs
from crm_tui.cli.outcomes import on_one
from crm_tui.cli.output import Column
from crm_tui.cli.parser import Parser
from crm_tui.cli.verbs import Verb
from crm_tui.domain.msg import N_
from crm_tui.i18n import tr

if TYPE_CHECKING:
    from crm_tui.cli.context import Context

ROLES = ("viewer", "agent", "lead", "manager", "admin")


def list_staff(ctx: "Context", args: Namespace) -> int:
    """Print the staff."""
    ctx.actor  # noqa: B018  # an unknown login is refused before anything is shown
    people = ctx.services.org.staff_list(include_inactive=True)
    if ctx.out.as_json:
        ctx.out.json(people)
        return 0
    heads = (N_("Login"), N_("Name"), N_("Role"), N_("Department"), N_("Open"), N_("Active"))
    ctx.out.table(
        [Column(h) for h in heads],
        [(p.login, p.name, p.role, p.department, p.open_tickets, p.active) for p in people],
    )
    return 0


def add_arguments(parser: Parser) -> None:
    """Options of `staff add`."""
    parser.add_argument("login", help=tr(N_("login name of the operating system")))
    parser.add_argument("--name", help=tr(N_("full name; default: the login")))
    parser.add_argument(
        "--role", choices=ROLES, default="agent", help=tr(N_("what the login may do"))
    )
    parser.add_argument("--department", metavar="CODE", help=tr(N_("department code or name")))
    parser.add_argument(
        "--post", action="append", default=[], help=tr(N_("a post; may be repeated"))
    )


def add(ctx: "Context", args: Namespace) -> int:
    """Add a staff member."""
    made = ctx.services.org.add_staff(
        args.login,
        args.name or args.login,
        role=args.role,
        department=args.department,
        posts=args.post,
        actor=ctx.actor,
    )
    if ctx.out.as_json:
        ctx.out.json({"id": made, "login": args.login})
    else:
        ctx.out.line(args.login)
    return 0


def change_arguments(parser: Parser) -> None:
    """Options of `staff change`."""
    parser.add_argument("login", help=tr(N_("login name of the operating system")))
    parser.add_argument("--name", help=tr(N_("full name; default: the login")))
    parser.add_argument("--role", choices=ROLES, help=tr(N_("what the login may do")))
    parser.add_argument("--department", metavar="CODE", help=tr(N_("department code or name")))
    parser.add_argument("--post", action="append", help=tr(N_("a post; may be repeated")))
    parser.add_argument(
        "--active", choices=("yes", "no"), help=tr(N_("whether the login may come in"))
    )


def change(ctx: "Context", args: Namespace) -> int:
    """Change a staff member."""
    given: dict[str, Any] = {
        "name": args.name,
        "role": args.role,
        "department": args.department,
        "posts": args.post,
        "active": None if args.active is None else args.active == "yes",
    }
    changes = {k: v for k, v in given.items() if v is not None}
    who = refs.staff_id(ctx, args.login)
    return on_one(ctx, args.login, ctx.services.org.change_staff(who, changes, actor=ctx.actor))


def list_departments(ctx: "Context", args: Namespace) -> int:
    """Print the departments."""
    ctx.actor  # noqa: B018  # an unknown login is refused before anything is shown
    found = ctx.services.org.departments()
    if ctx.out.as_json:
        ctx.out.json(found)
        return 0
    heads = (N_("Code"), N_("Chinese name"), N_("English name"), N_("Head"))
    ctx.out.table(
        [Column(h) for h in heads], [(d.code, d.name_zh, d.name_en, d.head) for d in found]
    )
    return 0


def head_arguments(parser: Parser) -> None:
    """Options of `department head`."""
    parser.add_argument("department", metavar="CODE", help=tr(N_("department code or name")))
    parser.add_argument("login", help=tr(N_("login name of the operating system")))


def head(ctx: "Context", args: Namespace) -> int:
    """Name the head of a department."""
    return on_one(
        ctx,
        args.department,
        ctx.services.org.set_head(args.department, args.login, actor=ctx.actor),
    )


def list_teams(ctx: "Context", args: Namespace) -> int:
    """Print the teams."""
    ctx.actor  # noqa: B018  # an unknown login is refused before anything is shown
    found = ctx.services.org.teams()
    if ctx.out.as_json:
        ctx.out.json(found)
        return 0
    heads = (N_("Code"), N_("Chinese name"), N_("English name"), N_("Members"))
    ctx.out.table(
        [Column(h) for h in heads], [(t.code, t.name_zh, t.name_en, t.members) for t in found]
    )
    return 0


def member_arguments(parser: Parser) -> None:
    """Options of `team add`."""
    parser.add_argument("team", metavar="CODE", help=tr(N_("team code")))
    parser.add_argument("login", help=tr(N_("login name of the operating system")))


def member(ctx: "Context", args: Namespace) -> int:
    """Add a member to a team."""
    ctx.services.org.add_to_team(args.team, args.login, actor=ctx.actor)
    if ctx.out.as_json:
        ctx.out.json({"team": args.team, "login": args.login})
    else:
        ctx.out.line(f"{args.team}: {args.login}")
    return 0


def verbs(noun: str) -> tuple[Verb, ...]:
    """The verbs of each of the three nouns."""
    return {
        "staff": (
            Verb("list", N_("who works here"), list_staff),
            Verb("add", N_("add a staff member"), add, add_arguments),
            Verb("change", N_("change a staff member"), change, change_arguments),
        ),
        "department": (
            Verb("list", N_("departments and their heads"), list_departments),
            Verb("head", N_("name the head of a department"), head, head_arguments),
        ),
        "team": (
            Verb("list", N_("teams and their members"), list_teams),
            Verb("add", N_("add a member to a team"), member, member_arguments),
        ),
    }[noun]
