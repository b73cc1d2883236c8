import { install } from "echarts/lib/chart/heatmap/install.js";
import { use } from "../engine.js";

use([install]);
