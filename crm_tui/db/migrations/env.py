"""Alembic's entry: runs the scripts on the connection that `running` hands over."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import TypeDecorator

from crm_tui.db.migrations import load_schema


def is_ours(name: str | None, kind: str, parents: object) -> bool:
    """Full-text tables are virtual and made by hand; autogenerate would drop them."""
    return not (kind == "table" and (name or "").startswith("fts_"))


def own_type(kind: str, item: object, writing: Any) -> str | Literal[False]:
    """Our column types by their short names, with the import that a script needs for them."""
    if kind != "type" or not isinstance(item, TypeDecorator):
        return False
    name = type(item).__name__
    writing.imports.add(f"from {type(item).__module__} import {name}")
    return f"{name}()"


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=load_schema(),
    render_as_batch=connection.dialect.name == "sqlite",
    include_name=is_ours,
    render_item=own_type,
)
context.run_migrations()
