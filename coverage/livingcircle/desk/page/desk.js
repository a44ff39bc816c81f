/* The desk's page. Every text of files and answers goes in as textContent. */
"use strict";
(function () {
  const WORDS = {
    title: ["生活圈评估", "who cannot walk to what was promised"], begin: ["1 开始", "1 Begin"], understand: ["2 理解", "2 Understand"],
    judge: ["3 判断", "3 Judge"], run: ["4 运行", "4 Run"], look: ["5 查看", "5 Look"],
    where: ["项目都在这个文件夹：", "Projects are kept in: "], new_name: ["新项目名称", "Name of a new project"], make: ["新建", "Make"],
    sample: ["试用样例城市", "Try the sample city"], open: ["打开", "Open"], have: ["已有项目", "Your projects"], none_yet: ["还没有项目。", "None yet."],
    drop: ["把文件拖到这里，或", "Drop files here, or "], choose: ["选择文件", "choose files"],
    drop_fine: ["路网（.osm.pbf）、设施清单（Excel、CSV）、边界、城中村、建筑或人口（.gpkg、.geojson、.shp 等各部分、.zip、.tif）。文件只留在本机。", "Network (.osm.pbf), lists of facilities (Excel, CSV), boundaries, urban villages, buildings or people (.gpkg, .geojson, .shp with its parts, .zip, .tif). Files stay on this machine."],
    role: ["用途", "used as"], r_network: ["步行路网", "walking network"], r_facilities: ["服务设施", "facilities"], r_units: ["社区等单元", "units"],
    r_urban_villages: ["城中村", "urban villages"], r_demand: ["居民（建筑、人口）", "people (buildings, population)"], r_land_use: ["用地", "land use"], r_none: ["不使用", "not used"],
    level: ["层级", "level"], datum: ["坐标系", "datum"], auto: ["自动识别", "find out"], encoding: ["编码", "encoding"], category: ["类别列或类别", "category or its column"],
    sheet: ["工作表", "sheet"], check: ["检查数据", "Check the data"], checked: ["怎样理解的", "How it was understood"], understood: ["理解摘要", "Summary"],
    overrule: ["如不对，在 city.toml 中写：", "If wrong, say in city.toml: "], advanced: ["直接编辑 city.toml", "Edit city.toml itself"], save: ["保存", "Save"], saved: ["已保存。", "Saved."],
    plans: ["按哪些规划检验", "Test against"], expired: ["规划期至 {}，按期末目标评估", "to {}: judged by its final targets"], walker: ["步行者", "walker"], as_of: ["评估年份", "as of year"],
    start: ["开始计算", "Run"], cancel: ["取消", "Cancel"], left: ["约剩 {} 秒", "about {} s left"], cancelled: ["已取消；上次结果未动。", "Cancelled; the last results stand."],
    p_read: ["读取", "reading"], no_results: ["还没有结果。", "No results yet."], map: ["地图", "Map"], report: ["报告", "Report"], files: ["下载", "Files"],
    status: ["结论", "status"], demand: ["要求", "requirement"], value: ["结果", "result"], people: ["未覆盖人口", "people left out"],
    s_met: ["达标", "met"], s_short: ["未达标", "not met"], s_unknown: ["数据不足", "unknown"], s_report: ["仅报告", "reported"],
    offline: ["连不上本机服务：它可能已经关闭。", "The local service does not answer: it may have been closed."], too_large: ["{} 太大（上限 4 GB）：请把它放进项目文件夹", "{} is too large (4 GB at most): lay it into the project's folder"], busy: ["正在上传 {}", "uploading {}"], next: ["下一步", "Next"],
    older: ["city.toml 或文件在这次计算开始之后有改动：下面是旧结果，请重新计算。", "city.toml or a file was changed after this run began: these are earlier results. Run again."],
    strange: ["此窗口已失效（服务已重新启动）。请用启动窗口里显示的地址重新打开。", "This window is no longer valid (the desk was started again). Open the address that the starting window shows."],
    keep: ["项目就是这个普通文件夹，命令行和夜间任务可直接使用：", "The project is this plain folder; the command line and the night job take it as it is: "],
  };
  const PHASES = { network: ["路网", "network"], units: ["单元", "units"], facilities: ["设施", "facilities"], demand: ["居民", "people"], quality: ["检查质量", "quality"], sites: ["选址", "sites"], base: ["现状", "base"] };
  const STEPS = ["begin", "understand", "judge", "run", "look"], ROLES = ["network", "facilities", "units", "urban_villages", "demand", "land_use", "none"];
  const $ = (id) => document.getElementById(id);
  let lang = "zh", step = "begin", start = null, project = null, chosen = null, job = null, checked = null, problem = null, finished = null, timer = null, draft = null;
  try { lang = localStorage.getItem("livingcircle-lang") || lang; } catch { /* not kept */ }
  const pick = (pair) => (Array.isArray(pair) ? pair[lang === "zh" ? 0 : 1] : String(pair));
  const W = (key, ...fill) => fill.reduce((text, one) => text.replace("{}", one), pick(WORDS[key] || [key, key]));
  function el(tag, attrs, ...children) {
    const node = document.createElement(tag);
    for (const [k, v] of Object.entries(attrs || {})) {
      if (k.startsWith("on")) node.addEventListener(k.slice(2), v);
      else if (k in { checked: 0, disabled: 0, value: 0, multiple: 0, selected: 0 }) node[k] = v;
      else node.setAttribute(k, v);
    }
    for (const child of children) if (child != null) node.append(child);
    return node;
  }

  // ------------------------------------------------------------------ asking the desk
  async function ask(method, path, body) {
    let answer;
    try {
      answer = await fetch(path, { method, body: body instanceof Blob || body == null ? body : JSON.stringify(body), credentials: "same-origin" });
    } catch { throw [WORDS.offline[0], WORDS.offline[1]]; }
    const found = (answer.headers.get("Content-Type") || "").includes("json") ? await answer.json() : {};
    if (found.error && !answer.ok) throw found.error;
    if (answer.status === 403) throw WORDS.strange;
    if (!answer.ok) throw [answer.statusText, answer.statusText];
    return found;
  }
  const at = (path) => "/api/project/" + encodeURIComponent(project.name) + path;
  // One thing after the other: what is pressed while another is under way finds its outcome.
  let turn = Promise.resolve();
  const attempt = (work) => (turn = turn.then(async () => {
    problem = null;
    try { await work(); } catch (error) { problem = Array.isArray(error) ? error : [String(error), String(error)]; }
    draw();
  }));
  function leave() { clearTimeout(timer); job = chosen = checked = finished = draft = null; }
  function take(found) {
    project = found;
    const settings = chosen && chosen.of === found.name ? chosen : readSettings(found);
    settings.files = found.files.map((f) => ({ ...f, ...(settings.files.find((o) => o.name === f.name) || {}), bytes: f.bytes }));
    chosen = settings;
    if (found.job) follow(found.job);
  }
  function readSettings(found) {
    return { of: found.name, ...found.settings, files: found.files, own: Boolean(found.text), base: found.text, touched: false };
  }
  // A city.toml that somebody wrote by hand stays as it is until a choice is made here.
  async function keep() { if (!chosen.own || chosen.touched) take(await ask("POST", at("/city"), { ...chosen })); chosen.base = project.text; chosen.own = true; chosen.touched = false; }
  function touch() { chosen.touched = true; checked = null; }

  // ------------------------------------------------------------------ work under way
  function follow(state) {
    if (!project || state.project !== project.name) return; // another project is open by now
    job = state;
    clearTimeout(timer);
    if (ended(job)) { conclude(); return; }
    timer = setTimeout(async () => {
      try { follow(await ask("GET", "/api/job/" + job.id)); } catch (error) { if (job === state) { problem = error; job = null; draw(); } }
      drawWork();
    }, 400);
  }
  const ended = (state) => state.done || state.error || state.cancelled;
  async function conclude() {
    const was = job;
    job = null;
    if (was.error) problem = was.error;
    else if (was.cancelled) problem = [WORDS.cancelled[0], WORDS.cancelled[1]];
    else if (was.what === "check") checked = was.done;
    else { finished = was.done; step = "look"; }
    try { take(await ask("GET", at(""))); } catch { /* it is told when something is asked for */ }
    draw();
  }
  const begin = (what) => attempt(async () => { await keep(); follow(await ask("POST", at("/" + what), {})); });
  function drawWork() {
    const box = $("work");
    if (!box) return;
    if (!job) { box.replaceChildren(); return; }
    const left = job.seconds_left == null ? "" : W("left", Math.ceil(job.seconds_left)), phase = pick(PHASES[job.text] || job.text);
    // Made once: a button that is made anew loses the focus, and the click that is under way.
    if (!box.firstChild) box.append(el("progress", { max: "1" }), el("div", { class: "row" }, el("span", {}),
      el("button", { type: "button", class: "plain", id: "cancel", onclick: () => attempt(async () => { follow(await ask("POST", "/api/job/" + job.id + "/cancel", {})); }) }, W("cancel"))));
    const bar = box.querySelector("progress");
    bar.value = job.share; bar.setAttribute("aria-label", phase);
    box.querySelector("span").textContent = Math.round(100 * job.share) + "% · " + phase + " · " + left;
  }

  // ------------------------------------------------------------------ the five steps
  const pages = {
    begin() {
      const name = el("input", { id: "new-name", maxlength: "60", "aria-label": W("new_name"), placeholder: W("new_name") });
      const made = (sample) => attempt(async () => {
        const found = await ask("POST", "/api/projects", { name: name.value || (sample ? free("sample") : ""), sample });
        leave(); take(found); step = "understand";
        start = await ask("GET", "/api/start");
      });
      return [el("h2", {}, W("begin").slice(2)), el("p", { class: "fine" }, W("where") + start.folder),
        el("form", { class: "row", onsubmit: (e) => { e.preventDefault(); made(false); } }, name, el("button", { class: "go", id: "make" }, W("make")),
          el("button", { type: "button", class: "plain", id: "sample", onclick: () => made(true) }, W("sample"))),
        el("h3", {}, W("have")), start.projects.length ? el("div", { class: "row" }, ...start.projects.map((p) => el("button", { type: "button", class: "plain project", onclick: () => attempt(async () => {
          const found = await ask("GET", "/api/project/" + encodeURIComponent(p));
          leave(); take(found); step = project.results.length ? "look" : "understand";
        }) }, p))) : el("p", { class: "fine" }, W("none_yet"))];
    },
    understand() {
      const file = el("input", { type: "file", id: "files", multiple: true, hidden: "", onchange: () => send([...file.files]) });
      const zone = el("div", { class: "drop", id: "drop" }, W("drop"), el("button", { type: "button", class: "plain", onclick: () => file.click() }, W("choose")), file, el("p", { class: "fine" }, W("drop_fine")));
      zone.addEventListener("dragover", (e) => { e.preventDefault(); zone.classList.add("over"); });
      zone.addEventListener("dragleave", () => zone.classList.remove("over"));
      zone.addEventListener("drop", (e) => {
        e.preventDefault(); zone.classList.remove("over");
        const entries = [...e.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
        Promise.all(entries.map(gather)).then((all) => send(all.flat()), () => send([...e.dataTransfer.files]));
      });
      const text = el("textarea", { id: "toml", "aria-label": "city.toml", spellcheck: "false", value: draft ?? project.text, oninput: () => { draft = text.value; } });
      return [el("h2", {}, project.name), zone, el("div", { class: "cards" }, ...chosen.files.map(card)),
        el("div", { class: "row" }, el("button", { type: "button", class: "go", id: "check", disabled: Boolean(job) || !chosen.files.length, onclick: () => begin("check") }, W("check")),
          el("button", { type: "button", class: "plain", disabled: !chosen.files.length, onclick: () => { step = "judge"; draw(); } }, W("next"))),
        el("div", { id: "work" }),
        checked ? el("details", { open: "" }, el("summary", {}, W("understood")), el("pre", { id: "understood" }, pick(checked.summary))) : null,
        el("details", draft == null ? {} : { open: "" }, el("summary", {}, W("advanced")), text, el("div", { class: "row" }, el("button", { type: "button", class: "plain", id: "save-toml", onclick: () => attempt(async () => {
          const found = await ask("POST", at("/city"), { text: text.value, base: chosen.base });
          draft = chosen = null; checked = null; take(found); $("status").textContent = W("saved");
        }) }, W("save"))))];
    },
    judge() {
      const year = new Date().getFullYear(), field = (key, node) => el("label", { class: "row" }, el("span", {}, W(key)), node);
      const walker = el("select", { id: "walker", onchange: () => { chosen.walker = walker.value; touch(); } }, el("option", { value: "" }, "–"), ...start.walkers.map((w) => el("option", { value: w[0] }, pick(w.slice(1)))));
      walker.value = chosen.walker;
      const as_of = el("input", { id: "as-of", type: "number", min: "1900", max: "2200", value: chosen.as_of, placeholder: String(year), onchange: () => { chosen.as_of = as_of.value; touch(); } });
      return [el("h2", {}, W("plans")), el("div", { class: "card" }, ...start.packs.map((pack) => {
        const box = el("input", { type: "checkbox", value: pack.id, checked: chosen.packs.includes(pack.id), onchange: () => {
          chosen.packs = box.checked ? [...chosen.packs, pack.id] : chosen.packs.filter((p) => p !== pack.id);
          touch(); draw(); } });
        const over = pack.until && pack.until < (Number(chosen.as_of) || year);
        return el("label", { class: "pack" }, box, el("span", {}, pick(pack.title)), over ? el("span", { class: "chip" }, W("expired", pack.until)) : null);
      })), field("walker", walker), field("as_of", as_of),
      el("div", { class: "row" }, el("button", { type: "button", class: "go", id: "to-run", disabled: !chosen.packs.length, onclick: () => { step = "run"; draw(); } }, W("next")))];
    },
    run() {
      return [el("h2", {}, project.name), el("p", { class: "fine" }, chosen.packs.join("、")),
        el("div", { class: "row" }, el("button", { type: "button", class: "go", id: "run", disabled: Boolean(job) || !chosen.packs.length, onclick: () => begin("run") }, W("start"))),
        el("div", { id: "work" })];
    },
    look() {
      if (!project.results.length) return [el("p", {}, W("no_results"))];
      const out = (file) => "/out/" + encodeURIComponent(project.name) + "/" + encodeURIComponent(file);
      const link = (file, text) => el("a", { href: out(file), target: "_blank", rel: "noopener" }, text || file);
      const rows = finished ? finished.findings : [];
      const share = (row) => (row.value == null ? "–" : row.unit === "share" ? Math.round(1000 * row.value) / 10 + "%" : (+row.value.toFixed(2)).toLocaleString("en-US"));
      return [el("h2", {}, project.name), project.older ? el("div", { class: "problem", id: "older" }, W("older")) : null, el("div", { class: "row" }, link("map.html", W("map")), link("report.html", W("report")), ...project.results.filter((f) => !/\.html$/.test(f)).map((f) => link(f))),
        rows.length ? el("details", {}, el("summary", {}, W("status")), el("table", { id: "findings" }, el("tr", {}, el("th", {}, W("demand")), el("th", {}, W("status")), el("th", {}, W("value")), el("th", {}, W("people"))),
          ...rows.map((row) => el("tr", {}, el("td", {}, row.id + " " + pick([row.statement_zh, row.statement_en])), el("td", {}, el("span", { class: "chip " + row.status }, W("s_" + row.status))),
            el("td", { class: "num" }, share(row)), el("td", { class: "num" }, row.people_left_out == null ? "" : Math.round(row.people_left_out).toLocaleString("en-US")))))) : null,
        el("iframe", { src: out("map.html"), title: W("map"), id: "map" }), el("p", { class: "fine" }, W("keep") + project.folder)];
    },
  };
  const free = (name) => { let n = 1, one = name; while (start.projects.includes(one)) one = name + "-" + ++n; return one; };
  function card(file) {
    const set = (key, value) => { file.settings = { ...file.settings, [key]: value }; touch(); };
    const choice = (label, options, value, on) => {
      const select = el("select", { onchange: () => on(select.value) }, ...options.map(([v, text]) => el("option", { value: v }, text)));
      select.value = value;
      return el("label", {}, W(label), select);
    };
    const field = (label) => { const input = el("input", { value: file.settings[label] || "", placeholder: W("auto"), onchange: () => set(label, input.value.trim()) }); return el("label", {}, W(label), input); };
    const datums = [["", W("auto")], ["wgs84", "WGS 84"], ["gcj02", "GCJ-02（高德、腾讯）"], ["bd09", "BD-09（百度）"]], table = /\.(csv|txt|tsv|xlsx?|ods)$/i.test(file.name);
    const more = [];
    if (file.role === "units") more.push(choice("level", start.levels.map((l) => [l[0], pick(l.slice(1))]), file.settings.level || "community", (v) => set("level", v)));
    if (!["network", "none"].includes(file.role)) more.push(choice("datum", datums, file.settings.datum || "", (v) => set("datum", v)));
    if (file.role === "facilities") more.push(field("category"));
    if (table && file.role !== "none") more.push(field(/xls|ods/i.test(file.name) ? "sheet" : "encoding"));
    const notes = checked ? checked.notes.filter((n) => n.file === file.name) : [];
    return el("section", { class: "card", "data-file": file.name }, el("h3", {}, file.name), el("p", { class: "fine" }, (file.bytes / 1048576).toFixed(1) + " MB"),
      choice("role", ROLES.map((r) => [r, W("r_" + r)]), file.role, (v) => { file.role = v; touch(); draw(); }), ...more,
      notes.length ? el("details", { open: "" }, el("summary", {}, W("checked") + " (" + notes.length + ")"), el("ul", { class: "notes" }, ...notes.slice(0, 40).map((n) =>
        el("li", {}, pick(n.field) + "：" + pick(n.text), n.overrule ? el("div", { class: "fine" }, W("overrule"), el("code", {}, n.overrule)) : null)))) : null);
  }
  // A folder that is dropped stands for the files in it.
  async function gather(entry) {
    if (entry.isFile) return [await new Promise((done, failed) => entry.file(done, failed))];
    const reader = entry.createReader(), found = [];
    for (;;) {
      const part = await new Promise((done, failed) => reader.readEntries(done, failed));
      if (!part.length) return (await Promise.all(found.filter((one) => one.isFile && !one.name.startsWith(".")).map(gather))).flat();
      found.push(...part);
    }
  }
  const send = (files) => attempt(async () => {
    const to = project.name, failed = [], last = (f) => f.name.toLowerCase() === "city.toml";
    for (const file of [...files.filter((f) => !last(f)), ...files.filter(last)]) try {
      if (file.size > start.upload_bytes) throw WORDS.too_large.map((text) => text.replace("{}", file.name));
      $("status").textContent = W("busy", file.name);
      const base = "/api/project/" + encodeURIComponent(to), city = last(file);
      const found = city ? await ask("POST", base + "/city", { text: await file.text() })
        : await ask("PUT", base + "/file/" + encodeURIComponent(file.name), file);
      if (project.name !== to) continue;
      if (city) { chosen = null; checked = null; take(found); continue; } // it says what every file is for
      take(found);
      const mine = chosen.files.find((f) => f.name === file.name.normalize("NFC"));
      if (mine && mine.role === "none") mine.role = found.guess;
      touch();
    } catch (error) { failed.push(Array.isArray(error) ? error : [String(error), String(error)]); }
    $("status").textContent = "";
    if (failed.length) throw [0, 1].map((i) => failed.map((pair) => pair[i]).join("；"));
  });

  // ------------------------------------------------------------------ drawing
  function draw() {
    document.documentElement.lang = lang === "zh" ? "zh-Hans" : "en";
    $("lang").textContent = lang === "zh" ? "English" : "中文";
    document.querySelector('[data-w="title"]').textContent = W("title");
    $("steps").replaceChildren(...STEPS.map((name) => el("button", { type: "button", "data-step": name, disabled: name !== "begin" && !project,
      ...(name === step ? { "aria-current": "step" } : {}), onclick: () => { step = name; problem = null; draw(); $("main").focus(); } }, W(name))));
    const told = problem ? el("div", { class: "problem", role: "alert", id: "problem" }, pick(problem)) : null;
    $("main").replaceChildren(...(start ? [told, ...pages[step]()].filter(Boolean) : [told].filter(Boolean)));
    drawWork();
  }
  $("lang").addEventListener("click", () => { lang = lang === "zh" ? "en" : "zh"; try { localStorage.setItem("livingcircle-lang", lang); } catch { /* not kept */ } draw(); });
  attempt(async () => { start = await ask("GET", "/api/start"); });
})();
