/* Moves the cut-offs: a case is called malignant from the cut-off on; the gate is the study's. */
"use strict";
(() => {
  const source = document.getElementById("cutoff-data");
  if (!source) return;
  const { gated, own, cases } = JSON.parse(source.textContent);
  const form = document.getElementById("cutoffs");
  const field = form.elements;
  const models = Object.keys(own);
  const column = Object.fromEntries(models.map((name, place) => [name, place + 2]));
  const steps = {};
  for (const name of models) {
    const scores = cases.map((row) => row[column[name]]).filter((score) => score !== null);
    steps[name] = [...new Set(scores)].sort((a, b) => a - b).concat(Infinity);
  }
  const start = (name) => (own[name] === null ? steps[name].length - 1 : steps[name].findIndex((score) => score >= own[name]));
  const combined = () => field.model?.value;
  const at = {};
  form.hidden = false;

  /* Calls at given places of the sliders: 1, 0, or null without a score. */
  function calls(name, place) {
    return cases.map((row) => {
      const first = Number(row[column.image] >= steps.image[place.image]);
      if (name === "image") return first;
      const score = row[column[name]];
      if (score === null) return null;
      return Math.max(Number(score >= steps[name][place[name]]), gated ? first : 0);
    });
  }
  const rate = (part, whole) => (whole ? part / whole : NaN);
  const percent = (share) => (Number.isNaN(share) ? "–" : (100 * share).toFixed(1));
  /* A share that is typed in percent; none where nothing is there, or what no share can be. */
  const typed = (control) => (control.value !== "" && control.validity.valid ? Number(control.value) / 100 : NaN);

  function row(name) {
    const called = calls(name, at);
    const count = (truth, call) => called.filter((each, i) => each === call && cases[i][1] === truth).length;
    const [tp, fn, fp, tn] = [count(1, 1), count(1, 0), count(0, 1), count(0, 0)];
    const [sensitivity, specificity] = [rate(tp, tp + fn), rate(tn, fp + tn)];
    const p = typed(field.prevalence);
    const t = typed(field.threshold);
    const [hit, alarm] = [sensitivity * p, (1 - specificity) * (1 - p)];
    const benefit = hit - alarm * t / (1 - t);
    const lines = document.querySelector("#cutoff-table tbody").rows;
    const place = models.indexOf(name) + 1;
    [tp, fn, fp, tn, percent(sensitivity), percent(specificity), percent(rate(hit, hit + alarm)),
      percent(rate(specificity * (1 - p), specificity * (1 - p) + (1 - sensitivity) * p)),
      Number.isFinite(benefit) ? benefit.toFixed(3).replace("-", "−") : "–",
    ].forEach((text, line) => { lines[line].cells[place].textContent = text; });
    const point = document.querySelector(`#cutoff-roc .now.${name}`);
    point.removeAttribute("hidden");
    point.setAttribute("cx", 100 * (1 - specificity));
    point.setAttribute("cy", 100 * (1 - sensitivity));
  }

  /* Which cases change sides in the models whose cut-offs can be moved, each with a link. */
  function changes() {
    const lines = ["image", combined()].filter(Boolean).flatMap(changesOf);
    const none = document.createElement("p");
    none.textContent = "No case changes sides against the study’s own cut-offs.";
    document.getElementById("changed").replaceChildren(...(lines.length ? lines : [none]));
  }
  function changesOf(name) {
    const first = Object.fromEntries(models.map((each) => [each, start(each)]));
    const [before, now] = [calls(name, first), calls(name, at)];
    const whose = document.getElementById(`cut-${name}`).textContent;
    return [[0, 1, "now called malignant"], [1, 0, "now called benign"]].flatMap(([old, fresh, words]) => {
      const moved = cases.filter((each, i) => before[i] === old && now[i] === fresh);
      if (!moved.length) return [];
      const line = document.createElement("p");
      line.append(`${whose}, ${words} (${moved.length}): `);
      moved.forEach(([id, malignant], i) => {
        const link = document.createElement("a");
        link.href = `#case=${encodeURIComponent(id)}`;
        link.textContent = `${id} (${malignant ? "malignant" : "benign"})`;
        line.append(i ? ", " : "", link);
      });
      return [line];
    });
  }

  function slider(control, name) {
    const value = steps[name][at[name]];
    control.max = steps[name].length - 1;
    control.value = at[name];
    /* The study's own cut-off is a score of other cases: between two of these. */
    const isOwn = at[name] === start(name);
    const cut = isOwn ? own[name] ?? Infinity : value;
    const text = (cut === Infinity ? "nobody" : `≥ ${cut.toFixed(3)}`) + (isOwn ? " (study’s own)" : "");
    control.setAttribute("aria-valuetext", text);
    field[`${control.name}-value`].value = text;
    control.nextElementSibling.style.setProperty("--at", start(name) / (steps[name].length - 1));
  }
  function draw() {
    slider(field.image, "image");
    if (field.combined) slider(field.combined, combined());
    models.forEach(row);
    changes();
  }
  function reset() {
    for (const name of models) at[name] = start(name);
    draw();
  }
  form.addEventListener("input", (event) => {
    if (event.target === field.image) at.image = Number(field.image.value);
    if (event.target === field.combined) at[combined()] = Number(field.combined.value);
    draw();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  field.own.addEventListener("click", reset);
  form.addEventListener("keydown", (event) => {
    const alone = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (alone && event.key.toLowerCase() === "s" && event.target.type !== "number") reset();
  });
  reset();
})();
