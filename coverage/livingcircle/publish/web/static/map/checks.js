/* The box about a field check. */
import { hush, tell } from "./detail.js";
import { drawLink, drawRoute } from "./evidence.js";
import { whole } from "./numbers.js";
import { D } from "./page.js";
import { W, pick } from "./words.js";

/** @param {number} k among the field checks */
export function showCheck(k) {
  const check = D.walking.checks[k];
  if (!check) { hush(); return; }
  drawRoute(null);
  drawLink(null);
  tell(() => showCheck(k), (k + 1) + ". " + W("check_word"), pick(check.text),
    [[W("people_decided"), whole(check.people)], [W("standards"), check.standards.split("; ").join(", ")]], [W("check_told")]);
}
