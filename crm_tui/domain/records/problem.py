"""What is wrong with a value, before it is known which record and field it stands in."""

from crm_tui.domain.msg import Msg


class Problem(ValueError):
    """A value that cannot be read; ``{field}`` of the sentence is filled with the field's label."""

    def __init__(self, message: Msg, *, code: str = "invalid", field: str = "") -> None:
        super().__init__(code)
        self.message = message
        self.code = code
        self.field = field
        """Set by rules over several fields; else the field being read."""
