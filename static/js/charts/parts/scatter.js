import { install } from "echarts/lib/chart/scatter/install.js";
import { MarkLineComponent } from "echarts/components";
import { use } from "../engine.js";

use([install, MarkLineComponent]);
