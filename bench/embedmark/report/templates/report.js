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
// A mark of a figure answers where the pointer is, and on a tap.
const tip = Object.assign(document.createElement("div"), { id: "tip", hidden: true });
document.body.append(tip);
for (const event of ["pointerover", "pointerdown"]) document.addEventListener(event, ({ target, clientX, clientY }) => {
  const mark = target.closest?.("[data-tip]");
  tip.hidden = !mark;
  if (!mark) return;
  tip.textContent = mark.dataset.tip;
  tip.style.left = `${Math.max(4, Math.min(clientX + 12, innerWidth - tip.offsetWidth - 4))}px`;
  tip.style.top = `${clientY > 60 ? clientY - tip.offsetHeight - 10 : clientY + 16}px`;
});
// A click on a legend's entry hides and shows its series.
for (const button of document.querySelectorAll(".legend button")) button.addEventListener("click", () => {
  const shown = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", shown);
  for (const part of button.closest("figure").querySelectorAll("svg [data-series]"))
    if (part.dataset.series === button.dataset.series) part.classList.toggle("off", !shown);
});
// Everything is open on paper.
addEventListener("beforeprint", () => document.querySelectorAll("details").forEach((part) => { part.open = true; }));
