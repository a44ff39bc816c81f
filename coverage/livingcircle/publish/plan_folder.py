"""A plan of sites on disk: layers, tables, and a scenario that builds it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from livingcircle.arguments import check_path
from livingcircle.io.atomic import replaced_folder
from livingcircle.io.csv_safety import escape_formula
from livingcircle.localized import EMPTY, LocalizedText
from livingcircle.publish.credit import osm_credit
from livingcircle.publish.folder import earlier_plan
from livingcircle.publish.gis.plan_layers import write_plan_layers
from livingcircle.publish.json_text import json_text
from livingcircle.publish.proof.write import write_plan_proof
from livingcircle.sites.plan import SitePlan

__all__ = ["write_plan"]


def write_plan(plan: SitePlan, folder: str | Path, credit: LocalizedText | None = None) -> Path:
    """Write ``sites.gpkg``, ``sites.csv``, ``units.csv``, ``scenario.toml`` and ``plan.json``.

    What a user laid into the folder stays.

    Parameters
    ----------
    plan
        The sites that are proposed.
    folder
        Where to.
    credit
        Whose data the plan shows; None: as its city says.

    Raises
    ------
    InputError
        The folder holds something else, or nothing can be written there.
    """
    check_path(folder, "folder")
    if credit is None:
        credit = EMPTY if plan.city is None else osm_credit(plan.city)
    with replaced_folder(folder, "plan", recognise=earlier_plan) as fresh:
        _write(plan, fresh, credit)
    return Path(folder)


def _write(plan: SitePlan, folder: Path, credit: LocalizedText) -> None:
    write_plan_layers(plan, folder / "sites.gpkg", credit)
    # The mark at the beginning makes spreadsheets read Chinese as what it is.
    for name, frame in (("sites", plan.sites), ("units", plan.units)):
        plain = pd.DataFrame(frame.drop(columns="geometry", errors="ignore"))
        # Degrees keep what they need to be put on a map again.
        numbers = plain.select_dtypes("number").columns.difference(["lon", "lat"])
        plain[numbers] = plain[numbers].replace([np.inf, -np.inf], np.nan).round(3)
        plain = plain.map(escape_formula)
        plain.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8-sig")
    (folder / "scenario.toml").write_text(plan.scenario_toml(), encoding="utf-8")
    write_plan_proof(plan, folder)
    record = {**plan.statistics(), "note_zh": plan.note_zh, "note_en": plan.note_en}
    if credit:
        record["credit"] = credit.en
    if plan.alternative is not None:
        record["alternative"] = plan.alternative.statistics()
    (folder / "plan.json").write_text(json_text(record, indent=2) + "\n", encoding="utf-8")
