/* What every step of the desk's page uses: words, elements, the desk's answers, the state. */
/* Every text of files and answers goes in as textContent. */
import { settled } from "/assets/focus.js";

export const WORDS = {
  title: ["生活圈评估", "who cannot walk to what was promised"],
  begin: ["1 开始", "1 Begin"], understand: ["2 理解", "2 Understand"], judge: ["3 判断", "3 Judge"], run: ["4 运行", "4 Run"], look: ["5 查看", "5 Look"],
  where: ["项目都在这个文件夹：", "Projects are kept in: "], new_name: ["新项目名称", "Name of a new project"], make: ["新建", "Make"],
  sample: ["试用样例城市", "Try the sample city"], have: ["已有项目", "Your projects"], none_yet: ["还没有项目。", "None yet."],
  drop: ["把文件拖到这里，或", "Drop files here, or "], choose: ["选择文件", "choose files"],
  drop_fine: ["路网（.osm.pbf）、设施清单（Excel、CSV）、边界、城中村、建筑或人口（.gpkg、.geojson、.shp 等各部分、.zip、.tif、.asc）、地形高程（.tif、.asc）。文件只留在本机。", "Network (.osm.pbf), lists of facilities (Excel, CSV), boundaries, urban villages, buildings or people (.gpkg, .geojson, .shp with its parts, .zip, .tif, .asc), terrain (.tif, .asc). Files stay on this machine."],
  own_files: ["用自己的文件", "With your own files"], no_files: ["还没有文件？", "No files yet?"], sample_fine: ["一座小城市的数据已随程序附带：几分钟内看到完整的缺口地图。", "The data of a small city come with the program: a whole gap map in a few minutes."], choose_folder: ["选择文件夹", "choose a folder"],
  role: ["用途", "used as"], r_network: ["步行路网", "walking network"], r_facilities: ["服务设施", "facilities"], r_units: ["社区等单元（边界、人口表）", "units (boundaries, figures)"],
  r_urban_villages: ["城中村", "urban villages"], r_demand: ["居民（建筑、人口）", "people (buildings, population)"], r_land_use: ["用地", "land use"], r_terrain: ["地形（高程）", "terrain (heights)"], r_none: ["不使用", "not used"],
  also: ["并用其中的", "and of it also"], also_facilities: ["设施", "facilities"], also_demand: ["居民建筑", "buildings of homes"], also_land_use: ["用地", "land use"],
  joining: ["相交的线", "lines that cross"], joining_join: ["同层相交处连通", "join them on one level"], joining_snap: ["连通，并接上相差几厘米的端点", "join them, and ends that miss by centimetres"], joining_apart: ["只在端点连通", "join ends alone"],
  level: ["层级", "level"], datum: ["坐标系", "datum"], auto: ["自动识别", "find out"], encoding: ["编码", "encoding"], category: ["类别列或类别", "category or its column"],
  table: ["表（图层或工作表）", "table (layer or sheet)"], other_tables: ["此文件中还有：", "Also in this file: "], use_table: ["使用“{}”", "use '{}'"],
  sheet: ["工作表", "sheet"], header_row: ["表头行", "header row"], admin_level: ["admin_level", "admin_level"], check: ["检查数据", "Check the data"], checked: ["怎样理解的", "How it was understood"], understood: ["理解摘要", "Summary"],
  overrule: ["如不对，在 city.toml 中写：", "If wrong, say in city.toml: "], advanced: ["直接编辑 city.toml", "Edit city.toml itself"], save: ["保存", "Save"], saved: ["已保存。", "Saved."],
  stale: ["选择已写入 city.toml，请再检查一次。", "The choice stands in city.toml; check the data again."], no_network: ["还没有步行路网：请拖入 .osm.pbf，或把一个文件的用途改为“步行路网”。", "There is no walking network yet: drop an .osm.pbf, or say which file it is."],
  rows: ["{} 行", "{} rows"], unplaced: ["{} 行没有坐标", "{} rows without coordinates"], bad_places: ["{} 行坐标有误", "{} rows with bad coordinates"],
  columns: ["各列 → 含义（{} 列已识别）", "Columns → meaning ({} understood)"], own_column: ["表中的列", "column"], meaning: ["含义", "meaning"], values: ["内容", "holds"], left_alone: ["（不使用）", "(not used)"],
  and_more: ["另有 {} 种", "and {} more"],
  words: ["类别 → 词汇（{} 种未识别）", "Categories → vocabulary ({} not understood)"], none_of_ours: ["不属于任何类别", "none of these"], likely: ["可能是：", "perhaps: "], all_rows: ["整个文件同属一类", "one category for the whole file"],
  operation: ["运营状态", "Status of operation"], open: ["在运营", "open"], shut: ["不计入", "not counted"], unknown_status: ["未识别，按在运营计", "not known, counted as open"],
  filter: ["只计部分行", "Count some rows only"], filter_by: ["按此列选择", "by column"], every_row: ["所有行", "every row"],
  lost: ["单元名称（{} 个未找到）", "Names of units ({} not found)"], lost_rows: ["第 {} 行", "row {}"], of_none: ["不属于任何单元", "of no unit"], other_unit: ["其他单元名称…", "another unit's name…"],
  by_name: ["这是按社区名称列出的人口表吗？改为：", "Is it a table of people by the names of units? Then it is: "],
  over_streets: ["各坐标系下的点位（选中正确的一个）", "The points in each datum (choose the right one)"], panel: ["概率 {}，{} 的点在道路 15 米内", "probability {}, {} of points within 15 m of a street"], raster_crs: ["坐标系（EPSG 代码）", "system (EPSG code)"], by_file: ["以文件为准", "as the file says"], systems: ["投影坐标（米）。与路网相符的坐标系：", "Projected metres. Systems that agree with the streets: "], no_system: ["投影坐标（米），没有一种常用坐标系与路网相符：请填写 EPSG 代码。", "Projected metres, and no usual system agrees with the streets: give the EPSG code."],
  chosen: ["本文件写入 city.toml 的选择", "Choices for this file in city.toml"], chosen_words: ["词汇与名称的选择（city.toml）", "Choices of words and names (city.toml)"], back: ["撤回", "take back"],
  problems: ["问题（按涉及人口排序）", "Problems, those of most people first"], people_near: ["涉及 {} 人（1 公里内）", "{} people within 1 km"], points_near: ["涉及 {} 个居民点（1 公里内）", "{} demand points within 1 km"], no_problems: ["没有发现问题。", "None were found."],
  read_by: ["换一种口径判断", "Judge by another reading"], read_fine: ["规划没有写明的，例如按直线还是沿路走、按人还是按户：可由本市选定，报告会注明。", "What a plan leaves open, such as a straight line or the streets, people or households, the city may choose; the report says so."], read_which: ["哪一条要求", "which requirement"], read_own: ["默认：{}", "by default: {}"], read_chosen: ["{} 条已换口径", "{} read otherwise"],
  plans: ["按哪些规划检验", "Test against"], expired: ["规划期至 {}，按期末目标评估", "to {}: judged by its final targets"], expired_banner: ["《{}》的规划期已于 {} 年结束：仍按其期末目标评估。", "'{}' ended in {}: it is still judged by its final targets."], walker: ["步行者", "walker"], as_of: ["评估年份", "as of year"],
  own: ["自拟", "own"], readings: ["口径：由规划留给城市决定的数值", "Readings: what the plans leave to the city"], share_at: ["按此比例判断", "judge at this share"], target_fine: ["规划只要求建设、未写明覆盖率的生活圈：填写比例（如 0.95）则据此判断，留空只报告。", "Circles that a plan only wants built: give a share (0.95) to judge them at; empty only reports."],
  new_requirement: ["自拟一条要求", "Write a requirement of one's own"], req_id: ["编号（如 MY-1）", "id (such as MY-1)"], req_zh: ["中文表述", "statement in Chinese"], req_en: ["英文表述", "statement in English"], req_kind: ["类型", "kind"], req_force: ["力度", "force"], must: ["必须", "must"], should: ["应当", "should"], may: ["鼓励", "may"], req_clause: ["条款出处", "clause"], req_save: ["保存并加入检验", "Save and test against it"], more_fields: ["更多选项", "more"], toml_value: ["TOML 值", "a TOML value"], yes: ["是", "yes"], no: ["否", "no"], such_as: ["如 {}", "such as {}"], pick_categories: ["按住 Ctrl 可多选", "hold Ctrl for several"], commas: ["用逗号分隔", "parted by commas"],
  start: ["开始计算", "Run"], getting_ready: ["正在准备", "getting ready"], cancel: ["取消", "Cancel"], left: ["约剩 {} 秒", "about {} s left"], cancelled: ["已取消；上次结果未动。", "Cancelled; the last results stand."],
  interrupted: ["上次计算没有完成（程序被关闭）。已保存的内容都在。", "The last run was ended with the program. All that was saved is there."], resume: ["继续计算", "Run again"],
  no_results: ["还没有结果。", "No results yet."], map: ["地图", "Map"], report: ["报告", "Report"], files: ["下载", "Files"], card: ["成绩单", "Scorecard"],
  status: ["结论", "status"], demand: ["要求", "requirement"], value: ["结果", "result"], people: ["未覆盖人口", "people left out"],
  s_met: ["达标", "met"], s_short: ["未达标", "not met"], s_unknown: ["数据不足", "unknown"], s_report: ["仅报告", "reported"],
  sites: ["选址", "Sites"], sites_fine: ["为一条要求提出新设施的位置。", "Where new facilities would close the gaps of a requirement."], for_requirement: ["要求", "requirement"], max_sites: ["最多几处", "at most so many"], budget: ["预算（各处造价之和；未给造价时每处为 1）", "budget (sum of costs; 1 a site where none is given)"], share_covered: ["覆盖到此比例即可", "enough to cover (share)"], candidates: ["备选地点文件", "file of candidates"], anywhere: ["不限", "anywhere"], candidates_datum: ["备选地点的坐标系", "datum of the candidates"], other_list: ["选择备选地点文件…", "choose a file of candidates …"], candidates_fine: ["备选地点：每行一处，有坐标；列“造价”（或 cost）的合计不超过预算。", "Candidates: a place a row, with coordinates; the sum of the column cost (造价) stays within the budget."], propose: ["提出建议", "Propose"],
  scenario: ["试方案", "Scenarios"], scenario_fine: ["在“地图”页的“试一试”中改动并保存情景，就会列在这里；也可把 scenario.toml 拖到这里或选择文件。计算后与现状并排比较。", "What is changed on the map (its tab “Try”) and saved is listed here; a scenario.toml may also be dropped here or chosen. Its results stand beside those of today."], scenario_file: ["方案文件", "scenario"], try_it: ["计算方案", "Run the scenario"], on_map: ["在地图上打开", "Open on the map"], scenario_of: ["方案：{}", "Scenario: {}"], plan_of: ["选址方案：{}", "Plan of sites: {}"], new_scenario: ["方案", "scenario"], scenario_name: ["方案名称", "name of the scenario"],
  offer_fine: ["地图上的改动可以存为本项目的一个方案。", "What was changed on the map can be kept as a scenario of this project."], keep_and_run: ["保存并计算", "Save and run"], keep_only: ["只保存", "Save only"], keep_not: ["不保存", "Do not save"], kept_as: ["已保存为 {}。", "Saved as {}."],
  name_taken: ["“{}”不能用作方案的文件名，或已有此文件：请换一个名称。", "'{}' cannot be the name of a scenario, or is there already: choose another name."], trial_open: ["地图上打开着：{}", "Open on the map: {}"], only_today: ["只看现状", "today alone"], no_engine: ["本市路网太大，地图上不能即时试算：请用“计算方案”。", "The network of this city is too large for trials on the map: run the scenario."], today: ["现状", "today"],
  compare: ["与以前比较", "Compare"], compare_fine: ["每次重新计算都会留下前一次的结果。", "Every new run keeps the results of the one before."], compare_with: ["比较对象", "compare with"], earlier: ["前一次结果", "the run before"], compare_go: ["比较", "Compare"], nothing_earlier: ["还没有更早的结果。", "There are no earlier results yet."],
  claim: ["核对说法", "Claims"], claim_fine: ["有人说覆盖率是 99%。在哪些口径下成立？", "Somebody says 99 %. Under which readings is it true?"], claimed: ["所说的数值（如 99%）", "the figure (such as 99 %)"], meant: ["意思", "meaning"], at_least: ["至少", "at least"], rounded: ["四舍五入后相等", "rounds to it"], is_true: ["成立吗？", "Is it true?"],
  offline: ["连不上本机服务：它可能已经关闭。", "The local service does not answer: it may have been closed."], too_large: ["{} 太大（上限 4 GB）：请把它放进项目文件夹", "{} is too large (4 GB at most): lay it into the project's folder"], busy: ["正在上传 {}", "uploading {}"], next: ["下一步", "Next"],
  older: ["city.toml 或文件在这次计算开始之后有改动：下面是旧结果，请重新计算。", "city.toml or a file was changed after this run began: these are earlier results. Run again."],
  strange: ["此窗口已失效（服务已重新启动）。请用启动窗口里显示的地址重新打开。", "This window is no longer valid (the desk was started again). Open the address that the starting window shows."],
  finished: ["{}：已完成。", "{}: done."], so_many_problems: ["发现 {} 个问题，列在下方。", " {} problems were found, listed below."], joined: ["另一个窗口已经开始这项工作，这里显示它的进度。", "Another window began this work; its progress is shown here."], uploaded: ["已收到 {} 个文件。", "{} files have arrived."], dismiss: ["知道了", "Dismiss"],
  keep: ["项目就是这个普通文件夹，命令行和夜间任务可直接使用：", "The project is this plain folder; the command line and the night job take it as it is: "],
  steps: ["步骤", "steps"],
};

