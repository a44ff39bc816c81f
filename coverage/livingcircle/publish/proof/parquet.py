"""Tables of a proof: small, and the same bytes for the same numbers."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

__all__ = ["write_table"]


def write_table(table: pa.Table, path: Path) -> None:
    """Write a table as Parquet, compressed with zstd; numbers keep all their digits."""
    pq.write_table(
        table,
        path,
        compression="zstd",
        compression_level=9,
        use_dictionary=[f.name for f in table.schema if not pa.types.is_floating(f.type)],
        use_byte_stream_split=[f.name for f in table.schema if pa.types.is_floating(f.type)],
        store_schema=False,
    )
