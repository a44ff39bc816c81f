"""``livingcircle nightly``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from livingcircle.cli.options import NoCacheOption, VerboseOption

__all__ = ["nightly_command"]


def nightly_command(
    cities: Annotated[Path, typer.Argument(metavar="CITIES_DIR", help="One folder per city.")],
    site: Annotated[Path, typer.Option(help="Folder of the static site; created where absent.")],
    jobs: Annotated[int, typer.Option(help="Processes.")] = 1,
    cluster: Annotated[
        str | None,
        typer.Option(help="Dask scheduler whose workers compute the cities: tcp://HOST:8786."),
    ] = None,
    dataset: Annotated[
        str | None,
        typer.Option(help="Dataset of GeoParquet that every night adds to: a folder or s3://..."),
    ] = None,
    log: Annotated[str, typer.Option(help="Lines on stderr: text or json.")] = "text",
    force: Annotated[bool, typer.Option("--force", help="Also compute unchanged cities.")] = False,
    state: Annotated[Path | None, typer.Option(help="What the job keeps for itself.")] = None,
    time_limit_s: Annotated[
        float,
        typer.Option("--time-limit-s", "--time-limit", help="Seconds that one city may take."),
    ] = 7200.0,
    no_cache: NoCacheOption = False,
    language: Annotated[
        str | None, typer.Option("--lang", help="Lines on stderr: en or zh. Default: en.")
    ] = None,
    verbose: VerboseOption = False,
) -> None:
    """Assess every city whose inputs changed, and publish the static site in one step."""
    from livingcircle.cli.language import pick_language
    from livingcircle.nightly.job import run_nightly

    lang = "en" if language is None else pick_language(language)
    code = run_nightly(
        cities,
        site=site,
        jobs=jobs,
        log=log,
        force=force,
        state=state,
        time_limit_s=time_limit_s,
        lang=lang,
        no_cache=no_cache,
        verbose=verbose,
        cluster=cluster,
        dataset=dataset,
    )
    raise typer.Exit(code)
