"""Set up livingcircle in a virtual environment beside this file, and run it or its tests.

    python3 start.py           the page for people without a terminal, in the browser
    python3 start.py demo      the gap maps of the sample city, in maps/sample/
    python3 start.py test      the tests

Any other words are handed to the command `livingcircle`. Needs Python 3.11 or later and its venv.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = Path(os.environ.get("LIVINGCIRCLE_VENV", ROOT / ".venv"))
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
MINIMUM = (3, 11)


def set_up(extra: str) -> None:
    """Install the project, unless this very configuration is installed already."""
    stamp = VENV / f"installed{extra}"
    mark = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == mark:
        return
    print(f"Setting up in {VENV} (once; a few minutes) ...", file=sys.stderr)
    if not (BIN / "python").exists() and not (BIN / "python.exe").exists():
        made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=False)
        if made.returncode:
            sys.exit("Python's venv is missing. On Debian or Ubuntu: apt install python3-venv")
    install = [str(BIN / "python"), "-m", "pip", "install", "--quiet", "--editable", f".{extra}"]
    if subprocess.run(install, cwd=ROOT, check=False).returncode:
        sys.exit("The installation failed; pip says why above.")
    stamp.write_text(mark)


def main() -> int:
    """Run what was asked for."""
    words = sys.argv[1:] or ["desk"]
    if sys.version_info < MINIMUM:
        sys.exit(f"livingcircle needs Python 3.11 or later; this is {sys.version.split()[0]}.")
    if words[0] == "test":
        set_up("[dev]")
        # A file of tests stays in one process, which makes its town once.
        spread = ["-n", "auto", "--maxprocesses", "4", "--dist", "loadfile", "-p", "no:benchmark"]
        command = [str(BIN / "python"), "-m", "pytest", *spread, *words[1:]]
    else:
        set_up("[fonts]")
        command = [str(BIN / "python"), "-m", "livingcircle.cli", *words]
    return subprocess.run(command, cwd=ROOT if words[0] == "test" else None, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
