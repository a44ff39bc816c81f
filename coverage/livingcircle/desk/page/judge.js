/* Step 3: which plans, for whom and in which year; and requirements of one's own. */
import { S, W, ask, at, attempt, categories, choice, choose, el, field, fold, keep, page, pick, ready, take } from "/assets/base.js";

export function judge() {
  const year = new Date().getFullYear(), asOf = Number(S.chosen.as_of) || year;
  const walkers = [["", "–"], ...S.start.walkers.map((w) => [w[0], pick(w.slice(1))])];
  if (S.chosen.walker && !walkers.some((w) => w[0] === S.chosen.walker)) walkers.push([S.chosen.walker, S.chosen.walker]);
  const own = S.project.packs.map((pack) => ({ ...pack, own: true })), packs = [...S.start.packs, ...own];
  const elsewhere = S.chosen.packs.filter((id) => !packs.some((pack) => pack.id === id)).map((id) => ({ id, title: [id, id], own: true }));
  const over = (pack) => pack.until && pack.until < asOf;
  const list = [...packs, ...elsewhere].map((pack) => {
    const box = el("input", { type: "checkbox", value: pack.id, checked: S.chosen.packs.includes(pack.id), onchange: () => choose(() => {
      S.chosen.packs = box.checked ? [...S.chosen.packs, pack.id] : S.chosen.packs.filter((p) => p !== pack.id);
    }) });
    return el("label", { class: "pack" }, box, el("span", {}, pick(pack.title)), pack.own ? el("span", { class: "chip" }, W("own") + " " + pack.id) : null, over(pack) ? el("span", { class: "chip" }, W("expired", pack.until)) : null);
  });
  const banners = packs.filter((pack) => S.chosen.packs.includes(pack.id) && over(pack)).map((pack) => el("div", { class: "problem expired" }, W("expired_banner", pick(pack.title), pack.until)));
  return [el("h2", {}, W("plans")), ...banners, el("div", { class: "card" }, list),
    el("div", { class: "row asked" }, choice(W("walker"), walkers, S.chosen.walker, (v) => choose(() => { S.chosen.walker = v; }), { id: "walker" }),
      field(W("as_of"), S.chosen.as_of, (v) => choose(() => { S.chosen.as_of = v; }), { id: "as-of", inputmode: "numeric", placeholder: String(year) })),
    readings(),
    other_readings(),
    fold("requirement", W("new_requirement"), requirement()),
    el("div", { class: "row" }, el("button", { type: "button", class: "go", id: "to-run", disabled: !S.chosen.packs.length, onclick: () => page.go("run") }, W("next")))];
}

/* What the chosen plans leave to the city: shares to judge at, and numbers that are the city's to state. */
function readings() {
  const key = S.project.name + "\n" + S.chosen.packs.join("\n");
  if (!S.plans || S.plans.key !== key) {
    S.plans = { key, found: null };
    if (S.chosen.packs.length) ask("POST", at("/plans"), { packs: S.chosen.packs }).then((found) => { S.plans = { key, found }; page.draw(); }, () => {});
  }
  const found = S.plans.found;
  if (!found || !(found.reported.length || found.parameters.length)) return null;
  const put = (table, name, text) => choose(() => {
    const next = { ...S.chosen[table] }, value = Number(text.replace(/%$/, "")) / (text.endsWith("%") ? 100 : 1);
    if (text === "") delete next[name]; else next[name] = Number.isFinite(value) ? value : text;
    S.chosen[table] = next;
  });
  return fold("readings", W("readings"), found.parameters.map((one) => field(one.name + " " + pick(one.title), S.chosen.parameters[one.name], (v) => put("parameters", one.name, v), { "data-parameter": one.name })),
    found.reported.length ? el("p", { class: "fine" }, W("target_fine")) : null,
    found.reported.map((one) => field(one.id + " " + pick(one.title), S.chosen.targets[one.id], (v) => put("targets", one.id, v), { "data-target": one.id, placeholder: "0.95" })));
}

