"use strict";
addEventListener("DOMContentLoaded", () => {
  // The playground of a sample: one try at a time, its time shown after a second, all of them kept in order.
  const { diffInto, diffWords } = steelyard;
  const place = document.getElementById("playground");
  if (!place) return;
  const part = (id) => document.getElementById(id);
  const opener = document.querySelector('a[href="#playground"]');
  let ticking = 0;

  const firstField = () => place.querySelector("textarea:not([name='system'])") || place.querySelector("textarea, select");
  opener?.addEventListener("click", () => {
    if (part("play")) setTimeout(() => firstField()?.focus());
  });

  const stopTicking = () => {
    clearInterval(ticking);
    ticking = 0;
    if (part("play-stop")) part("play-stop").hidden = true;
  };
  const say = (words) => {
    const line = part("play-time");
    if (line && line.textContent !== words) line.textContent = words;
  };

  place.addEventListener("keydown", (event) => {
    const form = event.target.closest("#play");
    if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      if (!ticking) form.requestSubmit();
    }
  });
  place.addEventListener("click", (event) => {
    if (event.target.id === "play-stop") htmx.trigger("#play", "htmx:abort");
    const button = event.target.closest('[data-act="try-diff"]');
    if (button) mark(button.closest(".try"), button.getAttribute("aria-pressed") !== "true");
  });

  const mark = (tried, on) => {
    const sides = [".base", ".candidate"].map((name) => tried.querySelector(`.payload${name} pre`));
    sides.forEach((pre) => pre && (pre.dataset.plain ??= pre.textContent));
    tried.querySelector('[data-act="try-diff"]').setAttribute("aria-pressed", String(on));
    if (sides.some((pre) => !pre)) return;
    const parts = on ? diffWords(...sides.map((pre) => pre.dataset.plain)) : null;
    sides.forEach((pre, i) => {
      pre.textContent = parts ? "" : pre.dataset.plain;
      if (parts) diffInto(pre, parts, i ? "ins" : "del");
    });
  };

  const isPlay = (event) => event.detail.requestConfig?.elt?.id === "play" || event.detail.elt?.id === "play";
  place.addEventListener("htmx:beforeRequest", (event) => {
    if (!isPlay(event)) return;
    const began = performance.now();
    say("");
    part("try-next").replaceChildren();
    ticking = setInterval(() => {
      const seconds = (performance.now() - began) / 1000;
      if (seconds < 1) return;
      part("play-stop").hidden = false;
      say(`Waiting for the target: ${Math.floor(seconds)} s`);
    }, 250);
  });
  place.addEventListener("htmx:sendAbort", (event) => {
    if (!isPlay(event)) return;
    stopTicking();
    say("Cancelled. The target may have counted the call.");
  });
  place.addEventListener("htmx:sendError", (event) => {
    if (!isPlay(event)) return;
    stopTicking();
    say("The server cannot be reached. What you typed is still here.");
  });
  place.addEventListener("htmx:responseError", (event) => {
    if (!isPlay(event)) return;
    event.stopPropagation();
    stopTicking();
    const waits = event.detail.xhr.status === 429;
    say(waits ? "Others are trying something out already. Try again in a moment." : `The server refused this try (${event.detail.xhr.status}). Load the page again.`);
  });
  place.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "try-next") {
      firstField()?.focus();
      return;
    }
    stopTicking();
    say("");
    const tried = part("try-next").querySelector(".try");
    if (!tried) return;
    part("tries").prepend(tried);
    tried.querySelector(".number").textContent = `Try ${part("tries").children.length}`;
    if (tried.querySelector('[data-act="try-diff"]')) mark(tried, true);
    tried.scrollIntoView({ block: "nearest" });
    tried.focus({ preventScroll: true });
  });
});
