"use strict";
// A click on a heading sorts by it: numbers largest first, text from A; a second click turns it round. Empty is last.
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.querySelectorAll("th")];
  heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => {
    const numeric = head.classList.contains("number");
    const before = head.getAttribute("aria-sort");
    const rising = before ? before === "descending" : !numeric;
    const key = (row) => row.cells[column].dataset.v;
    const compare = (a, b) => numeric ? Number(a) - Number(b) : a.localeCompare(b, undefined, { numeric: true });
    const rows = [...table.tBodies[0].rows].sort((a, b) =>
      (key(a) === "") - (key(b) === "") || (rising ? 1 : -1) * compare(key(a), key(b)));
    heads.forEach((other) => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", rising ? "ascending" : "descending");
    table.tBodies[0].append(...rows);
  }));
}
// A filter keeps the rows that contain every word.
for (const tool of document.querySelectorAll(".tool")) {
  const filter = tool.querySelector(".filter"), rows = [...tool.querySelectorAll("tbody tr")];
  if (!filter || rows.length < 2) continue;
  filter.hidden = false;
  filter.querySelector("input").addEventListener("input", (event) => {
    const words = event.target.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) {
      const text = [...row.cells].map((cell) => cell.textContent).join(" ").toLocaleLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
    }
    const kept = rows.filter((row) => !row.hidden).length;
    filter.querySelector("output").textContent = words.length ? `${kept} / ${rows.length}` : "";
  });
}
// A table that is wider than its place says so.
const hints = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const hint = target.closest(".tool")?.querySelector(".hint");
    if (hint) hint.hidden = target.scrollWidth <= target.clientWidth + 1;
  }
});
document.querySelectorAll(".tool .scroll").forEach((place) => hints.observe(place));
// Everything is open on paper.
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((part) => { part.open = true; }));
