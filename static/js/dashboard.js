// A dashboard in the browser. What it is made of: dashboard/page.js.
import { start } from "./dashboard/page.js";

start();
