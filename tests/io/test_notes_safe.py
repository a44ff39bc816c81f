"""Notes and the night's log: control characters of data are spelt out, secrets are masked."""

from __future__ import annotations

import io

from livingcircle.io.notes import Note
from livingcircle.localized import LocalizedText
from livingcircle.nightly.log import night_log


def test_a_note_holds_no_control_character() -> None:
    bad = "a\x1b[31m\nb\u202e\u3000c"
    note = Note(bad, bad, LocalizedText(bad, bad), bad)
    for text in (note.file, note.field, note.text.zh, note.text.en, note.overrule):
        assert text == "a\\x1b[31m\\nb\\u202e c"


def test_a_name_cannot_forge_a_line_of_the_log() -> None:
    stream = io.StringIO()
    with night_log("text", stream) as log:
        log.error(
            "bad\n2026-01-01 00:00:00 INFO all is well", extra={"event": "failed", "city": "a\nb"}
        )
    (line,) = stream.getvalue().splitlines()
    assert "a\\nb: bad\\n2026" in line