/* What the page knows: one object, which the steps read and change. */
export const S = {
  lang: "zh", step: "begin", start: null, project: null, chosen: null, job: null, found: null, checked: null, stale: false,
  problem: null, told: null, draft: null, trial: null, offer: null, tab: "card", opened: new Set(), kinds: null, form: null,
};
try { S.lang = localStorage.getItem("livingcircle-lang") || S.lang; } catch { /* not kept */ }

export const $ = (id) => document.getElementById(id);
export const pick = (pair) => (Array.isArray(pair) ? pair[S.lang === "zh" ? 0 : 1] : String(pair));
export const W = (key, ...fill) => fill.reduce((text, one) => text.replace("{}", () => one), pick(WORDS[key] || [key, key]));
export const number = (value) => Math.round(value).toLocaleString("en-US");

/* The categories that ship and those of this city's own: id and names. */
export const categories = () => [...S.start.categories, ...(S.project ? S.project.categories : [])];

const PROPERTIES = new Set(["checked", "disabled", "value", "multiple", "selected", "open", "defaultText"]);
export function el(tag, attrs, ...children) {
  const node = document.createElement(tag);
  for (const [k, v] of Object.entries(attrs || {})) {
    if (v == null) continue;
    if (k.startsWith("on")) node.addEventListener(k.slice(2), v);
    else if (PROPERTIES.has(k)) node[k] = v; // defaultText: what a field held when it was drawn
    else node.setAttribute(k, v);
  }
  for (const child of children.flat()) if (child != null) node.append(child);
  return node;
}
export function svg(tag, attrs, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [k, v] of Object.entries(attrs || {})) node.setAttribute(k, v);
  node.append(...children);
  return node;
}
/* A drop-down with its label: options are [value, text]. */
export function choice(label, options, value, on, attrs) {
  const select = el("select", attrs, options.map(([v, text]) => el("option", { value: v }, text)));
  select.value = value;
  return el("label", {}, label, settled(select, on));
}
export function field(label, value, on, attrs) {
  const input = el("input", { value: value ?? "", defaultText: String(value ?? ""), onchange: () => on(input.value.trim()), ...attrs });
  return el("label", {}, label, input);
}
/* A part of a card that stays open or shut when the page is drawn anew. */
export function fold(key, head, ...children) {
  const node = el("details", { open: S.opened.has(key), "data-fold": key }, el("summary", {}, head), ...children);
  node.addEventListener("toggle", () => { if (node.open) S.opened.add(key); else S.opened.delete(key); });
  return node;
}

