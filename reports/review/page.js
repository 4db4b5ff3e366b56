// The page is whole without this: a table of all reports. Searching, choosing and sorting it is done here.
(() => {
  "use strict";
  const find = (selector, root = document) => root.querySelector(selector);
  const table = find("#rapporten"), body = find("tbody", table), panel = find("#gekozen"), help = find("#toetsen");
  const search = find("#zoek"), show = find("#toon"), kind = find("#soort"), count = find("#aantal");
  const words = find("template", panel).dataset;
  const plain = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  const rows = [...body.rows];
  const texts = new Map(rows.map((row) => [row, plain(`${row.id} ${row.cells[0].textContent}`)]));
  const more = find("#meer"), SHARE = 200; // rows at a time: a browser lays out thousands slowly
  let fitting = rows, shown = rows, limit = SHARE, chosen = null;

  // --- what is shown ---
  const kinds = { all: () => true, sample: (d) => "sample" in d, waiting: (d) => "waiting" in d,
    failed: (d) => d.state === "failed" };
  function filter() {
    const wanted = plain(search.value).split(/\s+/).filter(Boolean);
    const fits = kinds[show.value] ?? ((d) => d.how === show.value);
    fitting = [];
    for (const row of rows) {
      const data = row.dataset;
      const fit = fits(data) && (kind.value === "all" || data.kind === kind.value) &&
        wanted.every((word) => texts.get(row).includes(word));
      row.hidden = !fit || fitting.length >= limit;
      if (fit) fitting.push(row);
    }
    shown = fitting.slice(0, limit);
    const dutch = (n) => n.toLocaleString("nl-NL");
    count.textContent = count.dataset.text.replace("{n}", dutch(fitting.length)).replace("{total}", dutch(rows.length));
    find("#leeg").hidden = shown.length > 0;
    more.hidden = shown.length === fitting.length;
    more.textContent = more.dataset.text.replace("{n}", dutch(fitting.length - shown.length));
    if (chosen && chosen.hidden) choose(null);
  }
  function filterAnew() {
    limit = SHARE;
    filter();
  }
  function showUpTo(place) {
    if (place < limit) return;
    limit = place + SHARE;
    filter();
  }
  more.addEventListener("click", () => showUpTo(limit));

  // --- in which order ---
  const first = new Map(rows.map((row, place) => [row, place]));
  const collator = new Intl.Collator("nl", { numeric: true });
  function sort(head) {
    const before = head.getAttribute("aria-sort"), isNumber = "number" in head.dataset, column = head.cellIndex;
    // Large numbers first, but the sample in the order in which it is read; a third time gives the first order back.
    const start = isNumber && head.dataset.column !== "reason" ? "descending" : "ascending";
    const order = !before ? start : before === start ? (start === "ascending" ? "descending" : "ascending") : null;
    for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
    if (order) head.setAttribute("aria-sort", order);
    const sign = order === "descending" ? -1 : 1;
    const value = (row) => {
      const cell = row.cells[column];
      return isNumber ? (cell.dataset.value === "" ? null : Number(cell.dataset.value)) : cell.textContent.trim();
    };
    const values = new Map(rows.map((row) => [row, value(row)]));
    const compare = (one, other) => {
      const [a, b] = [values.get(one), values.get(other)];
      if (!order || a === b) return first.get(one) - first.get(other);
      if (a === null || a === "" || b === null || b === "") return a === null || a === "" ? 1 : -1; // nothing comes last
      return sign * (isNumber ? a - b : collator.compare(a, b)) || first.get(one) - first.get(other);
    };
    rows.sort(compare);
    body.append(...rows);
    filterAnew();
  }
  for (const head of table.tHead.rows[0].cells) {
    if (!head.dataset.column) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => sort(head));
  }

  // --- the report that is chosen ---
  function choose(row) {
    chosen?.classList.remove("gekozen");
    chosen?.removeAttribute("aria-current");
    chosen = row;
    panel.hidden = !row;
    if (!row) return;
    row.classList.add("gekozen");
    row.setAttribute("aria-current", "true");
    const [name, , , state] = row.cells, data = row.dataset;
    find("h2", panel).textContent = name.firstChild.textContent.trim() || name.children[0].textContent;
    find(".feiten", panel).textContent = find("small", name).textContent;
    const error = find(".fout", state);
    const items = error ? [[words.error, error.textContent]] : [];
    if (data.seen) items.push([words.outstanding, data.outstanding?.split("|").join(", ") || words.nothing]);
    find("dl", panel).replaceChildren(...items.flatMap(([term, text]) => {
      const [dt, dd] = [document.createElement("dt"), document.createElement("dd")];
      [dt.textContent, dd.textContent] = [term, text];
      return [dt, dd];
    }));
    for (const line of panel.querySelectorAll("[data-verdict]")) {
      const command = `${table.dataset.command} --school ${row.id} --seen ${data.seen} --${line.dataset.verdict}`;
      line.hidden = !data.seen; // of what was not made there is nothing to decide
      find("code", line).textContent = line.dataset.verdict === "reject" ? `${command} --note "${words.why}"` : command;
    }
  }
  async function copy(button) {
    const code = find("code", button.parentElement), before = button.textContent;
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch {
      getSelection().selectAllChildren(code);
      document.execCommand("copy");
    }
    button.textContent = words.copied;
    setTimeout(() => (button.textContent = before), 1500);
  }
  for (const button of panel.querySelectorAll(".opdrachten button")) button.addEventListener("click", () => copy(button));
  find(".sluit", panel).addEventListener("click", () => choose(null));
  body.addEventListener("focusin", (event) => choose(event.target.closest("tr")));
  body.addEventListener("click", (event) => choose(event.target.closest("tr")));

  // --- the keyboard ---
  const enabled = find("#aan");
  const remembered = (value) => {
    try {
      if (value === undefined) return localStorage.getItem("nco-sneltoetsen");
      localStorage.setItem("nco-sneltoetsen", value);
    } catch { /* a browser that keeps nothing of a file */ }
    return null;
  };
  enabled.checked = remembered() !== "uit";
  enabled.addEventListener("change", () => remembered(enabled.checked ? "aan" : "uit"));
  function move(step) {
    const place = chosen ? shown.indexOf(chosen) + step : 0;
    if (place < fitting.length) showUpTo(place);
    const row = shown[Math.max(0, Math.min(shown.length - 1, place))];
    if (!row) return;
    const target = find("th a, .openen a", row);
    if (target) target.focus({ preventScroll: true });
    else document.activeElement.blur();
    choose(row);
    row.scrollIntoView({ block: "nearest" });
  }
  const open = (what) => chosen && find(`[data-open="${what}"]`, chosen)?.click();
  const actions = {
    "/": () => { search.focus(); search.select(); },
    j: () => move(1), ArrowDown: () => move(1), k: () => move(-1), ArrowUp: () => move(-1),
    Enter: () => open("html"), p: () => open("pdf"), n: () => open("notebook"), l: () => open("levering"),
    "?": () => help.showModal(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || help.open) return;
    const at = event.target;
    if (event.key === "Escape" && at === search) {
      search.value = "";
      filterAnew();
    } else if (at === search && (event.key === "ArrowDown" || event.key === "Enter")) {
      event.preventDefault();
      choose(null);
      move(0);
    } else if (!at.matches("input, select, textarea")) {
      // What the browser itself does with a link, a button and Enter stays.
      if (event.key === "Enter" && at.closest("a, button, summary")) return;
      const action = enabled.checked && actions[event.key];
      if (!action) return;
      event.preventDefault();
      action();
    }
  });
  find("#hulp").addEventListener("click", () => help.showModal());
  find("button", help).addEventListener("click", () => help.close());

  const form = find("form.keuze");
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", filterAnew);
  filter();
  document.documentElement.className = "";
  const asked = document.getElementById(decodeURIComponent(location.hash.slice(1))); // back from a notebook
  if (rows.includes(asked)) {
    showUpTo(rows.indexOf(asked));
    choose(asked);
    asked.scrollIntoView({ block: "center" });
  }
})();
