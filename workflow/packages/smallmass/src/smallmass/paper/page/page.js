/* Where one is, what is folded, and what a term means. Without it the page is whole. */
"use strict";
/* What the address says behind its #; an address that is spelt wrong says nothing. */
function anchor() {
  try { return decodeURIComponent(location.hash.slice(1)); } catch { return ""; }
}
(() => {
  const links = new Map([...document.querySelectorAll("nav.side a")].map((a) => [a.hash.slice(1), a]));
  const sections = [...document.querySelectorAll("main section[id]")].filter((s) => links.has(s.id));
  const narrow = matchMedia("(max-width: 62rem)");
  const contents = document.querySelector("nav.side > details");

  function here() {
    const line = innerHeight / 4;
    let current = sections[0];
    for (const section of sections) if (section.getBoundingClientRect().top <= line) current = section;
    for (const [id, link] of links) {
      if (id === current.id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    keepInSight(links.get(current.id));
  }
  /* The contents may be longer than the window. */
  const side = document.querySelector("nav.side");
  function keepInSight(link) {
    if (narrow.matches) return;
    const [all, one] = [side.getBoundingClientRect(), link.getBoundingClientRect()];
    if (one.top < all.top) side.scrollTop -= all.top - one.top;
    if (one.bottom > all.bottom) side.scrollTop += one.bottom - all.bottom;
  }
  let waiting = false;
  addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; here(); });
  }, { passive: true });

  /* A link into what is folded opens it. */
  function reveal() {
    const target = document.getElementById(anchor());
    if (!target) return;
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    target.querySelector("details.section")?.setAttribute("open", "");
    target.scrollIntoView();
  }
  addEventListener("hashchange", reveal);

  const fold = () => { contents.open = !narrow.matches; };
  narrow.addEventListener("change", fold);
  contents.addEventListener("click", (event) => {
    if (narrow.matches && event.target.closest("a")) contents.open = false;
  });

  const all = document.getElementById("fold-all");
  all.hidden = false;
  all.addEventListener("click", () => {
    const open = all.getAttribute("aria-pressed") !== "true";
    document.querySelectorAll("main details").forEach((part) => { part.open = open; });
    all.setAttribute("aria-pressed", String(open));
    all.textContent = open ? "Fold all sections" : "Open all sections";
  });
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    closed.forEach((part) => { part.open = true; });
  });
  addEventListener("afterprint", () => closed.forEach((part) => { part.open = false; }));

  /* What a term means, beside it; escape puts it away. */
  const tip = document.getElementById("tip");
  function show(term) {
    tip.textContent = document.getElementById(term.hash.slice(1)).nextElementSibling.textContent;
    tip.hidden = false;
    const box = term.getBoundingClientRect();
    const left = Math.max(8, Math.min(box.left, document.documentElement.clientWidth - tip.offsetWidth - 8));
    tip.style.left = `${left + scrollX}px`;
    const below = box.bottom + tip.offsetHeight <= innerHeight;
    tip.style.top = `${(below ? box.bottom - 1 : box.top - tip.offsetHeight + 1) + scrollY}px`;
    term.setAttribute("aria-describedby", "tip");
  }
  function hide() {
    tip.hidden = true;
    document.querySelector("[aria-describedby=tip]")?.removeAttribute("aria-describedby");
  }
  for (const term of document.querySelectorAll("a.term")) {
    term.removeAttribute("title");
    term.addEventListener("mouseenter", () => show(term));
    term.addEventListener("focus", () => show(term));
    term.addEventListener("mouseleave", (event) => { if (event.relatedTarget !== tip) hide(); });
    term.addEventListener("blur", hide);
  }
  tip.addEventListener("mouseleave", hide);
  addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });

  fold();
  reveal();
  here();
})();
