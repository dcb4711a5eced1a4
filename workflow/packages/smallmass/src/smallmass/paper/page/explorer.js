/* The specification curve with options ticked on and off: counts, medians and dots of what is left. */
"use strict";
(() => {
  const source = document.getElementById("explorer-data");
  if (!source) return;
  const { models, main } = JSON.parse(source.textContent);
  for (const name of Object.keys(models)) models[name] = models[name].map(([gain, loss, text]) => ({ gain, loss, codes: text.split(" ") }));
  const form = document.getElementById("explorer");
  const drawing = document.querySelector("#explorer-figure g");
  form.hidden = false;

  function chosen() {
    return [...form.querySelectorAll("fieldset")].map((set) => ({
      place: Number(set.dataset.place),
      codes: new Set([...set.querySelectorAll(":checked")].map((box) => box.value).concat("-")),
    }));
  }
  /* The value below which a share of the combinations lies; they are sorted here. */
  function quantile(groups, key, share) {
    const sorted = [...groups].sort((a, b) => a[key] - b[key]);
    const total = sorted.reduce((sum, group) => sum + group.n, 0);
    const value = (rank) => { let seen = 0; for (const group of sorted) { seen += group.n; if (rank < seen) return group[key]; } };
    const at = share * (total - 1);
    const low = value(Math.floor(at));
    return low + (value(Math.ceil(at)) - low) * (at % 1);
  }
  const minus = (number) => String(number).replace("-", "−");
  const points = (value) => minus(value.toFixed(1).replace("-0.0", "0.0"));

  function draw() {
    const name = form.elements.model.value;
    const sets = chosen();
    const groups = models[name].map(({ gain, loss, codes }) => ({
      gain, loss, n: codes.filter((code) => sets.every((set) => set.codes.has(code[set.place]))).length,
    })).filter((group) => group.n);
    const total = groups.reduce((sum, group) => sum + group.n, 0);
    const part = (test) => groups.filter(test).reduce((sum, group) => sum + group.n, 0);
    const facts = total ? [
      ["Combinations", total.toLocaleString("en")],
      ["Gain in sensitivity, median (range)", ["gain"].map((key) => `${points(quantile(groups, key, 0.5))} (${points(quantile(groups, key, 0))} to ${points(quantile(groups, key, 1))})`)[0]],
      ["Loss of specificity, median (range)", `${points(quantile(groups, "loss", 0.5))} (${points(quantile(groups, "loss", 0))} to ${points(quantile(groups, "loss", 1))})`],
      ["Gain above loss", `${(100 * part((group) => group.gain > group.loss) / total).toFixed(1)}%`],
    ] : [["Combinations", "0: of one question no option is ticked"]];
    document.getElementById("explorer-facts").replaceChildren(...facts.flatMap(([title, text]) => {
      const dt = document.createElement("dt");
      const dd = document.createElement("dd");
      dt.textContent = title;
      dd.textContent = text;
      return [dt, dd];
    }));
    const every = models[name].flatMap(({ gain, loss }) => [gain, loss]);
    const [low, high] = [Math.floor(Math.min(0, ...every) / 10) * 10, Math.ceil(Math.max(10, ...every) / 10) * 10];
    const at = (value) => (100 * (value - low)) / (high - low);
    const most = Math.max(...groups.map((group) => group.n), 1);
    const dot = (x, y, r, kind) => `<circle class="${kind}" cx="${at(x)}" cy="${100 - at(y)}" r="${r}"/>`;
    drawing.innerHTML = `<path class="axis" d="M0,0V100H100"/><path class="chance" d="M0,100L100,0"/>`
      + [low, 0, high].map((tick) => `<text x="${at(tick)}" y="107" text-anchor="middle">${minus(tick)}</text><text x="-3" y="${102 - at(tick)}" text-anchor="end">${minus(tick)}</text>`).join("")
      + `<text x="50" y="114" text-anchor="middle">loss of specificity</text><text transform="translate(-13,50) rotate(-90)" text-anchor="middle">gain in sensitivity</text>`
      + groups.map((group) => dot(group.loss, group.gain, 0.7 + 3 * Math.sqrt(group.n / most), "dot")).join("")
      + main[name].map(([gain, loss]) => dot(loss, gain, 4.6, "ring")).join("");
  }
  function tick(own) {
    for (const box of form.querySelectorAll("fieldset input")) box.checked = own ? box.hasAttribute("data-own") : true;
    draw();
  }
  form.addEventListener("input", draw);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.elements.all.addEventListener("click", () => tick(false));
  form.elements.own.addEventListener("click", () => tick(true));
  draw();
})();
