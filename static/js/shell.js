// What every page does: toasts, the theme switch, keys, and telling in words what went wrong on the way.
import { chooseTheme, themeChoice } from "./theme.js";

const TOAST_MS = 6000;
const CHORD_MS = 1200;

/** Shows a short message. kind: "info", "good", "warn", "bad" (stays until closed). */
export function toast(text, kind = "info") {
  const area = document.getElementById("toasts");
  const mould = document.getElementById("toast-mould");
  if (!area || !mould || !text) return;
  const made = mould.content.firstElementChild.cloneNode(true);
  made.classList.add(`toast--${kind}`);
  if (kind === "bad") made.setAttribute("role", "alert");
  made.querySelector(".toast__text").textContent = text;
  made.querySelector("button").addEventListener("click", () => away(made));
  area.append(made);
  // in the top layer again, so that an open dialog does not cover it
  if (area.matches(":popover-open")) area.hidePopover();
  area.showPopover?.();
  if (kind !== "bad") setTimeout(() => away(made), TOAST_MS);
}

function away(made) {
  const area = made.parentElement;
  made.remove();
  if (area && !area.childElementCount && area.matches(":popover-open")) area.hidePopover();
}

/** Words of the page in the visitor's language, kept by the template on #toasts. */
function words(name) {
  return document.getElementById("toasts")?.dataset[name] ?? "";
}

function listenForToasts() {
  document.addEventListener("sightline:toast", (event) => toast(event.detail.text, event.detail.kind));
}

/** The server's own sentence, whether it answered with problem+json or a fragment. */
function reason(request) {
  const type = request.getResponseHeader("Content-Type") ?? "";
  try {
    if (type.includes("json")) return JSON.parse(request.responseText).detail ?? "";
    if (request.responseText.length > 20000) return "";
    const page = new DOMParser().parseFromString(request.responseText, "text/html");
    return page.querySelector("[data-error-text], .notice__text")?.textContent.trim() ?? "";
  } catch {
    return "";
  }
}

function listenToHtmx() {
  document.addEventListener("htmx:responseError", ({ detail }) => {
    if (detail.xhr.status === 401) return location.reload();
    toast(reason(detail.xhr) || words(detail.xhr.status === 403 ? "denied" : "failed"), "bad");
  });
  document.addEventListener("htmx:sendError", () => toast(words("unreachable"), "bad"));
  document.addEventListener("htmx:timeout", () => toast(words("unreachable"), "bad"));
  document.addEventListener("htmx:beforeSwap", (event) => {
    // a session that ended answers with the sign-in page: show it whole, not inside a card
    const signIn = document.body.dataset.signIn;
    const answered = event.detail.xhr.responseURL;
    if (!signIn || !answered || new URL(answered).pathname !== signIn) return;
    event.detail.shouldSwap = false;
    location.assign(`${signIn}?next=${encodeURIComponent(location.pathname + location.search)}`);
  });
}

function listenToNetwork() {
  const strip = document.getElementById("offline");
  if (!strip) return;
  const show = () => { strip.hidden = navigator.onLine; };
  addEventListener("online", show);
  addEventListener("offline", show);
  show();
}

function markTheme() {
  for (const button of document.querySelectorAll("[data-choose-theme]")) {
    button.setAttribute("aria-pressed", String(button.dataset.chooseTheme === themeChoice()));
  }
}

async function switchTheme(choice) {
  const stored = chooseTheme(choice);
  markTheme();
  if (!(await stored)) toast(words("unsaved"), "warn");
}

function fillSignIn({ fillEmail, fillPassword }) {
  const form = document.querySelector("[data-sign-in]");
  if (!form) return;
  form.elements.username.value = fillEmail;
  form.elements.password.value = fillPassword;
  form.querySelector("[type=submit]").focus();
}

// data attribute of a clicked thing -> what it does
const CLICKS = {
  chooseTheme: (element) => switchTheme(element.dataset.chooseTheme),
  fillEmail: (element) => fillSignIn(element.dataset),
  openDialog: (element) => document.getElementById(element.dataset.openDialog)?.showModal(),
  closeDialog: (element) => element.closest("dialog")?.close(),
  reload: () => location.reload(),
  goBack: () => history.back(),
  copy: (element) => copy(element.dataset.copy),
};

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(words("copied"), "good");
  } catch {
    toast(words("failed"), "bad");
  }
}

function listenToClicks() {
  document.addEventListener("click", (event) => {
    const names = Object.keys(CLICKS);
    for (let element = event.target; element instanceof Element; element = element.parentElement) {
      const name = names.find((known) => element.dataset?.[known] !== undefined);
      if (name) return CLICKS[name](element);
    }
  });
  // a click beside a dialog closes it, as Escape does
  document.addEventListener("pointerdown", (event) => {
    if (event.target instanceof HTMLDialogElement && event.target.open && beside(event)) event.target.close();
  });
}

function beside({ target, clientX: x, clientY: y }) {
  const box = target.getBoundingClientRect();
  return x < box.left || x > box.right || y < box.top || y > box.bottom;
}

/** Whether a key pressed here belongs to a field rather than to the page. */
function isTyping(target) {
  return target instanceof Element && target.closest("input, textarea, select, [contenteditable]") !== null;
}

/** The arrows move through an open menu. */
function moveInMenu(event) {
  const menu = event.target instanceof Element ? event.target.closest(".menu") : null;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!menu || !step) return;
  const items = [...menu.querySelectorAll(".menu__item:not([disabled])")];
  if (!items.length) return;
  event.preventDefault();
  const next = items.indexOf(document.activeElement) + step;
  items.at(next < 0 ? -1 : next % items.length).focus();
}

function listenToKeys() {
  let first = "";
  let at = 0;
  document.addEventListener("keydown", (event) => {
    moveInMenu(event);
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    const chord = first && event.timeStamp - at < CHORD_MS ? `${first} ${event.key}` : event.key;
    first = event.key.length === 1 ? event.key : "";
    at = event.timeStamp;
    if (chord === "?") return document.getElementById("keys")?.showModal();
    const named = [...document.querySelectorAll("[data-keys]")].find((each) => each.dataset.keys === chord);
    if (named?.href) location.assign(named.href);
    else named?.click();
  });
}

/** A menu that opens takes the focus, so that arrows and Escape work at once. */
function listenToMenus() {
  document.addEventListener("toggle", (event) => {
    if (event.newState !== "open" || !(event.target instanceof Element) || !event.target.matches(".menu")) return;
    if (document.activeElement?.matches(":focus-visible")) event.target.querySelector(".menu__item, button")?.focus();
  }, true);
}

listenForToasts();
listenToHtmx();
listenToNetwork();
listenToClicks();
listenToKeys();
listenToMenus();
markTheme();
