"""Detect a wrong datum: which conversion lays facilities beside streets, in their units.

Facilities stand beside streets: seldom on the carriageway, mostly within some tens of metres,
hardly ever in the sea. A list in the wrong datum is moved by half a kilometre or more as a whole,
so its distances to the streets are those of chance. For each datum the counts of facilities by
distance are held against chance (the same places moved a little), by a Bayes factor: shares as
datum_detect.toml expects them, or as the list itself teaches, against the shares of chance.
Where rows name their community, the share that lies in it is held against chance likewise.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from scipy.spatial import cKDTree
from scipy.special import betaln, gammaln, logsumexp

from livingcircle._arrays import BoolArray, FloatArray, GeometryArray, IntArray
from livingcircle.errors import DatumError
from livingcircle.io.datum.convert import normal_name, to_wgs84
from livingcircle.io.datum.detector import detector
from livingcircle.localized import LocalizedText

__all__ = ["CANDIDATES", "DatumGuess", "candidate_of", "check_datum", "detect_datum"]

CANDIDATES = ("wgs84", "gcj02", "bd09")

_STEP_M = 4.0
_MOST_SAMPLES = 1_500_000
_CELL_M = 1000.0
"""Streets beyond a cell's neighbours are further than the last of ``bins_m`` from every copy."""
_M_PER_DEG = 111_320.0
_FEWEST_OF_LATTICE = 20
_LATTICE_SLACK, _LATTICE_SHARE = 0.02, 0.9
_SAME_M = 5.0
"""Where the candidates lie closer than this there is nothing to detect (outside China)."""


@dataclass(frozen=True)
class DatumGuess:
    """What the facilities and the streets say about the datum."""

    best: str
    """The likeliest of `CANDIDATES`."""
    scores: Mapping[str, float]
    """Candidate → probability that it is the datum (chance has the rest)."""
    certainty: float
    """Probability of ``best``; 0 where nothing can be known."""
    text: LocalizedText
    """All this in one sentence, for people."""
    count: int
    """Facilities that were looked at, those close together counted once."""

    @property
    def likely(self) -> bool:
        """Whether ``best`` is likely enough for a note."""
        return self.certainty >= float(detector()["likely"])

    @property
    def conclusive(self) -> bool:
        """Whether ``best`` is certain enough to refuse another datum."""
        return self.certainty >= float(detector()["conclusive"])


def detect_datum(
    lon: FloatArray,
    lat: FloatArray,
    coords: FloatArray,
    edge_start: IntArray,
    *,
    units: GeometryArray | None = None,
    unit_of: IntArray | None = None,
    seed: int = 0,
) -> DatumGuess:
    """Find which datum lays facilities on the streets and in their units best.

    Parameters
    ----------
    lon, lat
        Degrees as the table gives them, not converted; NaN for rows without coordinates.
    coords, edge_start
        Streets in WGS 84: (k, 2) longitude and latitude of lines laid end to end, and the
        (lines + 1,) offsets of the lines (as `WalkNetwork` holds them).
    units
        Polygons of units (array of shapely geometries, WGS 84), or None.
    unit_of
        (n,) index into ``units`` of the unit that each row names, -1 where it names none. Rows
        without a name are held against all units together.
    seed
        Of the random copies, so that a run repeats.

    Returns
    -------
    DatumGuess
        Without evidence its ``certainty`` is low; nothing is raised.
    """
    settings = detector()
    lon, lat = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    known = np.flatnonzero(np.isfinite(lon) & np.isfinite(lat))
    rng = np.random.default_rng(seed)
    known = _apart(lon, lat, known, rng)
    if len(known) < settings["fewest"]:
        return _nothing(
            LocalizedText(
                f"{len(known)} 个点太少，无法判断坐标系",
                f"{len(known)} places are too few to report the datum",
            ),
            len(known),
        )
    x, y = lon[known], lat[known]
    scale = _M_PER_DEG * np.array([np.cos(np.radians(float(np.median(y)))), 1.0])
    places = [np.column_stack(to_wgs84(x, y, name)) * scale for name in CANDIDATES]
    if max(float(np.abs(p - places[0]).max()) for p in places) < _SAME_M:
        return _nothing(_ABROAD, len(known))
    streets = _street_points(coords, edge_start, scale, places)
    if streets is None:
        return _nothing(_NO_STREETS, len(known))
    if _is_lattice(places[0]):
        return _nothing(_LATTICE, len(known))
    log = settings["temper"] * _street_evidence(_tree(streets), places, rng)
    if units is not None and len(units):
        of = np.full(len(lon), -1) if unit_of is None else np.asarray(unit_of)
        shapes = np.asarray(units, dtype=object)
        inside = _shares_inside(shapes, of[known], places, scale)
        best = int(np.argmax(inside))
        # Points drawn anywhere in a city lie in some unit under every datum: that says nothing.
        if inside[best] >= settings["least_inside"] and _leads(
            inside, best, settings["least_inside_lead"]
        ):
            moved = _copies(places[1], rng)
            log = log + _unit_evidence(shapes, of[known], places, moved, scale)
    return _judge(log, len(known))


