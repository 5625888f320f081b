// What every page does: theme, language, dialogs, copying, and calls of the API.
window.shell = (() => {
  const THEME = "youju-theme";
  const find = (selector, root = document) => root.querySelector(selector);

  // Storage can be off, or full; the page then works without it.
  function stored(key) {
    try { return localStorage.getItem(key); } catch { return null; }
  }
  function store(key, value) {
    try { localStorage.setItem(key, value); } catch { /* see above */ }
  }

  const dark = matchMedia("(prefers-color-scheme: dark)");
  const theme = () => stored(THEME) || "system";
  function shade() {
    const on = theme() === "dark" || (theme() === "system" && dark.matches);
    document.documentElement.classList.toggle("dark", on);
    document.body.classList.toggle("dark", on);
    for (const button of document.querySelectorAll("[data-theme-next]")) {
      button.title = button.dataset[theme()];
      button.setAttribute("aria-label", button.title);
      button.firstElementChild.textContent = { system: "◐", light: "○", dark: "●" }[theme()];
    }
  }
  dark.addEventListener("change", shade);

  function language(code) {
    document.cookie = `youju_language=${code}; path=/; max-age=31536000; samesite=lax`;
  }

  // Calls the API: JSON in, JSON out; an error comes as {message}, in words for people.
  async function call(address, { method = "GET", body, signal } = {}) {
    let reply;
    try {
      reply = await fetch(new URL(address, document.baseURI), {
        method, signal,
        headers: { "Accept-Language": document.documentElement.lang, ...(body === undefined || body instanceof FormData ? {} : { "Content-Type": "application/json" }) },
        body: body === undefined || body instanceof FormData ? body : JSON.stringify(body),
      });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Error(document.documentElement.lang === "en" ? "The server can't be reached." : "连不上服务，请检查网络后再试。");
    }
    const text = await reply.text();
    let data = null;
    try { data = text ? JSON.parse(text) : null; } catch { /* not JSON: told below */ }
    if (!reply.ok) throw Object.assign(new Error(data?.error?.message || `${reply.status} ${reply.statusText}`), { status: reply.status });
    return data;
  }

  // For the ears: a polite live region.
  function announce(text) {
    let region = find("#yj-said");
    if (!region) {
      region = Object.assign(document.createElement("div"), { id: "yj-said", className: "yj-hidden" });
      region.setAttribute("aria-live", "polite");
      document.body.append(region);
    }
    region.textContent = text;
  }

  // A line that goes by itself; with `undo`, a button on it.
  function toast(text, { isError = false, undo } = {}) {
    let shelf = find("#yj-toasts");
    if (!shelf) document.body.append(shelf = Object.assign(document.createElement("div"), { id: "yj-toasts" }));
    const line = element("div", { className: "yj-toast" + (isError ? " yj-toast-bad" : ""), role: isError ? "alert" : "status" }, text);
    if (undo) line.append(element("button", { type: "button", className: "yj-plain", onclick: () => { undo.run(); line.remove(); } }, undo.label));
    shelf.append(line);
    setTimeout(() => line.remove(), isError ? 9000 : 4000);
  }

  // An element with its properties, its text or its children: what comes from outside never becomes markup.
  function element(tag, properties = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (value === undefined || value === null || value === false) continue;
      if (name === "dataset") Object.assign(made.dataset, value);
      else if (name.startsWith("on") || name in made && name !== "list" && name !== "role") made[name] = value;
      else made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
    return made;
  }

  async function copy(text, html) {
    try {
      if (html && window.ClipboardItem) {
        await navigator.clipboard.write([new ClipboardItem({
          "text/html": new Blob([html], { type: "text/html" }), "text/plain": new Blob([text], { type: "text/plain" }),
        })]);
      } else await navigator.clipboard.writeText(text);
    } catch { // over plain HTTP from another machine there is no clipboard API
      const put = (event) => {
        event.clipboardData.setData("text/plain", text);
        if (html) event.clipboardData.setData("text/html", html);
        event.preventDefault();
      };
      document.addEventListener("copy", put, { once: true });
      document.execCommand("copy");
      document.removeEventListener("copy", put);
    }
  }

  // On a button that did it, for a moment.
  function said(button) {
    const label = button.textContent;
    if (label === button.dataset.done) return;
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = label; }, 1600);
  }

  // A question in a dialog of the page's own; gives what was chosen: true, a text where one was asked for, or null.
  function asked({ title, text = "", value, yes, no, isDanger = false }) {
    return new Promise((settle) => {
      const box = value === undefined ? null : element("input", { value, className: "yj-input", "aria-label": title });
      const dialog = element("dialog", { className: "yj-dialog" },
        element("form", { method: "dialog" },
          element("h2", {}, title), text && element("p", {}, text), box,
          element("div", { className: "yj-dialog-foot" },
            element("button", { type: "button", className: "yj-button", onclick: () => dialog.close("") }, no),
            element("button", { type: "submit", className: "yj-button " + (isDanger ? "yj-danger" : "yj-primary"), value: "yes" }, yes))));
      dialog.addEventListener("close", () => {
        const chosen = dialog.returnValue === "yes";
        dialog.remove();
        settle(chosen ? (box ? box.value.trim() : true) : null);
      });
      document.body.append(dialog);
      dialog.showModal();
      if (box) box.select();
    });
  }

  document.addEventListener("click", (event) => {
    const chooser = event.target.closest("[data-language]");
    const next = event.target.closest("[data-theme-next]");
    if (chooser) {
      language(chooser.dataset.language);
      location.reload();
    }
    if (next) {
      store(THEME, { system: "light", light: "dark", dark: "system" }[theme()]);
      shade();
    }
    const copier = event.target.closest("[data-copy]");
    if (copier) copy(copier.dataset.copy).then(() => said(copier));
    // A menu closes when anything else is clicked.
    for (const menu of document.querySelectorAll("details.yj-menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.yj-menu[open]")) {
      menu.open = false;
      find("summary", menu).focus();
      event.stopPropagation();
    }
  }, true);

  // What is being done on the index, in the bar; looked at seldom while nothing is.
  async function look() {
    let wait = 15000;
    const line = find("#yj-top .yj-work");
    if (line && !document.hidden) {
      const words = line.dataset;
      let told = "";
      try {
        const { jobs } = await call("v1/jobs?open=true");
        const job = jobs[0];
        if (job) {
          const at = job.state === "running" ? job.progress : null;
          told = (words[at ? at.stage : "waiting"] || "") + (at && at.total ? ` ${at.done.toLocaleString()}/${at.total.toLocaleString()}` : "");
          wait = 2000;
        }
      } catch { /* the page says so where it matters */ }
      if (line.textContent !== told) line.textContent = told;
    }
    setTimeout(look, wait);
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", shade);
  else shade();
  setTimeout(look, 1500);
  window.addEventListener("offline", () => document.documentElement.classList.add("yj-offline"));
  window.addEventListener("online", () => document.documentElement.classList.remove("yj-offline"));
  return { find, stored, store, shade, call, announce, toast, element, copy, asked, theme };
})();
