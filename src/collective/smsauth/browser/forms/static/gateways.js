/* The control panel: the fields of a gateway stand below the choice of it, and those of the others are out of the way. The page works without. */
(() => {
  "use strict";

  const page = document.querySelector("[data-smsauth-gateways]");
  const choices = ["gateway", "gateway_second"]
    .map((name) => document.getElementById(`form-widgets-${name}`))
    .filter((choice) => choice !== null);
  if (page === null || choices.length === 0) {
    return;
  }
  const general = choices[0].closest("fieldset");

  function field(name) {
    return document.getElementById(`formfield-form-widgets-${name}`);
  }

  /* Plone may have made a tab of a fieldset already. */
  function takeOff(fieldset) {
    const title = fieldset.querySelector("legend")?.textContent.trim();
    for (const tab of page.querySelectorAll(".autotoc-nav a")) {
      if (tab.textContent.trim() === title) {
        tab.remove();
      }
    }
    fieldset.remove();
  }

  function grouped(gateway, fields) {
    const group = document.createElement("div");
    const heading = document.createElement("p");
    heading.className = "fw-bold";
    heading.id = `smsauth-gateway-${gateway}`;
    heading.textContent = [...choices[0].options].find((option) => option.value === gateway)?.textContent ?? gateway;
    group.className = "border-start border-3 ps-3 mb-3";
    group.setAttribute("role", "group");
    group.setAttribute("aria-labelledby", heading.id);
    group.append(heading, ...fields);
    return group;
  }

  const groups = new Map();
  for (const [gateway, names] of Object.entries(JSON.parse(page.dataset.smsauthGateways))) {
    const fields = names.map(field).filter((one) => one !== null);
    if (fields.length === 0) {
      continue;
    }
    const home = fields[0].closest("fieldset");
    groups.set(gateway, grouped(gateway, fields));
    if (home !== general) {
      /* What is for all gateways stands in the last fieldset. */
      general.append(...home.querySelectorAll(".field"));
      takeOff(home);
    }
  }

  function show() {
    for (const [gateway, group] of groups) {
      const choice = choices.find((one) => one.value === gateway);
      const isWrong = group.querySelector('[aria-invalid="true"], .is-invalid') !== null;
      (choice ?? choices[choices.length - 1]).closest(".field").after(group);
      group.hidden = choice === undefined && !isWrong;
    }
  }

  for (const choice of choices) {
    choice.addEventListener("change", show);
  }
  show();
})();