def _tree(points: FloatArray) -> cKDTree:
    """Return a tree that is made in a third of the time: its cells are cut in the middle."""
    return cKDTree(points, balanced_tree=False, compact_nodes=False)


def _leads(values: list[float], best: int, by: float) -> bool:
    """Return whether one value is well ahead of the others."""
    return all(values[best] - v >= by for i, v in enumerate(values) if i != best)


def _shares_inside(
    units: GeometryArray, unit_of: IntArray, places: list[FloatArray], scale: FloatArray
) -> list[float]:
    """Return the share of places that lie in the unit they name, or in any where none does."""
    own = np.flatnonzero((unit_of >= 0) & (unit_of < len(units)))
    if len(own):
        return [
            float(shapely.intersects(units[unit_of[own]], shapely.points(p[own] / scale)).mean())
            for p in places
        ]
    tree = shapely.STRtree(units)
    hits = [tree.query(shapely.points(p / scale), predicate="intersects")[0] for p in places]
    return [len(np.unique(hit)) / len(p) for hit, p in zip(hits, places, strict=True)]


def candidate_of(datum: str) -> str:
    """Return a datum as the detector knows it: what agrees with WGS 84 within a metre is WGS 84."""
    return "wgs84" if datum == "cgcs2000" else datum


def check_datum(stated: str, guess: DatumGuess, *, file: str = "") -> None:
    """Refuse a stated (or assumed) datum that the streets clearly contradict.

    Raises
    ------
    DatumError
        If another datum is all but certain; the hint names it.
    """
    name = candidate_of(normal_name(stated))
    if name not in CANDIDATES or not guess.conclusive or guess.best == name:
        return
    raise DatumError(
        LocalizedText(
            f"坐标将按 {stated} 读取，但 {guess.text.zh}",
            f"the coordinates would be read as {stated}, but {guess.text.en}",
        ),
        hint=f'State datum = "{guess.best}".',
        file=file or None,
        field="datum",
    )


def _apart(lon: FloatArray, lat: FloatArray, known: IntArray, rng: np.random.Generator) -> IntArray:
    """Keep one of the places that share a cell, and no more than needed."""
    cell = detector()["apart_m"] / _M_PER_DEG
    column, row = (np.floor(v[known] / cell).astype(np.int64) for v in (lon, lat))
    # One number per cell: sorting rows of two takes ten times as long.
    span = int(row.max(initial=0) - row.min(initial=0)) + 1
    _, first = np.unique(column * span + row - row.min(initial=0), return_index=True)
    kept = known[np.sort(first)]
    most = int(detector()["most"])
    return kept if len(kept) <= most else np.sort(rng.choice(kept, most, replace=False))


def _street_points(
    coords: FloatArray, edge_start: IntArray, scale: FloatArray, places: list[FloatArray]
) -> FloatArray | None:
    """Return points every few metres along the streets near the places, in metres."""
    xy = np.asarray(coords, dtype=float) * scale
    if not len(xy):
        return None
    length = np.hypot(*np.diff(xy, axis=0).T)
    piece = np.ones(max(len(xy) - 1, 0), dtype=bool)
    # The step from the end of one line to the start of the next is no street.
    piece[np.asarray(edge_start)[1:-1] - 1] = False
    near = _near(xy, places)
    # A street of one long piece may pass by without an end that is near.
    low = np.min([p.min(axis=0) for p in places], axis=0) - _CELL_M
    high = np.max([p.max(axis=0) for p in places], axis=0) + _CELL_M
    passes = np.flatnonzero(piece & (length > _CELL_M))
    ends = np.stack([xy[passes], xy[passes + 1]])
    inside = (ends.max(axis=0) >= low) & (ends.min(axis=0) <= high)
    piece &= near[:-1] | near[1:]
    piece[passes] |= inside.all(axis=1)
    start, end, length = xy[:-1][piece], xy[1:][piece], length[piece]
    if not len(start):
        return None
    step = max(_STEP_M, float(length.sum()) / _MOST_SAMPLES)
    count = np.maximum(1, np.ceil(length / step)).astype(np.int64)
    owner = np.repeat(np.arange(len(start)), count)
    along = (np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count) + 0.5) / count[
        owner
    ]
    points: FloatArray = start[owner] + (end - start)[owner] * along[:, None]
    return points


