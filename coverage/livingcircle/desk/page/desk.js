/* The desk's page: five steps from files to a map. */
import { $, S, W, WORDS, ask, at, attempt, el, keep, leave, page, pick, take } from "/assets/base.js";
import { card, chosenWords, problems, unitNames } from "/assets/cards.js";
import { remembered } from "/assets/focus.js";
import { judge } from "/assets/judge.js";
import { look } from "/assets/look.js";
import { drawOffer } from "/assets/trials.js";

const PHASES = { network: ["路网", "network"], units: ["单元", "units"], facilities: ["设施", "facilities"], demand: ["居民", "people"], quality: ["检查质量", "quality"], sites: ["选址", "sites"], draws: ["随机抽样", "draws"], base: ["现状", "base"], reasons: ["原因", "reasons"], writing: ["写出", "writing"],
  evidence: ["步行路线", "routes"], equity: ["人群差异", "groups"], layers: ["图层", "layers"], tables: ["表格", "tables"], "map.html": ["地图", "map"], "report.html": ["报告", "report"], proof: ["证明", "proof"] };
const STEPS = ["begin", "understand", "judge", "run", "look"];
let timer = null, told = null, quiet = 0;

// ------------------------------------------------------------------ work under way
const ended = (state) => state.done || state.error || state.cancelled;
page.follow = (state) => {
  if (!S.project || state.project !== S.project.name) return; // another project is open by now
  const before = S.job;
  S.job = state;
  clearTimeout(timer);
  if (state.found && !(before && before.id === state.id && before.found)) learn(state);
  if (ended(state)) { conclude(); return; }
  timer = setTimeout(async () => {
    try { page.follow(await ask("GET", "/api/job/" + S.job.id)); } catch (error) { if (S.job === state) { S.problem = error; S.job = null; page.draw(); } }
    drawWork();
  }, 400);
};
async function learn(state) {
  try { S.found = await ask("GET", "/api/job/" + state.id + "/found"); S.stale = false; page.draw(); } catch { /* told when it ends */ }
}
async function conclude() {
  const was = S.job, scenario = was.done && was.done.folder && was.done.folder !== "results";
  // Whoever waits at the progress is led to what came of it.
  const waiting = $("work") && $("work").contains(document.activeElement);
  S.job = null;
  if (was.done && was.what === "run" && !scenario) S.runs = (S.runs || 0) + 1;
  if (was.error) S.problem = was.error;
  else if (was.cancelled) S.problem = WORDS.cancelled;
  else if (was.what === "check") S.checked = was.done;
  else if (was.what === "run" && !scenario) { S.step = "look"; S.tab = "card"; } else S.told = was.done.summary;
  try { take(await ask("GET", at(""))); } catch { /* it is told when something is asked for */ }
  page.draw();
  if (waiting) lead(S.problem ? "#check, #run, #panel .go" : was.what === "check" ? "#problems" : S.told ? "#told" : "#main");
  if (S.step === "look" && was.what === "run" && !scenario) window.scrollTo(0, 0);
  page.say("");
  if (!S.problem) page.say(W("finished", was.what === "run" ? W("run").slice(2) : W(was.what)) + (was.what === "check" ? W("so_many_problems", was.done.problems.length) : ""));
}
page.begin = (what, options) => attempt(async () => {
  if (what === "check") S.checked = null;
  await keep();
  const job = await ask("POST", at("/" + what), options || {});
  page.follow(job);
  page.draw();
  if (S.job) lead("#work");
  if (job.joined) page.say(W("joined"));
});
/* Tell in the line at the foot, which is read aloud; a button that is pressed twice tells it twice. */
page.say = (text) => { $("status").textContent = text; };
function lead(selector) {
  const node = [...document.querySelectorAll(selector)].find((one) => !one.disabled);
  if (node) { node.focus({ preventScroll: true }); node.scrollIntoView({ block: "nearest" }); }
}
const go = page.go = (step) => { S.step = step; S.problem = null; page.say(""); page.draw(); window.scrollTo(0, 0); $("main").focus({ preventScroll: true }); };
function drawWork() {
  const box = $("work");
  if (!box) return;
  if (!S.job) { box.replaceChildren(); return; }
  const left = S.job.seconds_left == null ? "" : W("left", Math.ceil(S.job.seconds_left)), phase = pick(PHASES[S.job.text] || S.job.text) || W("getting_ready");
  // Made once: a button that is made anew loses the focus, and the click that is under way.
  if (!box.firstChild) box.append(el("progress", { max: "1" }), el("div", { class: "row" }, el("span", {}),
    el("button", { type: "button", class: "plain", id: "cancel", onclick: () => attempt(async () => { page.follow(await ask("POST", "/api/job/" + S.job.id + "/cancel", {})); }) }, W("cancel"))));
  const bar = box.querySelector("progress");
  bar.value = S.job.share; bar.setAttribute("aria-label", phase);
  box.querySelector("span").textContent = [Math.round(100 * S.job.share) + "%", phase, left].filter(Boolean).join(" · ");
  // Read aloud now and then, not at every step.
  const tenth = S.job.id + Math.floor(10 * S.job.share) + S.lang;
  if (told !== tenth && Date.now() > quiet) { told = tenth; quiet = Date.now() + 4000; page.say([10 * Math.floor(10 * S.job.share) + "%", phase, left].filter(Boolean).join(" · ")); }
}

