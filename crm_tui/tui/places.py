"""Where a person is and was: the way back, and the place for the next start (ux.md 3.5, 5)."""

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from crm_tui.domain.errors import DomainError
from crm_tui.tui.mains import BY_SCOPE

if TYPE_CHECKING:
    from crm_tui.tui.app import CrmApp
    from crm_tui.tui.screens.base import BaseScreen

Spot = tuple[str, Any]
"""A screen's name and what it shows."""
HERE: Final = "here"
"""Where the session keeps which screens are open."""
OPENED: Final = ("ticket", "profile")
"""Screens above a main screen that the next start opens again."""


def spot_of(screen: "BaseScreen") -> Spot:
    """The place that a screen is."""
    from crm_tui.tui.screens.profile import ProfileScreen
    from crm_tui.tui.screens.register import RegisterScreen
    from crm_tui.tui.screens.task_page import TaskScreen
    from crm_tui.tui.screens.ticket import TicketScreen

    if isinstance(screen, TicketScreen):
        return screen.SCOPE, screen.ticket_id
    if isinstance(screen, TaskScreen):
        return screen.SCOPE, screen.task_id
    if isinstance(screen, ProfileScreen):
        return screen.SCOPE, screen.customer_id
    if isinstance(screen, RegisterScreen):
        return screen.SCOPE, screen.kind.name
    return screen.SCOPE, screen.place_state()


class Places:
    """The last place and what is kept of a session."""

    def __init__(self, app: "CrmApp") -> None:
        self._app = app
        self.last: Spot | None = None
        self.session: dict[str, Any] = {}
        self._dirty = False

    def leaving(self, screen: "BaseScreen") -> None:
        """Another place is gone to: this one is where `back` leads."""
        self.last = spot_of(screen)
        name, state = self.last
        if isinstance(state, dict):
            self.keep(name, state)

    def back(self, screen: "BaseScreen") -> None:
        """To the last place; again comes back."""
        target = self.last
        here = spot_of(screen)
        below = self._app.screen_below
        if target is None or (below is not None and spot_of(below) == target):
            # Going to and fro piles up no screens.
            self._app.leave()
            return
        kind, what = target
        if kind == "queue":
            self.keep(kind, what)
            self._app.open_queue(what)
        elif kind in ("board", "timeline"):
            self._app.open_plan(kind, what)
        elif kind == "ticket":
            self._app.open_ticket(what)
        elif kind == "task":
            self._app.open_task(what)
        elif kind == "profile":
            self._app.open_customer(what)
        elif kind == "register":
            self._app.open_register(what)
        elif kind == "figure_rows":
            self._app.open_figure_rows(what)
        else:
            self._app.go(kind)
        self.last = here

    # The session

    def keep(self, name: str, state: Any) -> None:
        """Keep a part of the session; it is written with the next look at the store."""
        if self.session.get(name) != state:
            self.session[name] = state
            self._dirty = True

    def stand(self) -> None:
        """Keep which main screen is open, and what is opened from it."""
        top, bottom = self._app.main_screen, self._app.bottom_screen
        opened = list(spot_of(top)) if top.SCOPE in OPENED else []
        self.keep(HERE, {"main": bottom.SCOPE, "opened": opened})

    def resume(self) -> None:
        """Open the screens where the last session ended; what cannot be read is passed over."""
        here = self.session.get(HERE)
        if not isinstance(here, dict):
            return
        app, main = self._app, BY_SCOPE.get(str(here.get("main")))
        if main is not None and main.scope != app.bottom_screen.SCOPE:
            app.switch_screen(main.make())
        # Not by `open_ticket`: what lies below has not been read, and its place must stay kept.
        match here.get("opened"):
            case ["ticket", int(ticket)]:
                from crm_tui.tui.screens.ticket import TicketScreen

                app.push_screen(TicketScreen(ticket))
            case ["profile", int(customer)]:
                from crm_tui.tui.screens.profile import ProfileScreen

                app.push_screen(ProfileScreen(customer))

    def load(self) -> None:
        """Read what was kept last; runs off the loop."""
        gateway = self._app.gateway
        self.session = gateway.services.sessions.load(actor=gateway.actor)

    def save(self) -> None:
        """Write what is not yet written; a store that may not be written keeps nothing."""
        if not self._dirty:
            return
        self._dirty = False
        gateway, mine = self._app.gateway, dict(self.session)
        sessions, actor = gateway.services.sessions, gateway.actor
        with suppress(DomainError):
            # Screens keep parts of their own beside ours.
            sessions.save({**sessions.load(actor=actor), **mine}, actor=actor)
