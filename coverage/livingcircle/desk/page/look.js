/* Step 5: what came out, and what can be asked of it: sites, scenarios, comparisons, claims. */
import { arrows } from "/assets/focus.js";
import { S, W, ask, at, attempt, choice, el, field, number, page, pick, take } from "/assets/base.js";
import { DATUMS } from "/assets/cards.js";
import { openOnMap, scenarios, trial, tryPlan } from "/assets/trials.js";

const TABS = ["card", "map", "report", "files", "sites", "scenario", "compare", "claim"];
const out = (folder, file) => "/out/" + [S.project.name, folder, file].map(encodeURIComponent).join("/") + (file.endsWith(".html") ? "?lang=" + S.lang : "");
const link = (folder, file, text) => el("a", { href: out(folder, file), target: "_blank", rel: "noopener" }, text || file);
const frame = (folder, file, id, more, shows) => el("iframe", { src: out(folder, file) + (more || ""), "data-shows": shows || "", title: W(file === "map.html" ? "map" : "report") + " " + folder, id });

export function look() {
  if (!S.project.results.length) return [el("h2", {}, S.project.name), el("p", {}, W("no_results"))];
  const tab = (name) => el("button", { type: "button", role: "tab", class: "plain", id: "tab-" + name, "data-tab": name, "aria-selected": String(S.tab === name), "aria-controls": "panel", tabindex: S.tab === name ? "0" : "-1", onclick: () => { S.tab = name; S.told = null; page.draw(); } }, W(name));
  return [el("h2", {}, S.project.name), S.project.older ? el("div", { class: "problem", id: "older" }, W("older")) : null,
    arrows(el("div", { class: "row tabs", role: "tablist", "aria-label": W("look").slice(2) }, TABS.map(tab))), el("div", { id: "work", tabindex: "-1" }), el("div", { id: "offer" }), el("div", { role: "tabpanel", id: "panel", "aria-labelledby": "tab-" + S.tab }, views[S.tab]()),
    el("p", { class: "fine" }, W("keep") + S.project.folder)];
}

const views = {
  card() {
    const share = (row) => (row.value == null ? "–" : row.unit === "share" ? Math.round(1000 * row.value) / 10 + "%" : (+row.value.toFixed(2)).toLocaleString("en-US"));
    return [el("table", { id: "findings" }, el("tr", {}, el("th", {}, W("demand")), el("th", {}, W("status")), el("th", {}, W("value")), el("th", {}, W("people"))),
      S.project.findings.map((row) => el("tr", {}, el("td", {}, el("strong", {}, row.id), " ", pick([row.statement_zh, row.statement_en]), row.reading_zh || row.reading_en ? el("div", { class: "fine" }, pick([row.reading_zh, row.reading_en])) : null,
        row.status === "unknown" && row.note_zh ? el("div", { class: "fine why" }, pick([row.note_zh, row.note_en])) : null),
        el("td", {}, el("span", { class: "chip " + row.status }, W("s_" + row.status))), el("td", { class: "num" }, share(row)), el("td", { class: "num" }, row.people_left_out == null ? "" : number(row.people_left_out)))))];
  },
  map: () => [el("p", { class: "row" }, link("results", "map.html")), trial(), frame("results", "map.html", "map", "&desk" + (S.trial && S.trial.at ? S.trial.at : ""), JSON.stringify([S.runs, S.trial && S.trial.shown]))],
  report: () => [el("p", { class: "row" }, link("results", "report.html")), frame("results", "report.html", "report")],
  files: () => Object.entries(S.project.folders).map(([folder, files]) => el("div", { class: "card wide" }, el("h3", {}, folder), el("ul", { class: "files" }, files.map((file) => el("li", {}, link(folder, file)))))),
  sites() {
    const lists = S.project.files.filter((f) => /\.(csv|xlsx?|gpkg|geojson)$/i.test(f.name)).map((f) => [f.name, f.name]);
    const file = el("input", { type: "file", accept: ".csv,.xls,.xlsx,.gpkg,.geojson", id: "candidates-file", hidden: "", onchange: () => attempt(async () => {
      const name = file.files[0].name.normalize("NFC");
      take(await ask("PUT", at("/file/" + encodeURIComponent(name)), file.files[0]));
      asked().candidates = name;
    }) });
    const other = el("div", { class: "row" }, el("button", { type: "button", class: "plain small", id: "candidates-choose", onclick: () => file.click() }, W("other_list")), file, el("span", { class: "fine" }, W("candidates_fine")));
    return [form("sites", "sites_fine", "propose", [requirement(), typed("max_sites", "5"), typed("budget", ""), typed("share_covered", "0.95"), picked("candidates", [["", W("anywhere")], ...lists]), other, picked("candidates_datum", [["", W("auto")], ...DATUMS.map(([v, name]) => [v, pick(name)])])]), told(), ...plans()];
  },
  scenario() {
    const known = scenarios().map((name) => [name, name]);
    const file = el("input", { type: "file", accept: ".toml", id: "scenario-file", hidden: "", onchange: () => send(file.files[0]) });
    const zone = el("div", { class: "drop", id: "scenario-drop" }, W("drop"), el("button", { type: "button", class: "plain", onclick: () => file.click() }, W("choose")), file);
    zone.addEventListener("dragover", (e) => { e.preventDefault(); zone.classList.add("over"); });
    zone.addEventListener("dragleave", () => zone.classList.remove("over"));
    zone.addEventListener("drop", (e) => { e.preventDefault(); zone.classList.remove("over"); if (e.dataTransfer.files.length) send(e.dataTransfer.files[0]); });
    const done = Object.keys(S.project.folders).filter((name) => name.startsWith("results-") && name !== "results-before");
    const open = el("button", { type: "button", class: "plain", id: "open-on-map", onclick: () => openOnMap(known.some((o) => o[0] === asked().scenario) ? asked().scenario : known[0][0]) }, W("on_map"));
    return [el("p", { class: "fine" }, W("scenario_fine")), zone, known.length ? form("run", null, "try_it", [picked("scenario", known, W("scenario_file"))], open) : null, told(),
      ...done.map((name) => [el("h3", {}, W("scenario_of", name.slice("results-".length))), el("div", { class: "beside" }, el("div", {}, el("p", { class: "fine" }, W("today")), frame("results", "map.html", "map-today-" + name)), el("div", {}, el("p", { class: "fine" }, W("scenario_of", name.slice("results-".length))), frame(name, "map.html", "map-" + name))),
        el("p", { class: "row" }, S.project.folders[name].filter((f) => /report\.html|scenario|\.csv$/.test(f)).map((f) => link(name, f)))])].flat();
  },
  compare() {
    const others = Object.keys(S.project.folders).filter((name) => name.startsWith("results-")).map((name) => [name, name === "results-before" ? W("earlier") : name]);
    return [others.length ? form("compare", "compare_fine", "compare_go", [picked("before", others, W("compare_with"), { required: "" })]) : el("p", { class: "fine" }, W("compare_fine") + W("nothing_earlier")), told()];
  },
  claim: () => [form("claim", "claim_fine", "is_true", [requirement(), typed("share", "99%", W("claimed"), { required: "" }), picked("meant", [["at_least", W("at_least")], ["rounded", W("rounded")]])]), told()],
};

