// One import per chart type and not echarts/charts, which would put all of them into one shared chunk.
import { install as LineChart } from "echarts/lib/chart/line/install.js";
import { install as ScatterChart } from "echarts/lib/chart/scatter/install.js";
import { MarkAreaComponent, MarkLineComponent } from "echarts/components";
import { use } from "../engine.js";

use([LineChart, ScatterChart, MarkAreaComponent, MarkLineComponent]);
