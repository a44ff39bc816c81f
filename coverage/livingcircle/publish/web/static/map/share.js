/* Small scenarios as a part of the page's address. */
import { readScenario, writeScenario } from "../live/scenario.js";

/** @typedef {import("../live/edits.js").Edits} Edits */

/** What most programs take as one address. */
const MOST_LETTERS = 4000;

/** @param {Edits} edits @returns {string | null} letters of an address; null where they are too many */
export function packed(edits) {
  let letters = "";
  for (const byte of new TextEncoder().encode(JSON.stringify(edits))) letters += String.fromCharCode(byte);
  const text = btoa(letters).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  return text.length > MOST_LETTERS ? null : text;
}

/**
 * @param {string} fragment of an address, `#standard&try=letters`
 * @returns {{id: string, edits: Edits | null, broken?: boolean}} the standard that it names, and the edits, if any; or
 *   that what stands for edits is none
 */
export function unpacked(fragment) {
  const [name, ...rest] = fragment.replace(/^#/, "").split("&");
  let id = "";
  try { id = decodeURIComponent(name); } catch { /* no address of ours */ }
  const text = rest.find((one) => one.startsWith("try="));
  if (!text) return { id, edits: null };
  // The page writes none that are longer.
  if (text.length > MOST_LETTERS + 4) return { id, edits: null, broken: true };
  try {
    const letters = atob(text.slice(4).replace(/-/g, "+").replace(/_/g, "/"));
    const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
    // The same door as a file: what is no scenario is refused there.
    return { id, edits: readScenario(writeScenario(JSON.parse(new TextDecoder().decode(bytes)), "")).edits };
  } catch { return { id, edits: null, broken: true }; }
}
