// The library's pages: what is done with documents chosen from the list, and with the one of a document's page.
window.library = (() => {
  const { find, call, element, toast, asked } = shell;

  function page() {
    const root = find("#yj-library") || find("#yj-document");
    return root && { root, words: JSON.parse(root.dataset.words), settings: JSON.parse(root.dataset.settings) };
  }
  const { root, words, settings } = page() || {};
  const up = document.getElementById("yj-document") ? "../" : "";
  const fill = (name, blanks = {}) => words[name].replace(/\{(\w+)\}/g, (_, key) => {
    const value = blanks[key] ?? "";
    return typeof value === "number" ? value.toLocaleString("en") : value;
  });

  const ask = (more) => asked({ yes: words.yes, no: words.no, ...more });
  async function tried(work) {
    try { return await work(); } catch (error) { toast(error.message, { isError: true }); return null; }
  }

  const tagsOf = (text) => [...new Set(text.split(/[\s,，、;；]+/).filter(Boolean))];

  async function remove(ids) {
    const yes = await ask({
      title: fill("remove_ask", { count: ids.length }), text: words.remove_text, yes: words.remove, isDanger: true,
    });
    if (!yes) return false;
    const done = await tried(() => call(`${up}v1/documents/remove`, { method: "POST", body: { documents: ids } }));
    if (!done) return false;
    const undo = done.left_out.length ? { label: words.undo, run: () => restore(done.left_out) } : undefined;
    toast(done.is_done ? fill("removed", { count: ids.length }) : words.removed_later, { undo });
    return true;
  }

  async function restore(paths) {
    const done = await tried(() => call(`${up}v1/documents/restore`, { method: "POST", body: { paths } }));
    if (!done) return;
    toast(words.restored);
    settle(done.job);
  }

  async function reread(body) {
    const done = await tried(() => call(`${up}v1/documents/reread`, { method: "POST", body }));
    if (!done) return;
    toast(fill("rereading", { count: done.files }));
    settle(done.job);
  }

  // Looks until a job has ended, then shows the library as it is.
  async function settle(number) {
    for (;;) {
      await new Promise((go) => { setTimeout(go, 700); });
      let job;
      try { job = await call(`${up}v1/jobs/${number}`); } catch { return; }
      if (["done", "failed", "cancelled"].includes(job.state)) {
        if (job.state === "failed") toast(job.reason, { isError: true });
        return refresh();
      }
    }
  }

  // The list anew, without losing what is chosen, or the place on the page.
  async function refresh() {
    if (!find("#yj-library")) return location.reload();
    let made;
    try {
      const reply = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (!reply.ok) return;
      made = new DOMParser().parseFromString(await reply.text(), "text/html");
    } catch { return; }
    const chosen = new Set(selected());
    const folded = find(".yj-facets-all")?.open;
    for (const id of ["yj-lib", "yj-lead", "yj-unread"]) {
      const now = document.getElementById(id), then = made.getElementById(id);
      if (now && then) now.replaceWith(document.adoptNode(then));
    }
    const sample = find(".yj-sample");
    if (sample && !made.querySelector(".yj-sample")) sample.remove();
    if (find(".yj-facets-all")) find(".yj-facets-all").open = folded ?? true;
    for (const box of boxes()) box.checked = chosen.has(box.value);
    choose();
  }

  const boxes = () => [...document.querySelectorAll('.yj-documents input[name="document"]')];
  const selected = () => boxes().filter((box) => box.checked).map((box) => box.value);
  function choose() {
    const ids = selected(), bar = find(".yj-actions"), all = find("[data-select-all]");
    if (!bar) return;
    bar.hidden = !ids.length;
    find(".yj-selected", bar).textContent = ids.length ? fill("selected", { count: ids.length }) : "";
    all.checked = ids.length > 0 && ids.length === boxes().length;
    all.indeterminate = ids.length > 0 && !all.checked;
  }

  async function act(name, ids) {
    if (name === "remove") {
      if (await remove(ids)) { if (settings.id) location.href = "../library"; else refresh(); }
    } else if (name === "reread") {
      reread({ documents: ids });
    } else {
      const text = await ask({ title: words[name], text: words.tag_ask, value: "", yes: words[name] });
      const tags = tagsOf(text || "");
      if (!tags.length) return;
      const change = { documents: ids, [name === "tag_add" ? "add" : "remove"]: tags };
      const done = await tried(() => call(`${up}v1/documents`, { method: "PATCH", body: change }));
      if (done) { toast(fill("tagged", { count: done.count })); refresh(); }
    }
  }

  // --- the list ------------------------------------------------------------------------------------------------

  let last = null;
  function listed() {
    // On a phone the facets come after the list is seen.
    if (matchMedia("(max-width: 860px)").matches && find(".yj-facets-all")) find(".yj-facets-all").open = false;
    document.addEventListener("change", (event) => {
      const box = event.target;
      if (box.matches("[data-select-all]")) for (const each of boxes()) each.checked = box.checked;
      if (box.matches("[data-submit]")) box.form.requestSubmit();
      if (box.matches(".yj-check input")) choose();
    });
    document.addEventListener("click", (event) => {
      const box = event.target.closest('.yj-documents input[name="document"]');
      if (!box) return;
      if (event.shiftKey && last?.isConnected) {
        const every = boxes(), [from, to] = [every.indexOf(last), every.indexOf(box)].sort((a, b) => a - b);
        for (const each of every.slice(from, to + 1)) each.checked = box.checked;
        choose();
      }
      last = box;
    });
    choose();
  }

  // --- a document ----------------------------------------------------------------------------------------------

  async function changeTags(change) {
    const done = await tried(() => call(`../v1/documents/${settings.id}/tags`, { method: "PATCH", body: change }));
    if (done) showTags(done);
  }
  function showTags({ tags, from_folders: given }) {
    const shown = tags.map((tag) => element("span", { className: "yj-tag", title: given.includes(tag) ? words.tag_of_folder : null }, tag,
      given.includes(tag) ? null : element("button", { type: "button", dataset: { tag }, "aria-label": fill("tag_take", { tag }) }, "×")));
    find(".yj-tags p").replaceChildren(...(shown.length ? shown : [element("span", { className: "yj-note" }, words.no_tags)]));
  }

  // Where an offset of the document's text stands on the page: the text node, and how far into it.
  function place(offset) {
    let best = null;
    for (const each of document.querySelectorAll(".yj-doc-text [data-at]")) {
      if (Number(each.dataset.at) <= offset && (!best || Number(each.dataset.at) >= Number(best.dataset.at))) best = each;
    }
    const node = best?.firstChild;
    if (!node) return null;
    return { element: best, node, at: Math.min(offset - Number(best.dataset.at), node.length) };
  }
  function light(hits, current) {
    if (!window.Highlight) return;
    const range = (hit) => {
      const from = place(hit.start), to = place(hit.end);
      if (!from || !to) return null;
      const made = new Range();
      made.setStart(from.node, from.at);
      made.setEnd(to.node, to.at);
      return made;
    };
    CSS.highlights.set("yj-found", new Highlight(...hits.map(range).filter(Boolean)));
    CSS.highlights.set("yj-current", new Highlight(...(current ? [range(current)].filter(Boolean) : [])));
  }

  function searching(form) {
    const box = find("input", form), told = find("[role=status]", form), list = find("ol", form);
    const { starts, part } = settings;
    const partOf = (offset) => starts.filter((start) => start <= offset).length || 1;
    let timer = 0, hits = [], at = -1, asked_ = "";
    function go(number) {
      at = (number + hits.length) % hits.length;
      const hit = hits[at];
      if (partOf(hit.start) !== part) { location.href = `?at=${hit.start}&find=${encodeURIComponent(box.value)}&hit=${at}#yj-text`; return; }
      light(hits, hit);
      place(hit.start)?.element.scrollIntoView({ block: "center" });
      [...list.children].forEach((line, place_) => line.firstElementChild.setAttribute("aria-current", String(place_ === at)));
    }
    async function look(then) {
      const query = box.value.trim();
      asked_ = query;
      list.hidden = true;
      if (!query) { hits = []; told.textContent = ""; light([]); return; }
      const found = await tried(() => call(`../v1/documents/${settings.id}/find?query=${encodeURIComponent(query)}`));
      if (!found || box.value.trim() !== query) return;
      hits = found.hits;
      at = -1;
      told.textContent = found.total ? fill("found_places", { count: found.total }) + (found.total > hits.length ? ` · ${words.found_more}` : "") : words.found_none;
      list.replaceChildren(...hits.map((hit, number) => element("li", {}, element("button", { type: "button", className: "yj-plain", onclick: () => go(number) },
        hit.before, element("mark", {}, hit.text), hit.after))));
      list.hidden = !hits.length;
      light(hits);
      if (then !== undefined && hits.length) go(then);
    }
    box.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(look, 250); });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      clearTimeout(timer);
      if (hits.length && asked_ === box.value.trim()) go(at + 1); else look(0);
    });
    box.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && box.value) { box.value = ""; look(); event.preventDefault(); }
      if (event.key === "Enter" && event.shiftKey && hits.length) { event.preventDefault(); go(at - 1); }
    });
    const given = new URLSearchParams(location.search);
    if (given.get("find")) { box.value = given.get("find"); look(Number(given.get("hit")) || 0); }
  }

  async function replace(file) {
    const body = new FormData();
    body.append("file", file, file.name);
    toast(words.working);
    const done = await tried(() => call(`../v1/documents/${settings.id}`, { method: "PUT", body }));
    if (!done) return;
    toast(words.replaced);
    for (;;) {
      await new Promise((go) => { setTimeout(go, 600); });
      const now = await tried(() => call(`../v1/documents/${done.id}/status`));
      if (!now) return;
      if (now.state === "indexed") { location.href = done.id; return; }
      if (now.state === "failed") { toast(now.why, { isError: true }); return; }
    }
  }

  function single() {
    find(".yj-tag-form")?.addEventListener("submit", (event) => {
      event.preventDefault();
      const box = find("input", event.target), add = tagsOf(box.value);
      box.value = "";
      if (add.length) changeTags({ add });
    });
    searching(find(".yj-doc-find"));
    find("[data-replace]")?.addEventListener("click", () => find("#yj-replacement").click());
    find("#yj-replacement")?.addEventListener("change", (event) => {
      if (event.target.files[0]) replace(event.target.files[0]);
      event.target.value = "";
    });
    // A page that can't be drawn, as of a file that has changed, isn't a broken picture.
    for (const picture of document.querySelectorAll(".yj-doc-pages img")) picture.addEventListener("error", () => picture.parentElement.remove());
  }

  document.addEventListener("DOMContentLoaded", () => {
    if (!root) return;
    document.addEventListener("click", (event) => {
      const does = event.target.closest("[data-do]"), path = event.target.closest("[data-path]"), tag = event.target.closest("[data-tag]");
      if (does) act(does.dataset.do, settings.id ? [settings.id] : selected());
      if (path) { if (path.dataset.pathDo === "restore") restore([path.dataset.path]); else reread({ paths: [path.dataset.path] }); }
      if (tag) changeTags({ remove: [tag.dataset.tag] });
    });
    if (settings.id) single(); else listed();
  });

  return { words, settings, fill, ask, tried, refresh, settle };
})();
