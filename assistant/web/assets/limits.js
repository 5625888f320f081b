// Which documents are asked: what is chosen above the box is sent along with each question.
window.limits = (() => {
  const { find, call, element, toast } = shell;

  // Kept in the tab: it stays until it is taken away. A link from the library names a document.
  const limits = (() => {
    const KEPT = "youju-limits";
    let chosen = {};
    let titles = {};
    try { ({ chosen = {}, titles = {} } = JSON.parse(sessionStorage.getItem(KEPT)) || {}); } catch { /* damaged or off */ }
    const named = new URLSearchParams(location.search).get("document");
    if (named) {
      chosen = { documents: [named] };
      const rest = new URLSearchParams(location.search);
      rest.delete("document");
      history.replaceState(null, "", location.pathname + (rest.size ? "?" + rest : "") + location.hash);
    }
    function kept() {
      try { sessionStorage.setItem(KEPT, JSON.stringify({ chosen, titles })); } catch { /* see shell.js */ }
    }
    return {
      filter: () => chosen,
      titles,
      set(name, value) {
        if (value && value.length) chosen[name] = value;
        else delete chosen[name];
        kept();
      },
      clear() { chosen = {}; kept(); },
      title(id, title) { titles[id] = title; kept(); },
    };
  })();

  function scope(root) {
    let open = false;
    let facets = null;
    const words = () => find(".yj-limits", root).dataset;

    function shown() {
      const box = find(".yj-limits", root);
      if (!box) return;
      const chosen = limits.filter();
      const chips = [];
      const chip = (name, label, without) => chips.push(element("button", { type: "button", className: "yj-chip", title: words().remove, "aria-label": `${words().remove}${document.documentElement.lang === "en" ? ": " : "："}${label}`,
        onclick: () => { limits.set(name, without); shown(); } }, label, element("span", { ariaHidden: "true" }, "×")));
      for (const id of chosen.documents || []) chip("documents", `《${limits.titles[id] || id}》`, chosen.documents.filter((each) => each !== id));
      for (const name of ["publishers", "regions", "tags", "folders"]) for (const value of chosen[name] || []) chip(name, value, chosen[name].filter((each) => each !== value));
      if (chosen.since) chip("since", chosen.since + "—", "");
      if (chosen.until) chip("until", "—" + chosen.until, "");
      if (chosen.standing) chip("standing", words().holds, "");
      const opener = element("button", { type: "button", className: "yj-plain yj-limit", ariaExpanded: String(open), onclick: () => { open = !open; shown(); if (open) find("select, input", box)?.focus(); } },
        chips.length ? words().some : words().all, element("span", { ariaHidden: "true" }, open ? " ▴" : " ▾"));
      box.replaceChildren(element("div", { className: "yj-chips" }, opener, ...chips), ...(open ? [form(chosen)] : []));
      for (const id of chosen.documents || []) if (!limits.titles[id]) call(`v1/documents/${encodeURIComponent(id)}`).then((found) => { limits.title(id, found.title); shown(); }).catch(() => { limits.title(id, id); });
    }

    function form(chosen) {
      const select = (name, label, values, isOne) => {
        const own = isOne ? chosen[name] : (chosen[name] || [])[0];
        const box = element("select", { className: "yj-select", onchange: () => { limits.set(name, isOne ? box.value : box.value ? [box.value] : []); shown(); } },
          element("option", { value: "" }, words().any),
          ...values.map(([value, count]) => element("option", { value, selected: value === own }, `${value}（${count}）`)));
        return element("label", {}, label, box);
      };
      const made = element("div", { className: "yj-limit-form" });
      if (!facets) {
        call("v1/facets").then((found) => { facets = found; shown(); }).catch((error) => toast(error.message, { isError: true }));
        return made;
      }
      const holds = element("input", { type: "checkbox", checked: Boolean(chosen.standing), onchange: () => { limits.set("standing", holds.checked ? "today" : ""); shown(); } });
      made.append(
        select("publishers", words().publisher, facets.publishers), select("regions", words().region, facets.regions),
        ...(facets.tags.length ? [select("tags", words().tag, facets.tags)] : []),
        select("since", words().since, facets.years, true), select("until", words().until, facets.years, true),
        element("label", { className: "yj-limit-holds" }, holds, words().standing), document_(),
        element("div", { className: "yj-dialog-foot" },
          element("button", { type: "button", className: "yj-button", onclick: () => { limits.clear(); shown(); } }, words().clear),
          element("button", { type: "button", className: "yj-button yj-primary", onclick: () => { open = false; shown(); find("#yj-box textarea").focus(); } }, words().done)));
      return made;
    }

    function document_() {
      const found = element("div", { className: "yj-found" });
      let wait;
      const box = element("input", { type: "search", className: "yj-input", placeholder: words().find, "aria-label": words().document, oninput: () => {
        clearTimeout(wait);
        wait = setTimeout(async () => {
          const query = box.value.trim();
          if (!query) return found.replaceChildren();
          const { documents } = await call("v1/documents?" + new URLSearchParams({ query, limit: 8 }));
          found.replaceChildren(...documents.filter((each) => each.title.includes(query)).slice(0, 8).map((each) =>
            element("button", { type: "button", className: "yj-hit", onclick: () => {
              limits.title(each.id, each.title);
              limits.set("documents", [...new Set([...(limits.filter().documents || []), each.id])]);
              shown();
            } }, each.title)));
        }, 200);
      } });
      return element("label", { className: "yj-limit-document" }, words().document, box, found);
    }

    root.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && open) { event.stopPropagation(); open = false; shown(); }
    });
    new MutationObserver(() => { const box = find(".yj-limits", root); if (box && !box.children.length) shown(); }).observe(root, { childList: true, subtree: true });
    shown();
  }

  return { filter: limits.filter, scope };
})();
