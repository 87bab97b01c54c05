"use strict";
// What every page of ours needs: plots, fine print on hover and focus, sorting, word diffs.
const steelyard = (() => {
  const views = new Map();

  const make = (tag, text, name) => {
    const element = document.createElement(tag);
    if (text !== undefined) element.textContent = text;
    if (name) element.className = name;
    return element;
  };
  const isDark = () => {
    const theme = document.documentElement.dataset.theme;
    return theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  };

  const draw = async (figure, { spec, caption }, configs) => {
    const plot = figure.querySelector(".plot");
    const old = views.get(figure);
    if (old) old.finalize();
    plot.replaceChildren();
    const config = configs[isDark() ? "dark" : "light"];
    const compiled = vegaLite.compile({ ...spec, description: caption }, { config }).spec;
    const runtime = vega.parse(compiled, null, { ast: true });
    const view = new vega.View(runtime, {
      expr: vega.expressionInterpreter,
      renderer: "svg",
      container: plot,
      hover: true,
      logLevel: vega.Error,
    });
    views.set(figure, view);
    await view.runAsync();
    plot.dataset.ready = "yes";
  };

  const save = async (figure, kind, name) => {
    const view = views.get(figure);
    if (!view) return;
    const link = make("a");
    const stem = `${name} ${figure.dataset.figure}`.replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 80);
    link.download = `${stem}.${kind}`;
    if (kind === "png") link.href = await view.toImageURL("png", 2);
    else link.href = URL.createObjectURL(new Blob([await view.toSVG()], { type: "image/svg+xml" }));
    link.click();
    if (kind === "svg") setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };

  const showTip = (number) => {
    const tip = document.getElementById("tip");
    const list = make("dl");
    for (const [name, text] of JSON.parse(number.dataset.facts)) {
      const row = make("div");
      row.append(make("dt", name), make("dd", text));
      list.append(row);
    }
    tip.replaceChildren(list);
    tip.hidden = false;
    number.setAttribute("aria-describedby", "tip");
    const place = number.getBoundingClientRect();
    const left = Math.max(8, Math.min(place.left, innerWidth - tip.offsetWidth - 8));
    const below = place.bottom + 6;
    const fits = below + tip.offsetHeight < innerHeight;
    tip.style.left = `${left}px`;
    tip.style.top = `${fits ? below : Math.max(8, place.top - tip.offsetHeight - 6)}px`;
  };
  const hideTip = (number) => {
    document.getElementById("tip").hidden = true;
    number.removeAttribute("aria-describedby");
  };
  const bindTips = (within) => {
    within.querySelectorAll(".num").forEach((number) => {
      number.addEventListener("pointerenter", () => showTip(number));
      number.addEventListener("focus", () => showTip(number));
      number.addEventListener("pointerleave", () => hideTip(number));
      number.addEventListener("blur", () => hideTip(number));
    });
  };

  const sortBy = (head) => {
    const table = head.closest("table");
    const column = [...head.parentElement.children].indexOf(head);
    const up = head.getAttribute("aria-sort") !== "ascending";
    for (const other of head.parentElement.children) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const key = (row) => {
      const cell = row.children[column];
      return cell.dataset.sort === undefined ? cell.textContent.trim() : Number(cell.dataset.sort);
    };
    const compare = (a, b) =>
      typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true });
    const rows = [...table.tBodies[0].rows].sort((a, b) => compare(key(a), key(b)) * (up ? 1 : -1));
    table.tBodies[0].append(...rows);
  };
  const bindSorting = (within) => {
    within.querySelectorAll("th .sort").forEach((button) =>
      button.addEventListener("click", () => sortBy(button.closest("th"))),
    );
  };

  const words = (text) => text.match(/\s+|[\p{L}\p{M}\p{N}_]+|[^\s]/gu) || [];
  const diffWords = (before, after) => {
    const a = words(before);
    const b = words(after);
    if (a.length * b.length > 4e6) return null;
    const width = b.length + 1;
    const length = new Uint32Array((a.length + 1) * width);
    for (let i = a.length - 1; i >= 0; i--)
      for (let j = b.length - 1; j >= 0; j--)
        length[i * width + j] =
          a[i] === b[j]
            ? length[(i + 1) * width + j + 1] + 1
            : Math.max(length[(i + 1) * width + j], length[i * width + j + 1]);
    const parts = [];
    const push = (kind, word) => {
      const last = parts[parts.length - 1];
      if (last && last[0] === kind) last[1] += word;
      else parts.push([kind, word]);
    };
    let i = 0;
    let j = 0;
    while (i < a.length || j < b.length) {
      if (i < a.length && j < b.length && a[i] === b[j]) push("", a[i]), i++, j++;
      else if (j >= b.length || (i < a.length && length[(i + 1) * width + j] >= length[i * width + j + 1])) push("del", a[i++]);
      else push("ins", b[j++]);
    }
    return parts;
  };
  const diffInto = (pre, parts, side) => {
    for (const [kind, text] of parts) {
      if (kind === "") pre.append(text);
      else if (kind === side) {
        const mark = make(kind, text);
        mark.setAttribute("aria-label", `${kind === "ins" ? "added" : "removed"}: ${text}`);
        pre.append(mark);
      }
    }
  };
  const asciiLiteral = (text) =>
    JSON.stringify(text).replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);

  return { asciiLiteral, bindSorting, bindTips, diffInto, diffWords, draw, isDark, make, save };
})();
