"""Write a migration from the difference between a migrated database and the tables in the code.

Usage: migration.py REVISION MESSAGE, such as: migration.py 0002 "Delivery place of an order". Add
the revision to REVISIONS in crm_tui/db/migrations/__init__.py afterwards, and read the script.
"""

import re
import sys
import tempfile
from pathlib import Path

from alembic import command

from crm_tui.db.engine import open_engine
from crm_tui.db.migrations.running import config

_CLOSING_KEY = re.compile(
    r"sa\.ForeignKeyConstraint\(\['(\w+)'\], \['(\w+)\.(\w+)'\], "
    r"name=op\.f\('(\w+)'\), use_alter=True\)"
)


def closed_circles(text: str) -> str:
    """Add the foreign keys that close a circle of tables; Alembic forgets them on PostgreSQL."""
    lines: list[str] = []
    table = ""
    for line in text.splitlines():
        if made := re.search(r"op\.create_table\(\s*'(\w+)'", line):
            table = made[1]
        if key := _CLOSING_KEY.search(line):
            column, other, target, name = key.groups()
            lines.append(
                f'        op.create_foreign_key("{name}", "{table}", "{other}", '
                f'["{column}"], ["{target}"])'
            )
    if not lines:
        return text
    head = (
        "    # SQLite has these in CREATE TABLE; PostgreSQL needs both tables first.\n"
        '    if op.get_bind().dialect.name == "postgresql":\n'
    )
    return text.rstrip() + "\n" + head + "\n".join(lines) + "\n"


def main(revision: str, message: str) -> None:
    """Migrate an empty database as far as the scripts go, and write down what is missing."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(str(Path(folder) / "crm.db"))
        with engine.begin() as conn:
            command.upgrade(config(conn), "head")
            made = command.revision(config(conn), message, autogenerate=True, rev_id=revision)
        engine.dispose()
    for script in made if isinstance(made, list) else [made]:
        if script is not None:
            path = Path(script.path)
            text = re.sub(r"^ *# ### .*\n", "", path.read_text("utf-8"), flags=re.MULTILINE)
            path.write_text(closed_circles(text), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
