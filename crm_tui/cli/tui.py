"""`crm-tui` without a noun: the screens."""

import sys
from argparse import Namespace
from typing import TYPE_CHECKING

from crm_tui import i18n
from crm_tui.domain.errors import Unavailable
from crm_tui.domain.msg import msg
from crm_tui.tui.own_theme import chosen
from crm_tui.tui.platform import prepare

if TYPE_CHECKING:
    from crm_tui.bootstrap import Opened
    from crm_tui.cli.context import Context


def need_terminal() -> None:
    """Refuse to open screens where nobody sees them or can press a key, as in a job of cron."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise Unavailable(
            msg("The screens need a terminal; `crm-tui --help` lists the commands"),
            code="no_terminal",
        )


def start(ctx: "Context", args: Namespace) -> int:
    """Open the screens; the store is opened behind the first paint."""
    need_terminal()
    own, faults = chosen(ctx.settings.ui.theme, ctx.places.themes)
    terminal = prepare(
        theme=own.base,
        ascii_only=ctx.settings.ui.ascii,
        mouse=ctx.settings.ui.mouse,
        real_cursor=ctx.settings.ui.cursor == "real",
    )
    # Textual reads the environment at import: only now.
    from crm_tui.tui import theme
    from crm_tui.tui.app import run

    if terminal.theme == own.base:
        # Without its colours, as under NO_COLOR, the theme is not the user's any more.
        theme.dress(own.base, own.roles)
    language = i18n.current()

    def opener() -> "Opened":
        from crm_tui.bootstrap import Opened

        i18n.use(language)
        services, actor = ctx.services, ctx.actor
        return Opened(services, actor, services.is_demo())

    return run(
        opener,
        terminal,
        keys_file=ctx.places.keys_file,
        log_folder=ctx.places.logs,
        faults=faults,
        advance=ctx.settings.ui.advance,
    )
