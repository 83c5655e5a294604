"""A walk through the program by random keys, while others work on the same desk (issue "bad input").

Keys are posted to the app as a slow line delivers them; only now and then is waited until the
program is idle, and then everything is looked at. A key that ends the program starts it anew.
"""

import random
import traceback
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import func, select
from textual import events
from textual.geometry import Size
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget

from crm_tui import i18n
from crm_tui.bootstrap import Opened
from crm_tui.db.schema.customers import customer
from crm_tui.db.schema.registers import TABLES
from crm_tui.db.schema.tickets import message, ticket
from crm_tui.domain.errors import DomainError
from crm_tui.domain.terms import TaskStatus
from crm_tui.domain.workflow import State
from crm_tui.tui.actions import ACTIONS
from crm_tui.tui.app import CrmApp
from crm_tui.tui.platform import Terminal
from crm_tui.tui.screens.base import BaseScreen
from crm_tui.tui.screens.queue import QueueScreen
from crm_tui.tui.screens.register import REGISTERS
from crm_tui.tui.widgets.board_canvas import BoardCanvas
from crm_tui.tui.widgets.gantt_canvas import GanttCanvas
from crm_tui.tui.widgets.virtual_list import VirtualList
from tests.tui.driving import HOSTILE, key_event, settle

task: Final = TABLES["task"]
BUNDLE: Final = 12
"""Keys between two looks."""
SIZES: Final = ((80, 24), (120, 40), (60, 16), (200, 60), (40, 10), (99, 30), (20, 5), (80, 24))
VERBS: Final = tuple(sorted({key for action in ACTIONS for key in action.keys}))
MOVES: Final = (
    *("j", "k", "G", "g", "down", "up", "pagedown", "pageup", "home", "end", "left", "right"),
    *("ctrl+d", "ctrl+u", "tab", "shift+tab", "enter", "enter", "enter", "space", "ctrl+n"),
)
ODD: Final = (
    *("ctrl+a", "ctrl+c", "ctrl+e", "ctrl+k", "ctrl+o", "ctrl+t", "ctrl+w", "ctrl+y", "ctrl+z"),
    *("ctrl+@", "ctrl+backslash", "delete", "backspace", "insert", "f2", "f12", "ctrl+left"),
    *("shift+up", "shift+down", "ctrl+home", "ctrl+end", "ctrl+v", "ctrl+x", "shift+f5"),
)
WORDS: Final = (
    "打印机",
    "urgency:urgent",
    "+2d",
    "明天下午5点",
    "@ana",
    "T-1",
    "-",
    "1",
    "sla:<30m",
)
PLACES: Final = (
    *(("1",), ("1", "enter"), ("2",), ("2", "enter"), ("6",), ("1", "n"), ("2", "n"), ("1", "/")),
    *(
        ("1", "b", "ctrl+s"),
        ("3",),
        ("3", "enter"),
        ("3", "n"),
        ("3", "W", "d"),
        ("3", "V", "E"),
        ("1", "b"),
    ),
    *(("4",), ("4", "j", "enter"), ("4", "plus"), ("4", "exclamation_mark"), ("4", "n")),
    *(("7",), ("7", "i"), ("7", "enter"), ("7", "n")),
    *(("9", letter) for _, letter in REGISTERS),
    *(("5",), ("5", "enter"), ("5", "b", "1"), ("5", "v", "1"), ("5", "v", "3")),
    *(("1", "enter", "r"), ("1", "enter", "c"), ("ctrl+p",), ("colon",), ("question_mark",)),
)
"""Ways to the screens, so that a short walk comes everywhere."""
HOME: Final = ("escape", "y", "escape", "y", "escape", "escape")
"""Out of whatever is open; y answers that what was typed may go."""