// ------------------------------------------------------------------ the steps
const pages = {
  begin() {
    const name = el("input", { id: "new-name", maxlength: "60", "aria-label": W("new_name"), placeholder: W("new_name"), value: S.new_name || "", defaultText: "", oninput: () => { S.new_name = name.value; } });
    const made = (sample, files) => attempt(async () => {
      const found = await ask("POST", "/api/projects", { name: name.value.trim() || (sample ? free("sample") : files ? free(named_by(files)) : ""), sample });
      S.start = await ask("GET", "/api/start");
      leave(); take(found); S.new_name = ""; go("understand");
      if (files) send(files);
    });
    const open = (p) => attempt(async () => {
      const found = await ask("GET", "/api/project/" + encodeURIComponent(p));
      leave(); take(found); go(S.project.results.length ? "look" : "understand");
    });
    return [el("h2", {}, W("begin").slice(2)),
      el("form", { class: "card", onsubmit: (e) => { e.preventDefault(); made(false); } }, el("h3", {}, W("own_files")),
        el("div", { class: "row" }, name, el("button", { class: "go", id: "make" }, W("make"))), drop("begin-drop", (files) => { if (files.length) made(false, files); })),
      el("div", { class: "cards" }, el("section", { class: "card", "aria-label": W("sample") }, el("h3", {}, W("no_files")), el("p", { class: "fine" }, W("sample_fine")),
        el("button", { type: "button", class: "plain", id: "sample", onclick: () => made(true) }, W("sample"))),
      el("section", { class: "card", "aria-label": W("have") }, el("h3", {}, W("have")), S.start.projects.length ? el("div", { class: "row" }, S.start.projects.map((p) => el("button", { type: "button", class: "plain project", "data-project": p, onclick: () => open(p) }, p))) : el("p", { class: "fine" }, W("none_yet")),
        el("p", { class: "fine" }, W("where") + S.start.folder)))];
  },
  understand() {
    const zone = drop("drop", send);
    const text = el("textarea", { id: "toml", "aria-label": "city.toml", spellcheck: "false", value: S.draft ?? S.project.text, defaultText: S.draft ?? S.project.text, oninput: () => { S.draft = text.value; } });
    const networks = S.chosen.own || S.chosen.files.some((f) => f.role === "network");
    return [el("h2", {}, S.project.name), resume(), zone,
      el("div", { class: "row" }, el("button", { type: "button", class: "go", id: "check", disabled: Boolean(S.job) || !S.chosen.files.length, onclick: () => page.begin("check") }, W("check")),
        el("button", { type: "button", class: "plain", id: "next", disabled: !S.chosen.files.length, onclick: () => go("judge") }, W("next")),
        S.chosen.files.length && !networks ? el("span", { class: "fine", id: "no-network" }, W("no_network")) : null,
        S.stale && S.found ? el("span", { class: "fine", id: "stale" }, W("stale")) : null),
      el("div", { id: "work", tabindex: "-1" }), problems(), chosenWords(), unitNames(),
      el("div", { class: "two" }, [0, 1].map((side) => el("div", {}, S.chosen.files.map(card).filter((_, i) => i % 2 === side)))),
      S.checked ? el("details", {}, el("summary", {}, W("understood")), el("pre", { id: "understood" }, pick(S.checked.summary))) : null,
      el("details", S.draft == null ? {} : { open: true }, el("summary", {}, W("advanced")), text, el("div", { class: "row" }, el("button", { type: "button", class: "plain", id: "save-toml", onclick: () => attempt(async () => {
        const found = await ask("POST", at("/city"), { text: text.value, base: S.chosen.base });
        S.draft = S.chosen = S.checked = null; take(found); page.say(W("saved"));
      }) }, W("save"))))];
  },
  judge,
  run() {
    return [el("h2", {}, S.project.name), resume(), el("ul", { class: "fine" }, S.chosen.packs.map((id) => el("li", {}, titled(id)))),
      el("div", { class: "row" }, el("button", { type: "button", class: "go", id: "run", disabled: Boolean(S.job) || !S.chosen.packs.length, onclick: () => page.begin("run") }, W("start"))),
      el("div", { id: "work", tabindex: "-1" })];
  },
  look,
};
const titled = (id) => { const pack = [...S.start.packs, ...S.project.packs].find((one) => one.id === id); return pack ? pick(pack.title) : id; };
/* A run that ended with the program can go on. */
function resume() {
  const was = S.project.interrupted;
  return was ? el("div", { class: "problem", id: "interrupted" }, W("interrupted"), " ", el("button", { type: "button", class: "plain", id: "resume", onclick: () => { S.project.interrupted = null; page.begin(was.what, was.options); } }, W("resume"))) : null;
}
const free = (name) => { let n = 1, one = name; while (S.start.projects.includes(one)) one = name + "-" + ++n; return one; };

