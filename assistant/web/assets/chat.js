// The chat page's own script. Python renders the HTML and answers the events; this keeps the address, fills the list of
// conversations, turns clicks into events and calls, and scrolls.
window.youju = (() => {
  const { find, call, element, toast, announce, asked, copy } = shell;
  const place = () => decodeURIComponentSafely(location.hash.slice(1));
  const conversationId = () => new URLSearchParams(location.search).get("c") || "";
  const narrow = () => matchMedia("(max-width: 860px)").matches;
  const busy = () => find("#yj-live [aria-busy=true]");
  let session = {};
  let whole = false;
  // Whose conversation stands on the page, while the address may already name another one.
  let shownId = conversationId();

  function decodeURIComponentSafely(text) {
    try { return decodeURIComponent(text); } catch { return ""; }
  }

  // The address says what is shown. `?c=` is kept relative, so that a proxy's path stays.
  function address(id, at) {
    return location.pathname + (id ? "?c=" + encodeURIComponent(id) : "") + (at ? "#" + at : "");
  }

  // What is sent with an event: the last value is the session, with what the address says now.
  function here(sent) {
    const last = sent.length - 1;
    return sent.map((value, at) => (at === last ? { ...value, conversation: conversationId(), place: place(), whole, filter: limits.filter() } : value));
  }

  // What came back: a new conversation has an address from now on.
  function keep(now) {
    const isNew = now.begun && now.conversation !== conversationId();
    if (isNew) history.replaceState(null, "", address(now.conversation, place()));
    if (isNew || (session.asking && !now.asking)) list.refresh();
    session = now;
    shownId = conversationId();
    list.mark();
  }

  // Once Gradio has put in what the server gave for the page: what the script adds to it.
  function settle() {
    if (!find("#yj-box textarea")?.placeholder) return setTimeout(settle, 30);
    document.documentElement.lang = find("#yj-top [data-language]").dataset.language === "en" ? "zh-CN" : "en";
    shell.shade();
    away.restore();
  }

  // --- the conversation ---------------------------------------------------------------------------------------------

  let waiting = false;
  let scrolled = false;
  function conversation(root, trigger) {
    root.addEventListener("click", (event) => {
      const button = event.target.closest("[data-ask]");
      if (button && !busy()) trigger("ask", { question: button.dataset.ask, cut: button.dataset.cut || "" });
      const all = event.target.closest("[data-all]");
      if (all) { whole = true; trigger("all"); }
      const edits = event.target.closest("[data-edit]");
      if (edits && !busy()) edit(edits.closest(".yj-turn"), trigger);
      act(event);
    });
    new MutationObserver(() => {
      match();
      if (find("[data-follow]", root) && !root.dataset.following) { root.dataset.following = "yes"; trigger("follow"); }
      if (!find("[aria-busy]", root)) delete root.dataset.following;
      const turns = document.querySelectorAll("#yj-scroll .yj-turn");
      const last = turns[turns.length - 1];
      if (!last) return;
      const scroller = find("#yj-scroll");
      const next = find(".yj-next", scroller);
      if (last.getAttribute("aria-busy") && !waiting) scrolled = false;
      // Whoever reads elsewhere meanwhile isn't pulled away.
      if (!scrolled && last.offsetHeight > scroller.clientHeight) last.scrollIntoView({ block: "start" });
      else if (!scrolled) (next || last).scrollIntoView({ block: "end" });
      if (last.getAttribute("aria-busy")) waiting = true;
      else if (waiting) {
        waiting = false;
        announce(find(".yj-text", last)?.innerText || find(".yj-reply", last).innerText);
      }
    }).observe(root, { childList: true, subtree: true });
  }

  // A question can be changed where it stands; what came after it goes.
  function edit(turn, trigger) {
    const shown = find(".yj-asked", turn);
    const question = find(".yj-question", shown).textContent;
    const words = find(".yj-conversations").dataset;
    const area = element("textarea", { className: "yj-input", value: question, rows: Math.min(8, 1 + Math.ceil(question.length / 36)), "aria-label": question });
    const done = () => { form.remove(); shown.hidden = false; };
    const form = element("form", { className: "yj-editing" }, area,
      element("button", { type: "button", className: "yj-button", onclick: done }, words.cancel),
      element("button", { type: "submit", className: "yj-button yj-primary" }, find("#yj-send").textContent));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (area.value.trim()) trigger("ask", { question: area.value, cut: turn.dataset.turn });
    });
    area.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); form.requestSubmit(); }
      if (event.key === "Escape") { event.stopPropagation(); done(); }
    });
    shown.hidden = true;
    shown.after(form);
    area.focus();
  }

  // What is done with an answer.
  async function act(event) {
    const button = event.target.closest("[data-take], [data-share], [data-judge]");
    if (!button) return;
    const turn = button.closest(".yj-turn");
    const id = turn?.dataset.turn;
    button.closest("details.yj-menu")?.removeAttribute("open");
    try {
      if (button.dataset.take) await take(button.dataset.take, id);
      else if ("share" in button.dataset) await share(conversationId(), id);
      else if (button.dataset.judge) await judge(button, turn, id);
    } catch (error) { toast(error.message, { isError: true }); }
  }

  const exported = (id, form, turn) => `v1/conversations/${encodeURIComponent(id)}/export?format=${form}${turn ? "&turn=" + encodeURIComponent(turn) : ""}&language=${document.documentElement.lang === "en" ? "en" : "zh"}`;
  async function take(form, turn) {
    if (form === "print") return window.print();
    if (form === "docx" || form === "md") return download(exported(conversationId(), form, turn));
    const reply = await fetch(new URL(exported(conversationId(), form === "rich" ? "html" : "md", turn), document.baseURI));
    if (!reply.ok) throw new Error(reply.statusText);
    const text = await reply.text();
    if (form === "rich") await copy(new DOMParser().parseFromString(text, "text/html").body.textContent, text);
    else await copy(text);
    toast(find(".yj-copy[data-done]").dataset.done);
  }
  function download(where) {
    const link = element("a", { href: new URL(where, document.baseURI).href, download: "" });
    document.body.append(link);
    link.click();
    link.remove();
  }

  async function share(id, turn) {
    const made = await call(`v1/conversations/${encodeURIComponent(id)}/share`, { method: "POST", body: turn ? { turn_id: turn, alone: true } : {} });
    await copy(new URL(`s/${made.token}`, document.baseURI).href);
    toast(find(".yj-conversations").dataset.copied);
  }

  async function judge(button, turn, id) {
    const good = button.dataset.judge === "good";
    const words = JSON.parse(find("#yj-log .yj-feedback-words")?.content.textContent || "{}");
    find(".yj-feedback", turn)?.remove();
    if (button.getAttribute("aria-pressed") === "true") {
      await call(`v1/feedback/${encodeURIComponent(id)}`, { method: "DELETE" });
      press(turn, null);
      return toast(words.undone);
    }
    await call(`v1/feedback/${encodeURIComponent(id)}`, { method: "PUT", body: { good } });
    press(turn, good);
    if (good) return toast(words.thanks);
    const tags = ["number", "time", "source", "off", "missing"].map((tag) =>
      element("label", {}, element("input", { type: "checkbox", name: "tag", value: tag }), words[tag]));
    const right = element("textarea", { className: "yj-input", rows: 2, placeholder: words.right, "aria-label": words.right, maxLength: 2000 });
    const form = element("form", { className: "yj-feedback", "aria-label": words.title },
      element("p", {}, words.title), element("div", { className: "yj-tags" }, ...tags), right,
      element("div", { className: "yj-dialog-foot" },
        element("button", { type: "button", className: "yj-button", onclick: () => form.remove() }, words.cancel),
        element("button", { type: "submit", className: "yj-button yj-primary" }, words.send)));
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const chosen = [...form.querySelectorAll("[name=tag]:checked")].map((box) => box.value);
      try {
        await call(`v1/feedback/${encodeURIComponent(id)}`, { method: "PUT", body: { good: false, tags: chosen, right_answer: right.value.trim() } });
        form.remove();
        toast(words.thanks);
      } catch (error) { toast(error.message, { isError: true }); }
    });
    find(".yj-about", turn).after(form);
    find("input", form).focus();
  }
  function press(turn, good) {
    for (const each of turn.querySelectorAll("[data-judge]")) each.setAttribute("aria-pressed", String(good !== null && (each.dataset.judge === "good") === good));
  }

  // --- the list of conversations ------------------------------------------------------------------------------------

  const list = { refresh() {}, mark() {} };
  function side(root, open) {
    let query = "", archived = false, next = null, loading = 0, loadingMore = false, wait;
    const words = () => find(".yj-conversations", root).dataset;

    function go(id) {
      whole = false;
      away.cut();
      shownId = id;
      history.pushState(null, "", address(id, ""));
      document.body.classList.remove("yj-open", "yj-listed");
      open();
    }
    async function load(more) {
      if (more && loadingMore) return;
      loadingMore = more;
      const mine = ++loading;
      // What changes while one is far down is shown there.
      const far = more ? 0 : root.querySelectorAll(".yj-one").length;
      const asked = new URLSearchParams({ limit: Math.min(200, Math.max(40, far)), ...(query && { query }), ...(archived && { archived: true }), ...(more && next && { before: next }) });
      let page;
      try { page = await call("v1/conversations?" + asked); } catch (error) {
        if (mine === loading) { loadingMore = false; none(error.message); }
        return;
      }
      if (mine !== loading) return;
      loadingMore = false;
      next = page.next;
      const shown = find(".yj-list", root);
      if (!shown) return;
      const scrolledTo = shown.scrollTop;
      if (!more) shown.replaceChildren();
      for (const each of page.conversations) {
        const group = when(each);
        if (shown.dataset.group !== group || !shown.children.length) shown.append(element("li", { className: "yj-group" }, words()[group]));
        shown.dataset.group = group;
        shown.append(item(each));
      }
      none(shown.children.length ? "" : query ? words().unfound : words().none);
      list.mark();
      if (!more) shown.scrollTop = scrolledTo;
      if (next && shown.clientHeight && shown.scrollHeight <= shown.clientHeight) load(true);
    }
    function none(text) {
      const line = find(".yj-none", root);
      line.textContent = text;
      line.hidden = !text;
    }
    function when(each) {
      if (each.pinned) return "pinned";
      const days = (new Date().setHours(24, 0, 0, 0) / 1000 - each.updated) / 86400;
      return days <= 1 ? "today" : days <= 7 ? "week" : "before";
    }
    function item(each) {
      const title = each.title || words().untitled;
      const link = element("a", { href: address(each.id, ""), className: "yj-one", title, dataset: { id: each.id } }, title);
      link.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        event.stopPropagation();
        go(each.id);
      });
      const failed = (error) => {
        toast(error.status === 404 ? words().gone : error.message, { isError: true });
        if (error.status === 404) load(false);
      };
      const change = (what) => async () => {
        try {
          const now = await call(`v1/conversations/${encodeURIComponent(each.id)}`, { method: "PATCH", body: what });
          if (what.title) { line.replaceWith(item(now)); list.mark(); } else await load(false);
        } catch (error) { failed(error); }
      };
      const one = (label, does) => element("button", { type: "button", onclick: () => { menu.open = false; does(); } }, label);
      const menu = element("details", { className: "yj-menu" },
        element("summary", { className: "yj-dots-menu", "aria-label": `${words().menu}${document.documentElement.lang === "en" ? ": " : "："}${title}`, title: words().menu }, "⋯"),
        element("div", { className: "yj-menu-list" },
          one(words().rename, async () => {
            const name = await asked({ title: words().rename, value: title, yes: words().save, no: words().cancel });
            if (name) await change({ title: name })();
          }),
          one(each.pinned ? words().unpin : words().pin, change({ pinned: !each.pinned })),
          one(words().share, () => share(each.id).catch(failed)),
          one(words().export, () => download(exported(each.id, "docx"))),
          one(each.archived ? words().restore : words().archive, change({ archived: !each.archived })),
          one(words().delete, async () => {
            if (!(await asked({ title: words().deleting, text: `${title}${document.documentElement.lang === "en" ? ". " : "。"}${words().forever}`, yes: words().delete, no: words().cancel, isDanger: true }))) return;
            try {
              await call(`v1/conversations/${encodeURIComponent(each.id)}`, { method: "DELETE" });
              if (each.id === conversationId()) go("");
              await load(false);
            } catch (error) { failed(error); }
          })));
      // The list scrolls, so its menus stand in the window: below their button, or above where there is no room.
      menu.addEventListener("toggle", () => {
        const shown = find(".yj-menu-list", menu);
        const { top, bottom } = menu.getBoundingClientRect();
        shown.style.top = (bottom + shown.offsetHeight < innerHeight - 8 ? bottom : Math.max(8, top - shown.offsetHeight)) + "px";
      });
      const line = element("li", {}, link, menu);
      return line;
    }
    root.addEventListener("click", (event) => {
      if (event.target.closest("button[data-new]")) { go(""); find("#yj-box textarea").focus(); }
      const shelf = event.target.closest("button[data-archived]");
      if (shelf) {
        archived = !archived;
        shelf.setAttribute("aria-pressed", archived);
        load(false);
      }
    });
    root.addEventListener("input", (event) => {
      if (!event.target.matches(".yj-search")) return;
      clearTimeout(wait);
      wait = setTimeout(() => { query = event.target.value.trim(); load(false); }, 180);
    });
    root.addEventListener("scroll", (event) => {
      const shown = event.target;
      if (shown.matches?.(".yj-list") && next && shown.scrollTop + shown.clientHeight > shown.scrollHeight - 200) load(true);
    }, true);
    new MutationObserver((changes) => {
      if (changes.some((change) => [...change.addedNodes].some((node) => node.querySelector?.(".yj-list") || node.matches?.(".yj-conversations")))) load(false);
    }).observe(root, { childList: true, subtree: true });
    if (find(".yj-list", root)) load(false);
    settle();
    list.refresh = () => find(".yj-list", root) && load(false);
    list.mark = () => {
      for (const link of root.querySelectorAll(".yj-one")) {
        if (link.dataset.id === conversationId()) link.setAttribute("aria-current", "page");
        else link.removeAttribute("aria-current");
      }
      const current = find(".yj-one[aria-current]", root);
      document.title = current ? `${current.title} · ${find("#yj-top strong").textContent}` : "有据 Youju";
    };
    // Back and forth go through conversations, and close the sheet of a phone.
    window.addEventListener("popstate", () => {
      if (conversationId() === shownId) return;
      shownId = conversationId();
      whole = false;
      away.cut();
      open();
    });
    // What another tab did shows when one comes back.
    document.addEventListener("visibilitychange", () => { if (!document.hidden) list.refresh(); });
    document.addEventListener("scroll", (event) => {
      if (!event.target.matches?.(".yj-list")) return;
      for (const menu of root.querySelectorAll("details.yj-menu[open]")) menu.open = false;
    }, true);
    for (const kind of ["wheel", "touchmove"]) {
      document.addEventListener(kind, (event) => { if (busy() && event.target.closest?.("#yj-scroll")) scrolled = true; }, { passive: true });
    }
    new MutationObserver(away.look).observe(find("gradio-app") || document.body, { childList: true, subtree: true });
    for (const kind of ["online", "offline"]) window.addEventListener(kind, away.look);
  }

  // --- the source panel ---------------------------------------------------------------------------------------------

  let opener = null;
  let reading = null;
  function panel(root, open) {
    let wanted = null;
    window.addEventListener("hashchange", () => {
      wanted = place();
      if (wanted) { unfold(); open(); } else fold(false);
    });
    // The address may have changed after Gradio read it and before this listened.
    if (place()) { wanted = place(); open(); }
    new MutationObserver((changes) => {
      // What is looked for in the document, and its pages, are drawn here by this script itself.
      if (changes.every(({ target }) => target.nodeType === 1 && target.closest(".yj-find, .yj-sheet"))) return;
      const shown = find(".yj-source", root);
      document.body.classList.toggle("yj-open", Boolean(shown) && (!narrow() || Boolean(place())));
      match();
      if (!shown) {
        if (place() && wanted !== place()) replace("");
        return;
      }
      // What an answer opens by itself the address follows; what the address asked for may still be on its way.
      if (shown.dataset.place === wanted) wanted = null;
      else if (!wanted && !narrow()) replace(shown.dataset.place);
      const scroller = find("#yj-panel");
      const quote = find(".yj-excerpt mark", root);
      const top = (inner) => inner.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
      scroller.scrollTop += quote ? top(quote) - scroller.clientHeight / 3 : -scroller.scrollTop;
      if (!leafing.again(root) && narrow() && document.body.classList.contains("yj-open")) find("h2", root).focus({ preventScroll: true });
    }).observe(root, { childList: true, subtree: true });
    root.addEventListener("click", (event) => {
      const step = event.target.closest("[data-step]");
      if (step) goTo(Number(step.dataset.step));
      const pages = event.target.closest("[data-pages]");
      if (pages) leafing.sheet(pages, root);
      const turned = event.target.closest("[data-turn-page]");
      if (turned) leafing.turnPage(Number(turned.dataset.turnPage), root);
      const hit = event.target.closest("[data-hit]");
      if (hit) leafing.hit(Number(hit.dataset.hit));
      const found = event.target.closest("[data-find]");
      if (found) leafing.go(Number(found.dataset.find));
    });
    root.addEventListener("submit", (event) => {
      const form = event.target.closest(".yj-find");
      if (!form) return;
      event.preventDefault();
      leafing.search(form);
    });
  }

  // From one citation of an answer to the next: of the one that was opened last, else of the newest that cites this.
  function goTo(step, isFocused) {
    const current = [...document.querySelectorAll("#yj-log .yj-cite[aria-current]")];
    const turns = current.map((link) => link.closest(".yj-turn"));
    const turn = turns.includes(reading) ? reading : turns[turns.length - 1];
    if (!turn) return;
    const links = [...turn.querySelectorAll(".yj-citations .yj-cite")];
    const at = links.findIndex((link) => link.hasAttribute("aria-current"));
    const next = links[(at + step + links.length) % links.length];
    location.hash = next.getAttribute("href");
    if (isFocused) next.focus();
  }

  // The marks and numbers of the place that is shown stand out.
  function match() {
    const shown = find("#yj-panel .yj-source");
    const target = shown && "#" + shown.dataset.place.replace(/:all$/, "");
    for (const link of document.querySelectorAll(".yj-mark, .yj-cite")) {
      if (link.getAttribute("href") === target) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }

  const replace = (at) => history.replaceState(null, "", address(conversationId(), at));
  function unfold() { document.body.classList.add("yj-open"); }
  function fold(isBack = true) {
    document.body.classList.remove("yj-open");
    if (isBack && place()) replace("");
    if (opener && opener.isConnected) opener.focus();
    opener = null;
    match();
  }

  // A dialog is closed by it, and a search emptied.
  const keepsEscape = (target) => Boolean(find("dialog[open]")) || (target.matches?.("input[type=search]") && target.value);

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (event.target.closest("#yj-stop")) away.cut();
    if (event.target.closest(".yj-close")) fold();
    if (event.target.closest("[data-listed]")) document.body.classList.toggle("yj-listed");
    else if (!event.target.closest("#yj-side")) document.body.classList.remove("yj-listed");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    // Gradio's <base> would make "#place" another page where the address has a query.
    event.preventDefault();
    if (!link.closest("#yj-panel")) { opener = link; reading = link.closest(".yj-turn"); }
    unfold();
    const target = link.getAttribute("href");
    if (location.hash === target) window.dispatchEvent(new HashChangeEvent("hashchange"));
    else location.hash = target;
  });
  document.addEventListener("keydown", (event) => {
    // One question at a time: what is typed meanwhile stays in the box.
    if (event.key === "Enter" && !event.shiftKey && event.target.closest("#yj-box") && busy()) event.preventDefault();
    if (event.key === "Escape" && document.body.classList.contains("yj-listed")) document.body.classList.remove("yj-listed");
    else if (event.key === "Escape" && document.body.classList.contains("yj-open") && !keepsEscape(event.target)) fold();
    if ((event.key === "ArrowLeft" || event.key === "ArrowRight") && event.target.closest(".yj-numbers, #yj-panel .yj-panel-top")) {
      goTo(event.key === "ArrowLeft" ? -1 : 1, Boolean(event.target.closest(".yj-numbers")));
    }
  });

  return { here, keep, conversation, side, panel, scope: limits.scope };
})();
