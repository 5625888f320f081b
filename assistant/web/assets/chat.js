// The chat page's own script. Python renders the HTML and answers the events; this keeps the session in the tab,
// turns clicks into events, scrolls, and copies.
window.youju = (() => {
  const KEPT = "youju-session";
  const LANGUAGE = "youju-language";
  const place = () => decodeURIComponent(location.hash.slice(1));
  const find = (selector, root = document) => root.querySelector(selector);

  // Storage can be off, or full; the page then works without it.
  function stored(storage, key) {
    try { return storage().getItem(key); } catch { return null; }
  }
  function store(storage, key, value) {
    try { storage().setItem(key, value); } catch { /* see above */ }
  }

  // The session as it was before the reload, with the place that the address names.
  function recall(fresh) {
    let kept = null;
    try { kept = JSON.parse(stored(() => sessionStorage, KEPT)); } catch { /* damaged: start anew */ }
    const language = stored(() => localStorage, LANGUAGE) || "zh";
    if (place() && !(kept && kept.turns && kept.turns.length)) unfold();
    return [{ ...fresh, language, ...kept, place: place() }];
  }
  function keep(session) {
    store(() => sessionStorage, KEPT, JSON.stringify(session));
    store(() => localStorage, LANGUAGE, session.language);
    document.documentElement.lang = session.language === "en" ? "en" : "zh-CN";
  }
  const here = (session) => [{ ...session, place: place() }];

  const busy = () => find("#yj-live [aria-busy=true]");
  let waiting = false;

  // The conversation: a button with data-ask asks that question.
  function conversation(element, ask) {
    element.addEventListener("click", (event) => {
      const button = event.target.closest("[data-ask]");
      if (button && !busy()) ask({ question: button.dataset.ask });
    });
    new MutationObserver(() => {
      match();
      const turns = document.querySelectorAll("#yj-scroll .yj-turn");
      const last = turns[turns.length - 1];
      if (!last) return;
      last.scrollIntoView({ block: last.offsetHeight > find("#yj-scroll").clientHeight ? "start" : "end" });
      if (last.getAttribute("aria-busy")) waiting = true;
      else if (waiting) {
        waiting = false;
        announce(find(".yj-reply", last).innerText);
      }
    }).observe(element, { childList: true, subtree: true });
  }

  // The source panel shows the place in the address.
  function panel(element, open) {
    let wanted = null;
    window.addEventListener("hashchange", () => {
      wanted = place() || "library";
      open();
    });
    new MutationObserver(() => {
      const shown = find(".yj-source", element);
      if (!shown) return;
      // What an answer opens by itself the address follows; what the address asked for may still be on its way.
      if (shown.dataset.place === wanted) wanted = null;
      else if (!wanted && (shown.dataset.place !== "library" || place())) replace(shown.dataset.place);
      match();
      const scroller = find("#yj-panel");
      const quote = find("mark", element);
      const top = (inner) => inner.getBoundingClientRect().top - scroller.getBoundingClientRect().top;
      scroller.scrollTop += quote ? top(quote) - scroller.clientHeight / 3 : -scroller.scrollTop;
      if (narrow() && document.body.classList.contains("yj-open")) find("h2", element).focus({ preventScroll: true });
    }).observe(element, { childList: true, subtree: true });
  }

  // The marks and badges of the place that is shown stand out.
  function match() {
    const shown = find("#yj-panel .yj-source");
    const target = shown && "#" + shown.dataset.place.replace(/:all$/, "");
    for (const link of document.querySelectorAll(".yj-mark, .yj-cite")) {
      if (link.getAttribute("href") === target) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }

  const narrow = () => matchMedia("(max-width: 860px)").matches;
  const replace = (name) => history.replaceState(null, "", location.pathname + location.search + (name ? "#" + name : ""));
  let opener = null;
  function unfold() { document.body.classList.add("yj-open"); }
  function fold() {
    document.body.classList.remove("yj-open");
    if (narrow()) replace("");
    if (opener && opener.isConnected) opener.focus();
    opener = null;
  }

  // For the ears: a polite live region, since the conversation's HTML is replaced as a whole.
  function announce(text) {
    let region = find("#yj-said");
    if (!region) {
      region = Object.assign(document.createElement("div"), { id: "yj-said", className: "yj-hidden" });
      region.setAttribute("aria-live", "polite");
      document.body.append(region);
    }
    region.textContent = text;
  }

  async function copy(button) {
    const text = button.dataset.copy;
    try {
      await navigator.clipboard.writeText(text);
    } catch { // over plain HTTP from another machine there is no clipboard API
      const area = Object.assign(document.createElement("textarea"), { value: text, className: "yj-hidden" });
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
      button.focus();
    }
    const label = button.textContent;
    if (label === button.dataset.done) return;
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = label; }, 1600);
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    const copier = event.target.closest("[data-copy]");
    if (copier) copy(copier);
    if (event.target.closest(".yj-close")) fold();
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    // Gradio's <base> would make "#place" another page where the address has a query.
    event.preventDefault();
    if (!link.closest("#yj-panel")) opener = link;
    unfold();
    const target = link.getAttribute("href");
    if (decodeURIComponent(location.hash) === target) window.dispatchEvent(new HashChangeEvent("hashchange"));
    else location.hash = target;
  });
  document.addEventListener("keydown", (event) => {
    // One question at a time: what is typed meanwhile stays in the box.
    if (event.key === "Enter" && !event.shiftKey && event.target.closest("#yj-box") && busy()) event.preventDefault();
    if (event.key === "Escape" && document.body.classList.contains("yj-open")) fold();
  });

  return { recall, keep, here, conversation, panel, forget: () => { replace(""); fold(); } };
})();
