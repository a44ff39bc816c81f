/* Step 2: how each file is understood, and what a click makes of it. */
import { S, W, categories, choice, choose, el, field, fold, idOf, line, live, number, pick, svg, toml } from "/assets/base.js";
import { settled } from "/assets/focus.js";

const ROLES = ["network", "facilities", "units", "urban_villages", "demand", "land_use", "terrain", "none"];
const KIND = { facilities: "facilities", units: "units", urban_villages: "villages", demand: "demand", land_use: "land_use" };
export const DATUMS = [["wgs84", "WGS 84"], ["gcj02", ["GCJ-02（高德、腾讯）", "GCJ-02 (Amap, Tencent)"]], ["bd09", ["BD-09（百度）", "BD-09 (Baidu)"]], ["cgcs2000", "CGCS2000"]];
const EXTRACT = /\.(pbf|osm|osm\.gz|osm\.bz2)$/i, TABLE = /\.(csv|txt|tsv|xlsx?|ods|et)$/i, RASTER = /\.(tiff?|asc)$/i, BOOK = /\.(xlsx?|ods|et)$/i;

export function card(file) {
  const look = S.found ? S.found.files[idOf(file)] : null, tables = (S.found && S.found.tables[file.name]) || [];
  const set = (key, value) => choose(() => put(file, key, value));
  const table = TABLE.test(file.name), kind = KIND[file.role];
  const boxes = [choice(W("role"), ROLES.map((r) => [r, W("r_" + r)]), file.role, (v) => choose(() => become(file, v)))];
  if (file.role === "network" && EXTRACT.test(file.name)) boxes.push(alsoOf(file));
  else if (file.role === "network" && !/\.graphml$/i.test(file.name)) boxes.push(joiningOf(file));
  if (file.role === "units") boxes.push(choice(W("level"), S.start.levels.map((l) => [l[0], pick(l.slice(1))]), file.settings.level || "community", (v) => set("level", v)));
  if (RASTER.test(file.name) && file.role !== "none") boxes.push(systemOf(file, set, "raster_crs", W("by_file")));
  else if (kind) boxes.push(datumOf(file, set));
  if (file.role === "facilities") boxes.push(field(W("category"), file.settings.category, (v) => set("category", v), { placeholder: W("auto") }));
  if (table && kind) {
    const key = BOOK.test(file.name) ? "sheet" : "encoding";
    if (key !== "sheet" || !tables.length) boxes.push(field(W(key), file.settings[key], (v) => set(key, v), { placeholder: W("auto") }));
    boxes.push(field(W("header_row"), file.settings.header_row, (v) => set("header_row", v === "" ? "" : Number(v)), { placeholder: W("auto"), type: "number", min: "0", step: "1" }));
  }
  if (kind && tables.length) boxes.push(tableOf(file, tables, set));
  return el("section", { class: "card", tabindex: "-1", "data-file": file.name, "data-table": idOf(file), "aria-label": idOf(file) },
    el("h3", {}, file.name, tableName(file) ? el("span", { class: "fine" }, " · " + tableName(file)) : null), el("p", { class: "fine" }, size(file.bytes), look && look.rows != null ? " · " + summed(look) : ""),
    ...boxes, otherTables(file, tables),
    look && look.error ? el("div", { class: "problem" }, pick(look.error)) : null,
    look && look.kind === "demand" && look.field === "coordinates" ? el("p", { class: "fine" }, W("by_name"), " ", el("button", { type: "button", class: "plain small likely", "data-as": "units", onclick: () => choose(() => become(file, "units")) }, W("r_units"))) : null,
    look && file.role !== "none" ? [systems(file, look, set), panels(file, look, set), columns(file, look, kind), words(file, look), operation(file, look), filter(file, look, set), lost(file, look)] : null,
    lines(file), notes(file, look));
}

/* A file gets another use. Where none is left that says where people live, the extract's buildings do. */
function become(drawn, role) {
  const file = live(drawn);
  const was = file.role, extract = S.chosen.files.find((f) => f.role === "network" && EXTRACT.test(f.name));
  file.role = role;
  if (extract && extract.also && was !== role && ["facilities", "demand"].includes(was) && !S.chosen.files.some((f) => f.role === was) && !extract.also.includes(was)) extract.also = [...extract.also, was];
}
function put(drawn, key, value) {
  const file = live(drawn);
  const settings = { ...file.settings };
  if (value === "" || value == null || (typeof value === "object" && !Array.isArray(value) && !Object.keys(value).length)) delete settings[key];
  else settings[key] = value;
  file.settings = settings;
}

