/* Trying things out: facilities put, moved and closed, links and cuts drawn, on the map itself. */
/* global D, L, W, $, el, map, group, pick, percent, whole, metres, amount, tab, standard, hush, list,
   show, choices, summary, drawLegend, tip, tell, narrow, renderer, zoomTo */

const trying = { worker: null, waiting: new Map(), next: 1, past: [], future: [], edits: { added: [], closed: [], links: [], cuts: [] },
  mode: null, begun: null, category: null, answer: null, before: false, note: "", name: "", walk: null, dragging: false, rows: {}, first: {}, held: false, busy: 0 };
const LIVE = D.live ? JSON.parse(D.live.table) : null;
const liveTest = (s) => (LIVE ? LIVE.of_standard[D.standards.indexOf(s)] : undefined);
const edited = () => trying.edits.added.length + trying.edits.closed.length + trying.edits.links.length + trying.edits.cuts.length > 0;
const REASONS = [null, null, "off_network", "island", "no_facility", "detour"];

function ask(message) {
  if (!trying.worker) {
    const code = document.getElementById("engine").textContent;
    trying.worker = new Worker(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
    trying.worker.onmessage = ({ data }) => {
      const { done, failed } = trying.waiting.get(data.id);
      trying.waiting.delete(data.id);
      if (data.error) failed(new Error(data.error)); else done(data.result);
    };
    send({ load: { table: LIVE, bytes: D.live.bytes } });
  }
  return send(message);
}
function send(message) {
  const id = trying.next++;
  trying.worker.postMessage({ id, ...message });
  return new Promise((done, failed) => trying.waiting.set(id, { done, failed }));
}

// ------------------------------------------------------------------ the standard as it would be
function triedStandard(base, answer) {
  if (answer.areas) return triedVillages(base, answer);
  const { inside, wanted, out, known, reached, metres: sums, whole } = answer.units;
  const target = base.target, judged = target == null || answer.value == null ? base.status
    : answer.low < target - 1e-9 && target - 1e-9 <= answer.high ? "unknown" : answer.value >= target - 1e-9 ? "met" : "short";
  const units = base.units.map((row) => {
    const u = row[0], city = D.units.levels[u] === "city", share = city ? answer.value : wanted[u] > 0 ? inside[u] / wanted[u] : null;
    const status = row[1] === "report" || base.target == null ? row[1] : share == null ? "unknown" : share >= target - 1e-9 ? "met" : "short";
    return [u, status, share, row[3], city ? (whole.known ? whole.out : null) : known[u] ? out[u] : null,
      city ? (whole.reached > 0 ? whole.metres / whole.reached : null) : reached[u] > 0 ? sums[u] / reached[u] : null, -1];
  });
  const gaps = answer.gaps.map((gap) => ({ id: base.id + ":" + (gap.unit < 0 ? "" : D.units.names[gap.unit]), name: gap.unit < 0 ? W("outside_units") : D.units.names[gap.unit],
    level: gap.unit < 0 ? null : D.units.levels[gap.unit], people: gap.people, households: gap.households, metres: gap.metres, straight: gap.straight,
    facility: null, reason: REASONS[gap.reason], barrier: null, part: null, help: null, link: -1, at: gap.at, route: -1, unit: gap.unit < 0 ? null : gap.unit }));
  const met = judged === "met";
  return { ...base, base, value: answer.value, status: judged, people: judged === "unknown" ? null : met ? 0 : answer.people,
    households: judged === "unknown" ? null : met ? 0 : answer.households, left: answer.people,
    units, gaps, letters: lettersOf(base, answer), circle: null, plan: null, sensitivity: [], reading: ["", ""], of: null, note: D.words.try_note };
}
function triedVillages(base, answer) {
  const { metres: far, measured, share, candidate, units } = answer.areas, place = new Map(Array.from(units, (u, k) => [u, k]));
  const rows = base.units.map((row) => {
    const k = place.get(row[0]);
    if (k == null) return row;
    return [row[0], candidate[k] ? "short" : "met", row[3] === "share" ? share[k] : Number.isFinite(measured[k]) ? measured[k] : null, row[3], row[4], row[5], -1];
  });
  const gaps = Array.from(units).map((u, k) => ({ u, k })).filter(({ k }) => candidate[k]).map(({ u, k }) => {
    const old = base.gaps.find((g) => g.unit === u);
    return { ...(old || { id: base.id + ":" + D.units.names[u], name: D.units.names[u], level: "urban_village", straight: null, facility: null, reason: null, barrier: null, part: null, help: null, at: centreOf(u) }),
      people: D.units.people[u], households: D.units.households[u], facility: null, straight: null, reason: null, barrier: null, metres: Number.isFinite(far[k]) ? far[k] : null, link: -1, route: -1, unit: u };
  }).sort((a, b) => (b.people ?? -1) - (a.people ?? -1));
  const total = (name) => {
    const known = gaps.filter((g) => g[name] != null);
    return gaps.length && !known.length ? null : known.reduce((sum, g) => sum + g[name], 0);
  };
  const people = total("people"), households = total("households");
  return { ...base, base, value: answer.value, people, households, left: people, units: rows, gaps, letters: lettersOf(base, answer), circle: null, plan: null,
    sensitivity: [], reading: ["", ""], of: null, note: D.words.try_note };
}
function centreOf(unit) {
  const ring = unitShapes[unit].flat();
  return ring.length ? L.latLngBounds(ring).getCenter() : null;
}
function lettersOf(base, answer) {
  if (base.dots == null) return null;
  const letters = D.dots[base.dots].split(""), rows = trying.rows[liveTest(base)];
  rows.forEach((home, k) => { if (home < letters.length) letters[home] = "cgoi"[answer.status[k]]; });
  return letters.join("");
}

// ------------------------------------------------------------------ edits, with a way back
function change(make) {
  trying.before = false;
  const next = JSON.parse(JSON.stringify(trying.edits));
  make(next);
  trying.past.push(JSON.stringify(trying.edits));
  trying.future = [];
  trying.edits = next;
  return judgeNow();
}
function step(from, to) {
  if (!from.length || trying.held) return;
  trying.before = false;
  to.push(JSON.stringify(trying.edits));
  trying.edits = JSON.parse(from.pop());
  judgeNow();
}
async function judgeNow() {
  const base = standard && (standard.base || standard), which = base && liveTest(base), turn = ++trying.busy;
  trying.walk = null;
  drawTried();
  if (which == null) { listTry(); return null; }
  let answer;
  try {
    trying.first[which] ??= await ask({ edits: { added: [], closed: [], links: [], cuts: [] }, judge: which });
    answer = await ask({ edits: trying.edits, judge: which });
  } catch {
    trying.note = W("try_failed");
    listTry();
    return null;
  }
  if (turn !== trying.busy) return null; // a later edit is being answered
  if (answer.refused) {
    trying.note = W("try_" + answer.refused) + (answer.metres ? " (" + metres(answer.metres) + ")" : "");
    if (trying.past.length) trying.edits = JSON.parse(trying.past.pop());
    return judgeNow();
  }
  trying.answer = answer;
  if (trying.rows[which] == null) trying.rows[which] = answer.homes;
  showTried(base);
  return answer;
}
function showTried(base) {
  standard = edited() && !trying.before && trying.answer ? triedStandard(base, trying.answer) : base;
  drawUnits(); recolourDots(); drawFacilities(); drawGaps(); drawCircle(); drawSites();
  summary(); list(); drawLegend(); drawTried();
}

// ------------------------------------------------------------------ on the map
const named = (n, word) => W(word) + " " + n;
function pointed(latlng) {
  const at = [+latlng.lng.toFixed(7), +latlng.lat.toFixed(7)];
  const { mode } = trying;
  if (mode === "walk") { drawWalk(at); return; }
  if (mode === "place") {
    const id = freeId();
    change((e) => e.added.push({ id, name: named(id.replace(/^\D+/, ""), "try_new"), categories: [trying.category], lon: at[0], lat: at[1] }));
    return;
  }
  if (!trying.begun) { trying.begun = at; drawTried(); listTry(); return; }
  const line = [trying.begun, at];
  trying.begun = null;
  if (mode === "link") change((e) => e.links.push({ name: named(e.links.length + 1, "try_link_name"), line, stairs: false }));
  else change((e) => e.cuts.push({ name: named(e.cuts.length + 1, "try_cut_name"), line }));
}
function freeId() {
  let n = 1;
  const taken = new Set([...LIVE.facilities.ids, ...trying.edits.added.map((a) => a.id)]);
  while (taken.has("new-" + n)) n++;
  return "new-" + n;
}
function drawTried() {
  const box = group("tried");
  if (trying.held) return; // a mark is under the finger
  box.clearLayers();
  if (trying.before) return;
  for (const link of trying.edits.links)
    for (const look of [{ color: "#ffffff", weight: 9 }, { color: "#009e73", weight: 5 }])
      L.polyline(link.line.map(([x, y]) => [y, x]), { pane: "sites", renderer: renderer("sites"), interactive: false, ...look }).addTo(box);
  for (const cut of trying.edits.cuts)
    L.polyline(cut.line.map(([x, y]) => [y, x]), { pane: "sites", renderer: renderer("sites"), interactive: false, color: "#b34700", weight: 5, dashArray: "2 8" }).addTo(box);
  if (trying.begun) L.circleMarker([trying.begun[1], trying.begun[0]], { pane: "sites", renderer: renderer("sites"), radius: 6, color: "#000", fillColor: "#f0e442", fillOpacity: 1 }).addTo(box);
  trying.edits.added.forEach((one, k) => {
    const mark = L.marker([one.lat, one.lon], { pane: "sites", draggable: true, autoPan: true, keyboard: true, alt: one.name, title: "",
      icon: L.divIcon({ className: "lc-added", iconSize: [30, 30] }) });
    const move = (at) => change((e) => { e.added[k].lon = +at.lng.toFixed(7); e.added[k].lat = +at.lat.toFixed(7); });
    let last = 0;
    mark.on("drag", () => {
      const now = performance.now();
      // While it is dragged the map follows as fast as the engine answers, and undo takes it back as one.
      if (now - last < 120 || trying.dragging) return;
      last = now;
      preview(k, mark.getLatLng());
    });
    mark.on("dragstart", () => { trying.held = true; });
    mark.on("dragend", () => { trying.held = false; move(mark.getLatLng()); });
    mark.bindTooltip(tip(() => one.name + " · " + W("try_drag")));
    mark.on("keydown", ({ originalEvent: e }) => {
      const by = { ArrowLeft: [-8, 0], ArrowRight: [8, 0], ArrowUp: [0, -8], ArrowDown: [0, 8] }[e.key];
      if (e.key === "Delete" || e.key === "Backspace") change((x) => x.added.splice(k, 1));
      else if (by) {
        const done = move(map.containerPointToLatLng(map.latLngToContainerPoint(mark.getLatLng()).add(by)));
        focusMark(k);
        done.then(() => focusMark(k));
      }
      else return;
      e.preventDefault();
      e.stopPropagation();
    });
    mark.addTo(box);
    mark.number = k;
    if (mark.getElement()) mark.getElement().setAttribute("aria-label", one.name + " · " + W("try_drag"));
  });
  if (trying.walk) {
    const line = trying.walk.line.map(([x, y]) => [y, x]);
    L.polyline(line, { pane: "routes", renderer: renderer("routes"), color: "#ffffff", weight: 7, interactive: false }).addTo(box);
    L.polyline(line, { pane: "routes", renderer: renderer("routes"), color: "#000000", weight: 3.2, dashArray: "7 5", interactive: false, className: "lc-walk" }).addTo(box);
  }
}
function focusMark(number) {
  group("tried").eachLayer((layer) => { if (layer.number === number && layer.getElement()) layer.getElement().focus(); });
}
async function preview(k, at) {
  const base = standard.base || standard, which = liveTest(base);
  if (which == null || !trying.edits.added[k]) return;
  trying.dragging = true;
  const edits = JSON.parse(JSON.stringify(trying.edits));
  edits.added[k].lon = +at.lng.toFixed(7); edits.added[k].lat = +at.lat.toFixed(7);
  let answer;
  try { answer = await ask({ edits, judge: which }); } catch { return; } finally { trying.dragging = false; }
  if (answer.refused || !trying.rows[which] || (standard.base || standard) !== base || !trying.held) return;
  standard = triedStandard(base, answer);
  drawUnits(); recolourDots(); drawGaps(); summary(); listTry();
}
async function drawWalk(at) {
  const base = standard.base || standard, which = liveTest(base);
  if (which == null) return;
  const needs = LIVE.tests[which].needs.length, found = [];
  reopen = () => drawWalk(at);
  for (let need = 0; need < needs; need++) found.push(await ask({ edits: trying.edits, route: { test: which, need, lon: at[0], lat: at[1] } }));
  const worst = found.some((w) => !w) ? null : found.reduce((a, b) => (b.metres > a.metres ? b : a));
  trying.walk = worst;
  drawTried();
  const test = LIVE.tests[which];
  if (!worst) { tell(W("try_walk"), base.id, [], [W("try_no_walk")]); return; }
  const row = worst.row, own = LIVE.page.length;
  const name = row < own ? D.facilities.names[LIVE.page[row]] : trying.edits.added[row - own].name;
  const minutes = worst.metres / test.speed / 60;
  const limit_m = test.basis === "seconds" ? test.limit * test.speed : test.limit;
  tell(W("try_walk"), base.id, [[W("metres"), metres(worst.metres)], [W("try_minutes"), LIVE.uneven ? null : minutes.toFixed(1)], [W("facility_name"), name || W("unnamed")],
    [W("try_limit"), metres(limit_m)]], [W(worst.metres <= limit_m + 1e-6 ? "try_within" : "try_beyond")]);
}

// ------------------------------------------------------------------ the panel
function listTry() {
  if (tab !== "try") return;
  const box = $("list"), base = standard.base || standard, possible = liveTest(base) != null;
  const focused = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.try : null;
  box.replaceChildren();
  const item = (...children) => box.append(el("li", { class: "try" }, ...children));
  if (!possible) item(el("p", { class: "fine" }, W("try_not_here")));
  if (possible && trying.answer && edited()) {
    const after = triedStandard(base, trying.answer), was = triedStandard(base, trying.first[liveTest(base)]);
    const gain = was.left == null || after.left == null ? null : Math.round(was.left - after.left);
    const row = (name, was, now) => el("tr", {}, el("th", { scope: "row" }, name), el("td", {}, was), el("td", {}, now));
    item(el("table", { class: "compare", id: "try-compare" }, el("tr", {}, el("th", {}), el("th", { scope: "col" }, W("try_before")), el("th", { scope: "col" }, W("try_after"))),
      row(W("try_value"), amount(base.value, base.unit), amount(after.value, base.unit)),
      row(W("people_left_out"), whole(was.left), whole(after.left)), row(W("gaps"), String(base.gaps.length), String(after.gaps.length))),
    gain == null ? null : el("p", { class: "gain", role: "status" }, gain === 0 ? W("try_no_change") : (gain > 0 ? W("try_more") : W("try_fewer")).replace("{}", whole(Math.abs(gain)))));
  }
  if (trying.note) item(el("p", { class: "refused", role: "alert" }, trying.note));
  trying.note = "";
  const act = (key, on, pressed, disabled) => {
    const button = el("button", { type: "button", class: "act", "data-try": key, onclick: on }, W("try_" + key));
    if (pressed != null) button.setAttribute("aria-pressed", String(pressed));
    button.disabled = Boolean(disabled);
    return button;
  };
  const turn = (mode) => () => { trying.mode = trying.mode === mode ? null : mode; trying.begun = null; trying.walk = null; $("map").classList.toggle("pointing", trying.mode != null); drawTried(); listTry(); };
  if (possible) {
    const categories = [...new Set(LIVE.tests[liveTest(base)].needs.flatMap((n) => n.categories))];
    if (!categories.includes(trying.category)) trying.category = categories[0];
    const choice = el("select", { "aria-label": W("try_category"), onchange: () => { trying.category = choice.value; } });
    const words = new Map(D.cats.map((c) => [c[0], c.slice(1)]));
    for (const c of categories) choice.append(el("option", { value: c }, words.has(c) ? pick(words.get(c)) : c));
    choice.value = trying.category;
    item(el("div", { class: "acts" }, choice, act("place", turn("place"), trying.mode === "place")),
      el("div", { class: "acts" }, act("link", turn("link"), trying.mode === "link"), act("cut", turn("cut"), trying.mode === "cut"), act("walk", turn("walk"), trying.mode === "walk")),
      trying.mode ? el("p", { class: "fine", id: "try-how" }, W("try_how_" + trying.mode + (trying.begun ? "_end" : ""))) : null);
    if (base.plan && base.plan[0].sites.length) item(el("div", { class: "acts" }, act("proposal", tryProposal)));
  }
  item(el("div", { class: "acts" }, act("undo", () => step(trying.past, trying.future), null, !trying.past.length), act("redo", () => step(trying.future, trying.past), null, !trying.future.length),
    act("reset", () => change((e) => { e.added = []; e.closed = []; e.links = []; e.cuts = []; }), null, !edited()),
    act("before_after", () => { trying.before = !trying.before; showTried(base); }, trying.before, !edited() || !possible)),
  el("div", { class: "acts" }, act("save", save, null, !edited()), act("open", () => $("try-file").click()), act("share", share, null, !edited()), act("page", () => window.print(), null, !edited())));
  const remove = (kind, k) => el("button", { type: "button", class: "act", "aria-label": W("try_remove"), onclick: () => change((e) => e[kind].splice(k, 1)) }, "×");
  trying.edits.added.forEach((one, k) => item(el("div", { class: "edit" }, el("span", {}, "＋ " + one.name), remove("added", k))));
  trying.edits.closed.forEach((id, k) => item(el("div", { class: "edit" }, el("span", {}, "－ " + (D.facilities.names[LIVE.facilities.ids.indexOf(id)] || id)), remove("closed", k))));
  trying.edits.links.forEach((one, k) => {
    const stairs = el("input", { type: "checkbox", onchange: () => change((e) => { e.links[k].stairs = stairs.checked; }) });
    stairs.checked = one.stairs;
    item(el("div", { class: "edit" }, el("span", {}, "═ " + one.name + " "), el("label", {}, stairs, W("try_stairs")), remove("links", k)));
  });
  trying.edits.cuts.forEach((one, k) => item(el("div", { class: "edit" }, el("span", {}, "✂ " + one.name), remove("cuts", k))));
  if (focused) { const again = box.querySelector('[data-try="' + focused + '"]'); if (again) again.focus(); }
}
function tryProposal() {
  const base = standard.base || standard, chosen = base.plan[option];
  change((e) => {
    for (const site of chosen.sites) if (site.at) {
      const taken = new Set([...LIVE.facilities.ids, ...e.added.map((a) => a.id)]);
      let n = 1;
      while (taken.has("new-" + n)) n++;
      e.added.push({ id: "new-" + n, name: site.name, categories: [LIVE.tests[liveTest(base)].needs[0].categories[0]], lon: site.at[1], lat: site.at[0] });
    }
    for (const link of chosen.links) e.links.push({ name: pick(link.text).slice(0, 60), line: link.line.map(([y, x]) => [x, y]), stairs: false });
  });
}
function save() {
  const text = writeScenario(trying.edits, trying.name || W("try_name"));
  const link = el("a", { download: "scenario.toml", href: URL.createObjectURL(new Blob([text], { type: "application/toml" })) });
  document.body.append(link);
  link.click();
  link.remove();
}
function load(text) {
  let read;
  try { read = readScenario(text); } catch (error) {
    trying.note = W("try_unread").replace("{}", error.message);
    listTry();
    return;
  }
  const ids = LIVE.facilities.ids, unknown = read.edits.closed.filter((id) => !ids.includes(id) && !D.facilities.names.includes(id));
  const known = new Set(D.cats.map((c) => c[0])), words = new Map(D.cats.flatMap((c) => [[c[1], c[0]], [c[2], c[0]]]));
  read.edits.closed = read.edits.closed.flatMap((id) => (ids.includes(id) ? [id] : D.facilities.names.flatMap((name, k) => (name === id ? [ids[k]] : []))));
  for (const one of read.edits.added) one.categories = one.categories.map((c) => (known.has(c) ? c : words.get(c) || c));
  trying.name = read.name;
  const asked = new Set(LIVE.tests.flatMap((t) => t.needs.flatMap((n) => n.categories)));
  const strange = read.edits.added.flatMap((a) => a.categories).filter((c) => !asked.has(c));
  if (strange.length) trying.note = W("try_strange").replace("{}", strange.join(", "));
  if (unknown.length) trying.note = W("try_unknown").replace("{}", unknown.join(", "));
  change((e) => Object.assign(e, read.edits));
}
function share() {
  const text = btoa(unescape(encodeURIComponent(JSON.stringify(trying.edits)))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  if (text.length > 4000) { trying.note = W("try_share_long"); listTry(); return; }
  const base = standard.base || standard;
  try { history.replaceState(null, "", "#" + encodeURIComponent(base.id) + "&try=" + text); } catch { /* a sandboxed frame */ }
  trying.note = W("try_shared");
  listTry();
}
function sharedEdits() {
  const found = /&try=([\w-]+)$/.exec(location.hash);
  if (!found) return null;
  try {
    const text = atob(found[1].replace(/-/g, "+").replace(/_/g, "/"));
    // The same door as a file: what is no scenario is refused there.
    return readScenario(writeScenario(JSON.parse(decodeURIComponent(escape(text))), "")).edits;
  } catch { return null; }
}

// ------------------------------------------------------------------ doors into the page
/** Buttons of a facility's box: close it, open it again, move it. */
function facilityActs(k) {
  if (!LIVE || liveTest(standard.base || standard) == null) return null;
  const id = LIVE.facilities.ids[k], shut = trying.edits.closed.includes(id);
  const open = el("button", { type: "button", class: "act", "data-try": "toggle", onclick: () => {
    change((e) => { if (shut) e.closed = e.closed.filter((c) => c !== id); else e.closed.push(id); }).then(() => showFacility(k));
  } }, W(shut ? "try_reopen" : "try_shut"));
  const move = shut ? null : el("button", { type: "button", class: "act", "data-try": "move", onclick: () => {
    hush();
    turnTo("try");
    change((e) => {
      e.closed.push(id);
      e.added.push({ id: freeId(), name: D.facilities.names[k] || W("unnamed"), categories: D.facilities.cats[k].map((c) => D.cats[c][0]), lon: places[k][1], lat: places[k][0], ...(LIVE.facilities.levels[k] ? { more: { level: LIVE.facilities.levels[k] } } : {}) });
    }).then(() => focusMark(trying.edits.added.length - 1));
  } }, W("try_move"));
  return el("div", { class: "acts" }, open, move);
}
function startTrying() {
  $("tab-try").hidden = !LIVE;
  if (!LIVE) return;
    const file = el("input", { type: "file", id: "try-file", accept: ".toml", hidden: "", "aria-hidden": "true", tabindex: "-1", onchange: () => {
    if (file.files[0]) file.files[0].text().then(load);
    file.value = "";
  } });
  document.body.append(file);
  map.on("click", (e) => { if (trying.mode && tab === "try") pointed(e.latlng); });
  map.getContainer().addEventListener("keydown", (e) => {
    if (e.target === map.getContainer() && e.key === "Enter" && trying.mode && tab === "try") pointed(map.getCenter());
  });
  document.addEventListener("keydown", (e) => {
    if (e.key === "Escape" && trying.mode) { trying.mode = null; trying.begun = null; $("map").classList.remove("pointing"); drawTried(); listTry(); }
    if ((e.ctrlKey || e.metaKey) && !e.shiftKey && e.key === "z" && tab === "try" && !e.target.matches("input, select")) { step(trying.past, trying.future); e.preventDefault(); }
  });
  document.addEventListener("dragover", (e) => e.preventDefault());
  document.addEventListener("drop", (e) => {
    e.preventDefault();
    const dropped = e.dataTransfer && e.dataTransfer.files[0];
    if (dropped) dropped.text().then((text) => { turnTo("try"); load(text); });
  });
  const shared = sharedEdits();
  if (shared) { turnTo("try"); change((e) => Object.assign(e, shared)); }
}
