// Runs in <head> before the first paint, as a classic script: resolves "system" to light or dark, so that every
// stylesheet and chart has one of two names to look at, and follows the system when it changes.
(function () {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  root.dataset.themeChoice = root.dataset.theme || "system";
  function resolve() {
    const choice = root.dataset.themeChoice;
    const name = choice === "system" ? (dark.matches ? "dark" : "light") : choice;
    if (root.dataset.theme === name) return;
    root.dataset.theme = name;
    document.dispatchEvent(new CustomEvent("sightline:theme", { detail: { name, choice } }));
  }
  dark.addEventListener("change", resolve);
  document.addEventListener("sightline:theme-choice", resolve);
  resolve();
})();
