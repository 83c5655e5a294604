"""Write the pages of the documentation that follow from the code: keys and the data dictionary.

`reference.py` writes docs/keys*.md and docs/data*.md; `reference.py check` fails where one is older than
the registry it is made from.
"""

import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from crm_tui import i18n
from crm_tui.domain.msg import N_
from crm_tui.domain.records.derive import data_dictionary
from crm_tui.domain.records.registry import REGISTRY
from crm_tui.i18n import tr
from crm_tui.tui.actions import ACTIONS, for_scope
from crm_tui.tui.keymap import SCOPES, shown

DOCS = Path(__file__).resolve().parent.parent / "docs"
SCREENS = {
    "queue": N_("Queue"),
    "ticket": N_("Ticket"),
    "customers": N_("Customers"),
    "board": N_("Board"),
    "timeline": N_("Timeline"),
    "task": N_("Task"),
    "goals": N_("Goals"),
    "profile": N_("Profile"),
    "inbox": N_("Inbox"),
    "register": N_("Registers"),
    "figures": N_("KPI"),
    "figure_rows": N_("Rows of a figure"),
}
DANGERS = {
    "harmless": "",
    "undoable": N_("can be undone"),
    "recallable": N_("can be recalled"),
    "confirmed": N_("asks first"),
}
NOTE = N_("Made from the program by scripts/reference.py; your own keys stand in keys.toml.")


def _row(*cells: str) -> str:
    return "| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |"


def keys_page() -> str:
    """The keys of every screen, its own first, then those of everywhere."""
    heads = (N_("Key"), N_("Command"), N_("What it does"), N_("Way back"))
    parts = [f"# {tr(N_('Keys'))}", "", tr(NOTE), ""]
    everywhere = [a for a in ACTIONS if not a.scopes]
    sections = [(tr(SCREENS[s]), [a for a in for_scope(s) if a.scopes]) for s in SCOPES]
    for title, actions in [(tr(N_("Everywhere")), everywhere), *sections]:
        parts += [f"## {title}", "", _row(*map(tr, heads)), "|" + "---|" * len(heads)]
        for action in actions:
            keys = " ".join(f"`{shown(k)}`" for k in action.keys)
            danger = DANGERS[action.danger]
            parts.append(_row(keys, f"`:{action.command}`", tr(action.help), tr(danger)))
        parts.append("")
    return "\n".join(parts).rstrip() + "\n"


def data_page() -> str:
    """Every kind of record and its fields."""
    head = f"# {tr(N_('Data dictionary'))}\n\n"
    return head + data_dictionary(REGISTRY.values(), tr)


PAGES: tuple[tuple[str, Callable[[], str]], ...] = (("keys", keys_page), ("data", data_page))


def made() -> dict[Path, str]:
    """Every page by its place, in both languages."""
    found: dict[Path, str] = {}
    for language, suffix in (("en", ""), ("zh", ".zh")):
        i18n.use(language)
        for name, page in PAGES:
            found[DOCS / f"{name}{suffix}.md"] = page()
    i18n.use("en")
    return found


def main() -> int:
    """Run."""
    old = 0
    for path, text in made().items():
        if sys.argv[1:] != ["check"]:
            path.write_text(text, "utf-8")
        elif not path.is_file() or path.read_text("utf-8") != text:
            print(f"{path.name} is older than the program: run `make docs`")
            old = 1
    return old


if __name__ == "__main__":
    sys.exit(main())
