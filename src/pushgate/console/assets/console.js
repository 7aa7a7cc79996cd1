// Behaviour that all pages share. Each page's own script is a file of its own.
"use strict";
(() => {
  const root = document.documentElement, themes = ["auto", "light", "dark"];
  const $ = (s, e = document) => e.querySelector(s), $$ = (s, e = document) => [...e.querySelectorAll(s)];
  const keep = (name, value) => { document.cookie = `${name}=${encodeURIComponent(value)}; path=/; max-age=31536000; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`; };

  // The server writes instants in the browser's zone, and learns it here.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
  if (!document.cookie.split("; ").includes("pg_zone=" + encodeURIComponent(zone))) {
    const isNew = !document.cookie.includes("pg_zone=");
    keep("pg_zone", zone);
    if (isNew && zone !== "UTC" && $(".shell")) location.reload();
  }

  const dress = (theme) => {
    root.dataset.theme = theme;
    for (const b of $$("[data-theme-switch]")) {
      const word = b.dataset.words.split("|")[themes.indexOf(theme)], shown = $("[data-theme-word]", b);
      b.setAttribute("aria-label", word);
      if (shown) shown.textContent = word; else b.title = word;
    }
  };

  const toast = (words) => {
    const t = document.createElement("div"), toasts = $(".toasts");
    t.className = "toast"; t.textContent = words; toasts.replaceChildren(t);
    setTimeout(() => t.remove(), 4000);
  };
  document.addEventListener("toast", (e) => toast(e.detail.value));

  // The calls of a fragment join those at the foot of the page.
  document.addEventListener("calls", (e) => {
    const list = $("details.api ul");
    for (const call of list ? e.detail.shown : []) {
      const known = $$("li", list).find((li) => $("code", li).textContent === call.path && $(".verb", li).textContent === call.method);
      const li = known || list.lastElementChild.cloneNode(true);
      $(".verb", li).textContent = call.method; $("code", li).textContent = call.path; $("button", li).dataset.copy = call.curl;
      if (!known) list.append(li);
    }
  });
  const said = $(".toasts .toast");
  if (said) setTimeout(() => said.remove(), 4000);

  const pick = (tab) => {
    for (const t of $$("[role=tab]", tab.parentElement)) {
      const on = t === tab;
      t.setAttribute("aria-selected", on); t.tabIndex = on ? 0 : -1;
      $("#" + t.getAttribute("aria-controls")).hidden = !on;
    }
    tab.dispatchEvent(new CustomEvent("picked", { bubbles: true }));
  };

  document.addEventListener("click", (e) => {
    const on = (s) => e.target.closest(s);
    let b;
    if (on("[aria-disabled=true]")) return e.preventDefault();
    if (on("[data-theme-switch]")) {
      const next = themes[(themes.indexOf(root.dataset.theme) + 1) % 3];
      keep("pg_theme", next); dress(next);
    }
    if ((b = on("[data-open]"))) $("#" + b.dataset.open).showModal();
    if ((b = on("[data-close]"))) b.closest("dialog").close();
    if ((b = on("[data-copy]"))) navigator.clipboard?.writeText(b.dataset.copy).then(() => toast($(".toasts").dataset.copied), () => {});
    if ((b = on("[data-reveal]"))) {
      const f = $("#" + b.dataset.reveal), hide = f.type === "text";
      f.type = hide ? "password" : "text"; b.textContent = b.dataset.words.split("|")[hide ? 0 : 1];
    }
    if ((b = on("[role=tab]"))) pick(b);
    for (const m of $$("details.menu[open]")) if (!m.contains(e.target)) m.open = false;
  });

  let going = 0;
  document.addEventListener("keydown", (e) => {
    const tab = e.target.closest?.("[role=tab]");
    if (tab && /^Arrow(Left|Right)$/.test(e.key)) {
      const all = $$("[role=tab]", tab.parentElement), to = all[(all.indexOf(tab) + (e.key === "ArrowRight" ? 1 : all.length - 1)) % all.length];
      to.focus(); pick(to);
    }
    if (e.key === "Escape") $$("details.menu[open]").forEach((m) => { m.open = false; $("summary", m).focus(); });
    if (e.ctrlKey || e.metaKey || e.altKey || e.target.matches?.("input, textarea, select") || !$("#find") || $("dialog[open]")) return;
    if (going && e.timeStamp - going < 1200) {
      const to = { n: "/", m: "/messages", a: "/audience", v: "/vendors", s: "/setup" }[e.key];
      going = 0;
      if (to) location.href = to;
    } else if (e.key === "g") going = e.timeStamp;
    else if (e.key === "c") location.href = "/compose";
    else if (e.key === "/") { e.preventDefault(); $("#find").focus(); }
    else if (e.key === "?") $("#keys-help").showModal();
  });

  // A number that is typed before something is sent
  document.addEventListener("input", (e) => {
    const f = e.target;
    if (f.dataset?.sure !== undefined) $("[data-go]", f.closest("dialog, form")).disabled = f.value.replace(/[\s,.，’']/g, "") !== f.dataset.sure;
  });

  // Sign-in: a key that cannot be one is told at once
  $("[data-sign-in]")?.addEventListener("submit", (e) => {
    const key = $("#key"), bad = $("#key-bad"), wrong = !/^\s*pg_[0-9a-f]{12}_[0-9a-f]{48}\s*$/.test(key.value);
    if (!wrong) return;
    e.preventDefault();
    bad.hidden = false; $("span", bad).textContent = bad.dataset.wrongKey; key.setAttribute("aria-invalid", "true"); key.focus();
  });
  $("form[data-submit]")?.requestSubmit();

  // Charts: a crosshair for pointer and arrow keys. Parts that move may replace it.
  const cross = (plot, i) => {
    const c = plot.closest("[data-chart]"), all = JSON.parse(c.dataset.chart), words = c.dataset.words.split("|");
    let line = $(".cross", plot);
    if (!line) {
      line = document.createElement("div");
      line.className = "cross"; line.append(document.createElement("output")); plot.append(line);
    }
    const at = Math.max(0, Math.min(all.length - 1, i));
    plot.at = at; line.hidden = false; line.style.left = (at * 100) / Math.max(1, all.length - 1) + "%"; line.classList.toggle("flip", at > all.length * 0.6);
    line.firstChild.textContent = all[at][0] + "\n" + words.map((w, k) => `${w} ${all[at][k + 1]}`).join("\n");
  };
  const plotOf = (e) => e.target.closest?.("[data-chart] .plot");
  const uncross = (e) => { const line = $(".cross", plotOf(e) || undefined); if (plotOf(e) && line && !plotOf(e).contains(e.relatedTarget)) line.hidden = true; };
  document.addEventListener("pointermove", (e) => {
    const plot = plotOf(e);
    if (!plot) return;
    const r = plot.getBoundingClientRect(), rows = JSON.parse(plot.closest("[data-chart]").dataset.chart);
    cross(plot, Math.round(((e.clientX - r.left) / r.width) * (rows.length - 1)));
  });
  document.addEventListener("pointerout", uncross);
  document.addEventListener("focusout", uncross);
  document.addEventListener("keydown", (e) => {
    const d = { ArrowRight: 1, ArrowLeft: -1 }[e.key], plot = plotOf(e);
    if (d && plot) { e.preventDefault(); cross(plot, (plot.at || 0) + d); }
  });

  // A live part says so when its connection is lost.
  document.addEventListener("htmx:sse:error", (e) => {
    if (e.detail.status === 401) location.reload();
    lost(true);
  });
  document.addEventListener("htmx:sse:after:connection", () => lost(false));
  const lost = (is) => $$(".live").forEach((x) => x.classList.toggle("lost", is));
  dress(root.dataset.theme);
})();
