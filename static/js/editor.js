// Edit mode: move, resize, add and change cards; everything is saved as it happens.
import { startDrawer } from "./editor/drawer.js";
import { startGrid } from "./editor/grid.js";
import { startSaving } from "./editor/saving.js";
import { page } from "./dashboard/page.js";

const saving = startSaving(page, (ids) => ids.forEach((id) => grid.remove(id)));
const grid = startGrid(page, saving);
startDrawer(page, grid, saving);
