"""Runs migrations on the connection that the store hands over, inside its transaction."""

from alembic import context

from steelyard.store._account_schema import whole_schema
from steelyard.store._schema import schema_version

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=whole_schema,
    version_table=schema_version.name,
)
context.run_migrations()
