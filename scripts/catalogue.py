"""Compile the Chinese catalogue and check it against the code.

`compile` merges locale/zh_CN/po/*.po into one .mo; `check` fails when the code has a sentence that no
catalogue translates, a catalogue has one the code no longer has, or a placeholder differs.
"""

import ast
import re
import sys
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
PO_DIR = ROOT / "crm_tui" / "locale" / "zh_CN" / "po"
MO_FILE = ROOT / "crm_tui" / "locale" / "zh_CN" / "LC_MESSAGES" / "crm_tui.mo"
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
MARKERS = {"N_", "msg", "tr", "Msg"}


def merged() -> Catalog:
    """All area catalogues in one, later areas not overriding earlier ones."""
    # A fixed date: the compiled bytes must depend on nothing but the sentences.
    whole = Catalog(locale="zh_CN", charset="utf-8", creation_date=EPOCH, revision_date=EPOCH)
    for path in sorted(PO_DIR.glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="zh_CN", abort_invalid=True):
                if message.id and message.string and not message.fuzzy and message.id not in whole:
                    whole.add(message.id, message.string)
    return whole


def msgids_in_code() -> dict[str, str]:
    """Every literal given to N_, msg, Msg or tr, with the place it stands first."""
    found: dict[str, str] = {}
    for path in sorted([*(ROOT / "crm_tui").rglob("*.py"), *(ROOT / "scripts").glob("*.py")]):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else None
            first = node.args[0]
            if name in MARKERS and isinstance(first, ast.Constant) and isinstance(first.value, str):
                found.setdefault(first.value, f"{path.relative_to(ROOT)}:{node.lineno}")
    return {key: place for key, place in found.items() if key}


def problems() -> list[str]:
    """What is untranslated, left over or has different placeholders, a line each."""
    catalogue = {str(m.id): str(m.string) for m in merged() if m.id}
    code = msgids_in_code()
    lines = [
        f"{place}: no translation for {key!r}"
        for key, place in code.items()
        if key not in catalogue
    ]
    lines += [f"not in the code any more: {key!r}" for key in catalogue if key not in code]
    for key, text in catalogue.items():
        if set(re.findall(r"{(\w+)", key)) != set(re.findall(r"{(\w+)", text)):
            lines.append(f"other placeholders in the translation of {key!r}")
    return lines


def compiled() -> bytes:
    """The bytes of the .mo file."""
    buffer = BytesIO()
    write_mo(buffer, merged())
    return buffer.getvalue()


def main() -> int:
    """Run `compile` or `check`."""
    if sys.argv[1:] == ["compile"]:
        MO_FILE.parent.mkdir(parents=True, exist_ok=True)
        MO_FILE.write_bytes(compiled())
        return 0
    lines = problems()
    if MO_FILE.read_bytes() != compiled():
        lines.append("crm_tui.mo is older than its sources: run `make locale`")
    print("\n".join(lines) or "catalogue complete")
    return 1 if lines else 0


if __name__ == "__main__":
    raise SystemExit(main())
