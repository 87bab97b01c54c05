"use strict";
// Before the first paint, so that a page never flashes in the other theme.
(() => {
  try {
    const theme = localStorage.getItem("theme");
    if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
  } catch {
    // Storage is switched off: the system's choice stands.
  }
})();