const size = (bytes) => (bytes < 1048576 ? Math.max(1, Math.round(bytes / 1024)) + " KB" : (bytes / 1048576).toFixed(1) + " MB");
function summed(look) {
  const parts = [W("rows", number(look.rows))], status = look.status || {};
  if (status.no_coordinates) parts.push(W("unplaced", number(status.no_coordinates)));
  if (status.bad_coordinates) parts.push(W("bad_places", number(status.bad_coordinates)));
  return parts.join(" · ");
}

/* A file of several tables: which of them this card is, and the others as cards of their own. */
const tableKey = (file) => (BOOK.test(file.name) ? "sheet" : "layer");
const tableName = (file) => file.settings[tableKey(file)] || "";
function tableOf(file, tables, set) {
  const now = tableName(file), known = !now || tables.includes(now);
  return choice(W("table"), [["", W("auto")], ...tables.map((t) => [t, t]), ...(known ? [] : [[now, now]])], now, (v) => set(tableKey(file), v), { "data-key": "table" });
}
function otherTables(file, tables) {
  const cards = S.chosen.files.filter((f) => f.name === file.name && f.role !== "none"), used = cards.map(tableName);
  const left = tables.filter((t) => !used.includes(t));
  if (file !== cards[cards.length - 1] || !left.length) return null;
  return el("div", { class: "part", role: "group" }, el("span", { class: "fine" }, W("other_tables")), left.map((table) =>
    el("button", { type: "button", class: "plain small", "data-use": table, onclick: () => choose(() => use(file, table)) }, W("use_table", table))));
}
function use(drawn, table) {
  const file = live(drawn);
  const one = tableKey(file), settings = { ...(file.settings.level ? { level: file.settings.level } : {}), [one]: table };
  const level = S.start.levels.find((l) => l.some((word) => table.toLowerCase().includes(String(word).toLowerCase())));
  if (file.role === "units" && level) settings.level = level[0];
  S.chosen.files.splice(S.chosen.files.indexOf(file) + 1, 0, { name: file.name, bytes: file.bytes, role: file.role, settings });
}

/* What an extract is besides the streets; by itself what no list gives. */
const alsoNow = (file) => file.also || (S.chosen.own ? [] : ["facilities", "demand"].filter((role) => !S.chosen.files.some((f) => f.role === role)));
function alsoOf(file) {
  const now = alsoNow(file);
  return el("div", { class: "also" }, el("span", {}, W("also")), ["facilities", "demand", "land_use"].map((role) => {
    const box = el("input", { type: "checkbox", value: role, checked: now.includes(role), onchange: () => choose(() => {
      const mine = live(file), others = alsoNow(mine).filter((one) => one !== role);
      mine.also = box.checked ? [...others, role] : others;
    }) });
    return el("label", { class: "tick" }, box, W("also_" + role));
  }));
}

/* How lines that cross without a shared vertex, or miss each other, are joined: [network] node, snap_m. */
const JOINING = { join: { node: true }, snap: { node: true, snap_m: 0.1 }, apart: { node: false } };
function joiningOf(file) {
  const { node, snap_m: snap } = file.settings, now = snap ? "snap" : node === true ? "join" : node === false ? "apart" : "";
  return choice(W("joining"), [["", W("auto")], ...Object.keys(JOINING).map((how) => [how, W("joining_" + how)])], now, (how) => choose(() => {
    for (const key of ["node", "snap_m"]) put(file, key, (JOINING[how] || {})[key]);
  }), { "data-key": "joining" });
}

function datumOf(file, set) {
  const now = file.settings.datum || "", known = DATUMS.some(([v]) => v === now) || !now;
  return choice(W("datum"), [["", W("auto")], ...DATUMS.map(([v, name]) => [v, pick(name)]), ...(known ? [] : [[now, now]])], now, (v) => set("datum", v), { "data-key": "datum" });
}

// ------------------------------------------------------------------ where it lies
function systemOf(file, set, label, placeholder) {
  return field(W(label), String(file.settings.crs || ""), (v) => set("crs", v ? (/^\d+$/.test(v) ? "EPSG:" + v : v) : ""), { placeholder, "data-key": "crs" });
}
function systems(file, look, set) {
  if (!look.systems) return null;
  const given = systemOf(file, set, "EPSG", "4547");
  if (!look.systems.length) return look.streets ? null : el("div", { class: "part" }, el("p", { class: "fine" }, W("no_system")), given);
  return el("div", { class: "part systems" }, el("p", { class: "fine" }, W("systems")), el("div", { class: "row" }, look.systems.map((name) =>
    el("button", { type: "button", class: "plain system", "aria-pressed": String(file.settings.datum === name), onclick: () => set("datum", name) }, name))));
}

