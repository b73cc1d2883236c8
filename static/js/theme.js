// Which palette the page wears. <html data-theme> is "light" or "dark" (js/first/scheme.js resolves "system");
// <html data-theme-choice> is what the visitor chose. Charts listen to `onTheme` and redraw.

/** "light" or "dark", as the page looks now. */
export function currentTheme() {
  return document.documentElement.dataset.theme === "dark" ? "dark" : "light";
}

/** "light", "dark" or "system", as the visitor chose. */
export function themeChoice() {
  return document.documentElement.dataset.themeChoice || "system";
}

/** Wears a theme at once and has the server remember it. Resolves to false when it could not be stored. */
export async function chooseTheme(choice) {
  document.documentElement.dataset.themeChoice = choice;
  document.dispatchEvent(new CustomEvent("sightline:theme-choice"));
  const body = new URLSearchParams({ theme: choice });
  const headers = { "X-CSRFToken": csrfToken(), "X-Requested-With": "fetch", Accept: "application/json" };
  try {
    const url = document.querySelector("[data-theme-url]")?.dataset.themeUrl;
    return url ? (await fetch(url, { method: "POST", body, headers })).ok : false;
  } catch {
    return false;
  }
}

/** Calls `changed(name)` each time the page's theme has changed; returns a function that stops it. */
export function onTheme(changed) {
  const listener = (event) => changed(event.detail.name);
  document.addEventListener("sightline:theme", listener);
  return () => document.removeEventListener("sightline:theme", listener);
}

/** The token that a POST by fetch must carry; the page's body holds it for htmx too. */
export function csrfToken() {
  const given = document.body.getAttribute("hx-headers");
  return given ? JSON.parse(given)["X-CSRFToken"] : "";
}
