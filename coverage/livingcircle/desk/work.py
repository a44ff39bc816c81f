"""Work of the desk in a process of its own, which tells its progress in lines of JSON.

``python -m livingcircle.desk.work check city.toml`` or ``run city.toml OUT``.
"""

from __future__ import annotations

import io
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from livingcircle.errors import LivingCircleError, out_of_memory
from livingcircle.localized import LocalizedText
from livingcircle.publish.json_text import json_text

__all__ = ["main"]

_FINDINGS = (
    "id", "statement_zh", "statement_en", "status", "value", "target", "unit", "force",
    "people_left_out", "group", "reading_zh", "reading_en",
)  # fmt: skip


def _tell(**message: object) -> None:
    print(json_text(message), flush=True)


def _progress(share: float, text: str) -> None:
    _tell(share=share, text=text)


def _check(city_file: Path) -> dict[str, object]:
    from livingcircle.pipeline import check_city
    from livingcircle.publish.text.city_summary import city_summary

    city = check_city(city_file, progress=_progress)
    notes = [
        {
            "file": note.file,
            "field": [note.about.zh, note.about.en],
            "text": [note.text.zh, note.text.en],
            "overrule": note.overrule,
        }
        for note in city.notes
    ]
    return {
        "summary": [city_summary(city, "zh"), city_summary(city, "en")],
        "notes": notes,
        "people": float(city.demand["residents"].sum()) if "residents" in city.demand else None,
    }


def _run(city_file: Path, out: Path) -> dict[str, object]:
    from livingcircle.pipeline import run_city
    from livingcircle.publish.text.city_summary import summary

    done = run_city(city_file, (), out, progress=_progress)
    card = done.result.scorecard
    rows = card[[name for name in _FINDINGS if name in card]].to_dict("records")
    texts = [summary(done.result, done.folder, lang, done.plans) for lang in ("zh", "en")]
    return {"findings": rows, "summary": texts, "files": _files(done.folder)}


def _files(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.iterdir() if p.is_file() and not p.name.startswith("."))


def main(arguments: Sequence[str]) -> int:
    """Do one piece of work; the last line says what came of it."""
    try:
        what, city_file = arguments[0], Path(arguments[1])
        done = _check(city_file) if what == "check" else _run(city_file, Path(arguments[2]))
    except LivingCircleError as error:
        _tell(error=[error.line("zh"), error.line("en")])
        return 2
    except Exception as error:  # noqa: BLE001 - whatever it is, the page has to say something
        said = LocalizedText(
            f"意外错误：{type(error).__name__}", f"unexpected {type(error).__name__}"
        )
        if out_of_memory(error):
            said = LocalizedText("内存不足", "not enough memory")
        _tell(error=[f"{said.zh}：{error}", f"{said.en}: {error}"])
        return 2
    _tell(done=done)
    return 0


if __name__ == "__main__":
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")  # a pipe on Windows speaks the code page
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what is half written is removed
    sys.exit(main(sys.argv[1:]))
