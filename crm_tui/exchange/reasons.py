"""The columns that an error file has before those of its source, written and taken off again (R-315).

An error file holds the rows as they stood, under the headers of their file, so that who corrects them
imports it as it is: what was added is left out when it is read.
"""

import re
from collections.abc import Generator, Sequence
from typing import Final

from crm_tui.domain.msg import N_, Msg, msg
from crm_tui.exchange.headers import fold
from crm_tui.i18n import LANGUAGES, tr

COLUMNS: Final = (N_("Line"), N_("Reason"), N_("Code"))
"""What is added, as msgids."""
_GUARD: Final = re.compile(r"'(?=[=+\-@\t\r＝＋－＠])")
"""The apostrophe that keeps a spreadsheet from running a text."""


def stand_in(header: Sequence[str]) -> bool:
    """Whether a header is that of an error file, in whichever language it was written."""
    found = [fold(cell) for cell in header[: len(COLUMNS)]]
    return any(found == [fold(tr(c, language)) for c in COLUMNS] for language in LANGUAGES)


def taken_off(
    rows: Generator[tuple[int, list[str]], None, None],
) -> Generator[tuple[int, list[str]], None, None]:
    """The rows of an error file as they stood in its source."""
    try:
        for line, cells in rows:
            yield line, [_GUARD.sub("", cell, count=1) for cell in cells[len(COLUMNS) :]]
    finally:
        rows.close()


def named(reason: Msg, column: str, headers: dict[str, str]) -> Msg:
    """A reason that calls its column what the file calls it; ``headers`` are those cells by column."""
    for param in ("field", "column"):
        if param in reason.params:
            header = headers.get(column or str(reason.params[param]), "")
            return Msg(reason.msgid, {**reason.params, param: header}) if header else reason
    if header := headers.get(column, ""):
        return msg("{column}: {reason}", column=header, reason=reason)
    return reason
