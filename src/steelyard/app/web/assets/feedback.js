// import { feedback } from "https://HOST/assets/feedback.js": what people say of an answer. A second thumb,
// score or edit on the same answer replaces the first; retries count once.
export const feedback = ({ key = "", endpoint = new URL(import.meta.url).origin } = {}) => {
  const url = `${endpoint}/api/v1/feedback?key=${encodeURIComponent(key)}`;
  const ids = {};
  const waiting = new Map();
  const unique = () => crypto.getRandomValues(new Uint32Array(4)).join("-");
  const post = async (item) => {
    for (let pause of [1, 5, 30, 0]) {
      try {
        const answer = await fetch(url, {
          method: "POST",
          // No preflight: it is sent while a page closes, too.
          headers: { "content-type": "text/plain" },
          body: JSON.stringify(item),
          credentials: "omit",
          keepalive: true,
        });
        const { ok, status, headers } = answer;
        if (ok || (status < 500 && status !== 429)) return ok;
        pause &&= +headers.get("retry-after") || pause;
      } catch {
        // The network is away.
      }
      if (pause) await new Promise((done) => setTimeout(done, pause * 1000));
    }
    return false;
  };
  const send = async (item) => {
    const about = item.kind === "text" ? unique() : [item.kind, item.trace, item.span, item.name].join();
    const id = (ids[about] ??= unique());
    const whole = { id, time: new Date().toISOString(), ...item };
    waiting.set(id, whole);
    const done = await post(whole);
    if (waiting.get(id) === whole) waiting.delete(id);
    return done;
  };
  addEventListener("pagehide", () => {
    if (waiting.size) navigator.sendBeacon(url, JSON.stringify([...waiting.values()]));
  });
  const say = (kind, field) => (trace, said, more) => send({ kind, trace, [field]: said, ...more });
  return {
    send,
    thumb: say("thumb", "value"),
    score: say("score", "value"),
    edit: say("edit", "text"),
    text: say("text", "text"),
  };
};
