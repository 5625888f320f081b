// Leafing through the document that the source panel shows: what is looked for in it, and its pages as pictures.
window.leafing = (() => {
  const { find, call, element } = shell;

  // What was found last, and which of it is shown: another Enter goes to the next.
  let last = null;
  let isFocused = false; // the keyboard is in the search, not on what was found
  async function search(form) {
    const query = find("input", form).value.trim();
    const id = form.dataset.document;
    const told = find(".yj-found", form);
    if (last && last.id === id && last.query === query && last.hits.length) return go(1);
    last = null;
    isFocused = false;
    told.replaceChildren();
    if (!query) return;
    try {
      const found = await call(`v1/documents/${encodeURIComponent(id)}/find?` + new URLSearchParams({ query }));
      last = { id, query, hits: found.hits, total: found.total, at: -1 };
      // Bars and dashes are how tables and lists are kept, not what they say.
      const plain = (text) => text.replace(/\s*\|[\s|-]*/g, " ").replace(/(^|\n)- /g, " ");
      const hits = found.hits.map((hit, at) => element("button", { type: "button", className: "yj-hit", dataset: { hit: at } },
        plain(hit.before), element("mark", {}, plain(hit.text)), plain(hit.after)));
      told.replaceChildren(element("span", { className: "yj-note" }, found.total ? form.dataset.places.replace("{}", found.total) : form.dataset.nowhere), ...hits);
    } catch (error) { told.textContent = error.message; }
  }
  function go(step) {
    isFocused = true;
    hit((last.at + step + last.hits.length) % last.hits.length);
  }
  function hit(at) {
    last.at = at;
    location.hash = `${last.id}:${last.hits[at].start}-${last.hits[at].end}`;
  }
  // The panel was drawn anew at a place that was found: what was looked for stays, and leads on. Gives back whether the
  // keyboard is there.
  function again(root) {
    const form = find(".yj-find", root);
    const shown = last && last.hits[last.at];
    if (!form || !shown || !find(".yj-source", root).dataset.place.startsWith(`${last.id}:${shown.start}-${shown.end}`)) return false;
    const box = find("input", form);
    box.value = last.query;
    const step = (sign, by, label) => element("button", { type: "button", className: "yj-plain", "aria-label": label, title: label, dataset: { find: by } }, sign);
    find(".yj-found", form).replaceChildren(element("span", { className: "yj-stepping" },
      step("‹", -1, form.dataset.before), `${last.at + 1} / ${last.total}`, step("›", 1, form.dataset.after)));
    if (isFocused) box.focus({ preventScroll: true });
    return isFocused;
  }

  // The document as its pages, the quote boxed.
  function sheet(button, root) {
    const shown = find(".yj-sheet", root);
    const on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", on);
    shown.hidden = !on;
    find(".yj-excerpt", root).hidden = on;
    if (on) turnPage(0, root);
  }
  function turnPage(step, root) {
    const button = find("[data-pages]", root);
    const page = Math.min(Number(button.dataset.pages), Math.max(1, Number(button.dataset.page) + step));
    button.dataset.page = page;
    const shown = find(".yj-sheet", root);
    const source = `v1/documents/${encodeURIComponent(button.dataset.document)}/pages/${page}?quote=${button.dataset.quote}&width=1200`;
    const picture = element("img", { src: new URL(source, document.baseURI).href, alt: button.dataset.label.replace("{}", page), className: "yj-pageview" });
    picture.addEventListener("error", () => picture.replaceWith(element("p", { className: "yj-note" }, button.dataset.gone)));
    shown.replaceChildren(
      element("p", { className: "yj-turning" },
        element("button", { type: "button", className: "yj-plain", "aria-label": button.dataset.before, dataset: { turnPage: -1 }, disabled: page === 1 }, "‹"),
        button.dataset.label.replace("{}", page),
        element("button", { type: "button", className: "yj-plain", "aria-label": button.dataset.after, dataset: { turnPage: 1 }, disabled: page === Number(button.dataset.pages) }, "›")),
      picture);
  }

  return { search, go, hit, again, sheet, turnPage };
})();