// ------------------------------------------------------------------ asking the desk
export async function ask(method, path, body) {
  let answer;
  try {
    answer = await fetch(path, { method, body: body instanceof Blob || body == null ? body : JSON.stringify(body), credentials: "same-origin" });
  } catch { throw WORDS.offline; }
  const found = (answer.headers.get("Content-Type") || "").includes("json") ? await answer.json() : {};
  if (answer.status === 409) throw found; // another window was first: what it made of it
  if (found.error && !answer.ok) throw found.error;
  if (answer.status === 403) throw WORDS.strange;
  if (!answer.ok) throw [answer.statusText, answer.statusText];
  return found;
}
export const at = (path) => "/api/project/" + encodeURIComponent(S.project.name) + path;

/* Set by the page itself: how it is drawn, and how work is begun and followed. */
export const page = { draw() {}, begin() {}, follow() {}, say() {} };

// One thing after the other: what is pressed while another is under way finds its outcome.
let turn = Promise.resolve();
export const attempt = (work) => (turn = turn.then(async () => {
  S.problem = null;
  try { await work(); } catch (error) {
    if (error && error.project) { S.chosen = null; take(error.project); } // a text that is half written stays
    const told = error && error.error ? error.error : error;
    S.problem = Array.isArray(told) ? told : [String(told), String(told)];
  }
  page.draw();
}));

