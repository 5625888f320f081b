// Uploads on the library page: files are sent a few at a time, then each is followed until questions find it.
(() => {
  const { find, call, element, toast } = shell;
  const { words, settings, fill, ask, tried, refresh, settle } = library;
  const AT_ONCE = 3;
  const LOOK_MS = 700;
  const HIDDEN = /^(\.|~\$)|^(thumbs\.db|desktop\.ini)$/i;
  const ENDED = ["indexed", "failed", "cancelled"];
  const items = [];
  let sending = 0, looking = 0, finished = 0, refreshed = 0;

  // One file: `state` is queued, sending, then what the server says.
  function item(name, file = null) {
    const line = element("li", {});
    const made = {
      name, file, line, state: file ? "queued" : "waiting", why: "", id: null, request: null, sent: 0, note: "",
      label: element("span", { className: "yj-up-name" }, name),
      told: element("span", { className: "yj-up-state" }),
      button: element("button", { type: "button", className: "yj-plain" }),
    };
    made.button.addEventListener("click", () => (["failed", "cancelled"].includes(made.state) ? again(made) : cancel(made)));
    line.append(made.label, made.told, made.button);
    items.push(made);
    find("#yj-uploads ul").append(line);
    return made;
  }

  function show(each) {
    let text = words[`state_${each.state}`];
    if (each.state === "sending" && each.file) text += ` ${Math.floor((100 * each.sent) / Math.max(1, each.file.size))}%`;
    if (each.state === "reading" && each.pages) text += ` ${fill("page_of", { page: each.page, pages: each.pages })}`;
    each.line.className = `yj-up-${each.state}`;
    each.told.replaceChildren(...(each.state === "indexed" && each.document ? [element("a", { href: `library/${each.document}` }, text)] : [text]));
    const more = [each.note, each.why].filter(Boolean).join(" · ");
    if (more) each.told.append(element("span", { className: "yj-note" }, ` ${more}`));
    const isOver = each.state === "indexed";
    each.button.hidden = isOver;
    each.button.textContent = ["failed", "cancelled"].includes(each.state) ? words.retry : words.cancel;
    each.button.setAttribute("aria-label", `${each.button.textContent} ${each.name}`);
  }

  function count() {
    const box = find("#yj-uploads"), told = find(".yj-uploads-count");
    box.hidden = !items.length;
    const number = (states) => items.filter((each) => states.includes(each.state)).length;
    const done = number(["indexed"]), failed = number(["failed"]), rest = items.length - number(ENDED);
    const text = [done && fill("uploads_done", { done }), rest && fill("uploads_rest", { rest }), failed && fill("uploads_failed", { failed })].filter(Boolean).join(" · ");
    if (told.textContent !== text) told.textContent = text;
    find(".yj-uploads-bar").value = items.length ? (items.length - rest) / items.length : 0;
    find("[data-cancel-all]").hidden = !rest;
    find("[data-retry-all]").hidden = !failed || rest > 0;
    find("[data-hide]").hidden = rest > 0;
    if (done + failed !== finished) { finished = done + failed; later(rest > 0); }
  }

  // What is read shows in the list, and what isn't below it, but not at every file of many.
  function later(isMore) {
    clearTimeout(refreshed);
    refreshed = setTimeout(refresh, isMore ? 2500 : 150);
  }

  function enqueue(files) {
    let skipped = 0;
    for (const [name, file] of files) {
      if (HIDDEN.test(name.split("/").pop())) { skipped += 1; continue; }
      const made = item(name, file);
      const most = name.toLowerCase().endsWith(".zip") ? settings.mostZip : settings.most;
      if (file.size > most) { made.state = "failed"; made.why = fill("too_large", { most: Math.round(most / 2 ** 20) }); }
      show(made);
    }
    if (skipped) toast(fill("skipped", { count: skipped }));
    if (settings.isSample && files.length) find(".yj-sample") && (find(".yj-sample").textContent = words.sample_begun);
    count();
    pump();
  }

  function pump() {
    while (sending < AT_ONCE) {
      const next = items.find((each) => each.state === "queued");
      if (!next) return;
      send(next);
    }
  }

  function send(each) {
    sending += 1;
    each.state = "sending";
    each.sent = 0;
    each.why = "";
    const request = each.request = new XMLHttpRequest();
    const body = new FormData();
    body.append("file", each.file, each.name);
    request.open("POST", new URL("v1/documents", document.baseURI));
    request.setRequestHeader("Accept-Language", document.documentElement.lang);
    request.upload.addEventListener("progress", (event) => { each.sent = event.loaded; show(each); });
    const over = (state, why = "") => {
      sending -= 1;
      each.request = null;
      if (each.state === "sending") { each.state = state; each.why = why; }
      show(each);
      count();
      pump();
      look();
    };
    request.addEventListener("load", () => {
      let reply = null;
      try { reply = JSON.parse(request.responseText); } catch { /* told below */ }
      if (request.status >= 300 || !reply?.files) return over("failed", reply?.error?.message || `${request.status} ${request.statusText}`);
      const [file] = reply.files;
      each.id = file.id;
      each.note = [file.outcome === "new" ? "" : words[`outcome_${file.outcome}`] || "", file.renamed_from ? fill("renamed", { name: file.name }) : ""].filter(Boolean).join(" · ");
      return over(file.state, file.why);
    });
    request.addEventListener("error", () => over("failed", words.offline));
    request.addEventListener("abort", () => over("cancelled"));
    show(each);
    request.send(body);
  }

  async function cancel(each) {
    if (each.request) { each.request.abort(); return; }
    if (each.state === "queued") { each.state = "cancelled"; show(each); count(); return; }
    const done = each.id && await tried(() => call(`v1/uploads/${each.id}`, { method: "DELETE" }));
    if (done) { each.state = "cancelled"; each.id = null; show(each); count(); }
  }

  async function again(each) {
    if (each.id && each.state === "failed") {
      const done = await tried(() => call(`v1/uploads/${each.id}/retry`, { method: "POST" }));
      if (!done) return;
      each.state = "waiting";
      each.why = "";
    } else if (each.file) {
      each.state = "queued";
      each.why = "";
    }
    show(each);
    count();
    pump();
    look();
  }

  // Asks how far the files have come, while any is under way.
  function look() {
    if (looking || !items.some((each) => each.id && !ENDED.includes(each.state))) return;
    looking = setTimeout(async () => {
      let reply = null;
      try { reply = await call("v1/uploads"); } catch { /* it is asked again */ }
      looking = 0;
      const known = new Map((reply?.files || []).map((file) => [file.id, file]));
      for (const each of items) {
        const file = known.get(each.id);
        if (!file || each.state === "sending" || ENDED.includes(each.state)) continue;
        Object.assign(each, { state: file.state, why: file.why, page: file.page, pages: file.pages, document: file.document_id });
        show(each);
      }
      count();
      look();
    }, LOOK_MS);
  }

  // Files and whole folders that are let go over the page.
  async function dropped(transfer) {
    const entries = [...transfer.items].map((each) => each.webkitGetAsEntry?.()).filter(Boolean);
    if (!entries.length) return [...transfer.files].map((file) => [file.name, file]);
    const found = [];
    async function walk(entry, above) {
      const name = above ? `${above}/${entry.name}` : entry.name;
      if (entry.isFile) {
        found.push([name, await new Promise((good, bad) => { entry.file(good, bad); })]);
      } else {
        const reader = entry.createReader();
        for (;;) {
          const some = await new Promise((good, bad) => { reader.readEntries(good, bad); });
          if (!some.length) return;
          for (const each of some) await walk(each, name);
        }
      }
    }
    for (const entry of entries) await walk(entry, "");
    return found;
  }

  function dropping() {
    const veil = find("#yj-drop");
    let depth = 0;
    const brings = (event) => [...(event.dataTransfer?.types || [])].includes("Files");
    const over = (on) => { depth = Math.max(0, depth + (on ? 1 : -1)); veil.hidden = !depth; };
    addEventListener("dragenter", (event) => { if (brings(event)) over(true); });
    addEventListener("dragleave", (event) => { if (brings(event)) over(false); });
    addEventListener("dragover", (event) => { if (brings(event)) event.preventDefault(); });
    addEventListener("drop", async (event) => {
      if (!brings(event)) return;
      event.preventDefault();
      depth = 0;
      veil.hidden = true;
      enqueue(await dropped(event.dataTransfer));
    });
  }

  document.addEventListener("DOMContentLoaded", async () => {
    if (!settings?.mayBring || !find("#yj-uploads")) return;
    for (const id of ["files", "folder"]) {
      find(`#yj-${id}`).addEventListener("change", (event) => {
        enqueue([...event.target.files].map((file) => [file.webkitRelativePath || file.name, file]));
        event.target.value = "";
      });
    }
    document.addEventListener("click", async (event) => {
      const chooser = event.target.closest("[data-choose]");
      if (chooser) find(`#yj-${chooser.dataset.choose}`).click();
      if (event.target.closest("[data-cancel-all]")) for (const each of items) if (!ENDED.includes(each.state)) cancel(each);
      if (event.target.closest("[data-retry-all]")) for (const each of items) if (each.state === "failed") again(each);
      if (event.target.closest("[data-hide]")) {
        for (const each of items.splice(0)) each.line.remove();
        finished = 0;
        count();
      }
      if (event.target.closest("[data-server-folder]")) {
        const path = await ask({ title: words.server_folder_ask, text: words.server_folder_text, value: "", yes: words.add });
        const done = path && await tried(() => call("v1/sources", { method: "POST", body: { path } }));
        if (done) { toast(words.server_folder_done); settle(done.job); }
      }
    });
    addEventListener("beforeunload", (event) => { if (items.some((each) => ["sending", "queued"].includes(each.state))) event.preventDefault(); });
    dropping();
    // What another tab, or this one before it was loaded anew, has under way.
    try {
      const { files } = await call("v1/uploads");
      for (const file of files.reverse()) {
        if (ENDED.includes(file.state)) continue;
        Object.assign(item(file.name), { id: file.id, state: file.state });
        show(items.at(-1));
      }
      count();
      look();
    } catch { /* the list is there without it */ }
  });
})();
