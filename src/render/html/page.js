"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { strings, rules, labels } = data;
  const column = Object.fromEntries(data.columns.map((name, index) => [name, index]));
  const all = data.findings;
  const links = new Map(data.files);
  const height = 48;
  const printed = 2000;
  const byId = (id) => document.getElementById(id);
  const list = byId("list"), space = byId("space"), detail = byId("detail"), count = byId("count");
  const filters = { kind: byId("kind"), measure: byId("measure"), unit: byId("unit"), file: byId("file"), standing: byId("standing") };
  // Only a run that follows an earlier one has standings.
  if (!filters.standing) delete filters.standing;
  const search = byId("search"), sorting = byId("sort");
  const text = (finding, name) => strings[finding[column[name]]];
  const rule = (finding) => rules[finding[column.rule]];
  let shown = [], selected = -1, lowered = null;

  // Texts are only ever set as text, so nothing in the data can become markup.
  function element(name, content, className) {
    const node = document.createElement(name);
    if (content !== undefined) node.textContent = content;
    if (className) node.className = className;
    return node;
  }

  function option(select, value, label) {
    const node = element("option", label);
    node.value = value;
    select.append(node);
  }

  function fillFilters() {
    const counts = { kind: new Map(), measure: new Map(), unit: new Map(), file: new Map(), standing: new Map() };
    const add = (map, key) => map.set(key, (map.get(key) || 0) + 1);
    for (const finding of all) {
      add(counts.kind, finding[column.kind]);
      add(counts.measure, rule(finding).measure);
      add(counts.unit, text(finding, "unit"));
      add(counts.file, text(finding, "file"));
      add(counts.standing, text(finding, "standing"));
    }
    for (const name of Object.keys(filters)) option(filters[name], "", labels.all);
    labels.kinds.forEach((label, kind) => {
      if (counts.kind.has(kind)) option(filters.kind, String(kind), `${label} (${counts.kind.get(kind)})`);
    });
    const titles = new Map(rules.map((info) => [info.measure, info.measureTitle]));
    for (const [id, title] of titles) {
      if (counts.measure.has(id)) option(filters.measure, id, `${id} ${title} (${counts.measure.get(id)})`);
    }
    const most = (map) => [...map].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
    for (const [unit, number] of most(counts.unit)) option(filters.unit, unit, `${unit} (${number})`);
    for (const [file, number] of most(counts.file)) if (file) option(filters.file, file, `${file} (${number})`);
    if (filters.standing) for (const [standing, number] of most(counts.standing)) option(filters.standing, standing, `${standing} (${number})`);
  }

  // A word is looked for once in each text, and findings are asked by the numbers of their texts.
  function hits(word) {
    lowered = lowered || strings.map((string) => string.toLowerCase());
    const found = new Uint8Array(strings.length);
    lowered.forEach((string, index) => { if (string.includes(word)) found[index] = 1; });
    const ruleFound = rules.map((info) => `${info.id} ${info.measure} ${info.measureTitle}`.toLowerCase().includes(word));
    return (finding) => {
      if (ruleFound[finding[0]]) return true;
      for (let index = 3; index < column.record; index += 1) if (found[finding[index]]) return true;
      return finding[column.record].some((place, index) => index > 0 && found[place]);
    };
  }

  // Texts are compared once each; findings are put in order by the numbers that their texts got. Equal ones stay as they were.
  function ranks(name) {
    const used = [...new Set(all.map((finding) => finding[column[name]]))];
    const collator = new Intl.Collator(document.documentElement.lang, { numeric: true });
    used.sort((a, b) => collator.compare(strings[a], strings[b]));
    return new Map(used.map((place, rank) => [place, rank]));
  }

  const orders = {};
  function ordered(by) {
    if (by === "0") return all;
    if (orders[by]) return orders[by];
    const keys = { 1: ["unit"], 2: [], 3: ["file", "sheet"] }[by].map((name) => [column[name], ranks(name)]);
    const line = (finding) => Number((text(finding, "cell").match(/\d+/) || [0])[0]);
    const measure = new Map([...new Set(rules.map((info) => info.measure))].map((id, rank) => [id, rank]));
    const key = (finding) => [...keys.map(([index, rank]) => rank.get(finding[index])), by === "2" ? measure.get(rule(finding).measure) : 0, by === "3" ? line(finding) : 0];
    const keyed = all.map((finding) => [key(finding), finding]);
    keyed.sort(([a], [b]) => { for (let at = 0; at < a.length; at += 1) if (a[at] !== b[at]) return a[at] - b[at]; return 0; });
    orders[by] = keyed.map(([, finding]) => finding);
    return orders[by];
  }

  function apply() {
    const kind = filters.kind.value, measure = filters.measure.value, unit = filters.unit.value, file = filters.file.value;
    const standing = filters.standing ? filters.standing.value : "";
    const tests = search.value.trim().toLowerCase().split(/\s+/).filter(Boolean).map(hits);
    shown = ordered(sorting.value).filter((finding) =>
      (kind === "" || String(finding[column.kind]) === kind) &&
      (measure === "" || rule(finding).measure === measure) &&
      (unit === "" || text(finding, "unit") === unit) &&
      (file === "" || text(finding, "file") === file) &&
      (standing === "" || text(finding, "standing") === standing) &&
      tests.every((test) => test(finding)));
    count.textContent = labels.shown.replace("{n}", shown.length).replace("{total}", all.length);
    space.style.height = `${shown.length * height}px`;
    list.scrollTop = 0;
    select(shown.length > 0 ? 0 : -1);
  }

  // Only the rows in sight exist.
  function draw() {
    const first = Math.max(0, Math.floor(list.scrollTop / height) - 5);
    const last = Math.min(shown.length, Math.ceil((list.scrollTop + list.clientHeight) / height) + 5);
    const rows = [];
    for (let index = first; index < last; index += 1) {
      const finding = shown[index];
      const row = element("div", undefined, `row k${finding[column.kind]}`);
      row.id = `row-${index}`;
      row.style.top = `${index * height}px`;
      row.setAttribute("role", "option");
      row.setAttribute("aria-selected", String(index === selected));
      row.setAttribute("aria-setsize", String(shown.length));
      row.setAttribute("aria-posinset", String(index + 1));
      const head = element("div");
      head.append(element("span", labels.kinds[finding[column.kind]], "badge"), text(finding, "found"));
      const where = [rule(finding).measure, text(finding, "title"), text(finding, "unit"), text(finding, "period"), text(finding, "standing")];
      row.append(head, element("div", where.filter(Boolean).join(" · "), "where"));
      row.addEventListener("click", () => { select(index); list.focus(); });
      rows.push(row);
    }
    space.replaceChildren(...rows);
  }

  function select(index) {
    selected = index;
    if (index >= 0) {
      const top = index * height;
      if (top < list.scrollTop) list.scrollTop = top;
      if (top + height > list.scrollTop + list.clientHeight) list.scrollTop = top + height - list.clientHeight;
      list.setAttribute("aria-activedescendant", `row-${index}`);
    } else {
      list.removeAttribute("aria-activedescendant");
    }
    draw();
    describe(index >= 0 ? shown[index] : null);
  }

  function describe(finding) {
    if (!finding) {
      detail.replaceChildren(element("p", shown.length === 0 ? labels.none : labels.choose));
      return;
    }
    const info = rule(finding);
    const heading = element("h3", undefined, `k${finding[column.kind]}`);
    heading.append(element("span", labels.kinds[finding[column.kind]], "badge"), text(finding, "title"));
    const entries = element("dl");
    const entry = (label, content) => {
      if (!content) return;
      entries.append(element("dt", label));
      const node = element("dd");
      node.append(content);
      entries.append(node);
    };
    entry(labels.found, text(finding, "found"));
    entry(labels.required, text(finding, "required"));
    entry(labels.unit, text(finding, "unit"));
    entry(labels.period, text(finding, "period"));
    entry(labels.standing, text(finding, "standing"));
    const file = text(finding, "file");
    if (file) {
      const place = element("span", [file, text(finding, "sheet"), text(finding, "cell")].filter(Boolean).join(" · ") + " ");
      if (links.get(file)) {
        const link = element("a", labels.open);
        link.setAttribute("href", links.get(file));
        place.append(link);
      }
      entry(labels.place, place);
    }
    const [names, ...texts] = finding[column.record].map((place) => strings[place]);
    entry(labels.record, names && names.split("\u001f").map((name, index) => `${name}${labels.colon}${texts[index]}`).join("\n"));
    entry(labels.related, text(finding, "related"));
    entry(labels.key, text(finding, "key"));
    entry(labels.values, text(finding, "values"));
    entry(labels.advice, text(finding, "advice"));
    if (finding[column.records] > 1) entry(labels.records, String(finding[column.records]));
    entry(labels.measure, `${info.measure} ${info.measureTitle}`);
    entry(labels.citations, info.citations.join("\n"));
    entry(labels.interpretation, info.interpretation);
    entry(labels.fingerprint, `${text(finding, "fingerprint")} · ${info.id}`);
    detail.replaceChildren(heading, entries);
    detail.scrollTop = 0;
  }

  function fillPrint() {
    const table = byId("print");
    const names = ["measure", "rule", "unit", "found", "required", "advice", "place"];
    const head = element("tr");
    for (const name of names) head.append(element("th", labels[name]));
    const top = element("thead");
    top.append(head);
    const body = element("tbody");
    for (const finding of shown.slice(0, printed)) {
      const row = element("tr");
      const place = [text(finding, "file").split("/").pop(), text(finding, "sheet"), text(finding, "cell")].filter(Boolean).join(" ");
      const info = rule(finding);
      const cells = [`${info.measure} ${info.measureTitle}`, `${labels.kinds[finding[column.kind]]} ${text(finding, "title")}`, text(finding, "unit"),
        text(finding, "found"), text(finding, "required"), text(finding, "advice"), place];
      for (const content of cells) row.append(element("td", content));
      body.append(row);
    }
    if (shown.length > printed) {
      const row = element("tr"), cell = element("td", labels.cut.replace("{n}", printed));
      cell.colSpan = names.length;
      row.append(cell);
      body.append(row);
    }
    table.replaceChildren(top, body);
  }

  // On paper the matrix stands in blocks of columns, each with the units beside it.
  function fillBlocks() {
    const matrix = document.querySelector("table.matrix"), blocks = byId("blocks");
    if (!matrix || blocks.childElementCount > 0) return;
    const rows = [...matrix.rows], columns = rows[0].cells.length, wide = 12;
    for (let from = 1; from < columns; from += wide) {
      const table = element("table", undefined, "matrix"), head = element("thead"), body = element("tbody");
      for (const row of rows) {
        const copy = element("tr");
        for (const cell of [row.cells[0], ...[...row.cells].slice(from, from + wide)]) {
          const twin = cell.cloneNode(true);
          if (row === rows[0] && cell.title) twin.append(element("br"), element("small", cell.title));
          copy.append(twin);
        }
        (row === rows[0] ? head : body).append(copy);
      }
      table.append(head, body);
      blocks.append(table);
    }
  }

  function choose(name, value) {
    for (const other of Object.keys(filters)) filters[other].value = "";
    search.value = "";
    filters[name].value = value;
    apply();
    byId("findings").scrollIntoView();
    list.focus();
  }

  let waiting = 0;
  search.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(apply, 150); });
  for (const name of Object.keys(filters)) filters[name].addEventListener("change", apply);
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("filters").addEventListener("reset", () => setTimeout(apply, 0));
  list.addEventListener("scroll", draw, { passive: true });
  list.addEventListener("keydown", (event) => {
    const page = Math.max(1, Math.floor(list.clientHeight / height) - 1);
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (event.key === "Enter") { detail.focus(); event.preventDefault(); return; }
    if (!(event.key in moves) || shown.length === 0) return;
    event.preventDefault();
    select(Math.min(shown.length - 1, Math.max(0, selected + moves[event.key])));
  });
  detail.addEventListener("keydown", (event) => { if (event.key === "Escape") list.focus(); });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) { event.preventDefault(); search.focus(); }
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-unit], button[data-measure]");
    if (!button) return;
    if (button.dataset.unit !== undefined) choose("unit", button.dataset.unit); else choose("measure", button.dataset.measure);
  });
  window.addEventListener("beforeprint", () => {
    for (const node of document.querySelectorAll("details:not(.quiet)")) node.open = true;
    fillPrint();
    fillBlocks();
  });
  window.addEventListener("resize", draw);
  sorting.addEventListener("change", apply);
  fillFilters();
  labels.sorts.forEach((label, by) => option(sorting, String(by), label));
  apply();
})();
