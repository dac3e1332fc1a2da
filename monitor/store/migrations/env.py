"""Alembic's entry: runs the revisions on the connection that schema.py hands over."""

from alembic import context

from monitor.store.tables import Table

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Table.metadata,
    render_as_batch=True,  # SQLite cannot alter most of a table in place
    transactional_ddl=True,  # all revisions or none; database.py makes BEGIN real
)
with context.begin_transaction():
    context.run_migrations()
