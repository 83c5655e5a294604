"""The store: schema, engine, queries and migrations (SQLAlchemy Core)."""