function panels(file, look, set) {
  const streets = look.streets;
  if (!streets || !streets.panels) return null;
  const now = file.settings.datum || look.datum, doubt = streets.certainty >= 0.9 && streets.best !== (now === "cgcs2000" ? "wgs84" : now);
  if (doubt) S.opened.add("datum:" + idOf(file));
  return fold("datum:" + idOf(file), W("over_streets"), el("p", { class: "fine" }, pick(streets.text)),
    el("div", { class: "panels" }, streets.panels.map((panel) => {
      const name = pick(DATUMS.find(([v]) => v === panel.datum)[1]), share = (x) => Math.round(100 * x) + "%", told = W("panel", share(panel.score), share(panel.near));
      return el("button", { type: "button", class: "panel", "data-datum": panel.datum, "aria-pressed": String(now === panel.datum), onclick: () => set("datum", panel.datum) },
        drawn(panel), el("strong", {}, name), el("span", { class: "fine" }, told));
    })));
}
function drawn(panel) {
  const path = panel.streets.map((street) => "M" + street.map((xy) => xy.join(" ")).join("L")).join("");
  return svg("svg", { viewBox: "-450 -300 900 600", role: "img", "aria-hidden": "true" }, svg("path", { d: path, class: "street" }),
    ...panel.points.map(([x, y]) => svg("circle", { cx: x, cy: y, r: 11 })));
}

// ------------------------------------------------------------------ what its columns and words mean
function columns(file, look, kind) {
  if (!look.columns || !kind) return null;
  const stated = file.settings.columns || {}, roles = S.start.columns[kind];
  const known = look.columns.filter((c) => c.role).length;
  return fold("columns:" + idOf(file), W("columns", known), el("table", { class: "columns" },
    el("tr", {}, el("th", {}, W("own_column")), el("th", {}, W("meaning")), el("th", {}, W("values"))),
    look.columns.map((column) => {
      const now = column.own in stated ? stated[column.own] : column.role;
      const mean = (value) => choose(() => {
        const next = Object.fromEntries(Object.entries(live(file).settings.columns || {}).filter(([own, role]) => own === column.own || !role || role !== value));
        next[column.own] = value;
        put(file, "columns", next);
        // A stated column of categories is said in one way, not in two.
        if (value === "category") put(file, "category", "");
      });
      const select = el("select", { "aria-label": column.own, "data-column": column.own }, el("option", { value: "" }, W("left_alone")), roles.map(([id, zh, en]) => el("option", { value: id }, S.lang === "zh" && zh !== id ? zh + "（" + id + "）" : en)));
      if (now && !roles.some((r) => r[0] === now)) select.append(el("option", { value: now }, now));
      select.value = now;
      settled(select, mean);
      const shown = column.values.slice(0, 3).map((v) => v[0]).join("、"), more = column.more + Math.max(0, column.values.length - 3);
      return el("tr", {}, el("td", {}, column.own), el("td", {}, select), el("td", { class: "fine" }, shown + (more ? " … " + W("and_more", number(more)) : "")));
    })));
}

const category = (id) => { const one = categories().find((c) => c[0] === id); return one ? pick(one.slice(1)) : id; };
const saidOf = (table, text) => { const said = (S.chosen.tables[table] || {})[text]; return said === undefined ? null : said; };
function say(table, text, value) { S.chosen.tables[table] = { ...S.chosen.tables[table], [text]: value }; }
function unsay(table, text) { const next = { ...S.chosen.tables[table] }; delete next[text]; S.chosen.tables[table] = next; }

