// Colours of categories are told apart by people with any colour vision, and colours of amounts keep their order.
//
// Colour vision is simulated as in Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color
// Vision Deficiency" (IEEE TVCG 15(6), 2009): their matrices for severity 1.0, on linear RGB. Differences are distances in
// OKLab times 100, where 2 is just seen side by side.
import assert from "node:assert/strict";
import { test } from "node:test";
import { themeOf } from "../../static/js/charts/theme.js";
import { contrast } from "../../static/js/lib/colour.js";
import { blend, difference, hexOf, linearOf, linearOfOklab, oklab } from "../../static/js/lib/oklab.js";

const SIMULATED = {
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopia: [[0.367322, 0.860646, -0.227969], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};
const THEMES = ["light", "dark", "print"];
const [NEIGHBOURS, ANY_TWO] = [10, 7.8];
const shares = Array.from({ length: 21 }, (_, i) => i / 20);

/** How a colour looks to somebody; `vision` is undefined for most people. */
function seen(hex, vision) {
  const [r, g, b] = linearOf(hex);
  return vision ? hexOf(SIMULATED[vision].map(([x, y, z]) => x * r + y * g + z * b)) : hex;
}

/** Pairs that look too much alike, in words. */
function alike(colours, vision) {
  const shown = colours.map((hex) => seen(hex, vision));
  return shown.flatMap((one, i) => shown.slice(i + 1).flatMap((two, k) => {
    // the last one is the grey of "other", which has no neighbour by order
    const least = k === 0 && i + 1 < colours.length - 1 ? NEIGHBOURS : ANY_TWO;
    return difference(one, two) < least ? [`${i + 1} and ${i + k + 2}: ${difference(one, two).toFixed(1)} < ${least}`] : [];
  }));
}

for (const name of THEMES) {
  for (const vision of [undefined, ...Object.keys(SIMULATED)]) {
    test(`the categories of ${name} differ for ${vision ?? "most people"}`, () => assert.deepEqual(alike(themeOf(name).categories, vision), []));
  }

  test(`amounts in ${name} rise in even steps, for everybody and in grey`, () => {
    const theme = themeOf(name);
    const colours = shares.map(theme.ramp);
    const lightness = colours.map((hex) => oklab(linearOf(hex))[0]);
    const way = Math.sign(lightness.at(-1) - lightness[0]);
    assert.ok(lightness.every((value, i) => i === 0 || way * (value - lightness[i - 1]) > 0.015), "one way only");
    for (const vision of [undefined, ...Object.keys(SIMULATED)]) assert.ok(difference(seen(colours[0], vision), seen(colours[20], vision)) > 45);
    const steps = colours.slice(1).map((hex, i) => difference(colours[i], hex));
    assert.ok(Math.max(...steps) < 1.35 * Math.min(...steps), steps.join());
    assert.ok(difference(theme.card, colours[0]) > 5, "the least amount is no gap");
  });

  test(`both sides of a middle in ${name} weigh the same and differ for everybody`, () => {
    const theme = themeOf(name);
    const middle = theme.diverging(0);
    const [low, high] = [theme.diverging(-1), theme.diverging(1)].map((hex) => difference(middle, hex));
    assert.ok(Math.max(low, high) < 1.15 * Math.min(low, high), `${low} ${high}`);
    for (const vision of [undefined, ...Object.keys(SIMULATED)]) {
      for (const share of [0.3, 0.6, 1]) {
        const apart = difference(seen(theme.diverging(-share), vision), seen(theme.diverging(share), vision));
        assert.ok(apart > 20 * share, `${vision} ${share}: ${apart}`);
      }
    }
  });

  test(`ink on every amount of ${name} can be read`, () => {
    const theme = themeOf(name);
    const grounds = [...shares.map(theme.ramp), ...shares.flatMap((share) => [theme.diverging(share), theme.diverging(-share)]), ...theme.categories];
    for (const ground of grounds) assert.ok(contrast(ground, theme.inkOn(ground)) >= 4.5, ground);
  });
}

test("the palette of before is caught", () => {
  const before = ["#7c9bff", "#f2994a", "#3cc9b4", "#dd7cc6", "#a893ff", "#8fcc4d", "#ff7d8f", "#9aa6b6"];
  assert.ok(alike(before, "protanopia").some((text) => text.startsWith("1 and 5")));
});

test("amounts out of range are the ends, and what is no number is a gap", () => {
  const theme = themeOf("light");
  assert.equal(theme.ramp(7), theme.ramp(1));
  assert.equal(theme.diverging(-7), theme.diverging(-1));
  for (const none of [NaN, null, undefined, Infinity]) assert.deepEqual([theme.ramp(none), theme.diverging(none)], [theme.sunken, theme.sunken]);
});

test("OKLab goes there and back, and halfway is halfway", () => {
  for (const hex of ["#000000", "#ffffff", "#2f5bea", "#e11d48", "#0a7249"]) assert.equal(hexOf(linearOfOklab(oklab(linearOf(hex)))), hex);
  assert.ok(Math.abs(difference("#000000", "#ffffff") - 100) < 0.01);
  const middle = blend("#ffffff", "#1c4cc8", 0.5);
  assert.ok(Math.abs(difference("#ffffff", middle) - difference(middle, "#1c4cc8")) < 0.5);
});
