"""Draw the pictures of the main screens for the README and the guide.

`pictures.py` makes a small desk from the seeded generator of the demo at a fixed time, walks to each
screen by keys and writes docs/pictures/NAME.LANGUAGE.svg; `pictures.py queue ticket` only those.
"""

import asyncio
import html
import re
import sys
import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from crm_tui import bootstrap, i18n
from crm_tui.bootstrap import Opened
from crm_tui.domain.text import cell_width
from crm_tui.tui.platform import Terminal, prepare

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from crm_tui.services.facade import Services
    from crm_tui.tui.app import CrmApp

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
NOW: Final = datetime(2024, 11, 6, 2, 20, tzinfo=UTC)
"""Wednesday 2024-11-06 10:20 in Shanghai."""
SIZE: Final = (120, 34)
CUSTOMERS, TICKETS = 60, 240
LANGUAGES = ("en", "zh")
WALKS: Final = {
    "queue": ("ana", ("j", "j")),
    "ticket": ("lin", ("slash", "=approval:pending", "enter", "enter")),
    "new-ticket": ("ana", ("n", "=C2024007", "enter", "tab", "tab", "={subject}")),
    "customers": ("lin", ("2", "j", "j")),
    "profile": ("lin", ("2", "j", "j", "enter")),
    "board": ("lin", ("3", "l", "j")),
    "timeline": ("lin", ("4", "j", "j")),
    "goals": ("lin", ("7",)),
    "kpi": ("lin", ("5", "j")),
    "inbox": ("lin", ("6",)),
}
"""Whose eyes a screen is seen with and what is pressed to come to it; words after = are typed."""
SUBJECT: Final = {"en": "The scanner smokes", "zh": "扫描仪冒烟"}
LARGEST: Final = 150_000
"""Bytes of a picture; a larger one would slow the page that shows it."""


def desk(folder: Path) -> "Services":
    """A desk of the generator, smaller than the demo."""
    from crm_tui.exchange.demo import build

    services = bootstrap.open_services(
        str(folder / "crm.db"),
        key_file=folder / "field.key",
        files=folder / "files",
        clock=lambda: NOW,
    )
    build(services, "demo", now=NOW, customers=CUSTOMERS, tickets=TICKETS)
    return services


async def _settled(app: "CrmApp", pilot: "Pilot[None]") -> None:
    """Wait until nothing is being read or written."""
    from textual.worker import WorkerCancelled

    for _ in range(3):
        await app.typeahead.idle()
        await pilot.pause()
        for worker in list(app.workers):
            # A newer question puts an older one aside.
            with suppress(WorkerCancelled):
                await worker.wait()
    await pilot.pause()


async def picture(services: "Services", name: str, language: str) -> str:
    """The SVG of a screen."""
    from textual.keys import _character_to_key

    from crm_tui.tui.app import CrmApp

    i18n.use(language)
    login, walk = WALKS[name]
    seen = Opened(services, services.org.login(login), demo=True)
    app = CrmApp(lambda: seen, Terminal(theme="dark"), ticking=False)
    async with app.run_test(size=SIZE) as pilot:
        await _settled(app, pilot)
        for step in walk:
            text = step[1:].format(subject=SUBJECT[language]) if step.startswith("=") else ""
            for key in [_character_to_key(c) for c in text] if text else [step]:
                await pilot.press(key)
                await _settled(app, pilot)
        return plain(app.export_screenshot(title="crm-tui"), name)


_CLIPS: Final = re.compile(r'<clipPath id="[^"]*-line-\d+">.*?</clipPath>\s*', re.DOTALL)
_CLIPPED: Final = re.compile(r' clip-path="url\(#[^")]*-line-\d+\)"')
_TEXT: Final = re.compile(
    r'<text class="([^"]*)" x="([\d.]+)" y="([\d.]+)" textLength="[\d.]+">(.*?)</text>', re.DOTALL
)
_CELL: Final = 12.2
"""Width of a cell in the drawing."""


def plain(svg: str, name: str) -> str:
    """The SVG with a place of its own for each word, and the same at each run.

    Textual numbers its classes by chance, and stretches a run of words as a whole: beside wide
    characters the columns would not stand below each other.
    """
    svg = re.sub(r"terminal-\d+", f"crm-{name}", svg)
    return _TEXT.sub(_words, _CLIPPED.sub("", _CLIPS.sub("", svg)))


def _words(run: re.Match[str]) -> str:
    style, left, top, escaped = run.groups()
    text = html.unescape(escaped)
    found = []
    for word in re.finditer(r"[^\s\xa0]+", text):
        x = float(left) + _CELL * cell_width(text[: word.start()])
        length = _CELL * cell_width(word.group())
        found.append(
            f'<text class="{style}" x="{x:.5g}" y="{top}" textLength="{length:.5g}">'
            f"{html.escape(word.group())}</text>"
        )
    return "".join(found)


def main() -> int:
    """Run."""
    prepare({"COLORTERM": "truecolor"})
    wanted = sys.argv[1:] or list(WALKS)
    if unknown := set(wanted) - set(WALKS):
        print(f"there is no picture {', '.join(sorted(unknown))}; there are {', '.join(WALKS)}")
        return 2
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        services = desk(Path(folder))
        try:
            for language in LANGUAGES:
                for name in wanted:
                    svg = asyncio.run(picture(services, name, language))
                    if folder in svg or len(svg.encode()) > LARGEST:
                        print(f"{name}.{language}: {len(svg.encode())} bytes or a path in it")
                        return 1
                    (PICTURES / f"{name}.{language}.svg").write_text(svg, "utf-8")
        finally:
            services.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