// ------------------------------------------------------------------ files that are dropped
/* Where files are dropped, or chosen, or a folder of them. */
function drop(id, on) {
  const input = (more) => el("input", { type: "file", multiple: true, hidden: "", ...more, onchange: (e) => { const files = [...e.target.files].filter(direct); e.target.value = ""; on(files); } });
  const file = input({ id: id === "drop" ? "files" : id + "-files" }), folder = input({ id: id + "-folder", webkitdirectory: "" });
  const button = (text, of) => el("button", { type: "button", class: "plain", id: of.id + "-choose", onclick: () => of.click() }, W(text));
  const zone = el("div", { class: "drop", id }, W("drop"), button("choose", file), " ", button("choose_folder", folder), file, folder, el("p", { class: "fine" }, W("drop_fine")));
  zone.addEventListener("dragover", (e) => { e.preventDefault(); zone.classList.add("over"); });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (e) => {
    e.preventDefault(); zone.classList.remove("over");
    const entries = [...e.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean), plain = [...e.dataTransfer.files];
    Promise.all(entries.map(gather)).then((all) => on(all.flat()), () => on(plain));
  });
  return zone;
}
/* Of a folder that was chosen, the files that lie in it itself and are no system's own. */
const GDB = /\.gdb$/i;
function direct(file) {
  const way = (file.webkitRelativePath || file.name).split("/"), above = way[way.length - 2];
  if (above && GDB.test(above)) file.within = above;
  return !file.name.startsWith(".") && way.length <= (file.within ? 3 : 2);
}
/* What a project is called that nobody named: as its folder, else its extract, else its first file. */
function named_by(files) {
  const inside = files.find((f) => f.webkitRelativePath);
  if (inside) return inside.webkitRelativePath.split("/")[0];
  const first = files.find((f) => /\.(pbf|osm)$/i.test(f.name)) || files[0];
  return first.name.replace(/(\.osm)?\.[^.]+$/i, "");
}
// A folder that is dropped stands for the files in it.
async function gather(entry) {
  if (entry.isFile) return [await new Promise((done, failed) => entry.file(done, failed))];
  const reader = entry.createReader(), found = [];
  for (;;) {
    const part = await new Promise((done, failed) => reader.readEntries(done, failed));
    // A file geodatabase is a folder, and stays one.
    if (!part.length) return (await Promise.all(found.filter((one) => (one.isFile ? !one.name.startsWith(".") : GDB.test(one.name))).map(gather))).flat().map((file) => {
      if (GDB.test(entry.name)) file.within = entry.name;
      return file;
    });
    found.push(...part);
  }
}
const send = (files) => attempt(async () => {
  const to = S.project.name, failed = [], last = (f) => f.name.toLowerCase() === "city.toml";
  for (const file of [...files.filter((f) => !last(f)), ...files.filter(last)]) try {
    if (file.size > S.start.upload_bytes) throw WORDS.too_large.map((text) => text.replace("{}", () => file.name));
    page.say(W("busy", file.name));
    const base = "/api/project/" + encodeURIComponent(to), city = last(file);
    const found = city ? await ask("POST", base + "/city", { text: await file.text() })
      : await ask("PUT", base + "/file/" + (file.within ? encodeURIComponent(file.within) + "/" : "") + encodeURIComponent(file.name), file);
    if (S.project.name !== to) continue;
    if (city) { S.chosen = S.checked = null; take(found); continue; } // it says what every file is for
    take(found);
    const mine = S.chosen.files.find((f) => f.name === (file.within || file.name).normalize("NFC"));
    if (mine && (mine.role === "none" || (file.within && !mine.key.includes("|") && !S.chosen.own))) { mine.role = found.guess; if (found.level) mine.settings = { level: found.level, ...mine.settings }; }
    S.chosen.touched = true; S.checked = null;
  } catch (error) { failed.push(Array.isArray(error) ? error : [String(error), String(error)]); }
  page.say(failed.length ? "" : W("uploaded", files.length));
  if (failed.length) throw [0, 1].map((i) => failed.map((pair) => pair[i]).join("；"));
});

