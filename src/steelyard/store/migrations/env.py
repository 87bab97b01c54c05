"""Runs migrations on the connection that the store hands over, inside its transaction."""

from alembic import context

from steelyard.store._schema import metadata, schema_version

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=schema_version.name,
)
context.run_migrations()
