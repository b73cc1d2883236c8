// Another kind for a card: each that fits is drawn with the card's own data as soon as it is chosen.
import { mount } from "../charts/card.js";
import { csrfToken } from "../theme.js";
import { Failed, ask } from "./http.js";
import { paramsOf } from "./state.js";

/** Waits for the list of kinds in the dialog (templates/widgets/_kinds.html). changed(id, version): the card is another. */
export function startKinds(page, changed) {
  const body = document.getElementById("inspect-body");
  let chart = null;
  const end = () => {
    chart?.destroy();
    chart = null;
  };
  document.getElementById("inspect").addEventListener("close", end);
  body.addEventListener("htmx:afterSwap", () => {
    const box = body.querySelector("[data-change-kind]");
    if (box) draw(box);
  });
  body.addEventListener("change", ({ target }) => target.name === "kind" && draw(target.closest("[data-change-kind]")));
  body.addEventListener("click", async ({ target }) => {
    const box = target.closest("[data-use-kind]")?.closest("[data-change-kind]");
    if (!box) return;
    const kind = box.querySelector("input:checked")?.value ?? "";
    try {
      const { version } = await ask(box.dataset.url, { method: "POST", body: new URLSearchParams({ kind }), headers: { "X-CSRFToken": csrfToken() } });
      document.getElementById("inspect").close();
      changed(Number(box.dataset.changeKind), version);
    } catch (error) {
      say(box, error);
    }
  });

  async function draw(box) {
    const kind = box.querySelector("input:checked")?.value;
    if (!kind) return;
    const card = box.querySelector(".card");
    const width = card.querySelector(".card__body").clientWidth;
    try {
      const found = await ask(`${box.dataset.url}${kind}/?${paramsOf(page.state.viewOf(box.dataset.changeKind), width)}`);
      if (box.querySelector("input:checked")?.value !== kind || !box.isConnected) return;
      end();
      Object.assign(card.dataset, { kind, state: "drawn" });
      card.querySelector(".card__message").replaceChildren();
      chart = mount(card.querySelector(".card__chart"), found);
      await chart.update(found.data);
      card.dataset.drawn = "1";
    } catch (error) {
      say(box, error);
    }
  }

  function say(box, error) {
    if (!(error instanceof Failed)) throw error;
    end();
    const card = box.querySelector(".card");
    card.dataset.state = "empty";
    card.querySelector(".card__message").textContent = error.said || page.say("error_title");
  }
}
