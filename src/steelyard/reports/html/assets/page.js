"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const root = document.documentElement;
  const { asciiLiteral, bindSorting, bindTips, diffInto, diffWords, isDark, make } = steelyard;

  const drawAll = () =>
    document
      .querySelectorAll("figure[data-figure]")
      .forEach((figure) => steelyard.draw(figure, data.figures[figure.dataset.figure], data.config));
  bindTips(document);
  bindSorting(document);

  document.querySelectorAll("[data-save]").forEach((button) =>
    button.addEventListener("click", () =>
      steelyard.save(button.closest("figure"), button.dataset.save, data.name),
    ),
  );

  const themeButton = document.getElementById("theme");
  const showTheme = () => {
    themeButton.textContent = isDark() ? "Light" : "Dark";
    themeButton.setAttribute("aria-pressed", String(Boolean(root.dataset.theme)));
    drawAll();
  };
  themeButton.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    showTheme();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", showTheme);

  const KINDS = { broken: "Broken", fixed: "Fixed", worst: "Worst", random: "Random sample" };
  const LONG = 4000;
  const list = document.getElementById("rows");
  const filter = document.getElementById("filter");
  const detail = document.querySelector(".detail");
  const state = { kind: "", q: "", at: -1, diff: false, raw: false };
  let shown = [];

  const readHash = () => {
    const wanted = new URLSearchParams(location.hash.slice(1));
    const kinds = Object.keys(KINDS).filter((kind) => data.examples.some((row) => row.kind === kind));
    state.kind = kinds.includes(wanted.get("kind")) ? wanted.get("kind") : kinds[0];
    state.q = wanted.get("q") || "";
    state.diff = wanted.get("diff") === "1";
    return wanted.get("case");
  };
  const writeHash = () => {
    const parts = new URLSearchParams({ kind: state.kind });
    if (state.q) parts.set("q", state.q);
    if (state.diff) parts.set("diff", "1");
    if (shown[state.at]) parts.set("case", shown[state.at].id);
    history.replaceState(null, "", `#${parts}`);
  };
  const haystack = (row) =>
    [row.id, row.slice, row.input?.text, row.expected?.text, ...(row.outputs || []).map((each) => each.text), row.reason]
      .join("\n")
      .toLowerCase();

  const payload = (title, value, name, parts, side) => {
    const box = make("details", undefined, `payload ${name}`);
    box.open = true;
    box.append(make("summary", title));
    const pre = make("pre");
    pre.dir = "auto";
    const text = state.raw ? value.raw || asciiLiteral(value.text) : value.text;
    if (parts && !state.raw) diffInto(pre, parts, side);
    else if (text.length > LONG) {
      pre.textContent = text.slice(0, LONG);
      const more = make("button", `Show all ${text.length.toLocaleString("en")} characters`);
      more.type = "button";
      more.addEventListener("click", () => ((pre.textContent = text), more.remove()));
      box.append(pre, more);
      return box;
    } else pre.textContent = text || "(empty)";
    box.append(pre);
    return box;
  };
  const toggle = (label, key, name) => {
    const button = make("button", label);
    button.type = "button";
    button.setAttribute("aria-pressed", String(state[name]));
    button.setAttribute("aria-keyshortcuts", key);
    button.addEventListener("click", () => flip(name));
    return button;
  };
  const flip = (name) => {
    state[name] = !state[name];
    showDetail();
    writeHash();
  };
  const showDetail = () => {
    const row = shown[state.at];
    detail.replaceChildren();
    if (!row) {
      detail.append(make("p", "No answer is chosen.", "quiet"));
      return;
    }
    detail.append(make("h3", row.id));
    const meta = [KINDS[row.kind], row.slice, row.epoch > 1 ? `repetition ${row.epoch}` : ""];
    detail.append(make("p", meta.filter(Boolean).join(" · "), "meta"));
    const sides = row.scores.length > 1 ? ["Baseline: ", "Candidate: "] : [""];
    for (const [i, score] of row.scores.entries()) detail.append(make("p", `${sides[i] ?? ""}${score}`, "meta"));
    if (!row.outputs) {
      detail.append(make("p", "Its texts were left out of this report on purpose.", "quiet"));
      return;
    }
    if (row.reason) detail.append(make("p", row.reason));
    const tools = make("div", undefined, "tools");
    const [before, after] = row.outputs;
    if (after) tools.append(toggle("Mark changed words", "d", "diff"));
    tools.append(toggle("Exact characters", "r", "raw"));
    detail.append(tools, payload("Input", row.input, ""));
    if (row.expected.text) detail.append(payload("Expected", row.expected, ""));
    if (!after) {
      if (before) detail.append(payload("Answer", before, ""));
      return;
    }
    const parts = state.diff ? diffWords(before.text, after.text) : null;
    const pair = make("div", undefined, "pair");
    pair.append(
      payload("Baseline answered", before, "base", parts, "del"),
      payload("Candidate answered", after, "candidate", parts, "ins"),
    );
    detail.append(pair);
  };

  const choose = (at, scroll = true) => {
    if (!shown.length) state.at = -1;
    else state.at = Math.max(0, Math.min(at, shown.length - 1));
    [...list.children].forEach((item, i) => item.setAttribute("aria-selected", String(i === state.at)));
    const item = list.children[state.at];
    if (item) {
      list.setAttribute("aria-activedescendant", item.id);
      if (scroll) item.scrollIntoView({ block: "nearest" });
    } else list.removeAttribute("aria-activedescendant");
    showDetail();
    writeHash();
  };
  const showList = (wanted) => {
    const query = state.q.toLowerCase();
    const all = data.examples.filter((row) => row.kind === state.kind);
    shown = query ? all.filter((row) => haystack(row).includes(query)) : all;
    list.replaceChildren(
      ...shown.map((row, i) => {
        const item = make("li");
        item.id = `row-${i}`;
        item.setAttribute("role", "option");
        item.append(make("span", row.id, "id"));
        if (row.slice) item.append(make("span", ` ${row.slice}`, "quiet"));
        if (row.input) item.append(make("span", row.input.text.slice(0, 160), "peek"));
        item.addEventListener("click", () => choose(i, false));
        return item;
      }),
    );
    const found = document.querySelector(".found");
    const total = all.length === 1 ? "1 answer" : `${all.length.toLocaleString("en")} answers`;
    found.textContent = query ? `${shown.length.toLocaleString("en")} of ${total}` : total;
    if (query && !shown.length) found.textContent = `None of ${total} holds this text. Press Esc to clear it.`;
    document.querySelectorAll(".kinds button").forEach((button) =>
      button.setAttribute("aria-pressed", String(button.dataset.kind === state.kind)),
    );
    choose(Math.max(0, shown.findIndex((row) => row.id === wanted)), false);
  };
  const startSamples = () => {
    const wanted = readHash();
    for (const [kind, label] of Object.entries(KINDS)) {
      const found = data.examples.filter((row) => row.kind === kind).length;
      if (!found) continue;
      const button = make("button", `${label} ${found.toLocaleString("en")}`);
      button.type = "button";
      button.dataset.kind = kind;
      button.addEventListener("click", () => ((state.kind = kind), showList()));
      document.querySelector(".kinds").append(button);
    }
    filter.value = state.q;
    filter.addEventListener("input", () => ((state.q = filter.value), showList()));
    addEventListener("hashchange", () => showList(readHash()));
    showList(wanted);
  };

  const help = document.getElementById("help");
  document.getElementById("help-open").addEventListener("click", () => help.showModal());
  const openDetail = () => {
    detail.tabIndex = -1;
    detail.focus({ preventScroll: true });
    detail.scrollIntoView({ block: "nearest" });
  };
  const keys = {
    j: () => list && choose(state.at + 1),
    k: () => list && choose(state.at - 1),
    d: () => list && shown[state.at]?.outputs?.[1] && flip("diff"),
    r: () => list && shown[state.at]?.outputs && flip("raw"),
    p: () => document.body.classList.toggle("no-plots"),
    "/": () => filter && filter.focus(),
    "?": () => help.showModal(),
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
    if (event.target === filter) {
      if (event.key === "Escape") {
        filter.value = state.q = "";
        showList();
        filter.blur();
      } else if (event.key === "Enter") {
        filter.blur();
        list.focus();
      }
      return;
    }
    if (event.key === "Enter" && list && (event.target === list || event.target === document.body)) {
      openDetail();
      return;
    }
    if (event.target === list && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      choose(state.at + (event.key === "ArrowDown" ? 1 : -1));
      return;
    }
    if (Object.hasOwn(keys, event.key)) {
      event.preventDefault();
      keys[event.key]();
    }
  });

  showTheme();
  if (list) startSamples();
})();
