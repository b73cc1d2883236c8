// Explore: a question put together by hand, its picture, its rows. The address holds all of it.
import { configure } from "./charts/card.js";
import { themeOf } from "./charts/theme.js";
import { startRange } from "./dashboard/range.js";
import { speaker } from "./dashboard/words.js";
import { startDrill } from "./explore/drill.js";
import { startLeftOut } from "./explore/left_out.js";
import { startFilters } from "./explore/filters.js";
import { namer, startPanel, startSheet } from "./explore/panel.js";
import { startPicture } from "./explore/picture.js";
import { startRows } from "./explore/rows.js";
import { startFoot, startSave } from "./explore/save.js";
import { createStore } from "./explore/state.js";
import { momentText } from "./lib/time.js";

const facts = JSON.parse(document.getElementById("page").textContent);
const page = { ...facts, say: speaker(facts.words) };
const store = createStore(page);
const names = namer(page);
const looks = { locale: page.locale, timezone: page.view.timezone };
const theme = themeOf("light", { ...looks, words: page.words }); // for its words: the rows are coloured by the stylesheet

configure(looks);
startPanel(page, store);
startFilters(page, store);
startLeftOut(page, store);
startSheet();
startSave(page, store, names);
startFoot(page, store);
const range = page.dataset.time ? startRange({ state: store, ...page }) : null;
const drill = startDrill(page, store, { names, theme, picture: () => picture });
const rows = startRows(page, store, { theme, menu: drill.menu });
const picture = startPicture(page, store, {
  names,
  arrived(data, state) {
    rows.show(data, state);
    if (data.window) range?.show(data.window);
  },
});
document.addEventListener("sightline:zoom", (event) => {
  event.preventDefault(); // taken
  const { from, to } = event.detail;
  store.change({ from: momentText(from), to: momentText(to), ...(store.state.grain ? { grain: "auto" } : {}) });
});
