// Work that belongs to a screen frame: however often it is asked for, it is done once. All of it shares one frame and as much
// of its time as leaves the page smooth; what does not fit is done with the next frames, in the order it was asked for.

const BUDGET_MS = 7; // of the 16.7 of a frame: the browser lays out, paints and answers in the rest
const HIDDEN_MS = 200; // a hidden page has no frames: there a timer stands in

// a frame that was due when the page was hidden does not come: there the timer takes over
globalThis.document?.addEventListener?.("visibilitychange", () => waiting.size && next());

const waiting = new Map();
let isDue = false;

/** Runs `work` with one of the next frames; a later call for the same key takes the place of an earlier one.
 * isUrgent: a hand waits for it, so it goes first. Resolves when it is done, rejects with what it throws. */
export function oncePerFrame(key, work, isUrgent = false) {
  const entry = waiting.get(key);
  if (entry) {
    entry.work = work;
    return entry.promise;
  }
  const made = { work, isUrgent };
  made.promise = new Promise((resolve, reject) => Object.assign(made, { resolve, reject }));
  waiting.set(key, made);
  if (!isDue) next();
  return made.promise;
}

function next() {
  isDue = true;
  if (typeof requestAnimationFrame === "function" && document.visibilityState === "visible") requestAnimationFrame(run);
  else setTimeout(run, HIDDEN_MS);
}

function run() {
  isDue = false;
  const began = performance.now();
  const isHidden = document.visibilityState !== "visible";
  for (const [key, { work, resolve, reject }] of [...waiting].sort(([, a], [, b]) => b.isUrgent - a.isUrgent)) {
    waiting.delete(key);
    try {
      resolve(work());
    } catch (error) {
      reject(error);
    }
    if (!isHidden && performance.now() - began > BUDGET_MS) break;
  }
  if (waiting.size && !isDue) next();
}
