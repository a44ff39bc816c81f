/* Scenarios on the desk: made on the map, kept in the project, run, and opened on the map again. */
import { $, S, W, WORDS, ask, at, attempt, el, page, take } from "/assets/base.js";

const MOST_BYTES = 1048576;
let shown = 0; // how many scenarios have been put on the map
const names = () => S.project.files.map((f) => f.name);

/* Files of the project that are scenarios. */
export function scenarios() {
  const packs = new Set(S.project.packs.map((p) => p.id));
  return names().filter((name) => name.endsWith(".toml") && !S.start.own_texts.includes(name) && !packs.has(name));
}
function free(stem) {
  let n = 1, one = stem;
  while (names().includes(one + ".toml")) one = stem + "-" + ++n;
  return one;
}

/* Put a scenario into the project under a name that is free, and run it where that is wanted. */
async function put(text, stem, running) {
  const name = stem.normalize("NFC") + ".toml";
  if (!stem || S.start.own_texts.includes(name) || names().includes(name)) throw WORDS.name_taken.map((told) => told.replace("{}", () => name));
  take(await ask("PUT", at("/file/" + encodeURIComponent(name)), new Blob([text])));
  S.offer = S.offer_name = null; S.trial = { text, name, shown: ++shown };
  S.asked = { ...S.asked, scenario: name };
  if (running) { S.tab = "scenario"; page.follow(await ask("POST", at("/run"), { scenario: name })); }
  page.say(W("kept_as", name));
}

const textOf = async (path) => (await ask("GET", at("/scenario/" + path.map(encodeURIComponent).join("/")))).text;
/* Open a scenario on the map: a file of the project, or of a folder of results. */
export const openOnMap = (...path) => attempt(async () => {
  // A plan of sites is for one requirement, which the map shows then.
  const [plan, of] = path.length > 1 ? [W("plan_of", path[0].slice("sites-".length)), "#" + encodeURIComponent(path[0].slice("sites-".length))] : [path[0], ""];
  S.trial = { text: await textOf(path), name: plan, at: of, shown: ++shown };
  S.tab = "map"; S.told = null;
});
/* A plan of sites becomes a scenario of the project, and is run. */
export const tryPlan = (folder) => attempt(async () => put(await textOf([folder, "scenario.toml"]), free(folder.replace(/^sites-/, "plan-")), true));

/* What is open on the map besides today. */
export function trial() {
  return S.trial ? el("p", { class: "fine", id: "trial" }, el("span", {}, W("trial_open", S.trial.name)), " ", el("button", { type: "button", class: "plain small", onclick: () => { S.trial = null; page.draw(); } }, W("only_today"))) : null;
}

/* A scenario that the map hands over: it is kept when somebody says so. The map is not drawn anew. */
export function drawOffer() {
  const box = $("offer");
  if (!box || !S.offer) { if (box) box.replaceChildren(); return; }
  const name = el("input", { id: "offer-name", maxlength: "80", "aria-label": W("scenario_name"), value: S.offer_name ?? free(W("new_scenario")), oninput: () => { S.offer_name = name.value; } });
  const keep = (running) => attempt(() => put(S.offer, name.value.trim().replace(/\.toml$/i, ""), running));
  box.replaceChildren(el("form", { class: "card wide", id: "keep-scenario", onsubmit: (e) => { e.preventDefault(); keep(true); } }, el("p", {}, W("offer_fine")), el("div", { class: "row" }, el("label", {}, W("scenario_name") + " ", name),
    el("button", { class: "go", id: "keep-and-run", disabled: Boolean(S.job) }, W("keep_and_run")), el("button", { type: "button", class: "plain", id: "keep-only", onclick: () => keep(false) }, W("keep_only")),
    el("button", { type: "button", class: "plain", onclick: () => { S.offer = S.offer_name = null; drawOffer(); } }, W("keep_not")))));
  name.focus();
  box.scrollIntoView({ block: "nearest" });
}

window.addEventListener("message", ({ data, source }) => {
  const map = $("map");
  if (!map || map.contentWindow !== source || !data) return;
  if (data.livingcircle === "ready" && S.trial) source.postMessage({ livingcircle: "open", ...S.trial }, "*");
  if (data.livingcircle === "no_engine" && $("trial")) $("trial").firstChild.textContent = W("no_engine");
  if (data.livingcircle === "scenario" && typeof data.text === "string" && data.text.length <= MOST_BYTES) { S.offer = data.text; S.offer_name = null; drawOffer(); }
});
