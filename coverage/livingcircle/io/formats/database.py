"""Tables of PostGIS, through a SQLAlchemy URL."""

from __future__ import annotations

import re
from typing import Any

import geopandas as gpd
import pandas as pd

from livingcircle.errors import InputError
from livingcircle.io.formats.vector import Layer
from livingcircle.io.notes import shorten

__all__ = ["is_database", "read_database", "shown"]

_SCHEMES = ("postgresql://", "postgresql+", "postgis://")


def is_database(source: object) -> bool:
    """Tell whether a source is the URL of a database."""
    return isinstance(source, str) and source.startswith(_SCHEMES)


def shown(url: str) -> str:
    """Return a database URL without its password, for messages and notes.

    >>> shown("postgresql://me:secret@host/db")
    'postgresql://me:***@host/db'
    """
    text = re.sub(r"(://[^:/@]+):.*@", r"\1:***@", url)
    return re.sub(r"(?i)(password=)[^&]*", r"\1***", text)


def read_database(url: str, *, layer: str | None) -> Layer:
    """Read one table or view of a PostGIS database.

    Parameters
    ----------
    url
        ``postgresql://user:password@host/database`` (pg8000 is used unless another driver is
        named).
    layer
        ``table`` or ``schema.table``; may be None where the database holds one spatial table.

    Raises
    ------
    InputError
        If the extra ``livingcircle[postgis]`` is not installed, the database does not answer, or
        the table is not there.
    """
    file = shown(url)
    try:
        import sqlalchemy
    except ImportError as error:
        raise InputError(
            "reading a database needs SQLAlchemy and pg8000",
            hint='Install them: pip install "livingcircle[postgis]".',
            file=file,
        ) from error
    driver = re.sub(r"^(postgresql|postgis)://", "postgresql+pg8000://", url)
    try:
        engine = sqlalchemy.create_engine(driver)
        try:
            with engine.connect() as connection:
                # Nothing here writes, and nothing should.
                connection.execute(sqlalchemy.text("SET TRANSACTION READ ONLY"))
                frame = _read(sqlalchemy, connection, layer, file)
        finally:
            engine.dispose()
    except InputError:
        raise
    except Exception as error:
        # The driver's message may repeat the URL.
        reason = shorten(shown(str(error).split("\n")[0]), 160)
        raise InputError(
            f"the database cannot be read ({reason})",
            hint="Check its URL and that the server runs.",
            file=file,
        ) from error
    return Layer(frame, file, ())


def _read(sqlalchemy: Any, connection: Any, layer: str | None, file: str) -> Any:
    """Read the table with its geometry column, if it has one."""
    found = connection.execute(
        sqlalchemy.text(
            "SELECT f_table_schema, f_table_name, f_geometry_column FROM geometry_columns"
            " ORDER BY 1, 2"
        )
    ).fetchall()
    known = {f"{schema}.{table}": (schema, table, geometry) for schema, table, geometry in found}
    if layer is None:
        if len(known) != 1:
            listed = (
                ", ".join(shorten(name, 40) for name in list(known)[:30]) or "none with geometry"
            )
            raise InputError(
                f"the database holds {len(known)} spatial tables",
                hint=f'State one: layer = "schema.table" of {listed}.',
                file=file,
                field="layer",
            )
        layer = next(iter(known))
    name = layer if "." in layer else f"public.{layer}"
    schema, _, table = name.partition(".")
    if not sqlalchemy.inspect(connection).has_table(table, schema=schema):
        raise InputError(
            f"there is no table {shorten(layer, 60)!r}",
            hint=f"Spatial tables are: {', '.join(shorten(n, 40) for n in list(known)[:30])}.",
            file=file,
            field="layer",
        )
    # SQLAlchemy quotes the names, so a table called "x; DROP" is only a name.
    named = sqlalchemy.table(table, schema=schema)
    query = sqlalchemy.select(sqlalchemy.text("*")).select_from(named)
    if name in known:
        return gpd.read_postgis(query, connection, geom_col=known[name][2])
    return pd.read_sql(query, connection)
