/* Typed arrays out of the text of the page: base64 of deflated bytes, with a table of what is where. */

const KINDS = { f8: Float64Array, i4: Int32Array, u1: Uint8Array };

/**
 * @param {string} text base64
 * @returns {Promise<ArrayBuffer>}
 */
export async function inflate(text) {
  const letters = atob(text), bytes = new Uint8Array(letters.length);
  for (let k = 0; k < letters.length; k++) bytes[k] = letters.charCodeAt(k);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).arrayBuffer();
}

/**
 * Put arrays in the place of their references, `{"$": [kind, first byte, count]}`; with a scale
 * they are whole numbers that add up, as steps.
 * @param {any} value
 * @param {ArrayBuffer} buffer
 * @returns {any}
 */
export function withArrays(value, buffer) {
  if (Array.isArray(value)) return value.map((one) => withArrays(one, buffer));
  if (value === null || typeof value !== "object") return value;
  if ("$" in value) {
    const [kind, first, count, scale] = value.$;
    const plain = new KINDS[/** @type {keyof typeof KINDS} */ (kind)](buffer, first, count);
    if (!scale) return plain;
    const out = new Float64Array(count);
    for (let k = 0, sum = 0; k < count; k++) { sum += plain[k]; out[k] = sum / scale; }
    return out;
  }
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withArrays(one, buffer)]));
}
