/* A chat bubble for any page: <script src="https://youju.example.cn/widget.js" data-key="yj_…" async></script>.
   It lives in a shadow root, needs nothing else, and keeps what was said until the tab is closed. */
(() => {
  "use strict";
  const script = document.currentScript;
  if (!script || customElements.get("youju-chat")) return;
  const set = script.dataset;
  const base = set.server || script.src.replace(/\/widget\.js.*$/, "");
  const chinese = !/^en/i.test(set.lang || document.documentElement.lang || navigator.language || "zh");
  const say = chinese
    ? {
        title: "问资料库", open: "打开问答", close: "关闭", fresh: "新对话", box: "输入问题", send: "发送", stop: "停止",
        hello: "您好！请问您想了解什么？回答都带原文出处。", source: "出处", back: "返回回答", you: "您问", answer: "回答",
        unsure: "不确定，只是可能相关，请对照原文。", library: "在资料库里打开全文", page: (n) => `第 ${n} 页`, mark: (n, t) => `出处 ${n}：${t}`,
        lost: "没有连上，请检查网络后再试。", busy: (s) => `问的人太多，请 ${s} 秒后再试。`, key: "这里还不能提问：请网站管理员检查密钥（data-key）。",
        stopped: "已停止。", broken: "没能答完，请再试一次。", long: "问题太长，请缩短。", looking: "正在查找……", again: "再试一次",
      }
    : {
        title: "Ask the documents", open: "Open the chat", close: "Close", fresh: "New chat", box: "Type a question", send: "Send", stop: "Stop",
        hello: "Hello! What would you like to know? Every answer comes with its source.", source: "Source", back: "Back to the answer", you: "You asked", answer: "Answer",
        unsure: "Not sure: possibly related only; please compare with the source.", library: "Open the whole document", page: (n) => `page ${n}`, mark: (n, t) => `Source ${n}: ${t}`,
        lost: "No connection. Please check the network and try again.", busy: (s) => `Many people are asking: please try again in ${s} s.`, key: "Questions can't be asked here yet: the site's owner should check the key (data-key).",
        stopped: "Stopped.", broken: "The answer could not be finished. Please try again.", long: "The question is too long.", looking: "Looking…", again: "Try again",
      };
  const CSS = `
:host{--a:var(--youju-accent,#a5322a);--on:var(--youju-on-accent,var(--black-or-white,#fff));--p:var(--youju-paper,#fffefb);--w:var(--youju-wash,#f3f0e8);--i:var(--youju-ink,#22282e);--s:var(--youju-soft,#5d666e);
--l:var(--youju-line,#d9d3c5);--m:var(--youju-mark,#ffe48f);--mi:#2b2410;--r:var(--youju-radius,14px);all:initial;position:fixed;z-index:var(--youju-z,2147483000);bottom:20px;right:20px;color-scheme:light;
font:15px/1.65 var(--youju-font,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",system-ui,sans-serif);color:var(--i)}
:host([side=left]){right:auto;left:20px}
:host([dark]){--a:var(--youju-accent,#e58a7e);--p:var(--youju-paper,#1d2024);--w:var(--youju-wash,#282c31);--i:var(--youju-ink,#e6e2d9);--s:var(--youju-soft,#a9b0b6);--l:var(--youju-line,#41474e);--m:var(--youju-mark,#6a5312);--mi:#fff3cf;color-scheme:dark}
*{box-sizing:border-box}[hidden]{display:none!important}
button,textarea{font:inherit;color:inherit;background:none;border:0;margin:0}button{cursor:pointer}
:focus-visible{outline:2px solid var(--a);outline-offset:2px}
.bubble{width:56px;height:56px;border-radius:50%;background:var(--a);color:var(--on);box-shadow:0 4px 16px #0004;display:grid;place-items:center;float:right}
:host([side=left]) .bubble{float:left}
.bubble svg{width:26px;height:26px}
.panel{position:absolute;bottom:70px;right:0;width:min(390px,calc(100vw - 40px));height:min(600px,calc(100vh - 110px));display:flex;flex-direction:column;background:var(--p);border:1px solid var(--l);border-radius:var(--r);box-shadow:0 10px 40px #0003;overflow:hidden}
:host([side=left]) .panel{right:auto;left:0}
header{display:flex;align-items:center;gap:4px;padding:10px 8px 10px 16px;border-bottom:1px solid var(--l)}
h2{font-size:16px;font-weight:600;margin:0;flex:1;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
header button{padding:6px 10px;border-radius:8px;color:var(--s);font-size:14px}header button:hover{background:var(--w)}
.log,.paper{flex:1;overflow-y:auto;padding:14px 16px;overscroll-behavior:contain}
.you{margin:10px 0 10px 40px;padding:7px 12px;background:var(--w);border-radius:12px 12px 2px;width:fit-content;margin-left:auto;max-width:85%;white-space:pre-wrap;overflow-wrap:anywhere}
.it{margin:0 0 14px;overflow-wrap:anywhere}.it p,.it ul{margin:0 0 8px}.it ul{padding-left:20px}
.it table{border-collapse:collapse;display:block;overflow-x:auto;margin:0 0 8px;font-size:14px}.it td,.it th{border:1px solid var(--l);padding:3px 8px;text-align:left}
.note{color:var(--s);font-size:13px}
.cite{display:inline-block;min-width:20px;padding:0 5px;margin:0 1px;border-radius:9px;background:var(--w);color:inherit;font-size:12px;line-height:18px;vertical-align:2px;border:1px solid var(--l)}
.cite:hover{background:var(--a);color:var(--on)}
.pick{display:block;width:100%;text-align:left;padding:7px 12px;margin:6px 0;border:1px solid var(--l);border-radius:10px}.pick:hover{border-color:var(--a)}
form{display:flex;gap:8px;align-items:end;padding:10px 12px;border-top:1px solid var(--l)}
textarea{flex:1;resize:none;max-height:120px;min-height:40px;padding:7px 10px;border:1px solid var(--s);border-radius:10px;background:var(--p)}
.go{padding:7px 14px;border-radius:10px;background:var(--a);color:var(--on);min-height:40px}
.paper h3{font-size:15px;margin:0 0 2px}.paper blockquote{margin:12px 0;padding:10px 12px;background:var(--w);border-radius:8px;white-space:pre-wrap;overflow-wrap:anywhere}
mark{background:var(--m);color:var(--mi);border-radius:2px}a{color:inherit}
.off{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.wait::after{content:"";display:inline-block;width:.5em;height:1em;background:var(--s);vertical-align:-2px;animation:b 1s steps(2) infinite}@keyframes b{50%{opacity:0}}
@media(prefers-reduced-motion:reduce){.wait::after{animation:none}}
@media(max-width:480px){:host([open]){inset:0}:host([open]) .bubble{display:none}.panel{inset:0;width:auto;height:auto;border:0;border-radius:0}}
@media print{:host{display:none}}`;

  const el = (tag, given = {}, ...inside) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(given))
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (name === "class") made.className = value;
      else made.setAttribute(name, value);
    made.append(...inside);
    return made;
  };
  const KEPT = `youju:${base}:${set.key || ""}`;
  const MOST_KEPT = 12;

  class Chat extends HTMLElement {
    connectedCallback() {
      if (this.shadowRoot) return;
      const root = this.attachShadow({ mode: "open" });
      const sheet = new CSSStyleSheet(); // a page's policy on styles doesn't reach it
      sheet.replaceSync(CSS);
      root.adoptedStyleSheets = [sheet];
      if (set.side === "left") this.setAttribute("side", "left");
      if (set.accent) this.style.setProperty("--youju-accent", set.accent);
      const dark = matchMedia("(prefers-color-scheme: dark)");
      const shade = () => {
        this.toggleAttribute("dark", set.theme === "dark" || (set.theme !== "light" && dark.matches));
        // What stands on the accent has to be read, whatever colour a site takes: as WCAG reckons brightness.
        const [red, green, blue] = getComputedStyle(this.bubble).backgroundColor.match(/[\d.]+/g).map((each) => (each / 255) ** 2.2);
        const bright = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
        this.style.setProperty("--black-or-white", bright > 0.18 ? "#14100e" : "#fff");
      };
      dark.addEventListener("change", shade);
      this.turns = this.kept();
      this.log = el("div", { class: "log", role: "log", "aria-live": "polite", tabindex: "0", "aria-label": set.title || say.title });
      this.paper = el("div", { class: "paper", tabindex: "-1", role: "region", "aria-label": say.source, hidden: "" });
      this.box = el("textarea", { rows: "1", "aria-label": say.box, placeholder: say.box, maxlength: "2000", oninput: () => this.fit() });
      this.box.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
        event.preventDefault();
        this.send();
      });
      this.go = el("button", { class: "go", type: "submit" }, say.send);
      this.form = el("form", { onsubmit: (event) => (event.preventDefault(), this.going ? this.going.abort() : this.send()) }, this.box, this.go);
      this.panel = el("div", { class: "panel", role: "dialog", "aria-label": set.title || say.title, id: "panel", hidden: "" },
        el("header", {}, el("h2", {}, set.title || say.title),
          el("button", { type: "button", onclick: () => this.fresh() }, say.fresh),
          el("button", { type: "button", onclick: () => this.close() }, say.close)),
        this.log, this.paper, this.form);
      this.bubble = el("button", { class: "bubble", type: "button", "aria-label": say.open, "aria-expanded": "false", "aria-controls": "panel", onclick: () => (this.hasAttribute("open") ? this.close() : this.open()) });
      this.bubble.innerHTML = '<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linejoin="round" aria-hidden="true"><path d="M4 5h16v11H11l-4.5 4v-4H4z"/><path d="M8 9h8M8 12h5" stroke-linecap="round"/></svg>';
      root.append(this.panel, this.bubble);
      shade();
      root.addEventListener("keydown", (event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        this.paper.hidden ? this.close() : this.leave();
      });
      this.draw();
      if ("open" in set) this.open();
    }

    open() {
      this.setAttribute("open", "");
      this.panel.hidden = false;
      this.bubble.setAttribute("aria-expanded", "true");
      this.bubble.setAttribute("aria-label", say.close);
      (this.paper.hidden ? this.box : this.paper).focus();
      this.down();
    }

    close() {
      this.removeAttribute("open");
      this.panel.hidden = true;
      this.bubble.setAttribute("aria-expanded", "false");
      this.bubble.setAttribute("aria-label", say.open);
      this.bubble.focus();
    }

    fresh() {
      this.going?.abort();
      this.turns = [];
      this.keep();
      this.leave();
      this.draw();
      this.box.focus();
    }

    draw() {
      this.log.replaceChildren(el("div", { class: "it" }, el("p", {}, set.greeting || say.hello)));
      if (!this.turns.length)
        for (const question of (set.questions || "").split("|").filter((each) => each.trim())) this.log.append(this.pick(question.trim()));
      for (const { question, answer } of this.turns) {
        this.asked(question);
        this.log.append(this.shown(answer));
      }
    }

    pick(question) {
      return el("button", { class: "pick", type: "button", onclick: () => this.ask(question) }, question);
    }

    asked(question) {
      this.log.append(el("div", { class: "you" }, el("span", { class: "off" }, `${say.you}：`), question));
    }

    send() {
      const question = this.box.value.trim();
      if (!question || this.going) return;
      this.box.value = "";
      this.fit();
      this.ask(question);
    }

    async ask(question) {
      if (this.going) return;
      this.leave();
      this.log.querySelectorAll(":scope > .pick").forEach((each) => each.remove());
      this.asked(question);
      const place = el("div", { class: "it wait", "aria-busy": "true" }, el("span", { class: "note" }, say.looking));
      this.log.append(place);
      this.down();
      const going = (this.going = new AbortController());
      this.go.textContent = say.stop;
      let text = "";
      try {
        const answer = await this.fetched(question, going.signal, (piece) => {
          text += piece;
          place.replaceChildren(...this.blocks(text, []));
          this.down();
        });
        this.turns.push({ question, answer });
        this.keep();
        place.replaceWith(this.shown(answer));
      } catch (error) {
        const why = going.signal.aborted ? say.stopped : error.told || say.lost;
        const again = el("button", { class: "pick", type: "button", onclick: () => (place.previousSibling.remove(), place.remove(), this.ask(question)) }, say.again);
        place.replaceChildren(...this.blocks(text, []), el("p", { class: "note", role: "status" }, why), again);
        place.className = "it";
        place.removeAttribute("aria-busy");
      }
      if (this.going === going) this.going = null;
      this.go.textContent = say.send;
      this.down();
    }

    /* The answer; `hear` is told its checked pieces as they come. */
    async fetched(question, signal, hear) {
      const history = this.turns.slice(-6).map(({ question, answer }) => ({ question, answer: answer.answer, papers: [...new Set(answer.citations.map((each) => each.title))] }));
      const filter = {};
      for (const name of ["tags", "publishers", "regions", "documents"]) if (set[name]) filter[name] = set[name].split("|");
      const asked = { question, history, stream: true, ...(Object.keys(filter).length && { filter }) };
      const headers = { "Content-Type": "application/json", ...(set.key && { Authorization: `Bearer ${set.key}` }) };
      const told = (words) => Object.assign(new Error(words), { told: words });
      const reply = await fetch(`${base}/v1/ask`, { method: "POST", mode: "cors", credentials: "omit", headers, body: JSON.stringify(asked), signal });
      if (!reply.ok) {
        if (reply.status === 401 || reply.status === 403) throw told(say.key);
        if (reply.status === 429 || reply.status === 503) throw told(say.busy(reply.headers.get("Retry-After") || 10));
        const said = await reply.json().catch(() => null);
        throw told(said?.error?.message || say.broken);
      }
      const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let rest = ""; ; ) {
        const { value, done } = await reader.read();
        if (done) throw told(say.broken);
        const events = (rest + value).split("\n\n");
        rest = events.pop();
        for (const event of events) {
          const name = /^event: ?(.*)$/m.exec(event)?.[1];
          const data = event.split("\n").filter((line) => line.startsWith("data:")).map((line) => line.slice(5)).join("\n");
          if (name === "delta") hear(JSON.parse(data).text);
          else if (name === "answer") return reader.cancel().catch(() => {}), JSON.parse(data);
          else if (name === "error") throw told(JSON.parse(data).error?.message || say.broken);
        }
      }
    }

    shown(answer) {
      const made = el("div", { class: "it" }, el("span", { class: "off" }, `${say.answer}：`), ...this.blocks(answer.answer, answer.citations));
      if (answer.sure === false) made.append(el("p", { class: "note" }, say.unsure));
      if (answer.notice) made.append(el("p", { class: "note" }, answer.notice));
      for (const choice of answer.clarification?.choices || []) made.append(this.pick(choice));
      return made;
    }

    /* Paragraphs, lists and tables; nothing of a text is ever read as HTML. */
    blocks(text, citations) {
      const found = [];
      for (const line of text.split("\n")) {
        const last = found[found.length - 1];
        if (/^\s*\|.*\|\s*$/.test(line)) {
          const cells = line.trim().slice(1, -1).split("|");
          if (cells.every((cell) => /^\s*:?-+:?\s*$/.test(cell))) continue;
          const row = el("tr", {}, ...cells.map((cell) => el(last?.tagName === "TABLE" ? "td" : "th", {}, ...this.inline(cell.trim(), citations))));
          if (last?.tagName === "TABLE") last.append(row);
          else found.push(el("table", {}, row));
        } else if (/^\s*[-*•] /.test(line)) {
          const item = el("li", {}, ...this.inline(line.replace(/^\s*[-*•] /, ""), citations));
          if (last?.tagName === "UL") last.append(item);
          else found.push(el("ul", {}, item));
        } else if (line.trim()) found.push(el("p", {}, ...this.inline(line, citations)));
      }
      return found;
    }

    inline(text, citations) {
      return text.split(/(\[\d+\]|\*\*[^*]+\*\*)/).map((part) => {
        const number = /^\[(\d+)\]$/.exec(part)?.[1];
        const cited = number && citations.find((each) => each.number === +number);
        if (cited) return el("button", { class: "cite", type: "button", "aria-label": say.mark(number, cited.title), onclick: (event) => this.read(cited, event.currentTarget) }, number);
        return /^\*\*.+\*\*$/.test(part) ? el("strong", {}, part.slice(2, -2)) : number ? "" : part;
      });
    }

    /* The passage, at the quoted words. */
    read(cited, from) {
      this.from = from;
      const start = cited.start - cited.passage_start;
      const words = cited.passage.slice(start, start + cited.quote.length);
      const fits = words === cited.quote;
      const quoted = el("mark", {}, cited.quote);
      const told = [cited.publisher, cited.published, cited.section, cited.page && say.page(cited.page)].filter(Boolean).join(" · ");
      const passage = fits ? [cited.passage.slice(0, start), quoted, cited.passage.slice(start + words.length)] : [quoted];
      this.paper.replaceChildren(el("button", { class: "pick", type: "button", onclick: () => this.leave() }, `← ${say.back}`),
        el("h3", {}, cited.title), el("div", { class: "note" }, told), el("blockquote", {}, ...passage));
      if ("library" in set) this.paper.append(el("a", { href: `${base}/library/${encodeURIComponent(cited.document_id)}?at=${cited.start}`, target: "_blank", rel: "noopener" }, say.library));
      this.log.hidden = true;
      this.paper.hidden = false;
      this.paper.focus();
      quoted.scrollIntoView({ block: "center" });
    }

    leave() {
      if (this.paper.hidden) return;
      this.paper.hidden = true;
      this.log.hidden = false;
      this.from?.focus();
      this.from?.scrollIntoView({ block: "nearest" });
    }

    fit() {
      this.box.style.height = "auto";
      this.box.style.height = `${this.box.scrollHeight + 2}px`;
    }

    down() {
      this.log.scrollTop = this.log.scrollHeight;
    }

    kept() {
      try {
        return JSON.parse(sessionStorage.getItem(KEPT)) || [];
      } catch {
        return [];
      }
    }

    keep() {
      this.turns = this.turns.slice(-MOST_KEPT);
      try {
        sessionStorage.setItem(KEPT, JSON.stringify(this.turns));
      } catch {} // full, or switched off: then it is forgotten with the page
    }
  }

  customElements.define("youju-chat", Chat);
  const begin = () => document.body.append(document.createElement("youju-chat"));
  document.body ? begin() : addEventListener("DOMContentLoaded", begin);
})();
