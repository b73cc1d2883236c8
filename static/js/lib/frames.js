// Work that belongs to one screen frame: however often it is asked for, it is done once.

const waiting = new Map();

/** Runs `work` with the next frame; a later call for the same key takes the place of an earlier one.
 * Resolves when it is done, rejects with what it throws. A hidden page has no frames: there a timer stands in. */
export function oncePerFrame(key, work) {
  const entry = waiting.get(key);
  if (entry) {
    entry.work = work;
    return entry.promise;
  }
  const made = { work };
  made.promise = new Promise((resolve, reject) => {
    const run = () => {
      waiting.delete(key);
      try {
        resolve(made.work());
      } catch (error) {
        reject(error);
      }
    };
    if (typeof requestAnimationFrame === "function" && document.visibilityState === "visible") requestAnimationFrame(run);
    else setTimeout(run, 200);
  });
  waiting.set(key, made);
  return made.promise;
}