/* Any requirement by another reading: its choices as drop-downs, each a key of [assess.readings]. */
function other_readings() {
  const known = S.plans && S.plans.found ? S.plans.found.readings : [], chosen = S.chosen.readings;
  if (!known.length) return null;
  const names = Object.keys(chosen), own = (one) => [one.id, ...names.filter((n) => n.endsWith(":" + one.id))].find((n) => chosen[n]);
  const one = known.find((k) => k.id === S.read) || known.find(own) || known[0], key = own(one) || one.id;
  const put = (axis, option) => choose(() => {
    const options = { ...(S.chosen.readings[key] || {}) };
    if (option) options[axis] = option; else delete options[axis];
    const { [key]: _, ...rest } = S.chosen.readings;
    S.chosen.readings = Object.keys(options).length ? { ...rest, [key]: options } : rest;
  });
  const selects = one.axes.map((axis) => choice(pick(axis.title), [["", W("read_own", axis.default.map(pick).join(" / ") || "–")], ...axis.options.map((o) => [o[0], pick(o.slice(1))])], (chosen[key] || {})[axis.axis] || "", (v) => put(axis.axis, v), { "data-axis": axis.axis }));
  const head = W("read_by") + (names.length ? " · " + W("read_chosen", names.length) : "");
  return fold("other-readings", head, el("p", { class: "fine" }, W("read_fine")),
    choice(W("read_which"), known.map((k) => [k.id, (own(k) ? "● " : "") + k.id + " " + pick(k.title)]), one.id, (v) => { S.read = v; page.draw(); }, { "data-name": "read-which" }),
    el("div", { class: "row asked" }, selects));
}

// ------------------------------------------------------------------ a requirement by filling a form
function requirement() {
  if (!S.kinds) { ask("GET", "/api/kinds").then((found) => { S.kinds = found; page.draw(); }, () => {}); return el("p", { class: "fine" }, "…"); }
  S.form = S.form || { kind: S.kinds[0].kind, values: {} };
  const form = S.form, values = form.values, kind = S.kinds.find((k) => k.kind === form.kind);
  const text = (name, label, more) => field(label, values[name], (v) => { values[name] = v; }, { "data-name": name, ...more });
  const forced = [["must", W("must")], ["should", W("should")], ["may", W("may")]];
  const asked = (one) => ask_field(one, values), first = kind.fields.filter((f) => f.required || ["minutes", "metres", "categories", "at_least", "level", "target"].includes(f.name));
  return el("form", { id: "requirement", class: "form", onsubmit: (e) => { e.preventDefault(); save(kind); } },
    choice(W("req_kind"), S.kinds.map((k) => [k.kind, pick(k.title)]), form.kind, (v) => { become(form, v); page.draw(); }, { "data-name": "kind" }),
    text("id", W("req_id"), { required: "", pattern: "[A-Za-z0-9][A-Za-z0-9_.\\-]*" }), text("statement_zh", W("req_zh"), { required: "" }), text("statement_en", W("req_en")), text("clause", W("req_clause")),
    choice(W("req_force"), forced, values.force || "must", (v) => { values.force = v; }, { "data-name": "force" }),
    el("datalist", { id: "column-names" }, columnNames().map(([id, zh, en]) => el("option", { value: id }, pick([zh, en])))),
    first.map(asked), fold("more-fields", W("more_fields"), kind.fields.filter((f) => !first.includes(f)).map(asked)),
    el("div", { class: "row" }, el("button", { class: "go", id: "save-requirement" }, W("req_save"))));
}

/* Another kind: what every kind has stays filled in, and what the new one has to have. */
const SHARED = ["id", "statement_zh", "statement_en", "clause", "force"];
function become(form, kind) {
  const asked = S.kinds.find((k) => k.kind === kind).fields.filter((f) => f.required).map((f) => f.name);
  form.values = Object.fromEntries(Object.entries(form.values).filter(([name]) => SHARED.includes(name) || asked.includes(name)));
  form.kind = kind;
}
/* A share as planners write it. */
function shareOf(text) {
  const word = { 全部: "all", 只报告: "report", 仅报告: "report" }[text] || text;
  return word.endsWith("%") && Number(word.slice(0, -1)) ? Number(word.slice(0, -1)) / 100 : Number(word) || word;
}

