/* The page of a code: shows what becomes of the code, and fills it in where the browser offers that. The page works without. */
(() => {
  "use strict";

  const FIRST = 2000;
  const LONGEST = 30000;

  /* What stands around a code that failed is no longer true: the page says it anew. What was typed stays. */
  async function refresh(region) {
    const answer = await fetch(region.dataset.smsauthPage, {
      cache: "no-store",
      credentials: "same-origin",
      redirect: "error",
    });
    if (answer.status !== 200) {
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of region.closest(".smsauth-step").querySelectorAll("[data-smsauth-live]")) {
      const found = page.querySelector(`[data-smsauth-live="${part.dataset.smsauthLive}"]`);
      if (found) {
        part.replaceChildren(...found.childNodes);
      }
    }
  }

  /* Asks every now and then, ever more rarely, until there is nothing more to be heard or the code has expired. */
  function follow(region, end) {
    let wait = FIRST;

    function later() {
      if (region.isConnected && Date.now() + wait < end) {
        setTimeout(ask, wait);
      }
      wait = Math.min(2 * wait, LONGEST);
    }

    async function ask() {
      try {
        const answer = await fetch(region.dataset.smsauthStatus, {
          cache: "no-store",
          credentials: "same-origin",
          redirect: "error",
        });
        if (answer.status === 200) {
          const { words, done, failed } = await answer.json();
          if (region.textContent !== words) {
            region.textContent = words;
            if (failed) {
              await refresh(region);
            }
          }
          if (done) {
            return;
          }
        } else if (answer.status < 500) {
          return;
        }
      } catch {
        /* No connection, for now. */
      }
      later();
    }

    later();
  }

  /* WebOTP: the browser asks its user, and hands over the code of the text message. Sending the form is left to the user. */
  async function fillIn(field, end) {
    const waiting = new AbortController();
    field.form.addEventListener("submit", () => waiting.abort());
    setTimeout(() => waiting.abort(), Math.max(0, end - Date.now()));
    try {
      const found = await navigator.credentials.get({ otp: { transport: ["sms"] }, signal: waiting.signal });
      if (found && found.code) {
        field.value = found.code;
        field.dispatchEvent(new Event("input", { bubbles: true }));
      }
    } catch {
      /* Refused, ended, or not offered here. */
    }
  }

  /* Does something once to each element that says for how many seconds, also where a modal runs this file again. */
  function once(selector, act) {
    for (const element of document.querySelectorAll(`${selector}[data-smsauth-seconds]:not([data-smsauth-seen])`)) {
      element.dataset.smsauthSeen = "yes";
      act(element, Date.now() + 1000 * Number(element.dataset.smsauthSeconds));
    }
  }

  once("[data-smsauth-status]", follow);
  if (window.OTPCredential && navigator.credentials) {
    once("input", fillIn);
  }
})();
