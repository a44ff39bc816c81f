"""The desk answers this machine's page alone, and nothing outside its folders."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
import tomllib
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import pytest
from shapely.geometry import Point

from builders.square_city import make_city
from livingcircle.desk import server as server_module
from livingcircle.desk.interrupted_task import mark_begun
from livingcircle.desk.server import Desk
from livingcircle.standards.kinds import kinds
from livingcircle.standards.loader import load_pack


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with Desk(tmp_path / "projects") as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.shutdown()


class Caller:
    """Requests as the page sends them, or with one thing changed."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.headers = {"Cookie": f"{desk.cookie}={desk.token}", "Origin": f"http://{desk.host}"}

    def ask(
        self, method: str, path: str, body: object = None, **changed: str | None
    ) -> tuple[int, bytes, http.client.HTTPMessage]:
        headers = dict(self.headers)
        for name, value in changed.items():
            headers.pop(name, None)
            if value is not None:
                headers[name] = value
        sent = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        connection = http.client.HTTPConnection(*self.desk.server_address, timeout=20)
        connection.request(method, path, body=sent, headers=headers)
        answer = connection.getresponse()
        out = answer.status, answer.read(), answer.headers
        connection.close()
        return out

    def json(self, method: str, path: str, body: object = None) -> dict:
        status, text, _ = self.ask(method, path, body)
        assert status == 200, text
        return json.loads(text)


@pytest.fixture
def caller(desk: Desk) -> Caller:
    return Caller(desk)


def test_it_listens_on_this_machine_alone_and_on_a_port_of_its_own(desk: Desk) -> None:
    assert desk.server_address[0] == "127.0.0.1"
    with Desk(desk.root) as other:
        assert other.server_address[1] != desk.server_address[1]
        assert other.token != desk.token


