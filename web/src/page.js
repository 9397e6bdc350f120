// Makes a page of `orrery --html` answer to its reader. Without it, the page shows all the same.
import { drawCurves } from "./curves.js";
import { addCopyButtons } from "./copy.js";
import { makeSortable } from "./tables.js";

document.querySelectorAll("table.sortable").forEach(makeSortable);
document.querySelectorAll(".literal").forEach(addCopyButtons);
drawCurves();
document.documentElement.dataset.ready = "yes";
