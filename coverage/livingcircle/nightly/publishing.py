"""The folder of the new site: each city in its place, the night's JSON, the pages."""

from __future__ import annotations

import json
from importlib.metadata import version as version_of
from pathlib import Path

from livingcircle.io.ownership import link_tree
from livingcircle.localized import EMPTY
from livingcircle.nightly import lines
from livingcircle.nightly.history import timeline, write_nights
from livingcircle.nightly.manifest import Manifest
from livingcircle.nightly.night_context import CityProgress, NightContext
from livingcircle.nightly.swap import SITE_FILE
from livingcircle.publish.night_record import CityNight, Night
from livingcircle.publish.web.site import CityView, NightView, write_site
from livingcircle.publish.web.site_model import record_of

__all__ = ["publish_site"]


def publish_site(night: NightContext, fresh: Path) -> dict[str, Manifest]:
    """Fill the folder of the new site; return the manifests of what it shows."""
    (fresh / "cities").mkdir(exist_ok=True)
    entries, manifests = {}, {}
    for city in night.cities:
        folder = fresh / "cities" / city.file.slug
        entries[city.file.slug] = _entry(night, city, folder)
        shown = city.manifest if city.state == "computed" else city.old
        if shown is not None:
            manifests[city.file.slug] = shown
        if city.state == "failed":
            night.log.error(
                lines.failed_line(city.error or EMPTY, stays=bool(city.before)).pick(night.lang),
                extra={"event": "failed", "city": city.file.slug, "stale": bool(city.before)},
            )
    removed = sorted(set(night.nights[-1]["cities"]) - set(entries)) if night.nights else []
    for slug in removed:
        night.log.warning(lines.REMOVED.pick(night.lang), extra={"event": "removed", "city": slug})
    started, software = night.started.isoformat(timespec="seconds"), version_of("livingcircle")
    tonight: Night = {
        "night": night.name,
        "started": started,
        "software": software,
        "removed": removed,
        "cities": entries,
    }
    nights = write_nights(night.site / "nights", fresh / "nights", tonight)
    views = [
        CityView(
            city.file.slug,
            city.file.name,
            city.state,
            city.error,
            timeline(nights, city.file.slug),
        )
        for city in night.cities
    ]
    write_site(fresh, views, NightView(night.name, started, software))
    marker = {"program": "livingcircle site", "version": night.version, "night": night.name}
    (fresh / SITE_FILE).write_text(json.dumps(marker) + "\n", encoding="utf-8", newline="\n")
    night.state.keep(night.version, manifests)
    return manifests


def _entry(night: NightContext, city: CityProgress, folder: Path) -> CityNight:
    """Put a city's data in place; return what the night's JSON says of it."""
    entry: CityNight = {"state": city.state}
    if city.before is not None:
        for name in city.whole:
            # What changed last stays until something changes again.
            stays = name == "changes.csv" and not (folder / name).exists()
            if stays or (city.state != "computed" and name.startswith("data/")):
                link_tree(city.before / name, folder / name)
    is_known = any(moment.plans for moment in timeline(night.nights, city.file.slug))
    if city.record is not None:
        entry = {**entry, **city.record}
    elif city.before is not None and not is_known:
        # The history was lost, the results were not.
        entry = {**entry, **record_of(folder / "data")}
    if city.state == "computed":
        entry["seconds"] = city.seconds
        if city.changes is not None:
            entry["changes"] = city.changes
    if city.error is not None:
        entry["error"], entry["error_zh"] = city.error.en, city.error.zh
    return entry