function words(file, look) {
  if (!look.words) return null;
  const meant = (word) => { const said = saidOf("categories", word.text); return said == null ? (word.known || word.ids.length ? word.ids : null) : [].concat(said); };
  const unknown = look.words.filter((word) => !word.known && saidOf("categories", word.text) == null).length;
  if (unknown) S.opened.add("words:" + idOf(file));
  return fold("words:" + idOf(file), W("words", unknown), el("ul", { class: "words" }, look.words.map((word) => {
    const now = meant(word), mean = (id) => choose(() => say("categories", word.text, id === "-" ? [] : [id]));
    const value = now == null ? "" : now.length ? now.join("+") : "-";
    const select = el("select", { "aria-label": word.text, "data-word": word.text },
      el("option", { value }, now == null ? "?" : now.length ? now.map(category).join("、") : W("none_of_ours")));
    settled(select, (id) => { if (id && !id.includes("+")) mean(id); });
    // A hundred categories for each of two hundred words are made where somebody looks; all in
    // their order, so that arrow keys lead through them.
    const fill = () => {
      if (select.length > 1) return;
      const listed = [["-", W("none_of_ours")], ...categories().map((c) => [c[0], pick(c.slice(1))])], at = listed.findIndex(([id]) => id === value);
      const made = ([id, text]) => el("option", { value: id }, text);
      select.prepend(...listed.slice(0, Math.max(at, 0)).map(made));
      select.append(...listed.slice(at + 1).map(made));
    };
    for (const event of ["focus", "pointerdown"]) select.addEventListener(event, fill);
    select.fill = fill;
    const likely = now == null ? el("span", { class: "fine" }, W("likely"), word.near.map((id) => el("button", { type: "button", class: "plain small likely", "data-id": id, onclick: () => mean(id) }, category(id))),
      el("button", { type: "button", class: "plain small", onclick: () => mean("-") }, W("none_of_ours"))) : null;
    return el("li", { class: now == null ? "unknown" : null }, el("span", { class: "word" }, word.text + " × " + number(word.count)), select, likely,
      word.examples.length ? el("span", { class: "fine examples" }, word.examples.join("、")) : null);
  })));
}

function operation(file, look) {
  if (!look.operation) return null;
  const meaning = (open) => W(open === true ? "open" : open === false ? "shut" : "unknown_status");
  return fold("operation:" + idOf(file), W("operation"), el("ul", { class: "words" }, look.operation.map((one) => el("li", {}, el("span", { class: "word" }, one.text + " × " + number(one.count)), el("span", { class: "fine" }, meaning(one.open))))));
}

