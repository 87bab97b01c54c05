"""Runs migrations on the connection that the store hands over, inside its transaction."""

from alembic import context

from steelyard.store._schema import schema_version
from steelyard.store._span_schema import whole_schema

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=whole_schema,
    version_table=schema_version.name,
)
context.run_migrations()
