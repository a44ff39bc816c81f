/* Which language the report shows: zh, en, or both beside one another. */
"use strict";
(function () {
  const root = document.documentElement;
  const buttons = document.querySelectorAll("[data-show]");
  function show(what) {
    root.dataset.lang = what;
    root.lang = what === "en" ? "en" : "zh-Hans";
    buttons.forEach((b) => b.setAttribute("aria-pressed", b.dataset.show === what));
    try { localStorage.setItem("livingcircle-report-lang", what); } catch (e) { /* file:// may forbid it */ }
  }
  let first = "zh";
  try { first = localStorage.getItem("livingcircle-report-lang") || first; } catch (e) { /* as above */ }
  const said = new URLSearchParams(location.search).get("lang");
  if (["zh", "en", "both"].includes(said)) first = said;
  buttons.forEach((b) => b.addEventListener("click", () => show(b.dataset.show)));
  document.getElementById("print").addEventListener("click", () => window.print());
  show(first);
})();
