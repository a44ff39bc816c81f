"""The scripts of map.html: modules with tests of their own, joined, typed, named by their hash."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
from chromium import Browser, quiet

import livingcircle as lc
from livingcircle.publish.web import live_code
from livingcircle.publish.web import map as live_map
from livingcircle.publish.web.live_code import ModuleError, joined_script, modules_of
from livingcircle.publish.web.map import write_map

HERE = Path(__file__).parent
TOOLS = HERE.parents[1] / "tools" / "page"


def node(*words: str) -> subprocess.CompletedProcess[str]:
    """Run node on files that are modules; skip where there is none."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("node is not installed")
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True)
    old = int(version.stdout[1:].split(".")[0]) < 22
    # Since 22.7 node sees by itself that a file is a module.
    flags = ["--experimental-default-type=module"] if old else []
    return subprocess.run(
        [found, *flags, *words], capture_output=True, text=True, check=False, timeout=120
    )


@pytest.mark.slow
def test_modules_pass_their_own_tests() -> None:
    files = sorted(map(str, (HERE / "page").glob("*.test.mjs")))
    done = node("--test", *files)
    assert done.returncode == 0, done.stdout + done.stderr
    told = re.search(r"^# pass (\d+)", done.stdout, re.MULTILINE)
    assert told is not None
    assert int(told[1]) >= len(files)


def test_types_of_the_modules_hold() -> None:
    compiler = TOOLS / "node_modules" / "typescript" / "bin" / "tsc"
    if not compiler.is_file():
        pytest.skip("typescript is not installed: npm ci --prefix tools/page")
    done = node(str(compiler), "-p", str(TOOLS))
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("entry", [live_code.ENGINE, live_code.PAGE, live_code.BOOT])
def test_joined_scripts_are_whole(entry: str, tmp_path: Path) -> None:
    code = live_code.page_code() if entry == live_code.PAGE else joined_script(entry)
    assert "</script" not in code.lower()
    path = tmp_path / "joined.js"
    path.write_text(code, encoding="utf-8")
    done = node("--check", str(path))
    assert done.returncode == 0, done.stderr
    modules = list(modules_of(entry))
    assert modules[-1] == entry
    folder = Path(live_code.__file__).parent / "static" / Path(entry).parent
    # Every file is a part of one of the two; none lies about unread.
    read = {path for e in ("ENGINE", "PAGE", "BOOT") for path in modules_of(getattr(live_code, e))}
    assert {f"{folder.name}/{one.name}" for one in folder.glob("*.js")} <= read


def modules(monkeypatch: pytest.MonkeyPatch, **texts: str) -> None:
    """Put modules in the place of the page's."""
    held = {f"static/m/{name}.js": text for name, text in texts.items()}
    monkeypatch.setattr(live_code, "resource_text", lambda _, path: held[path])


def test_a_joined_module_keeps_its_names_and_gives_what_it_exports(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    modules(
        monkeypatch,
        low="const own = 1;\nexport const A = own + 1;\nexport function f() { return own; }\n",
        mid='import { A, f as other } from "./low.js";\nconst own = 10;\n'
        "/**\n * Words.\n */\nexport class C { n() { return A + own + other(); } }\n",
        top='import { C } from "./mid.js";\nimport {\n  A,\n} from "./low.js";\n'
        "const own = 100;\n/** @type {number} */ (own);\nconsole.log(new C().n() + A + own);\n",
    )
    path = tmp_path / "joined.js"
    path.write_text(joined_script("m/top.js"), encoding="utf-8")
    assert node(str(path)).stdout == "115\n"
    assert list(modules_of("m/top.js")) == ["m/low.js", "m/mid.js", "m/top.js"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('import { b } from "./two.js";\n', "does not export b"),
        ('import { f } from "./two.js";\nexport default f;\n', "export default"),
        ('import * as two from "./two.js";\n', "import \\*"),
        ("export let changes = 1;\n", "export let"),
        ("const a = 1;\nexport { a };\n", "export {"),
        ('import { f } from "./three.js";\n', "m/one.js -> m/three.js -> m/one.js"),
    ],
)
def test_what_cannot_be_joined_is_refused(
    monkeypatch: pytest.MonkeyPatch, text: str, told: str
) -> None:
    three = 'import { g } from "./one.js";\nexport function f() {}\n'
    modules(monkeypatch, one=text, two="export function f() {}\n", three=three)
    with pytest.raises(ModuleError, match=told):
        joined_script("m/one.js")


class Scripts(HTMLParser):
    """The scripts of a page that a browser would run, and the page's policy."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.policy = ""
        self.handlers: list[str] = []
        self._in = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.handlers += [name for name in given if name.startswith("on")]
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = str(given["content"])
        self._in = tag == "script" and "type" not in given
        if self._in:
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._in = False

    def handle_data(self, data: str) -> None:
        if self._in:
            self.texts[-1] += data


def test_the_page_runs_only_scripts_that_its_policy_knows(
    result: lc.Result, tmp_path: Path
) -> None:
    write_map(result, tmp_path / "map.html")
    page = Scripts()
    page.feed((tmp_path / "map.html").read_text(encoding="utf-8"))
    (allowed,) = re.findall(r"script-src ([^;]*);", page.policy)
    hashes = {
        "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"
        for text in page.texts
    }
    assert len(page.texts) == 3
    assert set(allowed.split()) == hashes
    assert page.handlers == []


@pytest.mark.slow
@pytest.mark.browser
def test_much_data_is_deflated_and_shown_all_the_same(
    browser: Browser, result: lc.Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_map(result, tmp_path / "plain.html")
    monkeypatch.setattr(live_map, "PLAIN_LETTERS", 1000)
    write_map(result, tmp_path / "packed.html")
    sizes = [(tmp_path / f"{name}.html").stat().st_size for name in ("plain", "packed")]
    assert sizes[1] < sizes[0]
    shown = []
    for name in ("plain", "packed"):
        with quiet(browser, tmp_path / f"{name}.html") as page:
            page.wait("document.querySelectorAll('.lc-unit').length > 0")
            data = page.text("#data")
            told = page.text("#summary"), page.text("#list"), page.text(".legend")
            shown.append((json.loads(data), told, len(page.all(".lc-gap"))))
    assert shown[0] == shown[1]
