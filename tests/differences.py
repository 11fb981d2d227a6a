"""What the tables of a database lack, or have beyond what the code knows."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from server.adapters.tables import metadata
from sqlalchemy import URL, NullPool, create_engine


def differences(url: URL | str) -> list[object]:
    """Empty if the versions make just the tables that the code uses."""

    def is_ours(name: str | None, kind: str, _: object) -> bool:
        # The index of trigrams is made by hand, differently on every kind of database.
        return kind not in ("table", "index") or not str(name).startswith("search_index")

    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": is_ours})
        found: list[object] = list(compare_metadata(context, metadata))
    engine.dispose()
    return found
