/* The worker of the page: keeps the city, answers about scenarios. */
import { EditError } from "./edits.js";
import { Trial, readCity } from "./judge.js";
import { inflate, withArrays } from "./binary.js";

/** @type {Trial | null} */
let trial = null;

/** @param {any} message @returns {Promise<any>} */
export async function answer(message) {
  if (message.load) {
    trial = new Trial(readCity(withArrays(message.load.table, await inflate(message.load.bytes))));
    return { tests: trial.city.tests.length };
  }
  if (!trial) throw new Error("no city is loaded");
  try {
    if (message.edits) trial.change(message.edits);
  } catch (error) {
    if (error instanceof EditError) return { refused: error.code, metres: error.metres, edit: error.edit };
    throw error;
  }
  if (message.judge != null) return trial.judge(message.judge);
  if (message.route) return trial.route(message.route.test, message.route.need, message.route.lon, message.route.lat);
  return {};
}

/* One question after the other: a city is there only when all of it is inflated. */
let turn = Promise.resolve();

if (typeof self !== "undefined" && typeof (/** @type {any} */ (self).importScripts) === "function")
  self.onmessage = ({ data: { id, ...message } }) => {
    turn = turn.then(() => answer(message)).then(
      (result) => self.postMessage({ id, result }), (error) => self.postMessage({ id, error: String(error) }));
  };
