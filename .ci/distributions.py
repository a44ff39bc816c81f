"""Check what the wheel and the sdist hold: python .ci/distributions.py DIST."""

from __future__ import annotations

import sys
import tarfile
import zipfile
from pathlib import Path

IN_WHEEL = (
    "livingcircle/__init__.py",
    "livingcircle/py.typed",
    "livingcircle/sample/city.toml",
    "livingcircle/standards/packs/xiamen-2025.toml",
)
IN_SDIST = (
    ".ci/run",
    ".pre-commit-config.yaml",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "README.md",
    "SECURITY.md",
    "benchmarks/table_hashes.py",
    "data/sample/city.toml",
    "docs/city-toml.md",
    "mkdocs.yml",
    "start.py",
    "tests/conftest.py",
)


def main(folder: Path) -> int:
    """Print what is missing or too much; return the exit code."""
    (wheel,) = folder.glob("*.whl")
    (sdist,) = folder.glob("*.tar.gz")
    inside = set(zipfile.ZipFile(wheel).namelist())
    with tarfile.open(sdist) as archive:
        packed = {name.partition("/")[2] for name in archive.getnames()}
    faults = [f"the wheel lacks {name}" for name in IN_WHEEL if name not in inside]
    faults += [f"the sdist lacks {name}" for name in IN_SDIST if name not in packed]
    faults += [f"{name} should not be packed" for name in inside | packed if "__pycache__" in name]
    own = {name.partition("/")[0] for name in inside}
    faults += [
        f"the wheel puts {name} beside the package" for name in own if "livingcircle" not in name
    ]
    print("\n".join(faults) or f"{wheel.name}: {len(inside)} files; {sdist.name}: {len(packed)}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
