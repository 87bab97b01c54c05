"""The store: the persistence protocols of the other packages, on SQLite and PostgreSQL."""