class Walk:
    """One walk; ``seed`` gives the same keys and foreign acts again."""

    def __init__(self, opened: Opened, seed: int) -> None:
        self.opened = opened
        self.seed = seed
        self.chance = random.Random(seed)
        self.last: deque[str] = deque(maxlen=120)
        self.faults: list[str] = []
        self.seen: Counter[str] = Counter()
        self.acts = self.starts = 0
        self._root = opened.services.org.login("root")
        self._places = list(PLACES)
        self.chance.shuffle(self._places)
        self._rows = self.stored()

    # Keys

    def key(self) -> str:
        """The next key; what is typed in fields is mostly left again."""
        choice = self.chance.random()
        if choice < 0.45:
            return self.chance.choice(VERBS)
        if choice < 0.70:
            return self.chance.choice(MOVES)
        if choice < 0.84:
            return self.chance.choice("abcdefghijklmnopqrstuvwxyz0123456789ATYZ:/?!@.,'()<>*")
        if choice < 0.92:
            return self.chance.choice(("escape", "ctrl+s"))
        return self.chance.choice(ODD)

    def post(self, app: CrmApp, key: str) -> None:
        """Post a key as the driver does."""
        self.last.append(key)
        app.post_message(key_event(key))

    # The other one

    def foreign(self) -> None:
        """Somebody else does something; what the rules refuse is refused."""
        self.acts += 1
        services, root = self.opened.services, self._root
        with services.core.engine.connect() as conn:
            tickets = list(conn.execute(select(ticket.c.id)).scalars())
            customers = list(conn.execute(select(customer.c.id)).scalars())
            tasks = list(conn.execute(select(task.c.id)).scalars()) or [1]
        one, other = self.chance.choice(tickets), self.chance.choice(tickets)
        job, column = self.chance.choice(tasks), self.chance.choice(list(TaskStatus))
        state = self.chance.choice(list(State))
        ana = self.opened.actor
        today = services.core.clock().date()
        data = {"kind": "complaint", "channel": "phone", "subject": HOSTILE, "description": "x"}
        work = {
            "description": f"任务{self.acts} {HOSTILE}",
            "department_ids": ["after_sales"],
            "owner_id": self.chance.choice((root.staff_id, ana.staff_id)),
            "due_on": self.chance.choice(("1900-01-01", "2024-06-03", "9999-12-31")),
        }
        acts: tuple[Callable[[], Any], ...] = (
            lambda: services.tickets.take([one], actor=root),
            lambda: services.tickets.assign([one], ana.staff_id, actor=root),
            lambda: services.tickets.urgency(
                [one], self.chance.choice(("urgent", "low")), actor=root
            ),
            lambda: services.tickets.tag([one], actor=root, add=[HOSTILE[:20]]),
            lambda: services.tickets.status(
                [one], str(state), actor=root, values={"verified_note": "seen"}
            ),
            lambda: services.tickets.edit(
                one, {"subject": f"第{self.acts}次 {HOSTILE}"}, actor=root
            ),
            lambda: services.tickets.transfer([one], "after_sales", "theirs", actor=root),
            lambda: services.tickets.escalate([one], "slow", actor=root),
            lambda: services.closing.resolve([one], actor=root, values={"solution": "mend"}),
            lambda: services.closing.cancel([one], "double", actor=root),
            lambda: services.messages.note([one], f"@ana {HOSTILE}", actor=root),
            lambda: services.messages.customer_message(one, HOSTILE, actor=root),
            lambda: services.links.merge([one], other, actor=root),
            lambda: services.intake.create(data, actor=root),
            lambda: services.customers.create({"name": f"客户 {self.acts} {HOSTILE}"}, actor=root),
            lambda: services.customers.change(
                self.chance.choice(customers), {"name": f"改名 {self.acts}"}, actor=root
            ),
            lambda: services.tasks.new(work, actor=root),
            lambda: services.tasks.from_ticket(one, {}, actor=root),
            lambda: services.tasks.move([job], str(column), actor=root, standard_met=True),
            lambda: services.tasks.progress([job], self.chance.choice((0, 50, 100)), actor=root),
            lambda: services.tasks.set_limit(str(column), None, 1, actor=root),
            lambda: services.tasks.new(
                {
                    "description": f"任务 {self.acts} {HOSTILE}",
                    "completion_standard": "x",
                    "owner_id": ana.staff_id,
                    "department_ids": [1, 2][: self.acts % 2 + 1],
                    "start_on": today,
                    "due_on": today + timedelta(self.acts % 30),
                    "milestone": self.acts % 5 == 0,
                },
                actor=root,
            ),
            lambda: services.tasks.reschedule(
                [one], start_days=self.acts % 9 - 4, end_days=self.acts % 9, actor=root
            ),
            lambda: services.tasks.link(one, other, actor=root),
            lambda: services.undo.undo(actor=root),
            lambda: services.ticker.tick("other"),
        )
        with suppress(DomainError):
            self.chance.choice(acts)()

    # Looking

    def stored(self) -> tuple[int, ...]:
        """How many rows there are of what is never deleted."""
        with self.opened.services.core.engine.connect() as conn:
            return tuple(
                conn.execute(select(func.count()).select_from(table)).scalar_one()
                for table in (ticket, customer, message, task)
            )

    def wrong(self, what: str) -> str:
        """What is wrong, with what came before it."""
        return f"seed {self.seed}: {what}\nafter {' '.join(self.last)}"

    def watch(self, app: CrmApp) -> None:
        """Keep where each unexpected error happened."""
        told = app.unexpected

        def unexpected(error: Exception) -> None:
            self.faults.append("".join(traceback.format_exception(error)))
            told(error)

        app.unexpected = unexpected  # type: ignore[method-assign]

    def look(self, app: CrmApp) -> None:
        """Nothing went wrong, nothing is lost, every list and board has a row under its cursor."""
        assert not self.faults, self.wrong(self.faults[0])
        error = app._exception
        assert error is None, self.wrong("".join(traceback.format_exception(error)))
        rows = self.stored()
        lost = [old > new for old, new in zip(self._rows, rows, strict=True)]
        assert not any(lost), self.wrong(f"rows: {self._rows} to {rows}")
        self._rows = rows
        screen: Screen[Any] = app.screen
        self.seen.update(type(each).__name__ for each in app.screen_stack[1:])
        focused: Widget | None = app.focused
        assert focused is None or focused.screen is screen, self.wrong("focus on another screen")
        for canvas in screen.query(GanttCanvas):
            rows_shown = canvas.chart.rows
            assert not rows_shown or canvas.current is not None, self.wrong("no task under it")
            assert all(0 <= line.row < len(rows_shown) or line.title for line in canvas.chart.lines)
        for listing in screen.query(VirtualList):
            ids = [row.id for row in listing.rows]
            assert len(ids) == len(set(ids)), self.wrong(f"a row twice: {ids}")
            assert not ids or 0 <= listing.at < len(ids), self.wrong("the cursor is on no row")
        for board in screen.query(BoardCanvas):
            assert (board.current is None) == (not board.board.cards), self.wrong("no card")

    async def refreshed(self, app: CrmApp, pilot: Pilot[None]) -> None:
        """After a look at what changed, the queue shows what the store has."""
        app._poll()
        await settle(app, pilot)
        screen: Screen[Any] = app.screen
        if isinstance(screen, QueueScreen) and not ended(app):
            queue: QueueScreen = screen
            queue.changed([])
            await settle(app, pilot)
            if queue.is_current:
                self._complete(queue)

    def _complete(self, queue: QueueScreen) -> None:
        """Every row that the store has for the filter is in the list, as far as it is read."""
        page = self.opened.services.views.page(
            queue.filter,
            actor=self.opened.actor,
            sort=queue.sort,
            descending=queue.down,
            limit=1000,
        )
        missing = {row.id for row in page.rows} - {row.id for row in queue.listing.rows}
        more = queue.listing.before or queue.listing.after
        assert more or not missing, self.wrong(f"not under {queue.filter!r}: {missing}")

    # The walk

    async def run(self, keys: int) -> None:
        """Walk so many keys, in as many starts as it takes."""
        left = keys
        while left > 0:
            i18n.use(self.chance.choice(("en", "zh")))
            left = await self._session(left)
        root = self._root
        verdict = self.opened.services.audit.verify(actor=root)
        assert verdict.ok, self.wrong(str(verdict))
        counts = self.opened.services.views.counts(actor=root)
        assert sum(counts.values()) == self.stored()[0], self.wrong(str(counts))

    async def _session(self, left: int) -> int:
        """From a start of the program to its end; answers how many keys are left."""
        terminal = self.chance.choice((Terminal(), Terminal(theme="mono", ascii=True)))
        app = CrmApp(lambda: self.opened, terminal, ticking=False)
        self.watch(app)
        self.last.append("<start>")
        self.starts += 1
        async with app.run_test(size=self.chance.choice(SIZES)) as pilot:
            await settle(app, pilot)
            while left > 0 and not ended(app):
                left -= self._bundle(app)
                await self._idle(app, pilot)
                if not ended(app):
                    self.look(app)
                    await self.refreshed(app, pilot)
        self.look_back(app)
        return left

    def _bundle(self, app: CrmApp) -> int:
        """Some keys at once, with whatever else happens between them."""
        posted = 0
        if self.chance.random() < 0.6:
            if not self._places:
                self._places = list(PLACES)
                self.chance.shuffle(self._places)
            way = (*HOME, *self._places.pop())
            for key in way:
                self.post(app, key)
            posted += len(way)
        for _ in range(BUNDLE):
            self.post(app, self.key())
        posted += BUNDLE
        self._beside(app)
        return posted

    def _beside(self, app: CrmApp) -> None:
        """Resizes, pastes, changes by others, time."""
        if self.chance.random() < 0.3:
            self.last.append("<paste>")
            app.post_message(events.Paste(self.chance.choice((*WORDS, HOSTILE, "长" * 3000))))
        if self.chance.random() < 0.3:
            self._resize(app)
        for _ in range(self.chance.choice((0, 0, 1, 2))):
            self.last.append("<foreign>")
            self.foreign()
        if self.chance.random() < 0.2:
            core = self.opened.services.core
            later = core.clock() + timedelta(minutes=self.chance.choice((1, 50, 1500)))
            core.clock = lambda: later

    def _resize(self, app: CrmApp) -> None:
        width, height = self.chance.choice(SIZES)
        self.last.append(f"<{width}x{height}>")
        size = Size(width, height)
        app._driver._size = size  # type: ignore[union-attr]
        app.post_message(events.Resize(size, size))

    async def _idle(self, app: CrmApp, pilot: Pilot[None]) -> None:
        # The app may end with keys in its queue.
        while not ended(app) and app.typeahead._keys.qsize():
            await pilot.pause(0.005)
        if not ended(app):
            await settle(app, pilot)

    def look_back(self, app: CrmApp) -> None:
        """The program ended without an error."""
        assert not self.faults, self.wrong(self.faults[0])
        error = app._exception
        assert error is None, self.wrong("".join(traceback.format_exception(error)))

    async def tour(self) -> None:
        """Each of the places once."""
        app = CrmApp(lambda: self.opened, Terminal(), ticking=False)
        self.watch(app)
        async with app.run_test(size=(80, 24)) as pilot:
            for place in PLACES:
                for key in (*HOME, *place):
                    self.post(app, key)
                await settle(app, pilot)
                self.look(app)


def ended(app: CrmApp) -> bool:
    """Whether the program was left, or failed."""
    return app._exit or app._exception is not None


def mains() -> set[str]:
    """Names of all screens of the program that are no dialogs."""
    return {kind.__name__ for kind in _below(BaseScreen) if kind.SCOPE}


def _below(kind: type[BaseScreen]) -> list[type[BaseScreen]]:
    return [sub for direct in kind.__subclasses__() for sub in (direct, *_below(direct))]
