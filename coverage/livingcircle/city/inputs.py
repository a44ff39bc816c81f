"""The files that a city.toml names: found, read, and remembered with their hashes and dates."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import geopandas as gpd
import numpy as np

from livingcircle.city.age_columns import with_ages
from livingcircle.city.city_file import input_path
from livingcircle.city.config import DemandConfig, TableConfig
from livingcircle.errors import ConfigError, LivingCircleError
from livingcircle.io.beside import files_beside
from livingcircle.io.formats.database import is_database
from livingcircle.io.notes import Note
from livingcircle.io.object_store import fetched, is_object
from livingcircle.io.table.headers import Role
from livingcircle.io.table.read import Table, read_table
from livingcircle.io.table.where import cells_meeting, parse_where
from livingcircle.localized import LocalizedText
from livingcircle.secrets import is_address, masked
from livingcircle.vocab.categories import normalise

__all__ = ["InputFile", "Inputs", "with_unit_names"]

_CHUNK = 1 << 20


@dataclass(frozen=True)
class InputFile:
    """One input as it was when the city was read."""

    role: str
    """Key of city.toml: ``network``, ``facilities.1``, ``units.2``, ``demand``, ..."""
    source: str
    """As written there (an address without its secrets)."""
    sha256: str | None
    """None for what is no file."""
    size: int | None
    """Bytes."""
    modified: str | None
    """ISO 8601, UTC."""


@dataclass
class Inputs:
    """What was read so far for one city; the readers of the tables share it."""

    file: Path
    """city.toml."""
    notes: list[Note] = field(default_factory=list)
    files: list[InputFile] = field(default_factory=list)
    tables: list[tuple[str, str, Table]] = field(default_factory=list)
    """Path, kind and table of everything that was read as a table."""
    shown: dict[str, str] = field(default_factory=dict)
    """Path → how outputs call it: as city.toml does, an absolute path by its name alone."""
    objects: dict[str, Path] = field(default_factory=dict)
    """Address of an object → the file that was fetched."""
    frames: dict[str, gpd.GeoDataFrame] = field(default_factory=dict)
    """Name → table, for a city from tables in memory."""
    entrances: dict[str, np.ndarray] = field(default_factory=dict)
    """Name of such a table → MultiPoint (WGS 84) of each of its rows, or None."""
    issues: list[gpd.GeoDataFrame] = field(default_factory=list)
    """Quality findings of reading, as ``livingcircle.city.quality_findings`` makes them."""
    own: tuple[Role, ...] = ()
    """Columns of the city's own."""
    unit_names: Mapping[str, str] = field(default_factory=dict)
    """``[unit_names]`` of city.toml: how tables write a unit → what it is called."""
    near: tuple[float, float, float, float] | None = None
    """West, south, east, north of the network: where the points should be."""

    @property
    def folder(self) -> Path:
        """The folder that relative paths start from."""
        return self.file.parent

    def note(
        self,
        file: str,
        about: str,
        text: LocalizedText,
        overrule: str = "",
        *,
        match: bool = False,
    ) -> None:
        """Write down something that was understood or guessed."""
        self.notes.append(Note(self.name(file), about, text, overrule, match))

    def find(self, source: str, role: str) -> str | Path:
        """Return the path of an input (a database's address as it is), and remember the file."""
        if source in self.frames:
            return source
        if is_object(source):
            path = self.objects[source] = fetched(source)
            self.shown[str(path)] = self.name(source)
            self.remember(path, role, self.name(source))
            return path
        if is_address(source):
            if not is_database(source):
                raise ConfigError(
                    f"{masked(source)} is an address, and a run reads files of this machine",
                    hint="Download it and name the file; of databases PostGIS is read",
                    file=self.file,
                    field=f"{role}.source",
                )
            self.files.append(InputFile(role, masked(source), None, None, None))
            return source
        path = input_path(self.folder, source, file=self.file, field=f"{role}.source")
        self.shown[str(path)] = self.name(source)
        self.remember(path, role, self.name(source))
        return path

    @staticmethod
    def name(source: str) -> str:
        """Return how outputs call an input, without the folders of somebody's disk."""
        if is_address(source):
            return masked(source)
        return masked(Path(source).name if Path(source).is_absolute() else source)

    def remember(self, path: Path, role: str, source: str | None = None) -> None:
        """Keep the hash, size and date of a file."""
        if path.exists():
            self.files.append(_fingerprint(path, role, source or path.name))

    def table(
        self,
        source: str | Path,
        part: TableConfig | DemandConfig,
        kind: str,
        columns: dict[str, str | None] | None = None,
        *,
        require_geometry: bool = True,
    ) -> gpd.GeoDataFrame:
        """Read a table as an entry of city.toml says, and keep its notes.

        Parameters
        ----------
        source
            What ``find`` returned.
        part
            The entry: ``layer``, ``sheet``, ``encoding``, ``datum``, ``crs``, ``columns``.
        kind
            "facilities", "units", "villages" or "demand".
        columns
            Header → meaning, besides what the entry states.
        require_geometry
            Whether a table without coordinates is refused.
        """
        stated = {own: role or None for own, role in part.columns.items()} | (columns or {})
        with self._by_its_name(str(source)):
            table = read_table(
                self.frames.get(str(source), source),
                layer=part.layer,
                sheet=part.sheet,
                encoding=part.encoding,
                datum=part.datum,
                crs=part.crs,
                columns=stated or None,
                header_row=part.header_row,
                kind=kind,
                near=self.near,
                require_geometry=require_geometry,
                own=self.own,
            )
        table = _with_own_names(table)
        if kind in ("demand", "units"):
            table = with_ages(table, [own for own, role in stated.items() if not role])
        shown = self.shown.get(str(source), table.file)
        if part.where:
            # Before units are renamed: a condition is written from what stands in the file.
            table = self._selected(table, part.where, kind, shown)
        table = with_unit_names(table, self.unit_names, kind)
        self.notes += [replace(note, file=shown) for note in table.notes]
        self.tables.append((str(source), kind, table))
        return table.frame

    @contextmanager
    def _by_its_name(self, source: str) -> Iterator[None]:
        """Let errors about a table in memory say which of them it is."""
        try:
            yield
        except LivingCircleError as error:
            if source not in self.frames:
                raise
            raise type(error)(
                error.problem, hint=error.hint, file=source, row=error.row, field=error.field
            ) from None

    def no_where(self, part: TableConfig | DemandConfig) -> None:
        """Refuse ``where`` for a source that has no columns."""
        if part.where:
            raise ConfigError(
                "where is for tables, and this source has no columns",
                hint="Leave it out",
                file=self.file,
                field="where",
            )

    def _selected(self, table: Table, where: str, kind: str, shown: str) -> Table:
        """Leave out the rows that ``where`` does not keep; facilities keep them, with a status."""
        frame = table.frame
        roles = {column.own: column.role for column in table.columns}
        kept = np.ones(len(frame), dtype=bool)
        for condition in parse_where(where):
            name = roles.get(condition.column, condition.column)
            written = f"{name}_as_written"
            name = written if written in frame else name
            if name not in frame or name in _OURS:
                raise ConfigError(
                    f"where names '{condition.column}', which is no column of {shown}",
                    hint=f"Columns: {', '.join(sorted({*roles, *frame.columns} - _OURS))}",
                    file=self.file,
                    field="where",
                )
            kept &= cells_meeting(frame[name], condition)
        if not kept.any():
            raise ConfigError(
                f"no row of {shown} meets where", hint="Correct it", file=self.file, field="where"
            )
        text = LocalizedText(
            f"按 where 保留 {int(kept.sum())} 行，不计 {int((~kept).sum())} 行：{where}",
            f"where keeps {int(kept.sum())} of {len(kept)} rows, {int((~kept).sum())} left out:"
            f" {where}",
        )
        self.note(shown, "rows", text, 'where = "..."')
        if kind == "facilities":
            frame = frame.assign(status=frame["status"].mask(~kept, "left_out"))
        else:
            frame = frame[kept].reset_index(drop=True)
        return replace(table, frame=frame)


