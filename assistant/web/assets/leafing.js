// Leafing through the document that the source panel shows: what is looked for in it, and its pages as pictures.
window.leafing = (() => {
  const { find, call, element } = shell;

  async function search(form) {
    const query = find("input", form).value.trim();
    const told = find(".yj-found", form);
    told.replaceChildren();
    if (!query) return;
    try {
      const found = await call(`v1/documents/${encodeURIComponent(form.dataset.document)}/find?` + new URLSearchParams({ query }));
      // Bars and dashes are how tables and lists are kept, not what they say.
      const plain = (text) => text.replace(/\s*\|[\s|-]*/g, " ").replace(/(^|\n)- /g, " ");
      const hits = found.hits.map((hit) => element("button", { type: "button", className: "yj-hit", dataset: { hit: `${form.dataset.document}:${hit.start}-${hit.end}` } },
        plain(hit.before), element("mark", {}, plain(hit.text)), plain(hit.after)));
      const words = form.dataset;
      told.replaceChildren(element("span", { className: "yj-note" }, found.total ? words.places.replace("{}", found.total) : words.nowhere), ...hits);
    } catch (error) { told.textContent = error.message; }
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

  return { search, sheet, turnPage };
})();
