/* The place of the keyboard and what is half typed: both outlive a page that is drawn anew. */
const STOPS = "button, input, select, textarea, summary, a[href], iframe";
const TYPED = "input:not([type=checkbox], [type=file]), textarea";

const escaped = (text) => CSS.escape(text);
/* How an element is found again: its id, or all that its data say of it. */
function named(node) {
  if (node.id) return "#" + escaped(node.id);
  const data = [...node.attributes].filter((a) => a.name.startsWith("data-"));
  return data.length ? node.tagName.toLowerCase() + data.map((a) => "[" + a.name + '="' + escaped(a.value) + '"]').join("") : null;
}
const around = (node) => (node.labels && node.labels[0] ? [...node.labels[0].childNodes].filter((one) => one !== node).map((one) => one.textContent).join("") : node.textContent);
const label = (node) => node.tagName + ":" + (node.getAttribute("aria-label") || around(node) || "").trim();
const reached = (node) => !node.disabled && (!node.checkVisibility || node.checkVisibility());
const within = (scope) => [...scope.querySelectorAll(STOPS)].filter((node) => node.tabIndex >= 0 && reached(node));

/* Remember where the keyboard is; the answer brings it back after the page was drawn. */
export function remembered() {
  const node = document.activeElement;
  if (!node || node === document.body || node.tagName === "MAIN") return () => {};
  const scopes = [];
  for (let one = node.parentElement; one && one !== document.body; one = one.parentElement) {
    const name = named(one);
    if (name) scopes.push([name, within(one).indexOf(node)]);
  }
  const own = named(node), text = label(node), typed = node.matches(TYPED) ? half(node) : null;
  return () => {
    if (node.isConnected && document.activeElement === node) return;
    const found = again(own, text, scopes);
    if (!found) { document.getElementById("main").focus({ preventScroll: true }); return; }
    found.focus({ preventScroll: true });
    if (typed && found.tagName === node.tagName && (own || label(found) === text)) typed(found);
  };
}
function again(own, text, scopes) {
  for (const [name, index] of scopes) {
    const scope = document.querySelector(name);
    if (!scope) continue;
    const same = own ? scope.querySelector(own) : null;
    if (same && reached(same)) return same;
    const listed = within(scope), alike = listed.filter((one) => label(one) === text);
    // What was pressed may be gone with its reason: then what stands in its place, in the same part.
    const found = (own ? null : alike[0]) || listed[Math.min(Math.max(index, 0), listed.length - 1)];
    if (found) return found;
    if (scope.tabIndex >= 0 || scope.hasAttribute("tabindex")) return scope;
  }
  return null;
}
/* Text that is not told yet, with the caret; leaving the field tells it, as it would have. */
function half(node) {
  const text = node.value, told = node.defaultText ?? text, caret = [node.selectionStart, node.selectionEnd];
  if (text === told) return null;
  return (found) => {
    if (found.value === text) return;
    found.value = text;
    if (caret[0] != null) try { found.setSelectionRange(...caret); } catch { /* a number has no caret */ }
    let changed = false;
    found.addEventListener("change", () => { changed = true; }, { once: true });
    found.addEventListener("blur", () => { if (!changed) found.dispatchEvent(new Event("change")); }, { once: true });
  };
}

/* Arrow keys pass through the options of a drop-down: the one on which they rest is chosen. */
const REST_MS = 700;
export function settled(select, on) {
  let keyed = false, timer = null;
  const tell = () => { if (timer == null) return; clearTimeout(timer); timer = null; on(select.value); };
  select.addEventListener("keydown", (e) => { if (e.key === "Enter") tell(); else keyed = e.key !== "Tab"; });
  select.addEventListener("pointerdown", () => { keyed = false; });
  select.addEventListener("blur", tell);
  select.addEventListener("change", () => {
    if (!keyed) { on(select.value); return; }
    clearTimeout(timer); timer = setTimeout(tell, REST_MS);
  });
  return select;
}

/* Tabs as readers expect them: one stop, and arrow keys between them. */
export function arrows(list) {
  list.addEventListener("keydown", (e) => {
    const tabs = [...list.querySelectorAll("[role=tab]")], at = tabs.indexOf(e.target);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[e.key];
    if (at < 0 || to === undefined) return;
    e.preventDefault();
    const next = tabs[(to + tabs.length) % tabs.length];
    next.focus(); next.click();
  });
  return list;
}
