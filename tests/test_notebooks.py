"""The notebooks run from top to bottom, and what is kept in them is small and of no machine."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat")
nbclient = pytest.importorskip("nbclient")

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
MACHINE = re.compile(
    r"(?<![\w.:/])/(home|root|tmp|work|Users|usr|var|opt)/|site-packages|[A-Z]:\\\\"
)


def outputs(book):
    return [out for cell in book.cells for out in cell.get("outputs", [])]


def faults(book):
    return [out for out in outputs(book) if out["output_type"] == "error"]


def test_they_are_there():
    assert [path.name[:2] for path in NOTEBOOKS] == ["01", "02", "03"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_is_kept(path):
    assert path.stat().st_size < 300_000
    book = nbformat.read(path, as_version=4)
    nbformat.validate(book)
    assert not faults(book)
    code = [cell for cell in book.cells if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in code] == list(range(1, len(code) + 1))
    assert any("image/png" in out.get("data", {}) for out in outputs(book))
    # No warning, no path of whoever ran it last.
    assert not [out for out in outputs(book) if out.get("name") == "stderr"]
    told = [str(out.get("text", "")) + str(_words(out)) for out in outputs(book)]
    assert not [text for text in told if MACHINE.search(text)]
    assert "合成" in book.cells[0]["source"]


def _words(out):
    return {kind: text for kind, text in out.get("data", {}).items() if kind.startswith("text/")}


@pytest.mark.exhaustive
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs(path, sample_dir, tmp_path):
    folder = tmp_path / "notebooks"
    folder.mkdir()
    shutil.copy(path, folder)
    shutil.copytree(sample_dir, tmp_path / "data" / "sample")
    book = nbformat.read(folder / path.name, as_version=4)
    for cell in book.cells:
        if cell["cell_type"] == "code":
            cell["outputs"] = []
    client = nbclient.NotebookClient(
        book, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    client.execute()
    assert not faults(book)
    assert any("image/png" in out.get("data", {}) for out in outputs(book))
    # It leaves nothing behind beside itself.
    assert [left.name for left in folder.iterdir()] == [path.name]
