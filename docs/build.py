"""Build the documentation site, strictly: python docs/build.py [FOLDER]; default build/site.

A broken link, a page outside the navigation and a reference to a name that does not exist are
errors.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main(words: list[str]) -> int:
    """Build the site and return the exit code."""
    folder = Path(words[0]).resolve() if words else ROOT / "build" / "site"
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet"]
    quiet = os.environ | {"NO_MKDOCS_2_WARNING": "1"}  # advertisement of a successor
    command += ["--site-dir", str(folder)]
    return subprocess.run(command, cwd=ROOT, env=quiet, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
