"""What the desk answers about itself and about a project."""

from __future__ import annotations

from pathlib import Path

from livingcircle.desk.city_text import OWN_TEXTS
from livingcircle.desk.interrupted_task import interrupted_task
from livingcircle.desk.jobs import Job
from livingcircle.desk.outputs import findings_of, output_folders
from livingcircle.desk.own_pack import own_packs, vocabulary_of
from livingcircle.desk.project import Project
from livingcircle.io.notes import word_in_chinese
from livingcircle.io.table.headers import TABLE_KINDS, roles
from livingcircle.localized import LocalizedText
from livingcircle.standards.catalogue import shipped_packs
from livingcircle.vocab.categories import categories
from livingcircle.vocab.levels import BELOW_CITY, level_name
from livingcircle.vocab.walkers import walker, walker_names

__all__ = ["kinds_answer", "project_answer", "start_answer"]


def start_answer(root: Path, upload_bytes: int) -> dict[str, object]:
    """Return what the page needs before a project is open: projects, plans and vocabularies."""
    projects = sorted(p.name for p in root.iterdir() if p.is_dir() and not p.name.startswith("."))
    return {
        "folder": str(root),
        "upload_bytes": upload_bytes,
        "own_texts": OWN_TEXTS,
        "projects": projects,
        "packs": [
            {"id": p.id, "title": [p.title.zh, p.title.en], "until": p.until}
            for p in shipped_packs()
        ],
        "levels": [[level, *_pair(level_name(level))] for level in BELOW_CITY],
        "walkers": [[name, walker(name).zh, walker(name).en] for name in walker_names()],
        "categories": [[one.id, one.zh, one.en] for one in categories().values()],
        "columns": {
            kind: [
                [role.name, word_in_chinese(role.name), role.name.replace("_", " ")]
                for role in roles().values()
                if role.fits(kind)
            ]
            for kind in TABLE_KINDS
        },
    }


def project_answer(project: Project, job: Job | None) -> dict[str, object]:
    """Return what the page shows of a project."""
    folders = output_folders(project.folder)
    own = vocabulary_of(project)
    return {
        "name": project.folder.name,
        "folder": str(project.folder),
        "files": project.cards(),
        "text": project.text(),
        "settings": project.settings(),
        "older": project.older(),
        "results": folders.get(project.out.name, []),
        "folders": folders,
        "findings": findings_of(project.out),
        "packs": own_packs(project.folder),
        "categories": []
        if own is None
        else [[name, one.zh, one.en] for name, one in own.categories.items()],
        "interrupted": None if job is not None else interrupted_task(project.folder),
        "job": None if job is None else job.state(),
    }


def kinds_answer() -> list[dict[str, object]]:
    """Return the kinds of requirement with the fields of their forms, as the registry has them."""
    from livingcircle.desk.kind_forms import kind_forms

    return kind_forms()


def _pair(text: LocalizedText) -> tuple[str, str]:
    return text.zh, text.en
