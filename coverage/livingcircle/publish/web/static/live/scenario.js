/* A scenario as the file that `livingcircle run --scenario` reads. */

/** @typedef {import("./edits.js").Edits} Edits */

/** @param {string} text */
const quoted = (text) => JSON.stringify(text).replace(/\u007f/g, "\\u007f");
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

/**
 * Read a scenario of these tables; what else TOML can say is refused by the line that says it.
 * @param {string} text
 * @returns {{name: string, edits: Edits}}
 */
export function readScenario(text) {
  /** @type {Edits} */
  const edits = { added: [], closed: [], links: [], cuts: [] };
  let name = "", /** @type {Record<string, any> | null} */ table = null;
  /** @type {[string, Record<string, any>][]} */
  const tables = [];
  joined(text).forEach(([number, line]) => {
    const head = /^\[\[\s*(\w+)\s*\]\]$/.exec(line);
    if (head) {
      if (!["add_facility", "close_facility", "add_link", "cut_link"].includes(head[1])) throw new SyntaxError(String(number));
      tables.push([head[1], (table = { $line: number })]);
      return;
    }
    const pair = /^([A-Za-z0-9_-]+)\s*=\s*(.+)$/.exec(line);
    if (!pair) throw new SyntaxError(String(number));
    const value = parsed(pair[2], number);
    if (table) table[pair[1]] = value; else if (pair[1] === "name") name = String(value); else throw new SyntaxError(String(number));
  });
  for (const [kind, row] of tables) {
    /** @param {boolean} sound */
    const need = (sound) => { if (!sound) throw new SyntaxError(String(row.$line)); };
    const line = row.line, drawn = Array.isArray(line) && line.length > 1 && line.every((p) => p.length === 2 && p.every(Number.isFinite));
    if (kind === "add_facility") {
      need(Number.isFinite(row.lon) && Number.isFinite(row.lat) && typeof row.category === "string");
      const { id: _, facility_id: __, name: ___, category: ____, lon: _____, lat: ______, $line: _______, ...more } = row;
      edits.added.push({ ...(Object.keys(more).length ? { more } : {}), id: String(row.id ?? row.facility_id ?? `${name || "scenario"}-${edits.added.length + 1}`), name: String(row.name ?? ""),
        categories: row.category.split(/[;；]/).map((/** @type {string} */ c) => c.trim()).filter(Boolean), lon: row.lon, lat: row.lat });
    } else if (kind === "close_facility") {
      need(row.id != null || row.name != null);
      edits.closed.push(String(row.id ?? row.name));
    } else {
      need(drawn);
      if (kind === "add_link") edits.links.push({ name: String(row.name ?? ""), line, stairs: row.stairs === true });
      else edits.cuts.push({ name: String(row.name ?? ""), line });
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

/** @param {string} text @param {number} number of the line @returns {any} */
function parsed(text, number) {
  if (/^'[^']*'$/.test(text)) return text.slice(1, -1);
  const plain = text.replace(/"(?:[^"\\]|\\.)*"|([0-9])_(?=[0-9])|,(?=\s*[\]])|\+(?=[0-9])/g, (part, digit) => (part[0] === '"' ? part : digit || ""));
  try { return JSON.parse(plain); } catch { throw new SyntaxError(String(number)); }
}
