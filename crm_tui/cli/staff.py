"""`crm-tui staff`, `department` and `team`."""

from argparse import Namespace
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from crm_tui.cli import documents, refs
from crm_tui.cli.outcomes import on_one
from crm_tui.cli.output import Column
from crm_tui.cli.parser import Parser, add_version
from crm_tui.cli.verbs import Verb
from crm_tui.cli.words import departments, word
from crm_tui.domain.errors import UsageError, ValidationError
from crm_tui.domain.msg import N_, msg
from crm_tui.domain.terms import Post, Role
from crm_tui.i18n import tr

if TYPE_CHECKING:
    from crm_tui.cli.context import Context

ROLES = tuple(str(r) for r in Role)


def list_staff(ctx: "Context", args: Namespace) -> int:
    """Print the staff."""
    ctx.actor  # noqa: B018  # an unknown login is refused before anything is shown
    people = ctx.services.org.staff_list(include_inactive=True)
    if ctx.out.as_json:
        ctx.out.json(people)
        return 0
    heads = (
        N_("Login"),
        N_("Name"),
        N_("Role"),
        N_("Department"),
        N_("Posts"),
        N_("Open"),
        N_("Active"),
    )
    ctx.out.table(
        [Column(h) for h in heads],
        [
            (
                p.login,
                p.name,
                word(Role, p.role),
                departments(p.department),
                [word(Post, post) for post in p.posts],
                p.open_tickets,
                p.active,
            )
            for p in people
        ],
    )
    return 0


def add_arguments(parser: Parser) -> None:
    """Options of `staff add`."""
    parser.add_argument(
        "login", nargs="?", help=tr(N_("login name of the operating system; not with --json-in"))
    )
    parser.add_argument("--name", help=tr(N_("full name; default: the login")))
    details(parser)
    documents.add_json_in(parser, several=True)


def details(parser: Parser) -> None:
    """What is said of a staff member at the beginning and may change."""
    parser.add_argument(
        "--role", choices=ROLES, help=tr(N_("what the login may do; a new one: agent"))
    )
    parser.add_argument("--department", metavar="CODE", help=tr(N_("department code or name")))
    parser.add_argument(
        "--post",
        dest="posts",
        action="append",
        choices=[str(p) for p in Post],
        help=tr(N_("a post; may be repeated")),
    )


def given(args: Namespace, *names: str) -> dict[str, Any]:
    """Which of the options were given."""
    return {n: getattr(args, n) for n in names if getattr(args, n) is not None}


def texts_of(document: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """These fields, each a text; no unknown one passes."""
    for name in document:
        if name not in (*names, "posts", "active"):
            raise ValidationError(
                msg("There is no field {name}", name=name), code="unknown_field", field=name
            )
    return {n: documents.text(document, n) for n in names if document.get(n) is not None}


def create(ctx: "Context", document: Mapping[str, Any]) -> dict[str, Any]:
    """Write a staff member; the id and the login."""
    found = texts_of(document, "login", "name", "role", "department")
    login = found.get("login", "")
    made = ctx.services.org.add_staff(
        login,
        found.get("name") or login,
        role=found.get("role", "agent"),
        department=found.get("department"),
        posts=documents.texts(document, "posts") or (),
        actor=ctx.actor,
    )
    return {"id": made, "login": login}


def add(ctx: "Context", args: Namespace) -> int:
    """Add a staff member, or several from JSON."""

    def show_new(made: dict[str, Any]) -> None:
        if ctx.out.as_json:
            ctx.out.json(made)
        else:
            ctx.out.line(made["login"])

    if args.login is None and args.json_in is None:
        raise UsageError(msg("Say whom to add: a login, or --json-in"), field="login")
    options = given(args, "login", "name", "role", "department", "posts")
    return documents.create(
        ctx, args, options, lambda document: create(ctx, document), show_new, dict
    )


def change_arguments(parser: Parser) -> None:
    """Options of `staff change`."""
    parser.add_argument("login", help=tr(N_("login name of the operating system")))
    parser.add_argument("--name", help=tr(N_("full name")))
    details(parser)
    parser.add_argument(
        "--active", choices=("yes", "no"), help=tr(N_("whether the login may come in"))
    )
    documents.add_json_in(parser)
    add_version(parser)


def change(ctx: "Context", args: Namespace) -> int:
    """Change a staff member."""
    options = given(args, "name", "role", "department", "posts")
    if args.active is not None:
        options["active"] = args.active == "yes"
    document = documents.something(documents.one_object(args, options))
    changes = texts_of(document, "name", "role", "department")
    if (posts := documents.texts(document, "posts")) is not None:
        changes["posts"] = posts
    if (active := document.get("active")) is not None:
        if not isinstance(active, bool):
            raise ValidationError(
                msg("{field} must be true or false", field="active"),
                code="not_bool",
                field="active",
            )
        changes["active"] = active
    who = refs.staff_id(ctx, args.login)
    result = ctx.services.org.change_staff(who, changes, actor=ctx.actor, expected=args.version)
    return on_one(ctx, args.login, result)


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
