"""Text from outside is inert on every screen: no order reaches the terminal, columns stay in line (D-42)."""

import re
from typing import Any, Final

import pytest

from crm_tui.bootstrap import Opened
from crm_tui.domain.msg import msg
from crm_tui.tui.platform import Terminal
from crm_tui.tui.screens.queue import QueueScreen
from crm_tui.tui.screens.register import REGISTERS
from tests.tui.driving import key_event, settle
from tests.tui.wired import Memory, assert_shown, wired

SECRET: Final = "T1dORUQ="
CORPUS: Final = {
    "csi": "a\x1b[31mred\x1b[2J\x1b[1;1Htop\x1b[0m",
    "osc52": f"b\x1b]52;c;{SECRET}\x07tail",
    "osc-open": f"c\x1b]0;{SECRET}",
    "dcs": f"d\x1bP+q{SECRET}\x1b\\tail",
    "apc": f"e\x1b_G{SECRET}\x1b\\tail\x1b^pm\x1b\\\x1bX\x1b\\",
    "c1": f"f\x9b2J\x9d52;c;{SECRET}\x9c\x90q\x9ctail",
    "bell": "g\x07\x07\x08\x08\x7f\x0e\x0ftail",
    "bidi": "h\u202eexe.gnp\u202c \u2066x\u2069 \u200fy\u061c tail",
    "lines": "i\r\nj\tk\u2028l\u2029m\x0b\x0ctail",
    "textual": "[@click=app.bell]j[/] [red]x[/red] [link='https://example.org/']y[/] $primary [/]",
    "rich": "[bold]k[/bold] [blink]:boom: [/] \\[x] [[y]] [",
    "joined": "👩\u200d🚀👨\u200d👩\u200d👧 ⚠\ufe0f ❤\ufe0f 👍🏽 🇩🇪 1\ufe0f\u20e3 क्षि \u200d",
    "heaped": "l" + "\u0301" * 60 + "\ufe0f" * 9 + "\u200d" * 9 + "tail",
    "long": "很长" * 90,
    "invisible": "m\u200b\u2060\ufeff\u00ad\U000e0041\U000e007ftail\ufff9",
}
FORBIDDEN: Final = re.compile(
    "\x1b[\\]PX^_]|\x07|[\x80-\x9f\x00\x0e\x0f\x7f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u206f]"
)
OURS: Final = re.compile(r"\x1b\[[?>=<0-9;:]*[A-Za-z@`]|[\r\n\b]")
"""Orders as the wire makes them; the strict terminal of the tests knows each of them."""


def seed(opened: Opened) -> None:
    """A desk on which every text is hostile."""
    services, ana = opened.services, opened.actor
    for name, text in CORPUS.items():
        customer = services.customers.create({"name": f"{name} {text}"}, actor=ana)
        ticket = services.intake.create(
            {
                "customer_id": customer,
                "kind": "complaint",
                "channel": "phone",
                "subject": text,
                "description": f"{text}\n{text}",
            },
            actor=ana,
        )
        services.tickets.take([ticket], actor=ana).one()
        services.tickets.tag([ticket], actor=ana, add=[text[:30]])
        services.messages.note([ticket], text, actor=ana).one()
        services.messages.customer_message(ticket, text, actor=ana)
        services.registers.create(
            "interaction",
            {
                "customer_id": customer,
                "occurred_on": "2024-06-01",
                "channel": "phone",
                "topic": text,
                "customer_feedback": text,
            },
            actor=ana,
        )
        with services.core.write(ana) as unit:
            unit.notify(
                [ana.staff_id],
                "warning",
                msg("Look at {what}", what=text),
                subject=("ticket", ticket),
                key=name,
            )


def assert_inert(memory: Memory) -> None:
    """Nothing was sent that is not ours."""
    sent = memory.sent()
    found = FORBIDDEN.search(sent)
    assert found is None, repr(sent[max(0, found.start() - 60) : found.end() + 20])
    assert "\x1b" not in OURS.sub("", sent)


def column_of(memory: Memory, text: str) -> set[int]:
    """The columns at which a text begins, in whatever lines it stands."""
    found = set()
    for row in memory.screen.rows:
        for x in range(len(row)):
            if "".join(cell.text or "" for cell in row[x : x + len(text)]) == text:
                found.add(x)
    return found


@pytest.mark.parametrize(("size", "theme"), [((80, 24), "dark"), ((140, 44), "mono")])
async def test_hostile_text_is_inert_on_every_screen(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], theme: str
) -> None:
    seed(opened)
    place: Any = Terminal(theme=theme)
    async with wired(opened, monkeypatch, size=size, terminal=place) as (app, pilot, memory):
        assert isinstance(app.screen, QueueScreen)
        # Whatever stands before it, the owner begins in one column.
        assert len(column_of(memory, "Ana")) == 1
        assert_inert(memory)
        assert_shown(app)
        ways = [
            *[("enter", "G", "i", "escape", "j")] * len(CORPUS),
            ("2",),
            *[("enter", *("right_square_bracket",) * 5, "escape", "j")] * len(CORPUS),
            ("6", "j", "j", "z", "escape", "x", "escape", "enter", "escape"),
            ("1", "t", "escape", "a", "escape", "e", "escape"),
            *(("9", letter, "enter", "escape", "escape") for _, letter in REGISTERS),
            ("u", "U", "m", *":messages", "enter", "escape"),
            *(("ctrl+p", *text, "escape") for text in ("tail", "red", "很长")),
        ]
        for way in ways:
            for key in way:
                app.post_message(key_event(key))
            await settle(app, pilot)
            assert_inert(memory)
            assert_shown(app)
        for text in CORPUS.values():
            app.say(text)
            await settle(app, pilot)
            assert_inert(memory)
            assert_shown(app)
