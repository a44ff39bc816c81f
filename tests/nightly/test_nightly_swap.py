"""A site put in place in one step, each way that a system can."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from livingcircle.errors import InputError
from livingcircle.io.atomic import UNFINISHED
from livingcircle.io.ownership import OWNED_LIST, discard, link_tree, write_marker
from livingcircle.nightly import swap
from livingcircle.nightly.swap import is_site, real_site, recover_site, staged_site


def _site(folder: Path, text: str) -> None:
    (folder / "index.html").write_text(text)
    (folder / "site.json").write_text('{"program": "livingcircle site", "version": "v"}')


def _put(site: Path, version: str, text: str) -> None:
    recover_site(site)
    with staged_site(site, version) as fresh:
        _site(fresh, text)


def _beside(site: Path) -> set[str]:
    return {p.name for p in site.parent.iterdir()} - {site.name, f".{site.name}.versions"}


@pytest.fixture(params=["exchange", "link", "rename"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each way of putting a site in place, whatever this system can do."""
    if request.param != "exchange":
        monkeypatch.setattr(swap, "exchange_folders", lambda one, other: False)
        monkeypatch.setattr(swap, "REPLACES_LINKS", request.param == "link")
    elif not sys.platform.startswith("linux"):
        pytest.skip("only Linux exchanges two folders in one step")
    if request.param == "link" and os.name == "nt":
        pytest.skip("links need rights on Windows")
    return str(request.param)


class TestSwap:
    def test_a_site_follows_another(self, tmp_path: Path, way: str) -> None:
        site = tmp_path / "site"
        for number in range(3):
            _put(site, f"v{number}", f"night {number}")
            assert (site / "index.html").read_text() == f"night {number}"
            assert is_site(site)
        assert _beside(site) == set()
        assert site.is_symlink() == (way == "link")
        if way == "link":
            assert [p.name for p in (tmp_path / ".site.versions").iterdir()] == ["v2"]

    def test_a_build_that_fails_leaves_the_site_as_it_was(self, tmp_path: Path, way: str) -> None:
        site = tmp_path / "site"
        _put(site, "v0", "whole")
        recover_site(site)
        with pytest.raises(ZeroDivisionError):
            self._interrupted(site)
        assert (site / "index.html").read_text() == "whole"
        assert _beside(site) == set()

    def test_what_somebody_else_wrote_is_not_replaced(self, tmp_path: Path, way: str) -> None:
        site = tmp_path / "site"
        site.mkdir()
        (site / "thesis.doc").write_text("years of work")
        with pytest.raises(InputError, match="did not write"):
            recover_site(site)
        (site / "thesis.doc").rename(tmp_path / "thesis.doc")
        recover_site(site)
        with pytest.raises(InputError, match="did not write"):
            self._overtaken(site)
        assert (site / "thesis.doc").read_text() == "again"
        (tmp_path / "file").write_text("")
        with pytest.raises(InputError, match="is a file"):
            recover_site(tmp_path / "file")

    def _interrupted(self, site: Path) -> None:
        with staged_site(site, "v1") as fresh:
            _site(fresh, "half")
            raise ZeroDivisionError

    def _overtaken(self, site: Path) -> None:
        with staged_site(site, "v0") as fresh:
            _site(fresh, "x")
            (site / "thesis.doc").write_text("again")

    def test_leftovers_of_killed_runs_go(self, tmp_path: Path, way: str) -> None:
        site = tmp_path / "site"
        _put(site, "v0", "whole")
        for name in (".site.new-x", ".site.old-x", ".site.versions/half"):
            (tmp_path / name).mkdir(parents=True)
            (tmp_path / name / "f").write_text("")
            write_marker(tmp_path / name, UNFINISHED, names=())
        (tmp_path / ".site.link-x").symlink_to("nowhere")
        recover_site(site)
        assert _beside(site) == set()
        assert (site / "index.html").read_text() == "whole"

    def test_a_folder_killed_before_its_list_was_in_place_goes(self, tmp_path: Path) -> None:
        site = tmp_path / "site"
        _put(site, "v0", "whole")
        (tmp_path / ".site.new-x").mkdir()
        (tmp_path / ".site.new-x" / f"{OWNED_LIST}.part").write_text("half of")
        (tmp_path / ".site.new-y").mkdir()
        (tmp_path / ".site.new-y" / "somebodys.txt").write_text("stays")
        recover_site(site)
        assert _beside(site) == {".site.new-y"}

    def test_the_list_is_the_last_file_that_goes(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A kill on the way must leave a folder that still says whose it is."""
        folder = tmp_path / "new"
        (folder / "z").mkdir(parents=True)
        for name in ("a", "z/z"):
            (folder / name).write_text("")
        write_marker(folder, UNFINISHED, names=())
        gone = []
        unlink = Path.unlink
        monkeypatch.setattr(Path, "unlink", lambda path: (gone.append(path.name), unlink(path)))
        discard(folder)
        assert sorted(gone[:-1]) == ["a", "z"]
        assert gone[-1] == OWNED_LIST
        assert not folder.exists()

    def test_a_site_left_aside_is_put_back(self, tmp_path: Path) -> None:
        """As a job killed between the two renames of Windows leaves it."""
        site = tmp_path / "site"
        for name in (".site.old-2026-11-20", ".site.old-2026-11-21", ".site.new-2026-11-22"):
            (tmp_path / name).mkdir()
            _site(tmp_path / name, name)
            write_marker(tmp_path / name, "site")
        recover_site(site)
        assert (site / "index.html").read_text() == ".site.old-2026-11-21"
        assert _beside(site) == set()

    def test_a_link_of_the_user_stays_and_its_folder_is_replaced(self, tmp_path: Path) -> None:
        (tmp_path / "disk").mkdir()
        (tmp_path / "www").symlink_to(tmp_path / "disk" / "real", target_is_directory=True)
        (tmp_path / "disk" / "real").mkdir()
        _put(real_site(tmp_path / "www"), "v0", "one")
        assert (tmp_path / "www").is_symlink()
        assert (tmp_path / "disk" / "real" / "index.html").read_text() == "one"
        assert _beside(tmp_path / "disk" / "real") == set()

    def test_a_plain_folder_becomes_a_link_where_nothing_else_is_possible(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        site = tmp_path / "site"
        site.mkdir()
        _site(site, "old")
        monkeypatch.setattr(swap, "exchange_folders", lambda one, other: False)
        _put(real_site(site), "v1", "new")
        assert site.is_symlink()
        assert (site / "index.html").read_text() == "new"
        _put(real_site(site), "v2", "newer")
        assert (site / "index.html").read_text() == "newer"
        assert _beside(site) == set()

    def test_linked_trees_share_their_files(self, tmp_path: Path) -> None:
        (tmp_path / "a" / "deep").mkdir(parents=True)
        (tmp_path / "a" / "deep" / "f").write_text("x")
        (tmp_path / "a" / "gone").symlink_to("nowhere")
        link_tree(tmp_path / "a", tmp_path / "b")
        assert (tmp_path / "b" / "deep" / "f").samefile(tmp_path / "a" / "deep" / "f")
        assert (tmp_path / "b" / "gone").is_symlink()

    def test_where_links_are_not_possible_files_are_copied(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(*_: object, **__: object) -> None:
            raise OSError("no links here")

        (tmp_path / "a").mkdir()
        (tmp_path / "a" / "f").write_text("x")
        monkeypatch.setattr(os, "link", refuse)
        link_tree(tmp_path / "a", tmp_path / "b")
        assert (tmp_path / "b" / "f").read_text() == "x"