_OURS = frozenset({"geometry", "source_row", "status", "reason", "reason_zh"})

_NAMES_OF_UNITS = ("unit", "estate", "town", "district", "parent")

# What later steps call columns of theirs: a planner's own column of that name is another thing.
_INNER = frozenset(
    {
        "by_place", "categories", "category_text", "community", "drive_id", "edge", "entrances",
        "estate_stated", "leaf", "own_id", "reason", "source_file",
        "status", "unit_by_location", "urban_village", "use", "village", "weight",
        "weight_unit", "town_stated", "district_stated",
    }
)  # fmt: skip


def _with_own_names(table: Table) -> Table:
    """Set a planner's own columns apart from ours, and let a unit's code say whose a row is."""
    ours = {column.role for column in table.columns} | {"status", "reason"}
    clash = {n: f"{n}_as_written" for n in table.frame.columns if n in _INNER - ours}
    frame = table.frame.rename(columns=clash)
    if "unit_id" in frame and "unit" not in frame:
        frame = frame.assign(unit=frame["unit_id"])
    return replace(table, frame=frame)


def with_unit_names(table: Table, said: Mapping[str, str], kind: str) -> Table:
    """Replace the names of units by the names that city.toml gives them.

    Parameters
    ----------
    table
        As its file writes the units.
    said
        ``[unit_names]``: how tables write a unit → what it is called, empty for none.
    kind
        "facilities", "units", "villages" or "demand".
    """
    meant = {normalise(written): name.strip() or None for written, name in said.items()}
    frame = table.frame
    # A list of figures without boundaries names the units themselves.
    names = kind == "units" and bool(frame.geometry.isna().all())
    called = [c for c in (*_NAMES_OF_UNITS, *(["name"] * names)) if c in frame]
    if not meant or not called:
        return table
    out = frame.copy()
    for column in called:
        written = frame[column].astype(object)
        plain = written.where(written.notna(), "").astype(str).map(normalise)
        # A row of figures keeps a name, whatever it is called.
        known = [text for text, name in meant.items() if name or column != "name"]
        out[column] = written.mask(plain.isin(known), plain.map(meant))
    return replace(table, frame=out)


def _fingerprint(path: Path, role: str, source: str) -> InputFile:
    # A geodatabase is a folder.
    parts = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    parts += files_beside(path)
    digest = hashlib.sha256()
    for part in parts:
        with part.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    stats = [part.stat() for part in parts]
    modified = datetime.fromtimestamp(max((s.st_mtime for s in stats), default=0.0), tz=UTC)
    return InputFile(
        role,
        source,
        digest.hexdigest(),
        sum(s.st_size for s in stats),
        modified.isoformat(timespec="seconds"),
    )
