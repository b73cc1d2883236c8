import { install } from "echarts/lib/chart/bar/install.js";
import { MarkLineComponent } from "echarts/components";
import { use } from "../engine.js";

use([install, MarkLineComponent]);
