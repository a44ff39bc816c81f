/* A scenario as the file that `livingcircle run --scenario` reads. */

/** @typedef {import("./edits.js").Edits} Edits */

/** As TOML has it: half a pair of a letter, which JSON escapes, is no letter there. @param {string} text */
const quoted = (text) => JSON.stringify(text).replace(/\u007f/g, "\\u007f").replace(/\\(?:\\|ud[89a-f][0-9a-f]{2})/g, (part) => (part === "\\\\" ? part : "\\ufffd"));
/** @param {[number, number][]} line */
const listed = (line) => "[" + line.map(([lon, lat]) => `[${lon}, ${lat}]`).join(", ") + "]";

/**
 * @param {Edits} edits
 * @param {string} name
 * @returns {string} TOML
 */
export function writeScenario(edits, name) {
  const out = [`name = ${quoted(name)}`];
  for (const one of edits.added)
    out.push("", "[[add_facility]]", `id = ${quoted(one.id)}`, `name = ${quoted(one.name)}`,
      `category = ${quoted(one.categories.join(";"))}`, `lon = ${one.lon}`, `lat = ${one.lat}`,
      ...Object.entries(one.more || {}).map(([key, value]) => `${key} = ${typeof value === "string" ? quoted(value) : JSON.stringify(value)}`));
  for (const id of edits.closed) out.push("", "[[close_facility]]", `id = ${quoted(id)}`);
  for (const link of edits.links)
    out.push("", "[[add_link]]", `name = ${quoted(link.name)}`, `line = ${listed(link.line)}`, `stairs = ${link.stairs}`);
  for (const cut of edits.cuts) out.push("", "[[cut_link]]", `name = ${quoted(cut.name)}`, `line = ${listed(cut.line)}`);
  return out.join("\n") + "\n";
}

/** What each table may state; a facility has any further figures, but for what is found. @type {Record<string, string[]>} */
const KEYS = { close_facility: ["id", "name"], add_link: ["name", "line", "stairs"], cut_link: ["name", "line"] };
const FOUND = ["geometry", "status", "reason", "reason_zh", "source_file", "source_row", "categories", "category_text", "entrances"];

/**
 * Read a scenario of these tables; what else TOML can say is refused by the line that says it.
 * @param {string} text
 * @returns {{name: string, edits: Edits}}
 */
export function readScenario(text) {
  /** @type {Edits} */
  const edits = { added: [], closed: [], links: [], cuts: [] };
  /** @type {Record<string, any>} */
  const top = {};
  /** @type {Record<string, any> | null} */
  let table = null;
  /** @type {[string, Record<string, any>, number][]} */
  const tables = [];
  joined(text).forEach(([number, line]) => {
    const head = /^\[\[\s*(\w+)\s*\]\]$/.exec(line);
    if (head) {
      if (!["add_facility", ...Object.keys(KEYS)].includes(head[1])) throw new SyntaxError(String(number));
      tables.push([head[1], (table = {}), number]);
      return;
    }
    const pair = /^([A-Za-z0-9_-]+)\s*=\s*(.+)$/.exec(line);
    if (!pair || pair[1] === "__proto__") throw new SyntaxError(String(number));
    const [, key, told] = pair, into = table ?? top, kind = table && tables[tables.length - 1][0];
    const known = kind == null ? key === "name" : kind === "add_facility" ? !FOUND.includes(key) : KEYS[kind].includes(key);
    if (!known || Object.hasOwn(into, key)) throw new SyntaxError(String(number));
    into[key] = parsed(told, number);
  });
  const name = typeof top.name === "string" ? top.name : "";
  for (const [kind, row, number] of tables) {
    /** @param {boolean} sound */
    const need = (sound) => { if (!sound) throw new SyntaxError(String(number)); };
    if (kind === "add_facility") {
      const { id, facility_id, name: own, category, lon, lat, ...more } = row, listed = Array.isArray(category) ? category.join(";") : category;
      need(Number.isFinite(lon) && Number.isFinite(lat) && typeof listed === "string");
      const categories = listed.split(/[;；]/).map((/** @type {string} */ c) => c.trim()).filter(Boolean);
      need(categories.length > 0);
      edits.added.push({ ...(Object.keys(more).length ? { more } : {}), id: String(id ?? facility_id ?? `${name || "scenario"}-${edits.added.length + 1}`),
        name: String(own ?? ""), categories, lon, lat });
    } else if (kind === "close_facility") {
      const who = [row.id, row.name].find((one) => one != null && one !== "");
      need(who != null);
      if (!edits.closed.includes(String(who))) edits.closed.push(String(who));
    } else {
      const { line, stairs = false } = row;
      need(Array.isArray(line) && line.length > 1 && line.every((p) => Array.isArray(p) && (p.length === 2 || p.length === 3) && p.every(Number.isFinite)));
      need([true, false, 0, 1].includes(stairs));
      const drawn = line.map((/** @type {number[]} */ p) => /** @type {[number, number]} */ ([p[0], p[1]])), called = String(row.name ?? "");
      if (kind === "add_link") edits.links.push({ name: called, line: drawn, stairs: Boolean(stairs) });
      else edits.cuts.push({ name: called, line: drawn });
    }
  }
  return { name, edits };
}

/** Lines without comments, lists that go over several joined. @param {string} text @returns {[number, string][]} */
function joined(text) {
  /** @type {[number, string][]} */
  const out = [];
  let open = 0;
  text.replace(/^\ufeff/, "").split(/\r?\n/).forEach((raw, k) => {
    const bare = raw.replace(/"(?:[^"\\]|\\.)*"|'[^']*'|#.*$/g, (part) => (part[0] === "#" ? "" : part)).trim();
    if (!bare) return;
    if (open > 0) out[out.length - 1][1] += " " + bare; else out.push([k + 1, bare]);
    if (!bare.startsWith("[[") || open > 0 || bare.includes("=")) {
      const plain = bare.replace(/"(?:[^"\\]|\\.)*"|'[^']*'/g, "");
      open += (plain.match(/\[/g) || []).length - (plain.match(/\]/g) || []).length;
    }
  });
  return out;
}

/** A string of TOML as JSON has it: literal ones take no escapes, others a few more. @param {string} part */
const asJson = (part) => (part[0] === "'" ? JSON.stringify(part.slice(1, -1))
  : part.replace(/\t/g, "\\t").replace(/\\(?:U([0-9A-Fa-f]{8})|.)/g, (escape, code) => (code ? letter(code) : escape)));

/** @param {string} code hexadecimal @returns {string} as JSON has it; of what is no letter what JSON refuses */
const letter = (code) => (parseInt(code, 16) <= 0x10ffff ? JSON.stringify(String.fromCodePoint(parseInt(code, 16))).slice(1, -1) : "\\U");

/** @param {string} text @param {number} number of the line @returns {any} */
function parsed(text, number) {
  const plain = text.replace(/"(?:[^"\\]|\\.)*"|'[^']*'|([0-9])_(?=[0-9])|,(?=\s*[\]])|\+(?=[0-9])/g, (part, digit) => (part[0] === '"' || part[0] === "'" ? asJson(part) : digit || ""));
  try { return JSON.parse(plain); } catch { throw new SyntaxError(String(number)); }
}
