"""What can be found by typing: the actions of a screen, tickets and customers (ux.md 3.3)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from crm_tui.domain.text import cell_width, pad
from crm_tui.i18n import tr
from crm_tui.tui.actions import ACTIONS, Action, for_scope
from crm_tui.tui.keymap import SCOPES, shown
from crm_tui.tui.labels import found_detail
from crm_tui.tui.screens.base import BaseScreen, action_lines
from crm_tui.tui.widgets.dialogs import Finder, Option, Page, paragraphs

if TYPE_CHECKING:
    from crm_tui.tui.app import CrmApp


def show_actions(app: "CrmApp", scope: str) -> None:
    """Help that can be searched and run."""
    lines = action_lines(scope, app.keys)
    first = max(cell_width(keys) for _, keys in lines)
    second = max(cell_width(tr(a.title)) for a, _ in lines)

    def search(text: str) -> list[Option]:
        wanted = text.casefold()
        return [
            Option(
                a.id,
                f"{pad(keys, first)}  {pad(tr(a.title), second)}",
                detail=tr(a.help),
            )
            for a, keys in lines
            if wanted in f"{keys} {a.id} {a.command} {tr(a.title)} {tr(a.help)}".casefold()
        ]

    def chosen(name: str | None) -> None:
        if name is not None and isinstance(app.screen, BaseScreen):
            app.screen.action_act(name)

    title = tr("Help: type to search, enter runs")
    app.push_screen(Finder(title, app.terminal.theme, search), chosen)


def show_find(app: "CrmApp", scope: str) -> None:
    """Quick find: customers, tickets, actions (R-005: contact details only by permission)."""
    services, actor = app.gateway.services, app.gateway.actor

    def search(text: str) -> list[Option]:
        found = [
            Option((f.kind, f.id), f.title, detail=found_detail(f))
            for f in services.find.find(text, actor=actor, limit=10)
        ]
        found += [
            Option(("action", a.id), tr(a.title), detail=tr(a.help))
            for a in found_actions(scope, text)
        ]
        return found[:12]

    def chosen(value: Any) -> None:
        if value is None:
            return
        kind, key = value
        if kind == "ticket":
            app.open_ticket(key)
        elif kind == "customer":
            app.open_customer(key)
        elif isinstance(app.screen, BaseScreen):
            app.screen.action_act(key)

    title = tr("Find: name, pinyin, phone, number")
    app.push_screen(Finder(title, app.terminal.theme, search, app.gateway.run), chosen)


def found_actions(scope: str, text: str) -> Sequence[Action]:
    """The actions of a screen whose word or title has the text in it, an exact word first."""
    wanted = text.casefold()
    if not wanted:
        return ()
    hits = [a for a in for_scope(scope) if wanted in f"{a.command} {tr(a.title)}".casefold()]
    return sorted(hits, key=lambda a: a.command != wanted)


def show_keys(app: "CrmApp") -> None:
    """Every key with its action, the user's own among them."""
    lines = []
    for scope in ("", *SCOPES):
        own = [a for a in ACTIONS if (scope in a.scopes if scope else not a.scopes)]
        lines.append(f"[{scope or '*'}]")
        for action in own:
            keys = " ".join(shown(k) for k in app.keys[action.id]) or f":{action.command}"
            lines.append(f"  {pad(keys, 14)} {pad(action.id, 18)} {tr(action.help)}")
    own_keys = app.binds.lines
    if own_keys:
        lines.append(f"[{tr('of your own')}]")
        lines += [f"  {pad(shown(key), 14)} {line}" for key, line in own_keys.items()]
    app.push_screen(Page(tr("Keys"), app.terminal.theme, paragraphs(lines)))
