"""Jobs of the desk: one process for each project at a time, with its progress."""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from livingcircle.desk.choices import ChangedElsewhereError
from livingcircle.desk.interrupted_task import mark_begun, mark_ended
from livingcircle.desk.outputs import BEFORE_RUN
from livingcircle.localized import LocalizedText

__all__ = ["Job", "Jobs"]


@dataclass
class Job:
    """A piece of work that was begun."""

    id: str
    what: str
    project: str
    folder: Path
    process: subprocess.Popen[str]
    options: Mapping[str, object] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)
    share: float = 0.0
    text: str = ""
    done: object = None
    found: object = None
    """What it learnt before it ended: of a check how each file was understood."""
    error: list[str] | None = None
    cancelled: bool = False

    @property
    def ended(self) -> bool:
        """Whether the job has finished."""
        return self.done is not None or self.error is not None or self.cancelled

    def state(self) -> dict[str, object]:
        """Return what the page shows; the time left is that of an even pace so far."""
        spent = time.monotonic() - self.began
        left = spent * (1 - self.share) / self.share if self.share > 0.02 else None
        return {
            "id": self.id,
            "what": self.what,
            "project": self.project,
            "share": self.share,
            "text": self.text,
            "seconds": spent,
            "seconds_left": left,
            "done": self.done,
            "found": self.found is not None,
            "error": self.error,
            "cancelled": self.cancelled,
        }

    def listen(self) -> None:
        """Read the lines of the process until it ends."""
        assert self.process.stdout is not None  # noqa: S101 - it was asked for
        with self.process.stdout as lines:
            for line in lines:
                try:
                    said = json.loads(line)
                except ValueError:
                    continue  # a library's own words
                if not isinstance(said, dict):
                    continue  # a library's own number
                self.share = float(said.get("share", self.share))
                self.text = str(said.get("text", self.text))
                if "error" in said or "done" in said:
                    mark_ended(self.folder)
                self.found = said.get("found", self.found)
                self.error = said.get("error", self.error)
                self.done = said.get("done", self.done)
        code = self.process.wait()
        if not self.ended:
            shutil.rmtree(self.folder / BEFORE_RUN, ignore_errors=True)
            mark_ended(self.folder)
            self.error = [f"进程意外结束（{code}）", f"the process ended unexpectedly ({code})"]

    def cancel(self) -> None:
        """End the process; what it was writing is not put in place."""
        if not self.ended:
            mark_ended(self.folder)
            self.cancelled = True
            self.process.terminate()


class Jobs:
    """The jobs of one desk; two windows on a project see the same one."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()

    def start(self, what: str, folder: Path, options: Mapping[str, object]) -> tuple[Job, bool]:
        """Begin a piece of work on a project, or find the one that is under way.

        Returns
        -------
        Job
            What is under way now.
        bool
            Whether it had been begun before: by another window, say.

        Raises
        ------
        ChangedElsewhereError
            Something else is under way; nothing is begun.
        """
        project = folder.name
        with self._lock:
            job = self.under_way(project)
            if job is not None and (job.what, job.options) == (what, dict(options)):
                return job, True
            if job is not None:
                raise ChangedElsewhereError(
                    LocalizedText(
                        "这个项目正在进行另一项工作，还没有开始这一项",
                        "the project has other work under way; this was not begun",
                    ),
                    hint=LocalizedText(
                        "请等它完成，或取消它，然后再试。",
                        "Wait until it is done, or cancel it, and try again.",
                    ),
                )
            command = [sys.executable, "-m", "livingcircle.desk.work", what, str(folder)]
            if what == "run":
                mark_begun(folder, what, options)
            process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [*command, json.dumps(dict(options))],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                encoding="utf-8",
                errors="replace",
            )
            job = Job(secrets.token_hex(8), what, project, folder, process, dict(options))
            self._jobs[job.id] = job
        threading.Thread(target=job.listen, daemon=True).start()
        return job, False

    def of(self, name: str) -> Job | None:
        """Return a job by its id."""
        return self._jobs.get(name)

    def under_way(self, project: str) -> Job | None:
        """Return the job of a project that has not ended."""
        return next(
            (j for j in list(self._jobs.values()) if j.project == project and not j.ended), None
        )

    def close(self) -> None:
        """End every job."""
        for job in self._jobs.values():
            job.cancel()
