(() => {
  const table = document.getElementById("students");
  document.querySelectorAll(".nojs").forEach((part) => { part.hidden = true; });
  if (!table) return;
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const find = document.getElementById("find");
  const show = document.getElementById("show");
  const count = document.getElementById("count");
  document.querySelector(".tools").hidden = false;

  const filter = () => {
    const wanted = find.value.trim().toLowerCase();
    const tag = show.value;
    let left = 0;
    rows.forEach((row) => {
      const named = row.cells[0].textContent.toLowerCase().includes(wanted);
      const tagged = !tag || row.dataset.t.split(" ").includes(tag);
      row.hidden = !(named && tagged);
      left += row.hidden ? 0 : 1;
    });
    count.textContent = left + " / " + rows.length;
  };
  find.addEventListener("input", filter);
  show.addEventListener("change", filter);
  filter();

  // An option holds plain text alone, so its words are exchanged, not hidden.
  const words = [...show.querySelectorAll("[data-zh]")];
  words.forEach((part) => { part.dataset.en = part.label; });
  const translate = () => {
    const chosen = document.querySelector("input[name=lang]:checked").id;
    words.forEach((part) => { part.label = part.dataset[chosen]; });
  };
  document.querySelectorAll("input[name=lang]").forEach((radio) => {
    radio.addEventListener("change", translate);
  });
  translate();

  document.querySelectorAll("button[data-show]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => {
      show.value = button.dataset.show;
      filter();
      table.closest("section").scrollIntoView();
    });
  });

  const heads = [...table.tHead.rows[0].cells];
  const key = (row, column) => {
    const value = row.cells[column].dataset.v;
    return value === undefined ? row.cells[column].textContent : Number(value);
  };
  const compare = (a, b) => typeof a === "number"
    ? a - b : a.localeCompare(b, undefined, { numeric: true });
  heads.forEach((head, column) => {
    if (!head.textContent) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.setAttribute("aria-label", "sort · 排序");
    head.classList.add("sorts");
    head.append(button);  // beside the words: browsers print no buttons in repeated heads
    head.addEventListener("click", () => {
      const number = rows[0].cells[column].dataset.v !== undefined;
      const now = head.getAttribute("aria-sort");
      const down = now ? now === "ascending" : number;
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const keys = new Map(rows.map((row) => [row, key(row, column)]));
      rows.sort((a, b) => (down ? -1 : 1) * compare(keys.get(a), keys.get(b)));
      body.append(...rows);
    });
  });
})();
