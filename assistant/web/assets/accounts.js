// Accounts and keys on the settings page: each form and button says which call of the API it is.
(() => {
  const { find, call, element, asked, toast } = shell;

  function told(form, text, kind) {
    const line = find(".yj-result", form);
    line.textContent = text;
    line.className = "yj-result" + (kind ? " yj-" + kind : "");
  }
  function groups(text) {
    if (text.trim() === "*") return null;
    return text.split(/[,，、;；]/).map((name) => name.trim()).filter(Boolean);
  }
  function chosen(form) {
    const values = {};
    for (const field of form.elements) {
      if (!field.name) continue;
      if (field.type === "checkbox") {
        values[field.name] ||= [];
        if (field.checked) values[field.name].push(field.value);
      } else if (field.name === "groups") values.groups = groups(field.value);
      else if (field.type === "number") { if (field.value) values[field.name] = Number(field.value); }
      else if (field.value || field.required) values[field.name] = field.value;
    }
    if (values.role && values.role !== "reader") delete values.groups; // who may change the library sees all of it
    return values;
  }
  function once(form, made) {
    const copier = element("button", { type: "button", className: "yj-button", dataset: { copy: made.secret, done: form.dataset.copied } }, form.dataset.copies);
    form.replaceWith(element("div", { className: "yj-secret", role: "status" }, form.dataset.once, element("code", {}, made.secret), copier));
  }
  async function sent(form) {
    const [method, address] = form.dataset.account.split(" ");
    try {
      const made = await call(address, { method, body: chosen(form) });
      if (form.dataset.once) return once(form, made);
      told(form, form.dataset.saved, "good");
      for (const field of form.querySelectorAll("[type=password]")) field.value = "";
      if (form.dataset.leads) setTimeout(() => location.reload(), 700);
    } catch (error) { told(form, error.message, "wrong"); }
  }

  document.addEventListener("submit", (event) => {
    if (!event.target.dataset.account) return;
    event.preventDefault();
    sent(event.target);
  });
  document.addEventListener("click", async (event) => {
    const { opens, closes, do: does, sure, yes, no, body } = event.target.dataset || {};
    if (opens) find("#" + CSS.escape(opens)).showModal();
    if (closes !== undefined) event.target.closest("dialog").close();
    if (!does) return;
    if (sure && !(await asked({ title: event.target.textContent, text: sure, yes, no, isDanger: true }))) return;
    const [method, address] = does.split(" ");
    try {
      await call(address, { method, body: body ? JSON.parse(body) : undefined });
      location.reload();
    } catch (error) {
      event.target.closest("dialog")?.close();
      toast(error.message, { isError: true });
    }
  });
})();
