import { install } from "echarts/lib/chart/scatter/install.js";
import { use } from "../engine.js";

use([install]);
