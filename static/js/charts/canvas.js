// The engine in a browser: on canvas, since a strict content policy blocks the style attributes of the SVG renderer.
import { CanvasRenderer } from "echarts/renderers";
import { init, use } from "./engine.js";

use([CanvasRenderer]);
export { init };
