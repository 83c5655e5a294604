"""A defect of the program: a sentence for the user, the place of it in a log without any values."""

import os
import time
import traceback

from crm_tui import __version__
from crm_tui.domain.errors import DomainError
from crm_tui.domain.msg import msg


def record(error: BaseException) -> DomainError:
    """Write where it happened and answer the sentence that names the file.

    Neither the text of the exception nor any value is written: either may be personal.
    """
    lines = [f"crm-tui {__version__}"]
    cause: BaseException | None = error
    while cause is not None:
        lines.append(f"{type(cause).__module__}.{type(cause).__qualname__}")
        for frame in traceback.extract_tb(cause.__traceback__):
            lines.append(f"  {os.path.basename(frame.filename)}:{frame.lineno} {frame.name}")
        cause = cause.__cause__ or cause.__context__
    try:
        from crm_tui.settings import Places

        folder = Places.of_user().logs
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / f"crash-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.log"
        with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
    except OSError:
        return DomainError(
            msg(
                "crm-tui has a defect ({name}) and could not write a log; your data are unharmed",
                name=type(error).__name__,
            ),
            code="defect",
        )
    return DomainError(
        msg(
            "crm-tui has a defect ({name}); its place is in {path}, your data are unharmed",
            name=type(error).__name__,
            path=str(path),
        ),
        code="defect",
    )
