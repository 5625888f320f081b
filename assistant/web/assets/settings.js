// The settings page: what is chosen is sent to /v1/settings; a trial says what is wrong before anything is kept.
(() => {
  const { find, call, store, theme, shade } = shell;

  function told(form, text, kind) {
    const line = find(".yj-result", form);
    line.textContent = text;
    line.className = "yj-result" + (kind ? " yj-" + kind : "");
  }
  function chosen(form) {
    const values = Object.fromEntries(new FormData(form));
    if (!("service" in values)) return values;
    const { service, ...rest } = values;
    if (!service) return { model: "" };
    if (!rest.api_key) delete rest.api_key;
    return rest;
  }
  function follow(form, isChange) {
    const select = find("[name=service]", form);
    if (!select) return;
    const option = select.selectedOptions[0];
    find(".yj-of-model", form).hidden = !select.value;
    find("[data-test]", form).hidden = !select.value;
    const models = (option.dataset.models || "").split(" ").filter(Boolean);
    find("datalist", form).replaceChildren(...models.map((name) => shell.element("option", { value: name })));
    if (!isChange || !select.value) return;
    find("[name=base_url]", form).value = option.dataset.address || "";
    find("[name=model]", form).value = models[0] || "";
    find("[name=api_key]", form).value = "";
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const form of document.querySelectorAll("[data-settings]")) {
      follow(form, false);
      form.addEventListener("change", (event) => { if (event.target.name === "service") follow(form, true); });
      form.addEventListener("submit", async (event) => {
        event.preventDefault();
        try {
          await call("v1/settings", { method: "PUT", body: chosen(form) });
          told(form, form.dataset.saved, "good");
        } catch (error) { told(form, error.message, "wrong"); }
      });
      find("[data-test]", form)?.addEventListener("click", async (event) => {
        event.target.disabled = true;
        told(form, form.dataset.testing);
        try {
          const trial = await call("v1/settings/test", { method: "POST", body: chosen(form) });
          told(form, trial.message, trial.ok ? "good" : "wrong");
        } catch (error) { told(form, error.message, "wrong"); }
        event.target.disabled = false;
      });
    }
    for (const radio of document.querySelectorAll("[name=theme]")) {
      radio.checked = radio.value === theme();
      radio.addEventListener("change", () => { store("youju-theme", radio.value); shade(); });
    }
  });
})();