/* Columns that a requirement may count: those of facilities and units, each once. */
const COLUMNS = new Set(["figure", "attribute", "attributes", "over", "also_over", "share_of", "share_of_also", "since", "size"]);
const columnNames = () => [...new Map([...S.start.columns.facilities, ...S.start.columns.units].map((one) => [one[0], one])).values()];

function ask_field(one, values) {
  const label = pick(one.title), put = (v) => { values[one.name] = v; }, attrs = { "data-name": one.name, ...(one.required ? { required: "" } : {}) };
  if (one.given != null && values[one.name] == null) values[one.name] = one.given;
  const named = (o) => (one.names ? pick(one.names[one.options.indexOf(o)] || [o, o]) : o);
  const shown = one.default == null ? "" : String(one.default), usual = one.default == null ? "–" : W("read_own", named(shown));
  if (one.type === "choice") {
    if (one.required && !values[one.name]) values[one.name] = one.options[0];
    return choice(label, [...(one.required ? [] : [["", usual]]), ...one.options.map((o) => [o, named(o)])], values[one.name] || "", put, attrs);
  }
  if (one.type === "yes-no") return choice(label, [["", one.default ? W("yes") : W("no")], [one.default ? "false" : "true", one.default ? W("no") : W("yes")]], values[one.name] || "", put, attrs);
  if (one.type === "categories" || one.type === "needs") {
    const select = el("select", { ...attrs, multiple: true, size: "6", title: W("pick_categories"), onchange: () => put([...select.selectedOptions].map((o) => o.value)) }, categories().map((c) => el("option", { value: c[0], selected: (values[one.name] || []).includes(c[0]) }, pick(c.slice(1)))));
    return el("label", {}, label, el("span", {}, select, el("span", { class: "fine" }, W("pick_categories"))));
  }
  const hint = one.type === "texts" ? W("commas") : one.example ? W("such_as", one.example) : one.type === "toml" ? W("toml_value") : shown;
  return field(label, values[one.name], put, { ...attrs, placeholder: hint, ...(COLUMNS.has(one.name) ? { list: "column-names" } : {}), ...(one.type === "number" || one.type === "whole" ? { inputmode: "decimal" } : {}) });
}

/* A category as a need of its own. */
function need(id, i) {
  const [, zh, en] = categories().find((c) => c[0] === id) || [id, id, id];
  return { id: /^[a-z][a-z0-9_]*$/.test(id) ? id : "need_" + (i + 1), zh, en, categories: [id] };
}

function save(kind) {
  const entry = { kind: kind.kind, toml: {} }, values = S.form.values;
  for (const name of ["id", "statement_zh", "statement_en", "clause", "force"]) if (values[name]) entry[name] = values[name];
  for (const one of kind.fields) {
    const value = values[one.name];
    if (value == null || value === "" || (Array.isArray(value) && !value.length)) continue;
    if (one.type === "toml") entry.toml[one.name] = value;
    else if (one.type === "needs") entry[one.name] = value.map(need);
    else if (one.type === "radii") {
      if (/^[\d.]+$/.test(value)) entry[one.name] = [{ metres: Number(value) }]; else entry.toml[one.name] = value;
    }
    else if (one.type === "texts") entry[one.name] = value.split(/[,，、]/).map((v) => v.trim()).filter(Boolean);
    else if (one.type === "yes-no") entry[one.name] = value === "true";
    else if (one.name === "target") entry.target = shareOf(value);
    else if (one.type === "number" || one.type === "whole") entry[one.name] = Number.isFinite(Number(value)) ? Number(value) : value;
    else entry[one.name] = value;
  }
  attempt(async () => {
    const found = await ask("POST", at("/requirement"), { requirement: entry });
    S.chosen.packs = [...new Set([...S.chosen.packs, found.saved])]; S.chosen.touched = true;
    take(found); S.form = null;
    if (ready()) await keep();
    page.say(W("saved"));
  });
}
