"""`:export`: the list as it is filtered and sorted, in a file (ux.md 3.5)."""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm_tui.domain.errors import ValidationError
from crm_tui.domain.msg import msg
from crm_tui.i18n import render

if TYPE_CHECKING:
    from crm_tui.tui.screens.base import BaseScreen

FORMATS = ("csv", "json", "xlsx")


def target(text: str, scope: str, at: datetime) -> Path:
    """The file that ``csv`` or ``late.csv`` names; none that is there already."""
    if text in FORMATS:
        path = Path.cwd() / f"{scope}-{at:%Y%m%d-%H%M%S}.{text}"
    else:
        path = Path(text).expanduser().absolute()
    if path.suffix[1:].lower() not in FORMATS:
        raise ValidationError(
            msg("Say csv, json or xlsx, or name a file that ends so"), code="bad_argument"
        )
    if path.exists():
        raise ValidationError(
            msg("{file} is there already; choose another name", file=path.name),
            code="bad_argument",
        )
    return path


def export(screen: "BaseScreen", path: Path) -> None:
    """Write the list of a screen; the keys do not wait for it."""
    rows: Callable[[], Iterator[dict[str, Any]]] = screen.exported()

    def work() -> int:
        # The writers are loaded with the first export.
        from crm_tui.exchange import lists

        return lists.write(path, rows(), screen.gateway.zone)

    def then(count: int) -> None:
        said = msg("{count} rows written to {file}", count=count, file=str(path))
        screen.crm.say(render(said))

    screen.gateway.run(work, then, group="export", apart=True)
