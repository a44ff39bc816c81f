/* What is being tried: the edits with a way back, and the engine that answers about them. */
import { $, D, base, state } from "./page.js";
import { tellOf } from "./signals.js";
import { metres } from "./numbers.js";
import { W, fill, short } from "./words.js";

/**
 * @typedef {import("../live/edits.js").Edits} Edits
 * @typedef {import("./page.js").Standard} Standard
 *
 * @typedef {object} LiveTable
 * @property {boolean} heights_missing there are heights that the page does not carry: minutes are not known
 * @property {{ids: string[], levels: (string | null)[]}} facilities
 * @property {{needs: {categories: string[]}[], k: number, speed: number, limit: number, inclusive: boolean, basis: string, walker: number, part?: import("./tried.js").Part}[]} tests
 * @property {{drives: boolean}[]} walkers
 * @property {Record<string, number[]>} of_standard tests that decide a standard, one for each of its parts
 * @property {Record<string, number[]>} walks_of tests that tell what a standard's walks lead to
 * @property {Record<string, import("./page.js").Pair>} why_not why the others cannot be decided here
 * @property {Record<string, string[]>} category_words how categories are written, as `plainText` compares it, and their ids
 * @property {number[]} page facility of the page of each place that is walked to
 */

/** @type {LiveTable | null} */
export const LIVE = D.live ? JSON.parse(D.live.table) : null;

/** @returns {Edits} */
export const noEdits = () => ({ added: [], closed: [], links: [], cuts: [] });

export const trying = {
  edits: noEdits(),
  /** @type {string[]} edits before these, as text */
  past: [],
  /** @type {string[]} */
  future: [],
  /** @type {any} what the engine said of the edits */
  answer: null,
  /** @type {Record<string, any>} what it said of the city as it is, by tests */
  first: {},
  /** The city is shown as it is. */
  before: false,
  /** What is to be said of the last change until the next, in the language of the moment. */
  note: () => "",
  name: "",
  /** A mark is under the finger. */
  held: false,
  busy: 0,
};

/** @param {Standard} standard @returns {number[] | undefined} the tests of the engine that decide it */
export const testsOf = (standard) => (LIVE ? LIVE.of_standard[D.standards.indexOf(standard)] : undefined);

/** @param {Standard} standard @returns {number[]} tests whose walks can be drawn */
export const walksOf = (standard) => (LIVE ? LIVE.walks_of[D.standards.indexOf(standard)] || [] : []);

/** Why a standard cannot be tried here. @param {Standard} standard */
export const whyNot = (standard) => LIVE?.why_not[D.standards.indexOf(standard)];

/** @param {number[]} which */
export const testsAt = (which) => (LIVE ? which.map((place) => LIVE.tests[place]) : []);

export const edited = () => Object.values(trying.edits).some((list) => list.length > 0);

/** @type {Worker | null} */
let worker = null;
/** @type {Map<number, {done: (value: any) => void, failed: (error: Error) => void}>} */
const waiting = new Map();
let next = 1;

/** @param {object} message @returns {Promise<any>} what the engine answers */
export function ask(message) {
  if (!worker) {
    const code = document.getElementById("engine")?.textContent || "";
    worker = new Worker(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
    worker.onmessage = ({ data }) => {
      const one = waiting.get(data.id);
      waiting.delete(data.id);
      if (data.error) one?.failed(new Error(data.error)); else one?.done(data.result);
    };
    send(worker, { load: { table: LIVE, bytes: D.live?.bytes } });
  }
  return send(worker, message);
}

/** @param {Worker} to @param {object} message */
function send(to, message) {
  const id = next++;
  to.postMessage({ id, ...message });
  return new Promise((done, failed) => waiting.set(id, { done, failed }));
}

/** @returns {Edits} */
export const copyOfEdits = () => JSON.parse(JSON.stringify(trying.edits));

/** Change the edits, with a way back. @param {(edits: Edits) => void} make */
export function change(make) {
  trying.before = false;
  trying.note = () => "";
  const edits = copyOfEdits();
  make(edits);
  trying.past.push(JSON.stringify(trying.edits));
  trying.future = [];
  trying.edits = edits;
  return judge();
}

/** @param {string[]} from @param {string[]} to */
function step(from, to) {
  const edits = trying.held ? undefined : from.pop();
  if (edits === undefined) return;
  trying.before = false;
  trying.note = () => "";
  to.push(JSON.stringify(trying.edits));
  trying.edits = JSON.parse(edits);
  judge();
}
export const undo = () => step(trying.past, trying.future);
export const redo = () => step(trying.future, trying.past);

/** Tell whoever reads the summary that it is being worked out. @param {boolean} busy */
const tellBusy = (busy) => $("summary").setAttribute("aria-busy", String(busy));

/** Have the edits judged; who listens to "edits" and "judged" shows them. @returns {Promise<any>} */
export async function judge() {
  const standard = base(), which = standard && testsOf(standard), turn = ++trying.busy;
  tellOf("edits");
  if (!which) { tellOf("tried"); return null; }
  let answer;
  tellBusy(true);
  try {
    trying.first[String(which)] ??= await ask({ edits: noEdits(), judge: which });
    answer = await ask({ edits: trying.edits, judge: which });
  } catch {
    trying.note = () => W("try_failed");
    tellBusy(false);
    tellOf("tried");
    return null;
  }
  if (turn !== trying.busy) return null; // a later edit is being answered
  if (answer.refused) {
    trying.note = () => (answer.edit ? fill("try_edit_named", short(answer.edit)) : "") + W("try_" + answer.refused)
      + (answer.metres ? fill("try_brackets", metres(answer.metres)) : "");
    const before = trying.past.pop();
    if (before !== undefined) trying.edits = JSON.parse(before);
    return judge();
  }
  trying.answer = answer;
  tellOf("judged", standard);
  tellBusy(false);
  return answer;
}

/** Whether the scenario is what the map shows. */
export const showsTried = () => edited() && !trying.before && trying.answer != null;

/** Another standard is looked at: what was said was said of the last one. */
export function forgetAnswer() {
  trying.answer = null;
  if (LIVE && (edited() || state.tab === "try")) judge();
}
