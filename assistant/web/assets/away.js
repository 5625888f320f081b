// What the chat page does when it is loaded anew, and when the server is away.
window.away = (() => {
  const { find, element, toast } = shell;
  const busy = () => find("#yj-live [aria-busy=true]");

  // What was typed outlives the page: Gradio loads it anew when a server that was away is back.
  const DRAFT = "youju-draft";
  function restore() {
    const box = find("#yj-box textarea");
    let draft = "";
    try { draft = sessionStorage.getItem(DRAFT) || ""; } catch { /* no storage, no draft */ }
    if (!draft || box.value) return;
    box.value = draft;
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }
  window.addEventListener("pagehide", () => {
    try { sessionStorage.setItem(DRAFT, find("#yj-box textarea")?.value || ""); } catch { /* see above */ }
  });

  // A server that is away: one line says so, until the page is loaded anew and shows how things stand. Gradio would say
  // it in English in a corner, and of a server that was ended in order nothing at all; its traces are what is looked for.
  const MENDED = "youju-mended";
  const traces = { ".toast-body": false, "[data-testid=status-tracker] .error": false };
  let isAway = false;
  let looking = false;
  let wasCut = 0;
  const told = () => find(".yj-conversations")?.dataset || {};
  function look() {
    let isNew = false;
    for (const trace of Object.keys(traces)) {
      const is = Boolean(find(trace));
      isNew ||= is && !traces[trace];
      traces[trace] = is;
    }
    tell(isAway || !navigator.onLine);
    if (isNew && !looking) ask();
  }
  function tell(is) {
    const line = find("#yj-lost");
    document.documentElement.classList.toggle("yj-offline", is);
    if (!is) line?.remove();
    else if (!line) document.body.append(element("p", { id: "yj-lost", role: "alert" }, told().lost || ""));
  }
  async function ask() {
    looking = true;
    const is = await fetch(new URL("healthz", document.baseURI)).then((reply) => reply.ok, () => false);
    if (!is) {
      isAway = true;
      tell(true);
      setTimeout(ask, 2000);
      return;
    }
    looking = false;
    // An answer that was stopped, or left for another conversation, leaves the same trace as one that failed.
    if (!isAway && Date.now() - wasCut < 5000) return;
    let before = 0;
    try { before = Number(sessionStorage.getItem(MENDED)); } catch { /* no storage */ }
    // What fails again right away loading the page doesn't mend.
    if ((isAway || busy()) && Date.now() - before > 30000) {
      try { sessionStorage.setItem(MENDED, Date.now()); } catch { /* no storage */ }
      location.reload();
      return;
    }
    isAway = false;
    tell(!navigator.onLine);
    toast(told().trouble, { isError: true });
  }

  // From now on what was asked is cut off from here: stopped, or left for another conversation.
  function cut() { wasCut = Date.now(); }

  return { restore, look, cut };
})();
