/* Light or dark: as the reader's system has it; paper is always light. */
import { paper } from "./page.js";
import { on } from "./signals.js";

const asked = window.matchMedia("(prefers-color-scheme: dark)");

export const dark = () => asked.matches && !paper();

/** Have something drawn anew when it turns dark or light, and around printing. @param {() => void} draw */
export function onScheme(draw) {
  asked.addEventListener("change", draw);
  on("paper", () => { if (asked.matches) draw(); });
}
