"""Work of the desk in a process of its own, which tells its progress in lines of JSON.

``python -m livingcircle.desk.work WHAT PROJECT OPTIONS``: what is to be done, the folder of the
project, and the choices for it as JSON.
"""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from livingcircle.desk.city_text import CITY
from livingcircle.desk.file_errors import error_lines
from livingcircle.desk.outputs import BEFORE_RUN, EARLIER, OUT, result_files, scenario_folder
from livingcircle.errors import ConfigError, LivingCircleError, out_of_memory
from livingcircle.localized import LocalizedText
from livingcircle.progress import Progress
from livingcircle.publish.json_text import json_text

__all__ = ["TASKS", "do_task"]

TaskOptions = Mapping[str, object]
TaskAnswer = dict[str, object]

_MOST_COMBINATIONS = 10
_LANGS = ("zh", "en")


def _send(**message: object) -> None:
    print(json_text(message), flush=True)


def _progress(begin: float = 0.0, end: float = 1.0) -> Progress:
    return lambda share, text: _send(share=begin + (end - begin) * share, text=text)


def _check(folder: Path, options: TaskOptions) -> TaskAnswer:
    from livingcircle.desk.file_look import look_at_files
    from livingcircle.desk.problems import problems
    from livingcircle.pipeline import check_city
    from livingcircle.publish.text.city_summary import city_summary

    # What each file was taken for is shown even where the city as a whole is refused.
    _send(found=look_at_files(folder / CITY, _progress(0.0, 0.4)))
    city = check_city(folder / CITY, progress=_progress(0.4, 0.95))
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
        "problems": problems(city),
        "people": float(city.demand["residents"].sum()) if "residents" in city.demand else None,
    }


def _run(folder: Path, options: TaskOptions) -> TaskAnswer:
    from livingcircle.compare.comparison import compare
    from livingcircle.pipeline import run_city
    from livingcircle.publish.text.city_summary import run_summary

    scenario, out = options.get("scenario"), OUT
    if isinstance(scenario, str):
        out = scenario_folder(scenario)
    kept = folder / BEFORE_RUN
    shutil.rmtree(kept, ignore_errors=True)
    if scenario is None and (folder / OUT).is_dir():
        shutil.copytree(folder / OUT, kept)
    try:
        done = run_city(
            folder / CITY,
            (),
            folder / out,
            scenario=folder / scenario if isinstance(scenario, str) else None,
            progress=_progress(),
        )
        if kept.is_dir():
            # Whole or not at all: what is compared with is the run before this one.
            shutil.rmtree(folder / EARLIER, ignore_errors=True)
            kept.replace(folder / EARLIER)
    finally:
        shutil.rmtree(kept, ignore_errors=True)
    texts = [run_summary(done.result, done.folder, lang, done.plans) for lang in _LANGS]
    if isinstance(scenario, str) and (folder / OUT).is_dir():
        # What the scenario is asked for is what it changes.
        with contextlib.suppress(LivingCircleError):  # results that somebody took apart
            changed = compare(folder / OUT, done.folder)
            texts = [
                f"{changed.text(lang)}\n\n{text}" for lang, text in zip(_LANGS, texts, strict=True)
            ]
    return {"summary": texts, "folder": out, "files": result_files(done.folder)}


def _sites(folder: Path, options: TaskOptions) -> TaskAnswer:
    from livingcircle.pipeline import plan_sites
    from livingcircle.publish.text.plan_summary import plan_summary
    from livingcircle.sites.suggest import SiteTerms

    standard = _filled(options, "standard")
    terms: SiteTerms = {}
    if options.get("max_sites") is not None:
        terms["max_sites"] = int(str(options["max_sites"]))
    if options.get("budget") is not None:
        terms["budget"] = float(str(options["budget"]))
    if options.get("share_covered") is not None:
        terms["share"] = float(str(options["share_covered"]))
    if options.get("candidates"):
        terms["candidates"] = folder / str(options["candidates"])
        if options.get("candidates_datum"):
            terms["candidates_datum"] = str(options["candidates_datum"])
    place = folder / f"sites-{standard}"
    plan = plan_sites(folder / CITY, standard, place, progress=_progress(), **terms)
    texts = [plan_summary(plan, place, lang) for lang in ("zh", "en")]
    return {"summary": texts, "folder": place.name, "files": result_files(place)}


def _claim(folder: Path, options: TaskOptions) -> TaskAnswer:
    from livingcircle.pipeline import assess_claim

    found = assess_claim(
        folder / CITY,
        _filled(options, "standard"),
        _filled(options, "share"),
        meant=str(options.get("meant") or "at_least"),
        progress=_progress(),
    )
    return {"summary": [found.text(lang, _MOST_COMBINATIONS) for lang in ("zh", "en")]}


def _compare(folder: Path, options: TaskOptions) -> TaskAnswer:
    from livingcircle.compare.comparison import compare

    found = compare(folder / _filled(options, "before"), folder / OUT)
    return {"summary": [found.text("zh"), found.text("en")]}


def _filled(options: TaskOptions, name: str) -> str:
    """Return what was filled in, or say that it was not."""
    text = str(options.get(name) or "").strip()
    if not text:
        raise ConfigError(
            LocalizedText("这一项必须填写", "this has to be filled in"),
            field=name,
            hint=LocalizedText("请填写后再试。", "Fill it in and try again."),
        )
    return text


TASKS: Mapping[str, Callable[[Path, TaskOptions], TaskAnswer]] = {
    "check": _check,
    "run": _run,
    "sites": _sites,
    "claim": _claim,
    "compare": _compare,
}
"""What can be done with a project."""


def do_task(arguments: Sequence[str]) -> int:
    """Do one piece of work; the last line says what came of it."""
    what, folder, options = arguments[0], Path(arguments[1]), json.loads(arguments[2])
    try:
        done = TASKS[what](folder, options)
    except LivingCircleError as error:
        _send(error=error_lines(error, folder))
        return 2
    except Exception as error:  # noqa: BLE001 - whatever it is, the page has to say something
        said = LocalizedText(
            f"意外错误：{type(error).__name__}", f"unexpected {type(error).__name__}"
        )
        if out_of_memory(error):
            said = LocalizedText("内存不足", "not enough memory")
        _send(error=[f"{said.zh}：{error}", f"{said.en}: {error}"])
        return 2
    _send(done=done)
    return 0


if __name__ == "__main__":
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")  # a pipe on Windows speaks the code page
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what is half written is removed
    sys.exit(do_task(sys.argv[1:]))
