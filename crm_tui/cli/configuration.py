"""`crm-tui config`: where things are kept, and whether the settings are right."""

from argparse import Namespace
from typing import TYPE_CHECKING

from crm_tui.cli.parser import Parser
from crm_tui.cli.verbs import Verb
from crm_tui.domain.errors import ValidationError
from crm_tui.domain.msg import N_, msg
from crm_tui.i18n import tr

if TYPE_CHECKING:
    from crm_tui.cli.context import Context


PLACES = {
    "database": N_("Database"),
    "settings": N_("Settings file"),
    "keys": N_("File of the keys"),
    "key_file": N_("Key of protected fields"),
    "files": N_("Attachments"),
    "logs": N_("Logs"),
}
"""What is kept where, by its name in JSON."""


def places(ctx: "Context", args: Namespace) -> int:
    """Print where things are kept."""
    found = {
        "database": ctx.url if "@" not in ctx.url else ctx.url.rpartition("@")[2],
        "settings": str(ctx.places.config_file),
        "keys": str(ctx.places.keys_file),
        "key_file": str(ctx.key_file),
        "files": str(ctx.files),
        "logs": str(ctx.places.logs),
    }
    if ctx.out.as_json:
        ctx.out.json(found)
    else:
        ctx.out.pairs((PLACES[name], value) for name, value in found.items())
    return 0


def check(ctx: "Context", args: Namespace) -> int:
    """Read settings, keys and theme; every fault is told with file and line."""
    from crm_tui.tui import keymap, own_theme

    _, faults = keymap.look(ctx.places.keys_file)
    _, of_theme = own_theme.chosen(ctx.settings.ui.theme, ctx.places.themes)
    found = [*faults, *of_theme]
    if len(found) == 1:
        raise found[0]
    if found:
        for fault in found:
            ctx.out.warn(fault.message)
        raise ValidationError(
            msg("{count} faults in {file}", count=len(found), file=str(ctx.places.config)),
            code="keys_faults",
        )
    if ctx.out.as_json:
        ctx.out.json({"ok": True})
    else:
        ctx.out.line(msg("Settings and keys are right"))
    return 0


def schema_arguments(parser: Parser) -> None:
    """Options of `schema`."""
    parser.add_argument("kind", nargs="?", help=tr(N_("kind of record; without it all are named")))


def schema(ctx: "Context", args: Namespace) -> int:
    """Print the JSON schema of a kind of record, for those who send records as JSON (R-316)."""
    from crm_tui.domain.records.derive import json_schema
    from crm_tui.domain.records.registry import REGISTRY, kind

    if args.kind is not None:
        ctx.out.json(json_schema(kind(args.kind)))
    elif ctx.out.as_json:
        ctx.out.json(list(REGISTRY))
    else:
        for name, described in REGISTRY.items():
            ctx.out.line(f"{name:<20} {tr(described.title)}")
    return 0


VERBS = (
    Verb("places", N_("where things are kept"), places),
    Verb("schema", N_("JSON schema of a kind of record"), schema, schema_arguments),
    Verb("check", N_("whether settings and keys are right"), check),
)