def _near(points: FloatArray, places: list[FloatArray]) -> BoolArray:
    """Return which points lie in the cell of a place or in one of the eight around it."""
    low = points.min(axis=0)
    grid = np.zeros(((points.max(axis=0) - low) // _CELL_M).astype(int) + 1, dtype=bool)
    around = np.array([(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)])
    cells = np.floor((np.concatenate(places) - low) / _CELL_M)[:, None] + around
    cells = cells[((cells >= 0) & (cells < grid.shape)).all(axis=-1)].astype(int)
    grid[tuple(cells.T)] = True
    near: BoolArray = grid[tuple(((points - low) / _CELL_M).astype(np.int32).T)]
    return near


def _copies(place: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return (copies, n, 2) places moved at random: where chance would put them."""
    settings = detector()
    shape = (int(settings["copies"]), len(place))
    angle = rng.uniform(0, 2 * np.pi, shape)
    low, high = (float(m) for m in settings["copies_m"])
    far = rng.uniform(low, high, shape)
    moved: FloatArray = place + np.stack([far * np.cos(angle), far * np.sin(angle)], axis=-1)
    return moved


def _street_evidence(
    near: cKDTree, places: list[FloatArray], rng: np.random.Generator
) -> FloatArray:
    """Return the log Bayes factor of each candidate against chance, from the streets.

    Chance is what a candidate's own places find when they are moved a little. Points that hug
    streets lose them then; points of a grid, of a raster or drawn at random do not, however dense
    the streets are where they lie. Against chance stand the shapes of datum_detect.toml at several
    strengths, and one that the list itself teaches; each is as likely as the others beforehand.
    """
    settings = detector()
    bins = np.array([*settings["bins_m"], np.inf])
    low, high = (float(m) for m in settings["local_m"])
    shape = (int(settings["local_copies"]), len(places[0]))
    angle, far = rng.uniform(0, 2 * np.pi, shape), rng.uniform(low, high, shape)
    step = np.stack([far * np.cos(angle), far * np.sin(angle)], axis=-1)
    lifts = np.array(settings["lifts"])
    models = np.concatenate([lifts**strength for strength in settings["strengths"]])

    def count(points: FloatArray) -> FloatArray:
        return np.histogram(near.query(points)[0], bins)[0].astype(float)

    log = np.zeros(len(places))
    for candidate, place in enumerate(places):
        found = count(place)
        chance = count((place + step).reshape(-1, 2)) + 0.5
        chance /= chance.sum()
        expected = models * chance
        expected /= expected.sum(axis=1, keepdims=True)
        stated = (np.log(expected / chance) * found).sum(axis=1)
        prior = settings["weight"] * expected.mean(axis=0)
        learned = (
            gammaln(prior.sum())
            - gammaln(prior.sum() + found.sum())
            + (gammaln(prior + found) - gammaln(prior)).sum()
            - (found * np.log(chance)).sum()
        )
        log[candidate] = logsumexp([*stated, learned]) - np.log(len(stated) + 1)
    return log


def _is_lattice(place: FloatArray) -> bool:
    """Return whether points are the nodes of a regular grid: their nearest neighbours lie alike."""
    if len(place) < _FEWEST_OF_LATTICE:
        return False
    near = cKDTree(place).query(place, k=2)[0][:, 1]
    step = float(np.median(near))
    # Of a thinned grid many still have a neighbour a whole step, or a diagonal, away.
    whole = np.abs(near / step - np.rint(near / step)) < _LATTICE_SLACK
    diagonal = np.abs(near / step / np.sqrt(2) - 1) < _LATTICE_SLACK
    return bool(np.mean(whole | diagonal) > _LATTICE_SHARE)


def _unit_evidence(
    units: GeometryArray,
    unit_of: IntArray,
    places: list[FloatArray],
    moved: FloatArray,
    scale: FloatArray,
) -> FloatArray:
    """Return the log Bayes factor of each candidate against chance, from the units."""
    tree = shapely.STRtree(units)
    shapely.prepare(units)

    def in_own(points: FloatArray) -> float:
        return float(shapely.intersects(units[unit_of[own]], shapely.points(points)).sum())

    def in_any(points: FloatArray) -> float:
        hits = tree.query(shapely.points(points), predicate="intersects")[0]
        return float(len(np.unique(hits)))

    own = np.flatnonzero((unit_of >= 0) & (unit_of < len(units)))
    rest = np.setdiff1d(np.arange(len(unit_of)), own)
    log = np.zeros(len(places))
    tests: list[tuple[IntArray, Callable[[FloatArray], float]]] = [(own, in_own), (rest, in_any)]
    for rows, inside in tests:
        if not len(rows):
            continue
        hit = np.array([inside(place[rows] / scale) for place in places])
        by_chance = sum(inside(copy[rows] / scale) for copy in moved)
        trials = len(moved) * len(rows)
        log += _share_evidence(hit, len(rows), (by_chance + 0.5) / (trials + 1))
    return log


def _share_evidence(hit: FloatArray, count: int, chance: float) -> FloatArray:
    """Return the log Bayes factor of "nearly all inside" against a share of chance."""
    settings = detector()
    yes = settings["in_unit"] * settings["in_unit_weight"]
    no = settings["in_unit_weight"] - yes
    log: FloatArray = (
        betaln(yes + hit, no + count - hit)
        - betaln(yes, no)
        - hit * np.log(chance)
        - (count - hit) * np.log1p(-chance)
    )
    return log


def _judge(log: FloatArray, count: int) -> DatumGuess:
    """Turn Bayes factors into probabilities; that no candidate is right counts as one more."""
    share = np.exp(log - logsumexp(np.append(log, 0.0)))
    scores = {name: float(p) for name, p in zip(CANDIDATES, share, strict=True)}
    best = CANDIDATES[int(np.argmax(log))]
    certainty = scores[best]
    settings = detector()
    name, share = _NAMES[best], _percent(certainty)
    if certainty >= settings["conclusive"]:
        zh = f"{count} 个点与道路的关系符合 {name.zh}"
        en = f"{count} places lie on the streets as {name.en} does"
    elif certainty >= settings["likely"]:
        zh = f"{count} 个点与道路的关系多半符合 {name.zh}"
        en = f"{count} places lie on the streets most likely as {name.en} does"
    else:
        zh = f"{count} 个点判断不出坐标系（最接近 {name.zh}）"
        en = f"{count} places do not report the datum (at best {name.en})"
    text = LocalizedText(f"{zh}，概率 {share.zh}", f"{en} (probability {share.en})")
    return DatumGuess(best, scores, certainty, text, count)


_NAMES = {
    "wgs84": LocalizedText("WGS 84", "WGS 84"),
    "gcj02": LocalizedText("GCJ-02（高德、腾讯）", "GCJ-02 (Amap, Tencent)"),
    "bd09": LocalizedText("BD-09（百度）", "BD-09 (Baidu)"),
}
_ABROAD = LocalizedText("在中国以外，各坐标系没有差别", "outside China the datums do not differ")
_LATTICE = LocalizedText(
    "这些点是规则格网，与道路无关，无法判断坐标系",
    "the places are a regular grid and say nothing about the datum",
)
_NO_STREETS = LocalizedText("这些点附近没有道路", "no streets lie near the places")


def _percent(share: float) -> LocalizedText:
    if share > 0.999:
        return LocalizedText("99.9% 以上", "over 99.9 %")
    whole = min(round(100 * share), 99)  # 100 % would say more than "over 99.9 %"
    return LocalizedText(f"{whole}%", f"{whole} %")


def _nothing(text: LocalizedText, count: int) -> DatumGuess:
    return DatumGuess("wgs84", dict.fromkeys(CANDIDATES, 0.0), 0.0, text, count)
