"""Where the sample city is: in the installed package, or in its repository."""

from __future__ import annotations

from pathlib import Path

from livingcircle.errors import MissingFileError
from livingcircle.localized import LocalizedText

__all__ = ["sample_city"]


def sample_city() -> Path:
    """Return the city.toml of the sample city.

    Raises
    ------
    MissingFileError
        The data were not installed, or not made yet.
    """
    package = Path(__file__).resolve().parent
    places = (package / "sample", package.parent.parent / "data" / "sample")
    for place in places:
        if (place / "city.toml").is_file():
            return place / "city.toml"
    raise MissingFileError(
        LocalizedText("样例城市不在此处", "the sample city is not there"),
        file=places[-1],
        hint=LocalizedText(
            "请在仓库中运行“python data/make_sample.py”。",
            "Run 'python data/make_sample.py' in the repository.",
        ),
    )
