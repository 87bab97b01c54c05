"use strict";
(() => {
  const { bindSorting, bindTips, diffWords, diffInto, isDark, make } = steelyard;
  const root = document.documentElement;
  const charts = JSON.parse(document.body.dataset.charts);

  // Plots: from the specification beside each figure, in the colours of the theme.
  const drawAll = (within) => {
    if (typeof vega === "undefined") return;
    within.querySelectorAll("figure[data-spec]").forEach((figure) => {
      steelyard.draw(figure, JSON.parse(figure.dataset.spec), charts);
    });
  };
  const bind = (within) => {
    bindTips(within);
    bindSorting(within);
    drawAll(within);
    within.querySelectorAll("[data-save]").forEach((button) =>
      button.addEventListener("click", () =>
        steelyard.save(button.closest("figure"), button.dataset.save, document.title),
      ),
    );
    within.querySelectorAll('[data-act="diff"]').forEach((button) => button.addEventListener("click", toggleDiff));
    within.querySelectorAll('[data-act="edit-diff"]').forEach((button) => button.addEventListener("click", toggleEdit));
    within.querySelectorAll('[data-act="raw"], #exact').forEach((button) => button.addEventListener("click", toggleRaw));
  };

  // Texts: exact characters and changed words, both on demand.
  const pres = (name) => [...document.querySelectorAll(`.payload${name} pre`)];
  const plain = (pre) => (pre.dataset.plain ??= pre.textContent);
  const pressed = (button, on) => button.setAttribute("aria-pressed", String(on));
  const restore = (pre) => (pre.textContent = plain(pre));
  const toggleRaw = (event) => {
    const on = event.currentTarget.getAttribute("aria-pressed") !== "true";
    pres("").forEach((pre) => (plain(pre), (pre.textContent = on ? pre.dataset.raw : plain(pre))));
    document.querySelectorAll('[data-act="diff"], #mark-words').forEach((button) => pressed(button, false));
    pressed(event.currentTarget, on);
  };
  const mark = (button, before, after) => {
    const on = button.getAttribute("aria-pressed") !== "true";
    document.querySelectorAll('[data-act="raw"], #exact').forEach((each) => pressed(each, false));
    pres("").forEach(restore);
    pressed(button, on);
    if (!on || !before || !after) return;
    const parts = diffWords(plain(before), plain(after));
    if (!parts) return;
    for (const [pre, side] of [[before, "del"], [after, "ins"]]) {
      pre.textContent = "";
      diffInto(pre, parts, side);
    }
  };
  const toggleDiff = (event) => mark(event.currentTarget, pres(".base")[0], pres(".candidate")[0]);
  const toggleEdit = (event) => {
    const [was, now] = event.currentTarget.closest(".edit").querySelectorAll("pre");
    mark(event.currentTarget, was, now);
  };
  document
    .getElementById("mark-words")
    ?.addEventListener("click", (event) => mark(event.currentTarget, pres(".expected")[0], pres(".given")[0]));

  // Theme.
  const themeButton = document.getElementById("theme");
  const showTheme = () => {
    themeButton.textContent = isDark() ? "Light" : "Dark";
    drawAll(document);
  };
  themeButton.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    try {
      localStorage.setItem("theme", root.dataset.theme);
    } catch {
      // Storage is switched off: the choice holds for this page.
    }
    showTheme();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", showTheme);

  // Lists: a filter by typing, and rows by keys.
  const rows = () => [...document.querySelectorAll("[data-row]")].filter((row) => !row.hidden && row.offsetParent);
  const target = (row) => row.querySelector("a[href], input");
  const move = (by) => {
    const all = rows();
    if (!all.length) return;
    const at = all.findIndex((row) => row.contains(document.activeElement));
    const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.max(0, Math.min(all.length - 1, at + by))];
    target(next)?.focus();
    next.scrollIntoView({ block: "nearest" });
  };
  const markRow = () => {
    const box = document.activeElement?.closest("[data-row]")?.querySelector('input[type="checkbox"]');
    if (box) box.checked = !box.checked;
  };
  document.querySelectorAll("[data-filter]").forEach((field) =>
    field.addEventListener("input", () => {
      const wanted = field.value.toLowerCase();
      document.querySelectorAll("[data-row][data-text]").forEach((row) => {
        row.hidden = !row.dataset.text.toLowerCase().includes(wanted);
      });
    }),
  );
  // Marked runs are listed newest first; the comparison begins with the oldest, its baseline.
  document.getElementById("comparing")?.addEventListener("submit", (event) => {
    const form = event.currentTarget;
    const marked = [...document.querySelectorAll('input[name="run"]:checked')].map((box) => box.value);
    if (form.querySelector(".choices") === null) marked.reverse();
    event.preventDefault();
    if (marked.length < 2) {
      document.querySelector('input[name="run"]')?.focus();
      return;
    }
    location.assign(`/compare?${new URLSearchParams(marked.map((run) => ["run", run]))}`);
  });

  // The command palette: pages, benchmarks and runs by typing.
  const palette = document.getElementById("palette");
  const paletteText = document.getElementById("palette-text");
  const paletteList = document.getElementById("palette-list");
  let places = null;
  let chosen = 0;
  const recent = () => {
    try {
      const kept = JSON.parse(localStorage.getItem("recent") || "[]");
      return Array.isArray(kept) ? kept.filter((path) => typeof path === "string") : [];
    } catch {
      return []; // Storage is switched off, or holds what somebody else wrote.
    }
  };
  const here = location.pathname + location.search;
  const before = recent().filter((path) => path !== here);
  try {
    localStorage.setItem("recent", JSON.stringify([here, ...before].slice(0, 30)));
  } catch {
    // Storage is switched off: the palette lists what is newest.
  }
  // Where one was last comes first; a page inside a place counts for the place.
  const byRecency = (found) => {
    const ranks = new Map();
    for (const path of before) {
      const inside = found.filter((place) => path === place.url || path.startsWith(`${place.url}/`));
      const nearest = inside.sort((a, b) => b.url.length - a.url.length)[0];
      if (nearest && !ranks.has(nearest)) ranks.set(nearest, ranks.size);
    }
    return [...[...ranks.keys()], ...found.filter((place) => !ranks.has(place))];
  };
  const showPlaces = () => {
    const words = paletteText.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = (places || [])
      .filter((place) => words.every((word) => `${place.name} ${place.kind}`.toLowerCase().includes(word)))
      .slice(0, 50);
    chosen = Math.max(0, Math.min(chosen, found.length - 1));
    paletteList.replaceChildren(
      ...found.map((place, i) => {
        const item = make("li");
        item.id = `place-${i}`;
        item.setAttribute("role", "option");
        item.setAttribute("aria-selected", String(i === chosen));
        item.append(make("span", place.name), make("span", place.kind, "quiet"));
        item.addEventListener("click", () => location.assign(place.url));
        item.dataset.url = place.url;
        return item;
      }),
    );
    if (found.length) paletteText.setAttribute("aria-activedescendant", `place-${chosen}`);
    else paletteText.removeAttribute("aria-activedescendant");
    paletteList.children[chosen]?.scrollIntoView({ block: "nearest" });
  };
  const openPalette = async () => {
    if (palette.open) return;
    palette.showModal();
    paletteText.value = "";
    chosen = 0;
    if (!places) {
      const answer = await fetch("/palette", { headers: { accept: "application/json" } });
      places = answer.ok ? byRecency((await answer.json()).places) : [];
    }
    showPlaces();
  };
  document.getElementById("palette-open").addEventListener("click", openPalette);
  paletteText.addEventListener("input", () => ((chosen = 0), showPlaces()));
  paletteText.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      chosen += event.key === "ArrowDown" ? 1 : -1;
      showPlaces();
    } else if (event.key === "Enter") {
      event.preventDefault();
      const url = paletteList.children[chosen]?.dataset.url;
      if (url) location.assign(url);
    }
  });

  // Keys.
  const help = document.getElementById("help");
  document.getElementById("help-open").addEventListener("click", () => help.showModal());
  const press = (selector) => document.querySelector(selector)?.click();
  const keys = {
    j: () => move(1),
    k: () => move(-1),
    x: markRow,
    d: () => press('[data-act="diff"], [data-act="edit-diff"], #mark-words'),
    r: () => press('[data-act="raw"], #exact'),
    p: () => document.body.classList.toggle("no-plots"),
    "/": () => document.getElementById("filter")?.focus(),
    "?": () => help.showModal(),
    "+": () => press('button[data-key="+"]'),
    "-": () => press('button[data-key="-"]'),
    n: () => document.getElementById("note")?.focus(),
    "[": () => press('a[data-key="["]'),
    "]": () => press('a[data-key="]"]'),
    e: () => press('a[data-key="e"]'),
  };
  for (let digit = 1; digit < 10; digit++) keys[digit] = () => press(`a[data-view="${digit}"]`);
  let going = 0;
  const go = (key) => {
    clearTimeout(going);
    going = 0;
    document.body.classList.remove("going");
    press(`.rail a[aria-keyshortcuts="g ${CSS.escape(key)}"]`);
  };
  addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      openPalette();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || help.open || palette.open) return;
    const field = event.target instanceof Element ? event.target.closest("input, select, textarea") : null;
    if (field && field.type !== "checkbox") {
      if (event.key === "Escape") field.blur();
      else if (event.key === "Enter" && field.hasAttribute("data-filter")) {
        event.preventDefault();
        move(1);
      }
      return;
    }
    if (going) {
      event.preventDefault();
      go(event.key);
    } else if (event.key === "g") {
      document.body.classList.add("going");
      going = setTimeout(() => go(""), 1500);
    } else if (Object.hasOwn(keys, event.key)) {
      event.preventDefault();
      keys[event.key]();
    }
  });

  // Menus: closed by Escape, which leads back to what opened them, and by a click elsewhere.
  addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target instanceof Element && event.target.closest(".menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  addEventListener("click", (event) => {
    document.querySelectorAll(".menu[open]").forEach((menu) => {
      if (!menu.contains(event.target)) menu.open = false;
    });
  });

  // Where one was in a part that is replaced: the same field of the new part, else its first row.
  let left = null;
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    const at = document.activeElement;
    left = null;
    if (!event.detail.target.contains(at) || at === document.body || at.id) return;
    const alike = [...event.detail.target.querySelectorAll(`[name="${CSS.escape(at.name ?? "")}"]`)];
    left = { place: event.detail.target, name: at.name, at: alike.indexOf(at), row: at.closest("[data-row], .pager, .more") };
  });
  document.body.addEventListener("htmx:afterSettle", (event) => {
    if (!left || (document.activeElement && document.activeElement !== document.body)) return;
    const part = left.place.isConnected ? left.place : event.detail.elt;
    const same = left.name ? part.querySelectorAll(`[name="${CSS.escape(left.name)}"]`)[left.at] : null;
    const row = left.row && (part.matches("[data-row]") ? part : part.querySelector("[data-row]"));
    left = null;
    (same || (row && target(row)))?.focus({ preventScroll: Boolean(same) });
  });

  // Parts that arrive later.
  document.body.addEventListener("htmx:load", (event) => {
    if (event.detail.elt !== document.body) bind(event.detail.elt);
  });
  document.body.addEventListener("htmx:afterSwap", (event) => {
    const { id } = event.detail.target;
    const link = event.detail.requestConfig.elt;
    if (id !== "pair" && id !== "span") return;
    // Opened once more: to what it says, past the rest of the list.
    if (link.hasAttribute("aria-current")) document.getElementById(id).focus({ preventScroll: true });
    document.querySelectorAll(":is(.flips, .spans) a[aria-current]").forEach((other) => other.removeAttribute("aria-current"));
    link.setAttribute("aria-current", "true");
  });
  document.body.addEventListener("htmx:responseError", (event) => {
    const place = event.detail.target;
    place.replaceChildren(make("p", "This part could not be read. Load the page again.", "empty"));
  });

  document.querySelector('.rail a[aria-current="page"]')?.scrollIntoView({ block: "nearest", inline: "nearest" });
  bind(document);
  document.querySelectorAll('[data-act="diff"][data-begin]').forEach((button) => button.click());
  showTheme();
})();