// ------------------------------------------------------------------ which rows count
const quoted = (text) => (text.includes("'") ? '"' + text + '"' : "'" + text + "'");
/* Which values of a column count, as a "where": what is not ticked is named, so that rows without a value stay. */
const expression = (own, values, listed) => (listed ? quoted(own) + " in (" + values.map(quoted).join(", ") + ")" : values.map((v) => quoted(own) + " != " + quoted(v)).join(" and "));
export function whereOf(column, on, listed) {
  const values = column.values.map((v) => v[0]), kept = values.filter((v) => on.has(v));
  if (!kept.length || kept.length === values.length) return "";
  return expression(column.own, listed ? kept : values.filter((v) => !on.has(v)), listed);
}
/* The values that a "where" keeps, and whether it lists them; null where it says more than ticks can show. */
export function ticksOf(column, where) {
  const listed = where.startsWith(quoted(column.own) + " in (");
  const named = (where.match(/'[^']*'|"[^"]*"/g) || []).filter((_, i) => (listed ? i > 0 : i % 2)).map((v) => v.slice(1, -1));
  if (!named.length || expression(column.own, named, listed) !== where) return null;
  return { on: new Set(column.values.map((v) => v[0]).filter((v) => named.includes(v) === listed)), listed };
}
function filter(file, look, set) {
  const some = (look.columns || []).filter((c) => c.ticks && c.values.length > 1);
  if (!some.length && !file.settings.where) return null;
  const where = file.settings.where || "", key = "filter:" + idOf(file);
  const mine = some.find((c) => ticksOf(c, where)) || some.find((c) => !where && S.filtered === idOf(file) + "/" + c.own);
  const body = [choice(W("filter_by"), [["", W("every_row")], ...some.map((c) => [c.own, c.own])], mine ? mine.own : "", (own) => {
    S.filtered = idOf(file) + "/" + own;
    if (!own) set("where", ""); else choose(() => { S.opened.add(key); put(file, "where", ""); });
  }, { "data-key": "filter" })];
  if (mine) {
    const { on, listed } = ticksOf(mine, where) || { on: new Set(mine.values.map((v) => v[0])), listed: false };
    body.push(el("div", { class: "ticks" }, mine.values.map(([value, count]) => {
      const box = el("input", { type: "checkbox", checked: on.has(value), "data-value": value, onchange: () => {
        if (box.checked) on.add(value); else on.delete(value);
        set("where", whereOf(mine, on, listed));
      } });
      return el("label", { class: "tick" }, box, value + " × " + number(count));
    })));
  }
  body.push(field("where", where, (v) => set("where", v), { placeholder: W("every_row") }));
  return fold(key, W("filter"), ...body);
}

// ------------------------------------------------------------------ names of units
function lost(file, look) {
  if (!look.lost || !look.lost.length) return null;
  const left = look.lost.filter((one) => saidOf("unit_names", one.text) == null).length;
  if (left) S.opened.add("lost:" + idOf(file));
  return fold("lost:" + idOf(file), W("lost", left), el("ul", { class: "words" }, look.lost.map((one) => {
    const now = saidOf("unit_names", one.text), mean = (name) => choose(() => say("unit_names", one.text, name));
    const input = el("input", { list: "all-units", placeholder: W("other_unit"), "aria-label": one.text, value: now || "", onchange: () => { if (input.value.trim()) mean(input.value.trim()); } });
    return el("li", { class: now == null ? "unknown" : null, "data-lost": one.text }, el("span", { class: "word" }, one.text + " × " + number(one.count)),
      now == null ? el("span", { class: "fine" }, one.near.length ? W("likely") : "", one.near.map((name) => el("button", { type: "button", class: "plain small likely", onclick: () => mean(name) }, name)),
        el("button", { type: "button", class: "plain small", onclick: () => mean("") }, W("of_none"))) : null,
      now === "" ? el("span", { class: "fine" }, W("of_none")) : input, el("span", { class: "fine examples" }, W("lost_rows", one.rows.join("、"))));
  })));
}
export function unitNames() {
  return el("datalist", { id: "all-units" }, S.found ? S.found.units.map((name) => el("option", { value: name })) : []);
}

// ------------------------------------------------------------------ what was chosen
function lines(file) {
  const listed = Object.entries(file.settings).flatMap(([key, value]) => key !== "columns" ? [[key + " = " + toml(value), () => put(file, key, "")]]
    : Object.entries(value).map(([own, role]) => ["columns = " + toml({ [own]: role }), () => put(file, "columns", Object.fromEntries(Object.entries(live(file).settings.columns || {}).filter(([o]) => o !== own)))]));
  if (!listed.length) return null;
  S.opened.add("lines:" + idOf(file));
  return fold("lines:" + idOf(file), W("chosen"), el("ul", { class: "lines" }, listed.map(([text, undo]) => line(text, undo))));
}
export function chosenWords() {
  const listed = Object.entries(S.chosen.tables || {}).flatMap(([table, said]) => Object.entries(said).map(([text, value]) => line("[" + table + "] " + JSON.stringify(text) + " = " + toml(value), () => unsay(table, text))));
  return listed.length ? el("div", { class: "card wide", id: "chosen-words" }, el("h3", {}, W("chosen_words")), el("ul", { class: "lines" }, listed)) : null;
}
function notes(file, look) {
  const listed = S.checked ? S.checked.notes.filter((n) => n.file === file.name) : (look && look.notes) || [];
  return listed.length ? fold("notes:" + idOf(file), W("checked") + " (" + listed.length + ")", el("ul", { class: "notes" }, listed.slice(0, 60).map((n) =>
    el("li", {}, pick(n.field) + "：" + pick(n.text), n.overrule ? el("div", { class: "fine" }, W("overrule"), el("code", {}, n.overrule)) : null)))) : null;
}

/* What looks wrong, the problems of most people first; a file's name leads to its card. */
export function problems() {
  if (!S.checked) return null;
  const listed = S.checked.problems, near = S.checked.people ? "people_near" : "points_near", carded = new Set(S.chosen.files.map((f) => f.name));
  const to = (one) => { const node = document.querySelector('[data-file="' + CSS.escape(one.file) + '"]'); if (node) { node.focus({ preventScroll: true }); node.scrollIntoView({ block: "start" }); } };
  return el("div", { class: "card wide", id: "problems", tabindex: "-1" }, el("h3", {}, W("problems")), listed.length ? el("ol", { class: "problems" }, listed.slice(0, 60).map((one) =>
    el("li", { class: one.severity }, el("strong", {}, W(near, number(one.people))), " ", pick(one.text),
      carded.has(one.file) ? el("button", { type: "button", class: "plain small", onclick: () => to(one) }, one.file + (one.row == null ? "" : " " + W("lost_rows", one.row))) : null))) : el("p", { class: "fine" }, W("no_problems")));
}
