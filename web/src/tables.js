/// Headers become buttons that sort the rows: up, down, and as they were.
export function makeSortable(table) {
  const body = table.tBodies[0];
  const original = [...body.rows];
  if (original.length < 2) return;
  const headers = [...table.tHead.rows[0].cells];
  headers.forEach((header, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...header.childNodes);
    header.append(button);
    button.addEventListener("click", () => {
      const now = header.getAttribute("aria-sort");
      const next = now === null ? "ascending" : now === "ascending" ? "descending" : null;
      headers.forEach((other) => other.removeAttribute("aria-sort"));
      if (next) header.setAttribute("aria-sort", next);
      body.append(...(next ? sorted(original, column, next === "descending") : original));
    });
  });
}

/// Figures by their value in base units, texts as people read them; cells without a value come last either way.
function sorted(rows, column, descending) {
  const sign = descending ? -1 : 1;
  const keyed = rows.map((row) => {
    const cell = row.cells[column];
    const number = cell.dataset.v === undefined ? NaN : Number(cell.dataset.v);
    return { row, number, text: cell.textContent, empty: cell.textContent === "-" || cell.textContent === "" };
  });
  const byNumber = keyed.some((entry) => !Number.isNaN(entry.number));
  keyed.sort((a, b) => {
    if (byNumber && Number.isNaN(a.number) !== Number.isNaN(b.number)) return Number.isNaN(a.number) ? 1 : -1;
    if (a.empty !== b.empty) return a.empty ? 1 : -1;
    if (byNumber && !Number.isNaN(a.number)) return sign * (a.number - b.number);
    return sign * a.text.localeCompare(b.text, "en", { numeric: true });
  });
  return keyed.map((entry) => entry.row);
}