// ------------------------------------------------------------------ the project and its choices
export function leave() { S.job = S.chosen = S.found = S.checked = S.told = S.draft = S.trial = S.offer = S.asked = null; S.stale = false; S.opened.clear(); S.tab = "card"; }
let uids = 0;
/* A card is drawn of a file as it was: what is chosen on it is chosen of that file as it is now. */
export const live = (file) => S.chosen.files.find((f) => f === file) || S.chosen.files.find((f) => f.uid === file.uid) || file;
export function take(found) {
  S.project = found;
  const settings = S.chosen && S.chosen.of === found.name ? S.chosen : readSettings(found);
  // What is not written yet is as it was chosen here; of what is written each table has its card.
  const mine = (f) => settings.files.find((o) => idOf(o) === idOf(f)), there = (o) => found.files.some((f) => f.name === o.name);
  settings.files = settings.own ? found.files.map((f) => ({ ...f, ...(mine(f) || {}), key: f.key, bytes: f.bytes }))
    : [...settings.files.filter(there), ...found.files.filter((f) => !settings.files.some((o) => o.name === f.name))];
  for (const file of settings.files) file.uid = file.uid || ++uids;
  S.chosen = settings;
  if (found.job) page.follow(found.job);
}
function readSettings(found) {
  return { of: found.name, ...structuredClone(found.settings), files: structuredClone(found.files), own: Boolean(found.text), base: found.text, touched: false };
}
/* One table of a file: its layer or sheet where one is stated. */
export const idOf = (file) => { const own = file.settings.layer || file.settings.sheet; return own ? file.name + "|" + own : file.name; };
export const ready = () => S.chosen.own || S.chosen.files.some((f) => f.role === "network");
// A city.toml that somebody wrote by hand stays as it is until a choice is made here.
export async function keep() {
  if (S.chosen.own && !S.chosen.touched) return;
  take(await ask("POST", at("/city"), { ...S.chosen }));
  S.chosen.base = S.project.text; S.chosen.own = true; S.chosen.touched = false;
}
/* A choice: it is made, and stands in city.toml at once. */
export const choose = (change) => attempt(async () => {
  const before = structuredClone(S.chosen);
  change();
  S.chosen.touched = true; S.stale = true; S.draft = null;
  if (!ready()) return; // written with the network, without which there is no city
  try { await keep(); } catch (error) { S.chosen = before; throw error; }
  page.say(W("saved"));
});

// ------------------------------------------------------------------ lines of city.toml
export function toml(value) {
  if (Array.isArray(value)) return "[" + value.map(toml).join(", ") + "]";
  if (value && typeof value === "object") return "{ " + Object.entries(value).map(([k, v]) => JSON.stringify(k) + " = " + toml(v)).join(", ") + " }";
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
/* A line that was chosen, and the button that takes it back. */
export function line(text, undo) {
  return el("li", { class: "line" }, el("code", {}, text), el("button", { type: "button", class: "plain small", onclick: () => choose(undo) }, W("back")));
}
