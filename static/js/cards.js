// Cards alone, for pages that are no dashboard: {mount, configure} of charts/card.js.
export { configure, mount } from "./charts/card.js";
