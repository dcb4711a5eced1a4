/* The case browser: filters, order, one case at a time, keys. Cards and rows stand in the page. */
"use strict";
(() => {
  const form = document.getElementById("filters");
  const list = document.getElementById("cards");
  const body = document.querySelector("#case-table tbody");
  const dialog = document.getElementById("case");
  const headings = [...document.querySelectorAll("#case-table thead th")].map((cell) => cell.textContent);
  const key = (name) => name.replace(/_(.)/g, (all, letter) => letter.toUpperCase());
  const cases = [...list.children].map((card, place) => ({
    id: card.dataset.id, card, row: body.children[place], data: card.dataset, place,
  }));
  const named = new Map(cases.map((item) => [item.id, item]));
  /* So many are laid out at a time: a thousand at once would make every filter slow. */
  const STEP = 60;
  const more = document.getElementById("more-cases");
  let shown = cases;
  let limit = STEP;
  form.hidden = false;

  /* What each control demands of a case. */
  function demands() {
    const tests = [];
    for (const control of form.elements) {
      const name = key(control.name || "");
      if (control.tagName === "SELECT" && name !== "sort" && control.value !== "*")
        tests.push((item) => item.data[name] === control.value);
      else if (control.type === "number" && control.value !== "") {
        const end = Number(control.value);
        const low = control.dataset.end === "low";
        tests.push((item) => item.data[name] !== "" && (low ? item.data[name] >= end : item.data[name] <= end));
      } else if (control.type === "search" && control.value)
        tests.push((item) => item.id.toLowerCase().includes(control.value.trim().toLowerCase()));
    }
    return tests;
  }

  function order() {
    const name = key(form.elements.sort.value.replace("-", ""));
    const sign = form.elements.sort.value.startsWith("-") ? -1 : 1;
    const value = (item) => (item.data[name] === "" ? sign * Infinity : Number(item.data[name]));
    const sorted = name ? [...cases].sort((a, b) => sign * (value(a) - value(b)) || a.place - b.place) : cases;
    list.append(...sorted.map((item) => item.card));
    body.append(...sorted.map((item) => item.row));
    return sorted;
  }

  let sorted = cases;
  function choose() {
    const tests = demands();
    shown = sorted.filter((item) => tests.every((test) => test(item)));
    const kept = new Set(shown.slice(0, limit));
    for (const item of cases) {
      const hide = !kept.has(item);
      if (item.card.hidden !== hide) item.card.hidden = item.row.hidden = hide;
    }
    more.hidden = shown.length <= limit;
    document.getElementById("case-count").textContent = `${shown.length} of ${cases.length} cases${more.hidden ? "" : `, the first ${limit} of them below`}`;
  }
  function look() {
    const asTable = form.elements.table.checked;
    list.hidden = asTable;
    document.getElementById("case-table").hidden = !asTable;
    for (const name of ["reader", "predicted"])
      if (form.elements[name]) document.body.classList.toggle(`no-${name}`, !form.elements[name].checked);
  }
  more.addEventListener("click", () => { limit += STEP; choose(); });
  form.addEventListener("input", (event) => {
    limit = STEP;
    if (event.target.name === "sort") sorted = order();
    choose();
    look();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(() => { limit = STEP; sorted = order(); choose(); look(); }));

  /* One case, by its link; what is folded around it opens, as nothing inside would be seen. */
  let current = null;
  let from = null;
  function open(item) {
    current = item;
    dialog.closest("details").open = true;
    document.getElementById("case-title").textContent = `${item.id}: ${item.data.label}`;
    const picture = item.card.querySelector(".pic");
    document.getElementById("case-picture").replaceChildren(...(picture ? [picture.cloneNode(true)] : []));
    const image = dialog.querySelector("img");
    if (image) image.alt = `Ultrasound image of case ${item.id}`;
    const facts = [...item.row.cells].slice(1).flatMap((cell, place) => {
      const name = document.createElement("dt");
      const text = document.createElement("dd");
      name.textContent = headings[place + 1];
      text.textContent = cell.textContent;
      return [name, text];
    });
    document.getElementById("case-facts").replaceChildren(...facts);
    if (!dialog.open) {
      from = document.activeElement;
      dialog.showModal();
    }
    document.getElementById("case-title").focus();
  }
  function step(by) {
    const at = shown.indexOf(current);
    const next = shown[at + by];
    if (at + by >= limit) { limit += STEP; choose(); }
    if (next) { history.replaceState(null, "", link(next)); open(next); }
  }
  const link = (item) => item.card.firstElementChild.getAttribute("href");
  function follow() {
    const hash = anchor();
    const item = hash.startsWith("case=") && named.get(hash.slice("case=".length));
    if (item) open(item);
    else if (dialog.open) dialog.close();
  }
  addEventListener("hashchange", follow);
  dialog.addEventListener("close", () => {
    if (anchor().startsWith("case=")) history.replaceState(null, "", "#browser");
    /* Who came from elsewhere on the page is back there. */
    const elsewhere = from !== document.body && !list.contains(from) && !body.contains(from);
    if (elsewhere && from.isConnected) from.focus();
    else if (!current.card.hidden && !list.hidden) current.card.firstElementChild.focus();
    else if (!current.row.hidden) current.row.querySelector("a").focus();
  });
  dialog.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (event.target === dialog || button?.hasAttribute("data-close")) dialog.close();
    else if (button?.dataset.step) step(Number(button.dataset.step));
  });
  dialog.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by) { event.preventDefault(); step(by); }
  });

  /* Arrows go from card to card. */
  list.addEventListener("keydown", (event) => {
    const at = shown.findIndex((item) => item.card.contains(document.activeElement));
    if (at < 0) return;
    const top = shown[at].card.offsetTop;
    let columns = 0;
    for (const item of shown) if (item.card.offsetTop === shown[0].card.offsetTop) columns += 1;
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, Home: -at, End: shown.length - 1 - at }[event.key];
    if (by === undefined || !shown[at + by]) return;
    event.preventDefault();
    while (at + by >= limit) { limit += STEP; choose(); }
    shown[at + by].card.firstElementChild.focus();
  });

  /* Paper gets all that are chosen. */
  let before = limit;
  addEventListener("beforeprint", () => { before = limit; limit = Infinity; choose(); });
  addEventListener("afterprint", () => { limit = before; choose(); });

  choose();
  look();
  follow();
})();