def test_the_token_is_changed_for_a_cookie_once(desk: Desk, caller: Caller) -> None:
    status, _, headers = caller.ask("GET", f"/?token={desk.token}", Cookie=None, Origin=None)
    assert (status, headers["Location"]) == (303, "/")
    assert "SameSite=Strict" in headers["Set-Cookie"]
    assert "HttpOnly" in headers["Set-Cookie"]
    status, page, headers = caller.ask("GET", "/", Origin=None)
    assert status == 200
    assert b"/assets/desk.js" in page
    assert desk.token.encode() not in page
    assert "default-src 'none'" in headers["Content-Security-Policy"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "path", "changed"),
    [
        ("GET", "/", {"Cookie": None}),
        ("GET", "/", {"Cookie": "livingcircle=wrong"}),
        ("GET", "/?token=wrong", {"Cookie": None}),
        ("GET", "/api/start", {"Host": "evil.example"}),
        ("GET", "/api/start", {"Host": "127.0.0.1:1"}),
        ("GET", "/api/start", {"Origin": "http://evil.example"}),
        ("POST", "/api/projects", {"Origin": "null"}),
        ("POST", "/api/projects", {"Origin": None}),
        ("PUT", "/api/project/x/file/a.csv", {"Origin": None}),
    ],
)
def test_strangers_are_refused(
    caller: Caller, method: str, path: str, changed: dict[str, str | None]
) -> None:
    status, _, _ = caller.ask(method, path, {"name": "x"} if method != "GET" else None, **changed)
    assert status in (403, 421)
    assert list(caller.desk.root.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "path",
    [
        "/out/../../etc/passwd", "/out/p/..%2F..%2Fcity.toml", "/out/p/%2e%2e%2fcity.toml",
        "/out/..%2Fp/city.toml", "/api/project/..%2F..", "/api/project/%2e%2e", "/out/p/.hidden",
        "/assets/../server.py", "/assets/desk.html", "/nothing", "/out/p/link.html",
    ],
)  # fmt: skip
def test_nothing_outside_the_folders_is_served(caller: Caller, path: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.html"
    secret.write_text("secret")
    caller.json("POST", "/api/projects", {"name": "p"})
    out = caller.desk.root / "p" / "results"
    out.mkdir()
    (out / "link.html").symlink_to(secret)
    (out / ".hidden").write_text("secret")
    status, body, _ = caller.ask("GET", path)
    assert status in (400, 404)
    assert b"secret" not in body
    assert b"root:" not in body


def test_files_arrive_whole_or_not_at_all(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    caller.json("POST", "/api/projects", {"name": "p"})
    data = bytes(range(256)) * 9000
    found = caller.json("PUT", "/api/project/p/file/%E8%AE%BE%E6%96%BD.csv", data)
    assert found["files"][0] | {"settings": {}} == {
        "name": "设施.csv", "key": "设施.csv", "bytes": len(data), "role": "facilities",
        "settings": {},
    }  # fmt: skip
    folder = caller.desk.root / "p"
    assert (folder / "设施.csv").read_bytes() == data
    monkeypatch.setattr(server_module, "UPLOAD_BYTES", 10)
    assert caller.ask("PUT", "/api/project/p/file/big.csv", data)[0] == 413
    status, text, _ = caller.ask("PUT", "/api/project/p/file/..%2Fx.csv", b"1")
    assert status == 400
    assert "Choose a plain name" in text.decode()
    assert sorted(p.name for p in folder.iterdir()) == ["设施.csv"]


def test_an_upload_that_breaks_off_leaves_nothing(caller: Caller) -> None:
    caller.json("POST", "/api/projects", {"name": "p"})
    connection = http.client.HTTPConnection(*caller.desk.server_address, timeout=20)
    connection.putrequest("PUT", "/api/project/p/file/a.csv")
    for name, value in {**caller.headers, "Content-Length": "1000"}.items():
        connection.putheader(name, value)
    connection.endheaders()
    connection.send(b"half")
    folder = caller.desk.root / "p"
    end = time.monotonic() + 20
    while not list(folder.iterdir()) and time.monotonic() < end:
        time.sleep(0.02)
    connection.close()
    while list(folder.iterdir()) and time.monotonic() < end:
        time.sleep(0.02)
    assert list(folder.iterdir()) == []


def wait(caller: Caller, job: dict) -> dict:
    while not (job["done"] or job["error"] or job["cancelled"]):
        time.sleep(0.1)
        job = caller.json("GET", f"/api/job/{job['id']}")
    return job


@pytest.mark.slow
def test_errors_of_a_check_are_one_line_in_both_languages(caller: Caller) -> None:
    caller.json("POST", "/api/projects", {"name": "p"})
    caller.json("POST", "/api/project/p/city", {"text": '[city]\nnam = "x"\n'})
    job = wait(caller, caller.json("POST", "/api/project/p/check", {}))
    zh, en = job["error"]
    assert "city.toml" in zh
    assert "nam" in en
    assert "Traceback" not in en
    assert "\n" not in zh + en


@pytest.mark.slow
def test_a_city_is_checked_run_and_served_and_two_windows_share_the_job(
    caller: Caller, tmp_path: Path
) -> None:
    made = make_city(tmp_path / "town")
    caller.json("POST", "/api/projects", {"name": "p"})
    for path in sorted(made.parent.iterdir()):
        if path.is_file() and path.name != "city.toml":
            caller.json("PUT", f"/api/project/p/file/{path.name}", path.read_bytes())
    caller.json("POST", "/api/project/p/city", {"text": made.read_text(encoding="utf-8")})
    checked = wait(caller, caller.json("POST", "/api/project/p/check", {}))
    assert checked["error"] is None
    assert {note["file"] for note in checked["done"]["notes"]}
    looked = caller.json("GET", f"/api/job/{checked['id']}/found")["files"]
    assert looked["facilities.csv"]["rows"] == 3
    one = caller.json("POST", "/api/project/p/run", {})
    two = caller.json("POST", "/api/project/p/run", {})
    assert one["id"] == two["id"]
    done = wait(caller, one)
    assert done["error"] is None
    found = caller.json("GET", "/api/project/p")
    assert {row["id"] for row in found["findings"]} == {"LP-1", "LP-2"}
    assert {"map.html", "report.html", "scorecard.csv"} <= set(found["results"])
    status, page, _ = caller.ask("GET", "/out/p/map.html", Origin=None)
    assert status == 200
    assert b"<html" in page


@pytest.mark.slow
def test_a_cancelled_run_leaves_the_last_results(caller: Caller) -> None:
    caller.json("POST", "/api/projects", {"name": "s", "sample": True})
    job = caller.json("POST", "/api/project/s/run", {})
    time.sleep(1.5)
    job = caller.json("POST", f"/api/job/{job['id']}/cancel", {})
    assert job["cancelled"]
    assert caller.json("GET", "/api/project/s")["results"] == []


def test_a_stranger_is_told_how_to_open_the_page_in_both_languages(caller: Caller) -> None:
    status, page, headers = caller.ask("GET", "/", Cookie=None, Origin=None, Accept="text/html")
    text = page.decode()
    assert status == 403
    assert "页面地址" in text
    assert "livingcircle desk" in text
    assert "Copy the whole address" in text
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert caller.desk.token not in text
    status, page, _ = caller.ask("GET", "/api/start", Cookie=None)
    assert (status, page) == (403, b"Forbidden")


def test_what_a_killed_desk_left_half_written_is_removed_at_the_next_start(tmp_path: Path) -> None:
    folder = tmp_path / "projects" / "p"
    folder.mkdir(parents=True)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left = [folder / ".upload-abc", folder / f".upload-{gone.pid}-xyz"]
    mine = folder / f".upload-{os.getpid()}-abc"
    for path in (*left, mine, folder / "a.csv"):
        path.write_bytes(b"1")
    with Desk(folder.parent):
        assert sorted(p.name for p in folder.iterdir()) == sorted([mine.name, "a.csv"])


@pytest.mark.slow
def test_a_run_that_was_killed_with_the_desk_is_offered_again(caller: Caller) -> None:
    caller.json("POST", "/api/projects", {"name": "p"})
    folder = caller.desk.root / "p"
    mark_begun(folder, "run", {"scenario": "s.toml"})
    (folder / ".results-before-run").mkdir()
    with Desk(folder.parent):
        assert not (folder / ".results-before-run").exists()
    was = caller.json("GET", "/api/project/p")["interrupted"]
    assert was == {"what": "run", "options": {"scenario": "s.toml"}}
    wait(caller, caller.json("POST", "/api/project/p/run", was["options"]))
    assert caller.json("GET", "/api/project/p")["interrupted"] is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("what", "options"),
    [
        ("run", {"scenario": "../s.toml"}),
        ("compare", {"before": "/etc"}),
        ("sites", {"standard": "../x"}),
        ("sites", {"standard": "A", "candidates": "a/b.csv"}),
        ("sites", {"standard": "A", "max_sites": "2.5"}),
        ("sites", {"standard": "A", "budget": "-1"}),
    ],
)
def test_choices_for_work_that_lead_elsewhere_or_make_no_sense_are_refused(
    caller: Caller, what: str, options: dict[str, object]
) -> None:
    caller.json("POST", "/api/projects", {"name": "p"})
    status, text, _ = caller.ask("POST", f"/api/project/p/{what}", options)
    assert status == 400
    assert json.loads(text)["error"]


def test_folders_of_results_are_served_and_no_others(caller: Caller, tmp_path: Path) -> None:
    caller.json("POST", "/api/projects", {"name": "p"})
    folder = caller.desk.root / "p"
    for name in ("results-before", "sites-A", "private"):
        (folder / name).mkdir()
        (folder / name / "map.html").write_text(name)
    (folder / "results-link").symlink_to(tmp_path)
    (tmp_path / "map.html").write_text("secret")
    assert list(caller.json("GET", "/api/project/p")["folders"]) == ["results-before", "sites-A"]
    assert caller.ask("GET", "/out/p/sites-A/map.html", Origin=None)[1] == b"sites-A"
    for name in ("private", "results-link", "..", "."):
        assert caller.ask("GET", f"/out/p/{name}/map.html", Origin=None)[0] == 404


def test_the_text_of_a_scenario_is_told_and_no_other_file(caller: Caller, tmp_path: Path) -> None:
    caller.json("POST", "/api/projects", {"name": "p"})
    folder = caller.desk.root / "p"
    (folder / "sites-A").mkdir()
    for place in (folder / "方案.toml", folder / "sites-A" / "scenario.toml"):
        place.write_text(f'name = "{place.stem}"\n', encoding="utf-8")
    (folder / "a.csv").write_text("secret", encoding="utf-8")
    (folder / "gbk.toml").write_bytes("# 方案".encode("gb18030"))
    (folder / "large.toml").write_bytes(b"#" * ((1 << 20) + 1))
    (tmp_path / "secret.toml").write_text("secret", encoding="utf-8")
    (folder / "link.toml").symlink_to(tmp_path / "secret.toml")

    def asked(path: str) -> tuple[int, dict]:
        quoted = urllib.parse.quote(path)
        status, body, _ = caller.ask("GET", f"/api/project/p/scenario/{quoted}", Origin=None)
        return status, json.loads(body) if status != 404 else {}

    assert asked("方案.toml") == (200, {"text": 'name = "方案"\n'})
    assert asked("sites-A/scenario.toml") == (200, {"text": 'name = "scenario"\n'})
    for name in ("a.csv", "gbk.toml", "large.toml", "link.toml", "none.toml", "city.toml"):
        status, answer = asked(name)
        assert status == 400, name
        assert len(answer["error"]) == 2, name
    assert asked("private/scenario.toml")[0] == 404


def test_a_requirement_from_the_form_is_a_pack_that_ships_nowhere(caller: Caller) -> None:
    caller.json("POST", "/api/projects", {"name": "p"})
    forms = {form["kind"]: form for form in caller.json("GET", "/api/kinds")}
    assert set(forms) == set(kinds())
    circle = {one["name"]: one for one in forms["circle"]["fields"]}
    assert circle["categories"]["type"] == "categories"
    assert circle["mode"]["options"] == ["walk", "drive"]
    assert circle["schedule"]["type"] == "toml"
    entry = {
        "id": "MY-1", "statement_zh": "步行 10 分钟内有药店", "kind": "circle", "minutes": 10,
        "categories": ["pharmacy"], "target": 0.9, "toml": {"schedule": "[]"},
    }  # fmt: skip
    found = caller.json("POST", "/api/project/p/requirement", {"requirement": entry})
    assert found["saved"] == "my-requirements.toml"
    changed = {**entry, "minutes": 15}
    caller.json("POST", "/api/project/p/requirement", {"requirement": changed})
    pack = load_pack(caller.desk.root / "p" / found["saved"])
    assert [(one.id, one.parts[0].minutes) for one in pack.requirements] == [("MY-1", 15)]
    before = (caller.desk.root / "p" / found["saved"]).read_bytes()
    for wrong in ({"minutes": "x"}, {"id": "a b"}, {"statement_zh": ""}, {"toml": {"why": "["}}):
        body = {"requirement": {**entry, **wrong}}
        status, text, _ = caller.ask("POST", "/api/project/p/requirement", body)
        assert status == 400
        assert json.loads(text)["error"][0]
    assert (caller.desk.root / "p" / found["saved"]).read_bytes() == before
    [mine] = caller.json("GET", "/api/project/p")["packs"]
    assert (mine["id"], mine["requirements"]) == (found["saved"], ["MY-1"])


def test_a_form_asks_for_nothing_in_code_that_a_kind_has_to_have(caller: Caller) -> None:
    forms = caller.json("GET", "/api/kinds")
    for form in forms:
        for one in form["fields"]:
            assert not (one["required"] and one["type"] == "toml"), (form["kind"], one["name"])
            for option, (zh, en) in zip(one.get("options", ()), one.get("names", ()), strict=True):
                assert zh != option, (form["kind"], option)
                assert "_" not in en
            if one.get("example") and one["type"] == "toml":
                tomllib.loads(f"value = {one['example']}")
    caller.json("POST", "/api/projects", {"name": "p"})
    need = {"zh": "药店", "en": "pharmacy", "id": "pharmacy", "categories": ["pharmacy"]}
    for number, extra in enumerate(
        (
            {"kind": "some_of", "functions": [need], "at_least": 1},
            {"kind": "radius", "categories": ["pharmacy"], "tiers": [{"metres": 500}]},
            {
                "kind": "substation", "categories": ["pharmacy"], "metres": 500,
                "target": next(
                    one["given"]
                    for form in forms if form["kind"] == "substation"
                    for one in form["fields"] if one["name"] == "target"
                ),
            },
        )
    ):  # fmt: skip
        entry = {"id": f"MY-{number}", "statement_zh": "自拟", **extra}
        saved = caller.json("POST", "/api/project/p/requirement", {"requirement": entry})
    assert len(load_pack(caller.desk.root / "p" / saved["saved"]).requirements) == 3


def test_what_plans_leave_to_the_city_is_asked(caller: Caller) -> None:
    caller.json("POST", "/api/projects", {"name": "p"})
    found = caller.json("POST", "/api/project/p/plans", {"packs": ["xiamen-2025"]})
    pack = load_pack("xiamen-2025")
    assert {one["id"] for one in found["reported"]} <= {one.id for one in pack.requirements}
    assert "XM-1a" in {one["id"] for one in found["reported"]}
    assert {one["name"] for one in found["parameters"]} == set(pack.parameters)
    axes = {one["id"]: {axis["axis"]: axis for axis in one["axes"]} for one in found["readings"]}
    assert set(axes) <= {one.id for one in pack.requirements}
    path = axes["XM-1a"]["path"]
    assert ([o[0] for o in path["options"]], path["default"]) == (
        ["network", "straight"],
        [["沿路网", "along the streets"]],
    )


def test_a_reading_that_is_chosen_is_a_key_of_the_city(caller: Caller) -> None:
    caller.json("POST", "/api/projects", {"name": "p"})
    base = '[city]\nname = "p"\n[network]\nsource = "roads.geojson"\n'
    (caller.desk.root / "p" / "city.toml").write_text(base, encoding="utf-8")
    kept = caller.json("GET", "/api/project/p")
    body = {**kept["settings"], "files": [], "packs": ["xiamen-2025"], "base": base}
    body["readings"] = {"XM-1a": {"path": "straight", "to": ""}, "XM-1b": {}}
    found = caller.json("POST", "/api/project/p/city", body)
    assert found["settings"]["readings"] == {"XM-1a": {"path": "straight"}}
    said = tomllib.loads((caller.desk.root / "p" / "city.toml").read_text(encoding="utf-8"))
    assert said["assess"]["readings"] == {"XM-1a": {"path": "straight"}}
    body |= {"readings": {}, "base": found["text"]}
    assert caller.json("POST", "/api/project/p/city", body)["settings"]["readings"] == {}


def test_findings_are_those_of_the_scorecard_on_the_disk(caller: Caller) -> None:
    caller.json("POST", "/api/projects", {"name": "p"})
    out = caller.desk.root / "p" / "results"
    out.mkdir()
    head = "id,statement_zh,status,value,unit,people_left_out\n"
    (out / "scorecard.csv").write_text(
        "\ufeff" + head + "A,甲,short,0.5,share,12\nB,乙,unknown,,,\n"
    )
    one, two = caller.json("GET", "/api/project/p")["findings"]
    assert (one["id"], one["value"], one["people_left_out"]) == ("A", 0.5, 12)
    assert (two["statement_zh"], two["value"]) == ("乙", None)


PHARMACY = {"id": "A-1", "statement_zh": "有药店", "kind": "circle", "minutes": 10, "target": 0.9,
            "categories": ["pharmacy"]}  # fmt: skip


def test_the_pack_that_somebody_wrote_is_kept_with_its_comments(caller: Caller) -> None:
    caller.json("POST", "/api/projects", {"name": "p"})
    folder = caller.desk.root / "p"
    place, kept = folder / "my-requirements.toml", folder / ".my-requirements.toml.by-hand"
    caller.json("POST", "/api/project/p/requirement", {"requirement": PHARMACY})
    assert not kept.exists()
    hand = "# 手写的说明\n" + place.read_text(encoding="utf-8")
    place.write_text(hand, encoding="utf-8")
    for number in ("A-2", "A-3"):
        caller.json(
            "POST", "/api/project/p/requirement", {"requirement": PHARMACY | {"id": number}}
        )
    assert kept.read_text(encoding="utf-8") == hand
    assert [one.id for one in load_pack(place).requirements] == ["A-1", "A-2", "A-3"]
    for broken in (b"[a\n", "# 说明".encode("gb18030")):
        place.write_bytes(broken)
        body = {"requirement": PHARMACY}
        status, text, _ = caller.ask("POST", "/api/project/p/requirement", body)
        assert status == 400
        assert json.loads(text)["error"][0].startswith("my-requirements.toml")
        assert place.read_bytes() == broken


@pytest.mark.parametrize("name", ["my-requirements.toml", ".my-requirements.toml.by-hand"])
def test_no_requirement_is_written_through_a_link(
    caller: Caller, tmp_path: Path, name: str
) -> None:
    caller.json("POST", "/api/projects", {"name": "p"})
    folder = caller.desk.root / "p"
    (folder / "my-requirements.toml").write_text('# 手写\nid = "x"\n', encoding="utf-8")
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(tmp_path / "elsewhere.toml")
    body = {"requirement": PHARMACY}
    status, text, _ = caller.ask("POST", "/api/project/p/requirement", body)
    assert status == 400
    assert "is a link" in json.loads(text)["error"][1]
    assert not (tmp_path / "elsewhere.toml").exists()


@pytest.mark.parametrize(
    "lines",
    [
        ["GET /api/start HTTP/1.1", "Host: {host}", "Host: evil.example"],
        ["GET http://evil.example/api/start HTTP/1.1", "Host: {host}"],
        ["GET /api/start HTTP/1.1", "Host: {host}", "Origin: http://{host}", "Origin: null"],
        [
            "PUT /api/project/p/file/a.csv HTTP/1.1", "Host: {host}", "Origin: http://{host}",
            "Content-Length: 1", "Content-Length: 4",
        ],
    ],
)  # fmt: skip
def test_what_is_said_twice_or_of_another_place_is_refused(
    caller: Caller, lines: list[str]
) -> None:
    caller.json("POST", "/api/projects", {"name": "p"})
    said = [line.format(host=caller.desk.host) for line in lines]
    text = "\r\n".join([*said, f"Cookie: {caller.headers['Cookie']}", "", "x"])
    with socket.create_connection(caller.desk.server_address, timeout=20) as connection:
        connection.sendall(text.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 421 ")
    assert list((caller.desk.root / "p").iterdir()) == []


def test_a_card_of_no_file_of_the_project_is_refused(caller: Caller) -> None:
    caller.json("POST", "/api/projects", {"name": "p"})
    for name in ("../../etc/passwd", "/etc/passwd", "a\x00.csv", "..\\x.csv"):
        cards = [{"name": n, "role": r, "settings": {}} for n, r in (
            ("a.pbf", "network"), (name, "facilities")
        )]  # fmt: skip
        asked = {"files": cards, "packs": []}
        assert caller.ask("POST", "/api/project/p/city", asked)[0] == 400
    assert caller.ask("POST", "/api/projects", {"name": None})[0] == 400
    assert [p.name for p in caller.desk.root.rglob("*")] == ["p"]


def test_the_second_of_two_who_choose_is_told_and_shown_the_first(caller: Caller) -> None:
    caller.json("POST", "/api/projects", {"name": "p"})
    first = {"text": "[city]\nname = '甲'\n", "base": ""}
    caller.json("POST", "/api/project/p/city", first)
    second = {"text": "[city]\nname = '乙'\n", "base": ""}
    status, text, _ = caller.ask("POST", "/api/project/p/city", second)
    told = json.loads(text)
    assert status == 409
    assert "changed elsewhere" in told["error"][1]
    assert told["project"]["settings"]["name"] == "甲"
    caller.json("POST", "/api/project/p/city", {**second, "base": told["project"]["text"]})


@pytest.mark.slow
def test_other_work_is_refused_while_one_is_under_way(caller: Caller) -> None:
    make_city(caller.desk.root / "p")
    begun = caller.json("POST", "/api/project/p/run", {})
    again = caller.json("POST", "/api/project/p/run", {})
    assert (begun["joined"], again["joined"], again["id"]) == (False, True, begun["id"])
    status, text, _ = caller.ask("POST", "/api/project/p/check", {})
    assert status == 409
    assert json.loads(text)["project"]["job"]["id"] == begun["id"]
    caller.json("POST", f"/api/job/{begun['id']}/cancel", {})


def test_what_was_chosen_for_a_plan_goes_with_the_plan(caller: Caller) -> None:
    caller.json("POST", "/api/projects", {"name": "s", "sample": True})
    found = caller.json("GET", "/api/project/s")
    parameters = found["settings"]["parameters"]
    assert parameters
    asked = {**found["settings"], "files": found["files"], "packs": ["zhuhai-2025"]}
    asked |= {"targets": {"ZH-7e": 0.9, "XM-1a": 0.9}, "readings": {}}
    text = caller.json("POST", "/api/project/s/city", asked)["text"]
    assess = tomllib.loads(text)["assess"]
    assert assess["packs"] == ["zhuhai-2025"]
    assert assess["targets"] == {"ZH-7e": 0.9}
    assert not set(assess.get("parameters", {})) & set(parameters)


def test_a_file_geodatabase_is_a_folder_of_files_and_one_card(
    caller: Caller, tmp_path: Path
) -> None:
    made = tmp_path / "点位.gdb"
    frame = gpd.GeoDataFrame({"名称": ["甲"], "类别": ["药店"]}, geometry=[Point(113.9, 22.5)])
    frame.set_crs(4326).to_file(made, driver="OpenFileGDB", layer="poi")
    caller.json("POST", "/api/projects", {"name": "p"})
    at = "/api/project/p/file/" + urllib.parse.quote(made.name)
    for part in sorted(path for path in made.iterdir() if path.is_file()):
        found = caller.json("PUT", f"{at}/{urllib.parse.quote(part.name)}", part.read_bytes())
    [card] = found["files"]
    assert (card["name"], card["role"], found["guess"]) == (made.name, "facilities", "facilities")
    assert len(gpd.read_file(caller.desk.root / "p" / made.name)) == 1
    for wrong in ("a.csv/x", "..%2Fa.gdb/x", "a.gdb/..%2Fx", "a.gdb/.x", "a.gdb/b/x"):
        assert caller.ask("PUT", f"/api/project/p/file/{wrong}", b"1")[0] in (400, 404)
    assert [p.name for p in (caller.desk.root / "p").iterdir()] == [made.name]


def test_half_a_text_of_a_killed_save_is_removed_and_one_under_way_is_not(tmp_path: Path) -> None:
    folder = tmp_path / "projects" / "p"
    folder.mkdir(parents=True)
    old, new = folder / ".livingcircle-a1", folder / ".livingcircle-b2"
    for path in (old, new):
        path.mkdir()
        (path / "city.toml").write_text("[city]")
    os.utime(old, (0, 0))
    with Desk(folder.parent):
        assert [path.name for path in folder.iterdir()] == [new.name]
