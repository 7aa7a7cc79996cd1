// Compose: what is quicker here than at the server, which counts again 300 ms after the last key.
"use strict";
(() => {
  const $ = (s, e = document) => e.querySelector(s), $$ = (s, e = document) => [...e.querySelectorAll(s)];
  const wide = /[\u1100-\u115f\u2010-\u2027\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6]/u;
  const size = (text, byWidth) => [...text].reduce((n, c) => n + (byWidth && wide.test(c) ? 2 : 1), 0);

  // Limits and previews follow the text.
  document.addEventListener("input", (e) => {
    const f = e.target, form = f.closest("[data-compose]");
    if (!form || !f.dataset.f || f.dataset.f === "image") return;
    // What stands in place of placeholders comes from the server.
    if (form.elements.personal?.checked && f.value.includes("{{")) return;
    for (const s of $$("span[data-max]", $("#limits_" + f.id))) {
      const used = size(f.value, s.dataset.width !== undefined), max = +s.dataset.max;
      s.firstChild.nodeValue = `${s.dataset.name} ${used}/${max}`;
      s.classList.toggle("near", used > max * 0.9 && used <= max);
    }
    for (const p of $$(`[data-pv=${f.dataset.f}]`)) if (!p.closest("figure[data-max]")) p.textContent = f.value || "\u00a0";
  });

  // The language that is shown is the one of the previews.
  document.addEventListener("picked", (e) => {
    const place = e.target.dataset.place, form = e.target.closest("[data-compose]");
    if (form && place !== undefined) form.elements.tab.value = place;
  });

  // A field that is still to be filled in may be in another tab, or folded.
  document.addEventListener("click", (e) => {
    const to = e.target.closest("[data-field]"), field = to && $("#" + to.dataset.field);
    if (!field) return;
    e.preventDefault();
    const panel = field.closest("[role=tabpanel]"), fold = field.closest("details");
    if (panel?.hidden) $("#" + panel.getAttribute("aria-labelledby")).click();
    if (fold) fold.open = true;
    field.focus();
  });

  // One request at a time keeps the draft; what changes meanwhile is kept by the next one.
  let isKept = true;
  const keep = () => $("#keeper")?.dispatchEvent(new Event("keep"));
  const touch = (e) => { if (e.target.closest("[data-compose]")) isKept = false; };
  document.addEventListener("input", touch);
  document.addEventListener("change", touch);
  document.addEventListener("htmx:config:request", (e) => { if (e.target.id === "keeper") isKept = true; });
  document.addEventListener("htmx:finally:request", (e) => { if (e.target.id === "keeper" && !isKept) keep(); });
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => { if (ctx.target?.id === "compose" && ctx.swap !== "none") keep(); });

  const dress = () => {
    for (const slot of $$(".slot[id^=bad_]")) {
      const field = $("#" + slot.id.slice(4)), wrong = slot.childElementCount > 0;
      if (field?.matches("input, select, textarea")) field.toggleAttribute("aria-invalid", wrong), wrong && field.setAttribute("aria-invalid", "true");
    }
    const dialog = $("#send"), review = $("[data-review]", dialog);
    if (review && !review.dataset.shown) {
      review.dataset.shown = "1";
      const sure = $("[data-sure]", review);
      if (sure) $("[data-go]", review).disabled = true;
      if (dialog.open) dialog.close();
      dialog.showModal();
    }
    const kept = $("#draft-state [data-url]");
    if (kept && location.pathname + location.search !== kept.dataset.url) history.replaceState(history.state, "", kept.dataset.url);
  };
  document.addEventListener("htmx:after:swap", dress);
  dress();
})();
