import { install } from "echarts/lib/chart/pie/install.js";
import { use } from "../engine.js";

use([install]);
