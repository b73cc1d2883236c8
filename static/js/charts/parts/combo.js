// Lines with their marks, and bars.
import "./bar.js";
import "./line.js";
