// Says what a link asks for and this page cannot show; it goes with the next change of the question.

export function startLeftOut(page, store) {
  const box = document.getElementById("left-out");
  const show = () => {
    box.hidden = !store.missing.length;
    box.querySelector(".notice__text").textContent = box.hidden ? "" : page.say("left_out", { names: store.missing.join(", ") });
  };
  box.querySelector("button").addEventListener("click", () => (box.hidden = true));
  store.onChange(show);
  show();
}
