/* Language, the search of the index and the choice of a standard; without it, all is shown. */
"use strict";
(function () {
  const root = document.documentElement;
  const KEY = "livingcircle-lang";
  // Gaps shown at first: about a screenful.
  const FIRST = 20;
  function remembered() {
    try { return localStorage.getItem(KEY); } catch (e) { return null; /* file:// may forbid it */ }
  }
  function show(lang) {
    root.dataset.lang = lang;
    root.lang = lang === "en" ? "en" : "zh-Hans";
    document.querySelectorAll("[data-show]").forEach((b) => b.setAttribute("aria-pressed", String(b.dataset.show === lang)));
    // An option holds plain text only, so not both languages.
    document.querySelectorAll("option[data-zh]").forEach((o) => { o.textContent = o.dataset[lang]; });
  }
  function remember(lang) {
    try { localStorage.setItem(KEY, lang); } catch (e) { /* as above */ }
  }
  // Before the page is drawn, so that it does not flicker; the map follows.
  const first = remembered() || ((navigator.language || "zh").toLowerCase().startsWith("zh") ? "zh" : "en");
  show(first);
  remember(first);

  function filter(rows, keep, told) {
    let count = 0;
    rows.forEach((row) => { row.hidden = !keep(row); if (!row.hidden) count += 1; });
    told.textContent = count + " / " + rows.length;
  }
  document.addEventListener("DOMContentLoaded", () => {
    show(root.dataset.lang);
    const tools = document.querySelector(".tools");
    const maps = Array.from(document.querySelectorAll("iframe[data-src]"));
    // A map in a narrow page would swallow the finger that scrolls: there only the link is shown.
    const wide = window.matchMedia("(min-width: 761px)");
    const near = new IntersectionObserver((entries) => entries.forEach((entry) => {
      const frame = entry.target;
      if (!entry.isIntersecting || !wide.matches || frame.src) return;
      frame.src = frame.dataset.src;
      near.unobserve(frame);
    }), { rootMargin: "400px" });
    maps.forEach((frame) => near.observe(frame));
    tools.hidden = false;
    tools.addEventListener("click", (event) => {
      const button = event.target.closest("[data-show]");
      if (!button) return;
      remember(button.dataset.show);
      show(button.dataset.show);
      // The map remembers the language under the same name, and reads it when it loads.
      maps.forEach((frame) => { if (frame.src) frame.src = frame.dataset.src; });
    });
    const find = document.getElementById("find");
    if (find) {
      find.closest("[hidden]").hidden = false;
      const cities = Array.from(document.querySelectorAll(".city"));
      find.addEventListener("input", () => {
        const wanted = find.value.trim().toLowerCase();
        filter(cities, (city) => city.dataset.name.toLowerCase().includes(wanted), document.getElementById("found"));
      });
    }
    const rows = Array.from(document.querySelectorAll("tbody[data-standard]"));
    const more = document.getElementById("more");
    if (more && rows.length > FIRST) {
      const rest = rows.slice(FIRST);
      rest.forEach((row) => { row.hidden = true; });
      more.parentElement.hidden = false;
      more.addEventListener("click", () => {
        rest.forEach((row) => { row.hidden = false; });
        more.parentElement.hidden = true;
        // The button is gone: whoever uses the keyboard goes on where the new rows begin.
        rest[0].tabIndex = -1;
        rest[0].focus();
      });
    }
    const pick = document.getElementById("pick");
    if (pick) {
      pick.closest("[hidden]").hidden = false;
      pick.addEventListener("change", () => {
        if (more) more.parentElement.hidden = true;
        filter(rows, (row) => !pick.value || row.dataset.standard === pick.value, document.getElementById("picked"));
      });
    }
    // A link to a plan opens it.
    function open() {
      const target = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
      if (target && target.tagName === "DETAILS") target.open = true;
    }
    window.addEventListener("hashchange", open);
    document.querySelectorAll('.plans a[href^="#"]').forEach((link) => link.addEventListener("click", () => {
      document.getElementById(link.hash.slice(1)).open = true;
    }));
    open();
  });
})();
