"""The desk's server: one page on 127.0.0.1, for one person, with no request to anywhere else."""

from __future__ import annotations

import contextlib
import hmac
import json
import os
import secrets
import shutil
import sys
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import cast

from livingcircle._resources import resource_text
from livingcircle.desk.answers import kinds_answer, project_answer, start_answer
from livingcircle.desk.choices import ChangedElsewhereError, chosen_text
from livingcircle.desk.city_text import CITY
from livingcircle.desk.jobs import Job, Jobs
from livingcircle.desk.leftovers import begun_upload, remove_leftovers
from livingcircle.desk.options import names_of, options_of
from livingcircle.desk.outputs import OUT, output_folders, scenario_text
from livingcircle.desk.own_pack import save_requirement
from livingcircle.desk.plan_choices import plan_choices
from livingcircle.desk.project import (
    BEFORE,
    BY_HAND,
    Project,
    guess_level,
    guess_role,
    is_geodatabase,
    safe_name,
)
from livingcircle.desk.work import TASKS
from livingcircle.errors import InputError, LivingCircleError
from livingcircle.io.atomic import part_beside
from livingcircle.localized import LocalizedText
from livingcircle.publish.json_text import json_text

__all__ = ["UPLOAD_BYTES", "Desk"]

UPLOAD_BYTES = 4 << 30
"""The largest file that may be dropped on the page."""

_BODY_BYTES = 1 << 20
_CHUNK = 1 << 20
_DRAINED_BYTES = 64 << 20
_COOKIE = "livingcircle"
_ASSETS = (
    "base.js", "focus.js", "cards.js", "judge.js", "look.js", "trials.js", "desk.js",
    "desk.css",
)  # fmt: skip
_TYPES = {
    ".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8", ".json": "application/json",
    ".csv": "text/csv; charset=utf-8", ".toml": "text/plain; charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".gpkg": "application/geopackage+sqlite3", ".png": "image/png",
}  # fmt: skip
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; frame-src 'self';"
    " img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# A page of results is opened as a file is: it cannot ask the desk, whoever wrote it.
_RESULT_POLICY = (
    "sandbox allow-scripts allow-downloads allow-modals allow-popups; connect-src 'none';"
    " form-action 'none'"
)

_STRANGER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"
)
_STRANGERS = (HTTPStatus.FORBIDDEN, HTTPStatus.MISDIRECTED_REQUEST)


class _Refused(Exception):  # noqa: N818 - an answer, no failure
    """A request that is answered with a status alone."""

    def __init__(self, status: HTTPStatus) -> None:
        super().__init__(status.phrase)
        self.status = status


class Desk(ThreadingHTTPServer):
    """A server that is reached from this machine alone, by whoever holds its token.

    Parameters
    ----------
    root
        Folder of the projects; made where it is absent.
    port
        0 for any that is free.
    """

    daemon_threads = True
    # On Windows it would let another program take the same port.
    allow_reuse_address = os.name != "nt"

    def __init__(self, root: Path, port: int = 0) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.root = root.resolve()
        remove_leftovers(self.root)
        self.token = secrets.token_urlsafe(32)
        self.jobs = Jobs()
        self.saving = threading.Lock()
        super().__init__(("127.0.0.1", port), _Answer)

    @property
    def host(self) -> str:
        """Its address without a path: the only one that requests may name."""
        return f"127.0.0.1:{self.server_address[1]}"

    @property
    def cookie(self) -> str:
        """Name of its cookie: browsers send those of every port of 127.0.0.1 to every other."""
        return f"{_COOKIE}-{self.server_address[1]}"

    @property
    def address(self) -> str:
        """What a browser opens first."""
        return f"http://{self.host}/?token={self.token}"

    def project(self, name: str) -> Project:
        """Return a project by its name; nothing outside the root has one."""
        folder = (self.root / safe_name(name)).resolve()
        if folder.parent != self.root or not folder.is_dir():
            raise _Refused(HTTPStatus.NOT_FOUND)
        if any((folder / own).resolve() != folder / own for own in (CITY, BEFORE, BY_HAND, OUT)):
            raise _Refused(HTTPStatus.NOT_FOUND)  # a link that leads out of the project
        return Project(folder)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a window that was closed while it was answered."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    def server_close(self) -> None:
        """End the jobs with the server."""
        self.jobs.close()
        super().server_close()


