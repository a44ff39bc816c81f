/* What happens in the page, told to the parts that want to know. */

/** @type {Map<string, ((value: any) => void)[]>} */
const ears = new Map();

/** @param {string} what @param {(value: any) => void} ear */
export function on(what, ear) {
  ears.set(what, [...(ears.get(what) || []), ear]);
}

/** @param {string} what @param {any} [value] */
export function tellOf(what, value) {
  for (const ear of ears.get(what) || []) ear(value);
}
