/* Texts as they are compared with the names of categories, by the command line and here. */

const BRACKETS = /** @type {Record<string, string>} */ ({ "【": "(", "】": ")", "〔": "(", "〕": ")", "[": "(", "]": ")", "{": "(", "}": ")" });

/** One width, one kind of bracket, no quotes, no spaces, lower case. @param {string} text */
export const plainText = (text) => text.normalize("NFKC").replace(/[【】〔〕[\]{}]/g, (one) => BRACKETS[one]).replace(/["'“”‘’「」『』《》<>]/g, "")
  .replace(/\s+/g, "").toLowerCase().replace(/^[·.,:\-_/]+|[·.,:\-_/]+$/g, "");
