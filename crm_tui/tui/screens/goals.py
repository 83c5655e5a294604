"""Screen 7: goals, how far they have come, and what is done for them (R-176 to R-191)."""

from typing import TYPE_CHECKING, Any, Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from crm_tui.domain.msg import N_
from crm_tui.domain.records.enums import GoalState
from crm_tui.i18n import tr
from crm_tui.tui.screens import copying
from crm_tui.tui.screens import goal_words as words
from crm_tui.tui.screens.goal_forms import action_form, goal_form, measure_form, review_form
from crm_tui.tui.screens.goal_lists import DEFAULT, PLACE, GoalLists
from crm_tui.tui.screens.records import allowed, show_history
from crm_tui.tui.widgets.dialogs import Finder, Menu, Option
from crm_tui.tui.widgets.lines import Lines
from crm_tui.tui.widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from crm_tui.tui.app import CrmApp

NEW: Final = "new"
OUTCOMES: Final = (
    (GoalState.REACHED, "r", ""),
    (GoalState.MISSED, "m", N_("Why was it missed?")),
    (GoalState.CANCELLED, "c", N_("Why is it cancelled?")),
)
"""How a goal ends, the letter of the menu, and what is asked."""


class GoalsScreen(GoalLists):
    """All goals with one of them in full."""

    SCOPE = "goals"
    ROOT = True

    def __init__(self) -> None:
        super().__init__()
        self.detail: Any = None

    def body(self) -> ComposeResult:
        """The list, and the goal under the cursor beside it."""
        theme = self.crm.terminal.theme
        with Horizontal(id="body"):
            with Vertical(id="left"):
                yield VirtualList(
                    words.columns(lambda: self.local(self.now).date()),
                    theme_name=theme,
                    empty=tr("no goal here; \\ goes back to the view, n makes one"),
                    id="list",
                )
            yield Lines(theme, id="right")

    def on_mount(self) -> None:
        """Frame and focus first."""
        self.listing.focus()

    # The pane

    @property
    def _pane_shown(self) -> bool:
        if self.has_class("-narrow"):
            return self.has_class("-info")
        return not self.has_class("-noinfo")

    @on(VirtualList.Moved)
    def _show_goal(self) -> None:
        """Read the goal under the cursor; an answer to an older question is dropped."""
        row = self.listing.current
        pane = self.query_one("#right", Lines)
        if row is None:
            self.detail = None
            pane.put(lambda _: ())
            return
        if not self._pane_shown:
            return
        goals, actor = self.gateway.services.goals, self.gateway.actor

        def then(detail: Any) -> None:
            if not self.is_attached:
                return
            stay = self.detail is not None and self.detail.view.id == detail.view.id
            self.detail = detail
            pane.put(lambda width: words.pane(detail, width), stay=stay)

        self.gateway.run(
            lambda: goals.show(row.id, actor=actor),
            then,
            group="goal",
            exclusive=True,
            refused=self.crm.offline,
            apart=True,
        )

    def set_classes_by_size(self) -> None:
        """A pane that comes with more columns shows the goal under the cursor."""
        super().set_classes_by_size()
        if self.gateway.ready and self.listing.rows:
            self._show_goal()

    def do_info(self) -> None:
        """Show or hide the pane; where it takes the whole screen it scrolls at once."""
        self.toggle_class("-info" if self.has_class("-narrow") else "-noinfo")
        (self.query_one("#right") if self.has_class("-info") else self.listing).focus()
        self._show_goal()

    def do_back(self) -> None:
        """The pane first, then archived goals, then back to the first view."""
        if self.has_class("-info"):
            self.do_info()
        elif self.archived:
            self.do_archived()
        elif self.view:
            self.to_view(0)

    # The goal under the cursor

    @on(VirtualList.Opened)
    def _opened(self) -> None:
        self.do_open()

    def do_open(self) -> None:
        """Its fields, to change or to read."""
        self.do_edit()

    def do_edit(self) -> None:
        """Its fields, to change or to read."""
        row = self.listing.current
        if row is not None:
            registers, actor = self.gateway.services.registers, self.gateway.actor
            self.gateway.run(
                lambda: registers.get("goal", row.id, actor=actor),
                lambda record: goal_form(self, record),
            )

    def do_new(self) -> None:
        """A new goal: metric, aim with its target shown, deadline."""
        goal_form(self)

    def do_goal_measure(self) -> None:
        """A value, typed or computed."""
        if self.listing.current is not None:
            measure_form(self, self.listing.current)

    def do_goal_review(self) -> None:
        """How it stands, and when to look again."""
        if self.listing.current is not None:
            review_form(self, self.listing.current)

    def do_goal_activate(self) -> None:
        """Let it run; what SMART lacks is said."""
        row = self.listing.current
        if row is not None:
            goals, actor = self.gateway.services.goals, self.gateway.actor
            self._act(lambda: goals.activate(row.id, actor=actor, expected=row.version))

    def do_goal_close(self) -> None:
        """Close it as reached, missed or cancelled."""
        row = self.listing.current
        if row is None or not allowed(self, "goal"):
            return
        goals, actor = self.gateway.services.goals, self.gateway.actor

        def end(outcome: str, reason: str = "") -> None:
            self._act(
                lambda: goals.close(
                    row.id, outcome, reason=reason, actor=actor, expected=row.version
                )
            )

        def chosen(at: int | None) -> None:
            if at is None:
                return
            outcome, _, question = OUTCOMES[at]
            if question:
                self.ask(tr(question), lambda text: end(outcome, text), required=False)
            else:
                end(outcome)

        options = [Option(i, tr(o.label()), key) for i, (o, key, _) in enumerate(OUTCOMES)]
        self.app.push_screen(Menu(tr("Close as"), options, self.crm.terminal.theme), chosen)

    def _act(self, work: Any) -> None:
        def then(result: Any) -> None:
            self.tell(result)
            self.changed([])

        self.gateway.run(work, then)

    def do_archive(self) -> None:
        """Take the goal off the list, or bring it back."""
        row = self.listing.current
        if row is not None and allowed(self, "goal"):
            registers, actor = self.gateway.services.registers, self.gateway.actor
            restore = self.archived
            self._act(lambda: registers.archive("goal", [row.id], actor=actor, restore=restore))

    def do_history(self) -> None:
        """Who did what with the goal."""
        row = self.listing.current
        if row is not None:
            show_history(self, "goal", row.id, row.objective)

    def do_copy(self) -> None:
        """Copy the objective."""
        row = self.listing.current
        if row is not None:
            self.copy(row.objective)

    def do_copy_menu(self) -> None:
        """Choose what of the goal to copy."""
        row = self.listing.current
        if row is not None:
            pieces = [
                copying.Piece(tr("title"), row.objective, "t"),
                copying.Piece(tr("link"), f"crm-tui goal show {row.id}", "l"),
                copying.Piece(tr("row"), copying.row_text(self.listing), "r"),
            ]
            copying.offer(self, pieces)

    # Key actions

    def do_goal_actions(self) -> None:
        """Choose a key action and go to it (R-180)."""
        row = self.listing.current
        if row is None:
            return
        goals, actor = self.gateway.services.goals, self.gateway.actor

        def then(detail: Any) -> None:
            options = [
                Option(
                    a.id,
                    f"{a.number}  {a.title}",
                    detail=f"{words.action_status(a)} {a.progress}%  {a.due_on or ''}  {a.owner}",
                )
                for a in detail.actions
            ]
            options.append(Option(NEW, tr("New key action")))

            def search(text: str) -> list[Option]:
                wanted = text.casefold()
                return [o for o in options if wanted in o.label.casefold() or o.value == NEW]

            title = f"{tr('Key actions')}: {detail.view.objective}"
            self.app.push_screen(Finder(title, self.crm.terminal.theme, search), chosen)

        def chosen(value: Any) -> None:
            if value == NEW:
                self.do_goal_action()
            elif value is not None:
                self.crm.open_task(value)

        self.gateway.run(lambda: goals.show(row.id, actor=actor), then)

    def do_goal_action(self) -> None:
        """A new key action, from a template or blank (R-189)."""
        row = self.listing.current
        if row is None or not allowed(self, "task"):
            return
        templates = self.gateway.services.goals.templates()
        options = [
            Option(i, tr(t.title), str(i + 1), tr(t.standard)) for i, t in enumerate(templates)
        ]
        options.append(Option(-1, tr("Blank"), "0"))

        def chosen(at: int | None) -> None:
            if at is not None:
                action_form(self, row, templates[at] if at >= 0 else None)

        self.app.push_screen(Menu(tr("New key action"), options, self.crm.terminal.theme), chosen)


def open_goal(crm: "CrmApp", goal_id: int) -> None:
    """Go to the goals with the cursor on one of them, whatever view it is in."""
    everything = DEFAULT[-1]
    state = {"view": everything.spec.to_text(), "name": everything.name, "cursor": goal_id}
    crm.keep_place(PLACE, state)
    crm.go("goals")
    for screen in crm.screen_stack:
        if isinstance(screen, GoalsScreen) and screen.is_mounted:
            screen.restore(state)
