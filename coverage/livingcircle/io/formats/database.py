"""Tables of PostGIS, through a SQLAlchemy URL."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

import geopandas as gpd
import pandas as pd

from livingcircle.errors import InputError
from livingcircle.io.formats.reader import Layer
from livingcircle.io.notes import shorten
from livingcircle.secrets import masked

if TYPE_CHECKING:
    import sqlalchemy

__all__ = ["is_database", "read_database"]

_SCHEMES = ("postgresql://", "postgresql+", "postgis://")


def is_database(source: object) -> bool:
    """Return whether a source is the URL of a database."""
    return isinstance(source, str) and source.lower().startswith(_SCHEMES)


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
    file = masked(url)
    try:
        import sqlalchemy
    except ImportError as error:
        raise InputError(
            "reading a database needs SQLAlchemy and pg8000",
            hint='Install them: pip install "livingcircle[postgis]".',
            file=file,
        ) from error
    try:
        engine = sqlalchemy.create_engine(_parsed(url))
        try:
            with engine.connect() as connection:
                # Nothing here writes, and nothing should.
                connection.execute(sqlalchemy.text("SET TRANSACTION READ ONLY"))
                frame = _read(connection, layer, file)
        finally:
            engine.dispose()
    except InputError:
        raise
    except Exception as error:  # noqa: BLE001 - its own text may hold the login, so it is no cause
        # The driver's message may repeat the URL, or what it took for the host.
        reason = shorten(masked(str(error).split("\n")[0], url), 160)
        raise InputError(
            f"the database cannot be read ({reason})",
            hint="Check its URL and that the server runs.",
            file=file,
        ) from None
    return Layer(frame, file, ())


def _parsed(url: str) -> sqlalchemy.URL:
    """Return the parts of a URL; a password may hold ``@``, ``:``, ``/`` and spaces as it is."""
    scheme, _, rest = url.partition("://")
    login, at, place = rest.rpartition("@")
    if "?" in login and "/" in login.partition("?")[0]:
        # That "@" stands in a parameter, behind the place.
        login, at, place = "", "", rest
    from sqlalchemy.engine import make_url

    bare = make_url(f"{scheme.lower()}://{place}")
    if "+" not in scheme:
        bare = bare.set(drivername="postgresql+pg8000")
    user, _, password = login.partition(":")
    return bare.set(username=unquote(user), password=unquote(password)) if at else bare


def _read(connection: sqlalchemy.Connection, layer: str | None, file: str) -> pd.DataFrame:
    """Read the table with its geometry column, if it has one."""
    import sqlalchemy

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
        frame: pd.DataFrame = gpd.read_postgis(query, connection, geom_col=known[name][2])
        return frame
    return pd.read_sql(query, connection)
