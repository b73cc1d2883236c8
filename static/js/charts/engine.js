// The part of ECharts that every chart needs. Kinds add theirs: see parts/.
import { init, setPlatformAPI, use } from "echarts/core";
import { GridComponent, LegendPlainComponent, TitleComponent, TooltipComponent } from "echarts/components";
import { measureText } from "../lib/measure.js";

use([GridComponent, TooltipComponent, LegendPlainComponent, TitleComponent]);
// our own reckoning of widths, before anything is drawn: layouts agree everywhere and need no canvas
setPlatformAPI({ measureText });

export { init, use };
