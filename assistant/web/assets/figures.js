// The figures page: a value opens its sources in a dialog, and names of metrics are suggested while one types.
(() => {
  const { find, element, call } = window.shell;
  const texts = () => JSON.parse(find("#fg-texts").dataset.texts);

  // The sentence with the number marked in it: where both stand in the document's text says which characters these are.
  function quoted(source) {
    // Offsets count characters, as people do; JavaScript's strings count halves of some of them.
    const characters = Array.from(source.quote);
    const from = source.start - source.quote_start, to = source.end - source.quote_start;
    return element("blockquote", { className: "fg-quote" },
      characters.slice(0, from).join(""), element("mark", {}, characters.slice(from, to).join("")), characters.slice(to).join(""));
  }

  const isEnglish = () => document.documentElement.lang === "en";
  const colon = () => (isEnglish() ? ": " : "：");

  function card(source, words) {
    const facts = [
      source.publisher, source.published, source.section === source.title ? "" : source.section, source.page === "" ? "" : words.page.replace("{}", source.page), words.standings[source.standing] || source.standing,
    ].filter(Boolean).join(" · ");
    const doubts = source.doubts.map((each) => words.doubts[each]).join(isEnglish() ? ", " : "、");
    return element("article", { className: "fg-source" },
      element("h3", {}, source.title), facts && element("p", { className: "yj-note" }, facts), quoted(source),
      source.dimensions.length > 0 && element("p", { className: "yj-note" }, source.dimensions.map(([head, text]) => `${head}${colon()}${text}`).join(isEnglish() ? "; " : "；")),
      doubts && element("p", { className: "yj-note" }, element("span", { className: "yj-badge yj-doubt" }, words.doubt), ` ${doubts}`),
      source.is_order && element("p", { className: "yj-error" }, words.ordered),
      element("a", { className: "yj-button", href: `./#${source.document_id}:${source.start}-${source.end}` }, words.open));
  }

  async function open(link) {
    const words = texts();
    const body = element("div", { className: "fg-sources", "aria-live": "polite", "aria-busy": "true" }, element("p", { className: "yj-note" }, words.loading));
    const close = element("button", { type: "button", className: "yj-button" }, words.close);
    const dialog = element("dialog", { className: "yj-dialog fg-dialog", "aria-label": words.title }, element("h2", {}, `${words.title}${colon()}${link.innerText}`), body,
      element("div", { className: "yj-dialog-foot" }, close));
    close.addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    dialog.addEventListener("close", () => { dialog.remove(); link.focus(); });
    document.body.append(dialog);
    dialog.showModal();
    const cards = await Promise.all(link.dataset.places.split(" ").slice(0, 20).map(async (place) => {
      try {
        return card(await call(`v1/figures/${place.split("/").map(encodeURIComponent).join("/")}`), words);
      } catch (error) {
        return element("p", { className: "yj-error", role: "alert" }, words.failed.replace("{}", error.message));
      }
    }));
    body.replaceChildren(...cards);
    body.removeAttribute("aria-busy");
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a.fg-value");
    // With a key held, the link opens the document as any link does.
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    event.preventDefault();
    open(link);
  });

  // An address says only what is asked for.
  document.addEventListener("submit", (event) => {
    if (event.target.method === "get") for (const box of event.target.elements) if (box.name) box.disabled = !box.value.trim();
  });
  window.addEventListener("pageshow", () => { for (const box of document.querySelectorAll("form [name]")) box.disabled = false; });

  let waiting = 0, asked = 0;
  document.addEventListener("input", (event) => {
    if (event.target.id !== "fg-q") return;
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const text = event.target.value.trim(), own = ++asked;
      if (!text) return;
      try {
        const reply = await call(`v1/metrics?limit=8&q=${encodeURIComponent(text.slice(0, 200))}`);
        if (own === asked) find("#fg-names").replaceChildren(...reply.metrics.map((each) => element("option", { value: each.metric })));
      } catch { /* suggestions are no must */ }
    }, 200);
  });
})();
