"""Alembic's entry: runs the scripts on the connection that `running` hands over."""

from alembic import context

from crm_tui.db.migrations import load_schema


def is_ours(name: str | None, kind: str, parents: object) -> bool:
    """Full-text tables are virtual and made by hand; autogenerate would drop them."""
    return not (kind == "table" and (name or "").startswith("fts_"))


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=load_schema(),
    render_as_batch=connection.dialect.name == "sqlite",
    include_name=is_ours,
    user_module_prefix="types.",
)
context.run_migrations()