// ------------------------------------------------------------------ drawing
page.draw = () => {
  document.documentElement.lang = S.lang === "zh" ? "zh-Hans" : "en";
  $("lang").textContent = S.lang === "zh" ? "English" : "中文";
  $("steps").setAttribute("aria-label", W("steps"));
  document.querySelector('[data-w="title"]').textContent = W("title");
  const top = window.scrollY, back = remembered();
  $("steps").replaceChildren(...STEPS.map((name) => el("button", { type: "button", "data-step": name, disabled: name !== "begin" && !S.project,
    ...(name === S.step ? { "aria-current": "step" } : {}), onclick: () => go(name) }, W(name))));
  alert();
  fill($("main"), S.start ? pages[S.step]().filter(Boolean) : []);
  drawWork();
  drawOffer();
  window.scrollTo(0, top);
  back();
};
/* A frame that is taken out of the page is loaded anew: a map that shows the same as before stays where
   it is, with what is tried on it, and all around it is put in anew. */
function fill(main, nodes) {
  const whole = el("div", {}, nodes), held = main.querySelector("#map"), next = whole.querySelector("#map");
  const same = held && next && ["src", "data-shows"].every((name) => held.getAttribute(name) === next.getAttribute(name));
  if (!same) { main.replaceChildren(...whole.childNodes); return; }
  for (let old = held, fresh = next; old !== main; old = old.parentNode, fresh = fresh.parentNode) {
    for (const other of [...old.parentNode.childNodes]) if (other !== old) other.remove();
    const around = [...fresh.parentNode.childNodes], place = around.indexOf(fresh);
    old.before(...around.slice(0, place));
    old.after(...around.slice(place + 1));
  }
}
/* What went wrong stays in sight wherever one has scrolled to, and is read aloud once. */
function alert() {
  const text = S.problem ? pick(S.problem) : "", shown = $("problem");
  if ((shown ? shown.firstChild.textContent : "") === text) return;
  $("alert").replaceChildren(...(text ? [el("div", { class: "problem", id: "problem" }, el("span", {}, text),
    el("button", { type: "button", class: "plain small", id: "dismiss", onclick: () => { S.problem = null; page.draw(); } }, W("dismiss")))] : []));
}
$("lang").addEventListener("click", () => { S.lang = S.lang === "zh" ? "en" : "zh"; page.say(""); try { localStorage.setItem("livingcircle-lang", S.lang); } catch { /* not kept */ } page.draw(); });
attempt(async () => { S.start = await ask("GET", "/api/start"); });
