"""MapInfo tables say by their bytes what they are written in, whatever charset they state."""

from __future__ import annotations

import geopandas as gpd
import pyogrio
import pytest

from livingcircle.errors import InputError
from livingcircle.io.table.read import read_table

NAMES = ["甲服务站", "乙服务站", "丙服务站"]
MEANS = {"mc": "name"}


def written(folder, suffix, coding, charset):
    """A table of three stations in an encoding, which states a charset."""
    points = gpd.points_from_xy([118.101, 118.112, 118.123], [24.481, 24.492, 24.503])
    layer = gpd.GeoDataFrame({"mc": NAMES, "charset": [5, 12, 7]}, geometry=points, crs=4326)
    path = folder / f"站[点]{suffix}"
    plain = folder / f"plain{suffix}"
    pyogrio.write_dataframe(layer, plain, driver="MapInfo File", encoding=coding)
    for part in folder.glob("plain.*"):
        part.rename(path.with_suffix(part.suffix))
    path.write_bytes(path.read_bytes().replace(b"Neutral", charset.encode()))
    return path


@pytest.mark.parametrize("suffix", [".mif", ".tab"])
@pytest.mark.parametrize(
    ("coding", "charset", "told"),
    [
        ("GBK", "WindowsLatin1", "gb18030, though its charset says WindowsLatin1"),
        ("GBK", "UTF-8", "gb18030, though its charset says UTF-8"),
        ("UTF-8", "WindowsSimpChinese", "utf-8, though its charset says WindowsSimpChinese"),
        ("UTF-8", "Nonsense", "utf-8, though its charset says Nonsense"),
        ("GBK", "Neutral", "states no encoding; read as gb18030"),
        ("GBK", "WindowsSimpChinese", ""),
    ],
)
def test_the_bytes_say_the_encoding(tmp_path, suffix, coding, charset, told):
    table = read_table(written(tmp_path, suffix, coding, charset), columns=MEANS)
    assert table.frame["name"].tolist() == NAMES
    assert table.frame["status"].tolist() == ["ok"] * 3
    notes = [note.text.en for note in table.notes if note.field == "encoding"]
    assert len(notes) == bool(told)
    assert all(told in note for note in notes)


def test_a_stated_encoding_wins(tmp_path):
    path = written(tmp_path, ".mif", "GBK", "UTF-8")
    assert read_table(path, columns=MEANS, encoding="gb18030").frame["name"].tolist() == NAMES
    big5 = read_table(path, columns=MEANS, encoding="cp1252").frame["name"].tolist()
    assert big5 == [name.encode("gbk").decode("cp1252") for name in NAMES]


@pytest.mark.parametrize("kept", [6, 40, 130, -5])
def test_a_dat_that_is_cut_off_is_told(tmp_path, kept):
    path = written(tmp_path, ".tab", "GBK", "WindowsLatin1")
    rows = next(part for part in tmp_path.iterdir() if part.suffix.lower() == ".dat")
    rows.write_bytes(rows.read_bytes()[:kept])
    with pytest.raises(InputError, match=r"the \.dat is cut off"):
        read_table(path, columns=MEANS)


def test_a_mif_has_no_dat(tmp_path):
    path = written(tmp_path, ".mif", "GBK", "WindowsLatin1")
    path.with_suffix(".dat").write_bytes(b"another file's notes")
    assert read_table(path, columns=MEANS).frame["name"].tolist() == NAMES
