// Work of frames: once each, as much as leaves the page smooth, in order, what a hand waits for first.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

let clock = 0;
let frames = [];
const heard = {};
globalThis.document = { visibilityState: "visible", addEventListener: (name, handler) => (heard[name] = handler) };
globalThis.requestAnimationFrame = (work) => frames.push(work);
Object.defineProperty(globalThis, "performance", { value: { now: () => clock } });
const { oncePerFrame } = await import("../../static/js/lib/frames.js");

function frame() {
  const due = frames;
  frames = [];
  due.forEach((work) => work());
}

beforeEach(() => {
  while (frames.length) frame();
  document.visibilityState = "visible";
});

test("however often it is asked for, the last of it is done once, and all are told", async () => {
  const key = {};
  const done = [];
  const first = oncePerFrame(key, () => done.push("old"));
  const second = oncePerFrame(key, () => done.push("new"));
  assert.equal(frames.length, 1);
  frame();
  await Promise.all([first, second]);
  assert.deepEqual(done, ["new"]);
});

test("many share one frame, and what does not fit comes with the next ones in order", () => {
  const done = [];
  for (const name of ["a", "b", "c", "d", "e"]) oncePerFrame(name, () => ((clock += 4), done.push(name)));
  assert.equal(frames.length, 1);
  frame();
  assert.deepEqual(done, ["a", "b"]);
  oncePerFrame("a", () => done.push("a again"));
  frame();
  frame();
  assert.deepEqual(done, ["a", "b", "c", "d", "e", "a again"]);
  assert.equal(frames.length, 0);
});

test("what a hand waits for goes before what was asked for earlier", () => {
  const done = [];
  for (const name of ["a", "b"]) oncePerFrame(name, () => ((clock += 20), done.push(name)));
  oncePerFrame("scroll", () => done.push("scroll"), true);
  frame();
  assert.deepEqual(done, ["scroll", "a"]);
  frame();
});

test("one that fails tells who asked, and stops no other", async () => {
  const failed = oncePerFrame("bad", () => {
    throw new Error("no picture");
  });
  const fine = oncePerFrame("good", () => "drawn");
  frame();
  await assert.rejects(failed, /no picture/);
  assert.equal(await fine, "drawn");
});

test("a hidden page draws all at once by a timer", async () => {
  document.visibilityState = "hidden";
  const done = await Promise.all(["a", "b", "c"].map((name) => oncePerFrame(name, () => ((clock += 50), name))));
  assert.deepEqual(done, ["a", "b", "c"]);
  assert.equal(frames.length, 0);
});

test("a page that is hidden while a frame is due does its work all the same", async () => {
  const done = oncePerFrame("hidden", () => "drawn");
  document.visibilityState = "hidden";
  frames = []; // what a hidden page never gets
  heard.visibilitychange();
  assert.equal(await done, "drawn");
});