class _Answer(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    server_version = "livingcircle"
    sys_version = ""
    timeout = 120
    """Seconds that nothing arrives, or nothing is taken, before a connection is closed."""

    @property
    def desk(self) -> Desk:
        return cast("Desk", self.server)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing on the terminal."""

    def do_GET(self) -> None:
        self._handle(self._get)

    def do_POST(self) -> None:
        self._handle(self._post)

    def do_PUT(self) -> None:
        self._handle(self._put)

    # ------------------------------------------------------------------ who may ask

    def _handle(self, act: Callable[[list[str]], None]) -> None:
        stated = self.headers.get("Content-Length", "0")
        self._left = int(stated) if stated.isdecimal() and len(stated) < 19 else 0
        try:
            if self._welcomed():
                return
            path = urllib.parse.urlsplit(self.path).path
            parts = [urllib.parse.unquote(p) for p in path.split("/") if p]
            act(parts)
        except _Refused as refused:
            self._refuse(refused.status)
        except LivingCircleError as error:
            self._tell(error.line("zh"), error.line("en"))
        except ConnectionError:
            self.close_connection = True
        except OSError as error:
            why = error.strerror or type(error).__name__
            self._tell(
                f"文件无法读写（{why}）。请关闭正在使用它的程序，或腾出磁盘空间后再试。",
                f"a file cannot be read or written ({why}). Close the program that has it open,"
                " or make room, and try again.",
            )
        except (ValueError, TypeError, LookupError, AttributeError, RuntimeError):
            self._refuse(HTTPStatus.BAD_REQUEST)
        finally:
            self._drain()

    def _welcomed(self) -> bool:
        """Let in only requests to this very address, from this page, with the cookie.

        Returns whether it was the first one, which brings the token and is given the cookie.
        """
        port = self.desk.host.rsplit(":", 1)[1]
        # Said twice, or of another place: what is checked need not be what is meant.
        said = (self.headers.get_all(name, []) for name in ("Host", "Origin", "Content-Length"))
        if any(len(listed) > 1 for listed in said) or not self.path.startswith("/"):
            raise _Refused(HTTPStatus.MISDIRECTED_REQUEST)
        if self.headers.get("Host") not in (self.desk.host, f"localhost:{port}"):
            raise _Refused(HTTPStatus.MISDIRECTED_REQUEST)
        origin = self.headers.get("Origin")
        if origin is not None and origin != f"http://{self.headers['Host']}":
            raise _Refused(HTTPStatus.FORBIDDEN)
        if self.command != "GET" and origin is None:
            raise _Refused(HTTPStatus.FORBIDDEN)
        split = urllib.parse.urlsplit(self.path)
        stated = urllib.parse.parse_qs(split.query).get("token", [""])[0]
        if self.command == "GET" and split.path == "/" and self._same(stated):
            self.send_response(HTTPStatus.SEE_OTHER)
            self.send_header("Location", "/")
            cookie = f"{self.desk.cookie}={self.desk.token}; HttpOnly; SameSite=Strict; Path=/"
            self.send_header("Set-Cookie", cookie)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return True
        # By hand: the library drops all of them for one that another local page set oddly.
        pairs = (part.strip().partition("=") for part in self.headers.get("Cookie", "").split(";"))
        if not any(name == self.desk.cookie and self._same(value) for name, _, value in pairs):
            raise _Refused(HTTPStatus.FORBIDDEN)
        return False

    def _same(self, token: str) -> bool:
        return hmac.compare_digest(token.encode(), self.desk.token.encode())

    # ------------------------------------------------------------------ what it answers

    def _get(self, parts: list[str]) -> None:
        match parts:
            case []:
                self._page("desk.html", _PAGE_POLICY)
            case ["assets", name] if name in _ASSETS:
                self._page(name)
            case ["api", "start"]:
                self._json(start_answer(self.desk.root, UPLOAD_BYTES))
            case ["api", "project", name]:
                self._json(self._state(self.desk.project(name)))
            case ["api", "project", name, "scenario", file]:
                self._json({"text": scenario_text(self.desk.project(name).place(file))})
            case ["api", "project", name, "scenario", folder, file]:
                self._json({"text": scenario_text(self._outputs(name, folder) / safe_name(file))})
            case ["api", "kinds"]:
                self._json(kinds_answer())
            case ["api", "job", name]:
                self._json(self._job(name).state())
            case ["api", "job", name, "found"]:
                self._json(self._job(name).found or {})
            case ["out", name, file]:
                self._file(self.desk.project(name).out, file)
            case ["out", name, folder, file]:
                self._file(self._outputs(name, folder), file)
            case _:
                raise _Refused(HTTPStatus.NOT_FOUND)

    def _post(self, parts: list[str]) -> None:
        asked = self._body()
        match parts:
            case ["api", "projects"]:
                sample = asked.get("sample") is True
                named = asked["name"] if isinstance(asked["name"], str) else ""
                made = Project.create(self.desk.root, named, sample=sample)
                self._json(self._state(made))
            case ["api", "project", name, "city"]:
                project = self.desk.project(name)
                with self._told_of(project):
                    with self.desk.saving:
                        project.save_text(chosen_text(project, asked))
                    self._json(self._state(project))
            case ["api", "project", name, "requirement"]:
                project = self.desk.project(name)
                with self.desk.saving:
                    saved = save_requirement(project, asked)
                self._json(self._state(project) | {"saved": saved.name})
            case ["api", "project", name, "plans"]:
                self._json(plan_choices(self.desk.project(name), names_of(asked, "packs")))
            case ["api", "project", name, what] if what in TASKS:
                project = self.desk.project(name)
                with self._told_of(project):
                    job, joined = self.desk.jobs.start(what, project.folder, options_of(asked))
                    self._json(job.state() | {"joined": joined})
            case ["api", "job", name, "cancel"]:
                self._job(name).cancel()
                self._json(self._job(name).state())
            case _:
                raise _Refused(HTTPStatus.NOT_FOUND)

    @contextlib.contextmanager
    def _told_of(self, project: Project) -> Iterator[None]:
        """Answer who was second with what the project is now."""
        try:
            yield
        except ChangedElsewhereError as error:
            told = {"error": [error.line("zh"), error.line("en")], "project": self._state(project)}
            self._json(told, HTTPStatus.CONFLICT)

    def _put(self, parts: list[str]) -> None:
        match parts:
            case ["api", "project", name, "file", file]:
                project = self.desk.project(name)
                place = project.place(file)
                self._receive(place)
                role = guess_role(file, place)
                level = guess_level(file) if role == "units" else None
                self._json(self._state(project) | {"guess": role, "level": level})
            case ["api", "project", name, "file", folder, file] if is_geodatabase(folder):
                project = self.desk.project(name)
                place = project.place(folder) / safe_name(file)
                place.parent.mkdir(exist_ok=True)
                if place.parent.is_symlink():
                    raise _Refused(HTTPStatus.NOT_FOUND)
                self._receive(place)
                self._json(self._state(project) | {"guess": guess_role(folder, place.parent)})
            case _:
                raise _Refused(HTTPStatus.NOT_FOUND)

    def _state(self, project: Project) -> dict[str, object]:
        return project_answer(project, self.desk.jobs.under_way(project.folder.name))

    def _outputs(self, name: str, folder: str) -> Path:
        project = self.desk.project(name)
        if folder not in output_folders(project.folder):
            raise _Refused(HTTPStatus.NOT_FOUND)
        return project.folder / folder

    def _job(self, name: str) -> Job:
        job = self.desk.jobs.of(name)
        if job is None:
            raise _Refused(HTTPStatus.NOT_FOUND)
        return job

    # ------------------------------------------------------------------ bytes

    def _length(self, most: int) -> int:
        length = int(self.headers.get("Content-Length", "-1"))
        if length < 0:
            raise _Refused(HTTPStatus.LENGTH_REQUIRED)
        if length > most:
            raise _Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return length

    def _read(self, size: int) -> bytes:
        part = self.rfile.read(min(size, self._left))
        self._left -= len(part)
        return part

    def _drain(self) -> None:
        """Discard the rest of the body so that the client reads the reply."""
        most = self._left - _DRAINED_BYTES
        with contextlib.suppress(OSError):
            while self._left > max(most, 0) and self._read(_CHUNK):
                pass
        self.close_connection |= self._left > 0

    def _body(self) -> dict[str, object]:
        found = json.loads(self._read(self._length(_BODY_BYTES)) or b"{}")
        if not isinstance(found, dict):
            raise _Refused(HTTPStatus.BAD_REQUEST)
        return found

    def _receive(self, place: Path) -> None:
        """Write what is sent beside its place, and put it there whole."""
        left = self._length(UPLOAD_BYTES)
        with part_beside(place, begun_upload()) as begun, begun.open("xb") as file:
            while left:
                part = self._read(min(_CHUNK, left))
                if not part:
                    raise InputError(
                        LocalizedText("文件没有传完", "the file did not arrive whole"),
                        file=place.name,
                        hint=LocalizedText("请再拖入一次。", "Drop it again."),
                    )
                file.write(part)
                left -= len(part)

    def _page(self, name: str, policy: str = "default-src 'none'") -> None:
        body = resource_text("livingcircle.desk", f"page/{name}").encode()
        self._send(body, _TYPES[Path(name).suffix], {"Content-Security-Policy": policy})

    def _file(self, folder: Path, name: str) -> None:
        path = folder / safe_name(name)
        if not path.is_file() or path.is_symlink():
            raise _Refused(HTTPStatus.NOT_FOUND)
        kind = _TYPES.get(path.suffix.lower(), "application/octet-stream")
        self.send_response(HTTPStatus.OK)
        self._headers(kind, path.stat().st_size)
        if path.suffix.lower() == ".html":
            self.send_header("Content-Security-Policy", _RESULT_POLICY)
        elif path.suffix.lower() != ".json":
            quoted = urllib.parse.quote(path.name)
            self.send_header("Content-Disposition", f"attachment; filename*=UTF-8''{quoted}")
        self.end_headers()
        with path.open("rb") as file:
            shutil.copyfileobj(file, self.wfile)

    def _json(self, value: object, status: HTTPStatus = HTTPStatus.OK) -> None:
        self._send(json_text(value).encode(), "application/json", {}, status)

    def _tell(self, zh: str, en: str) -> None:
        self._drain()
        with contextlib.suppress(OSError):
            self._json({"error": [zh, en]}, HTTPStatus.BAD_REQUEST)

    def _refuse(self, status: HTTPStatus) -> None:
        self._drain()
        with contextlib.suppress(OSError):
            if "text/html" in self.headers.get("Accept", "") and status in _STRANGERS:
                # Somebody who opened the address by hand is told how to get in.
                body = resource_text("livingcircle.desk", "page/stranger.html").encode()
                policy = {"Content-Security-Policy": _STRANGER_POLICY}
                self._send(body, _TYPES[".html"], policy, status)
            else:
                self._send(status.phrase.encode(), "text/plain", {}, status)

    def _send(
        self, body: bytes, kind: str, more: dict[str, str], status: HTTPStatus = HTTPStatus.OK
    ) -> None:
        self.send_response(status)
        self._headers(kind, len(body))
        for name, value in more.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _headers(self, kind: str, length: int) -> None:
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(length))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")
