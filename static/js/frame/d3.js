// D3 for the modules of custom kinds that ask for it: window.d3.
import * as d3 from "d3";

window.d3 = d3;
