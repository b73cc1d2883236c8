import { install } from "echarts/lib/chart/bar/install.js";
import { use } from "../engine.js";

use([install]);