/* What can be asked about comes first: those that fall short, then the others, then those without data. */
const ORDER = { short: 0, met: 1, report: 2 };
const ranked = () => [...S.project.findings].sort((a, b) => (ORDER[a.status] ?? 3) - (ORDER[b.status] ?? 3));
const requirement = () => picked("standard", ranked().map((row) => [row.id, row.id + " " + pick([row.statement_zh, row.statement_en]) + " · " + W("s_" + row.status)]), W("for_requirement"), { required: "" });
const asked = () => (S.asked = S.asked || {});
const typed = (name, hint, label, more) => field(label || W(name), asked()[name], (v) => { asked()[name] = v; }, { name, placeholder: hint, ...more });
function picked(name, options, label, more) {
  const known = options.some((o) => o[0] === asked()[name]) ? asked()[name] : options.length ? options[0][0] : "";
  return choice(label || W(name), options, known, (v) => { asked()[name] = v; }, { name, ...more });
}
function form(what, fine, press, boxes, beside) {
  return el("form", { class: "card form", id: "ask-" + what, onsubmit: (e) => { e.preventDefault(); page.begin(what, Object.fromEntries(new FormData(e.target))); } },
    fine ? el("p", { class: "fine" }, W(fine)) : null, boxes, el("div", { class: "row" }, el("button", { class: "go", disabled: Boolean(S.job) }, W(press)), beside));
}
const told = () => (S.told ? el("pre", { id: "told", tabindex: "-1" }, pick(S.told)) : null);
const plans = () => Object.entries(S.project.folders).filter(([name]) => name.startsWith("sites-")).flatMap(([name, files]) => [el("h3", {}, W("plan_of", name.slice("sites-".length))),
  files.includes("scenario.toml") ? el("div", { class: "row", "data-plan": name }, el("button", { type: "button", class: "plain", onclick: () => openOnMap(name, "scenario.toml") }, W("on_map")), el("button", { type: "button", class: "plain", disabled: Boolean(S.job), onclick: () => tryPlan(name) }, W("try_it"))) : null,
  el("p", { class: "row" }, files.map((file) => link(name, file)))]);

/* A scenario becomes a file of the project, and is run. */
const send = (file) => attempt(async () => {
  const name = file.name.normalize("NFC") === "city.toml" ? "scenario.toml" : file.name;
  take(await ask("PUT", at("/file/" + encodeURIComponent(name)), file));
  asked().scenario = name.normalize("NFC");
  page.say(W("saved"));
  page.follow(await ask("POST", at("/run"), { scenario: asked().scenario }));
});
