// What every staff page needs of a browser: the forgery token on partial requests, the quick lock, honest buttons.
(() => {
  const token = () => document.querySelector("meta[name=csrf-token]")?.content ?? "";

  document.addEventListener("htmx:config:request", (event) => {
    event.detail.ctx.request.headers["X-CSRFToken"] = token();
  });

  // A submitted form is not submitted twice: the button says that it works.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.hasAttribute("data-hx-post") || form.hasAttribute("hx-post")) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    // Let the click's own value travel first: a disabled button is not sent.
    setTimeout(() => form.querySelectorAll("button[type=submit], button:not([type])").forEach((button) => {
      button.setAttribute("aria-disabled", "true");
      button.classList.add("is-working");
    }), 0);
  });
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => {
    delete form.dataset.sent;
    form.querySelectorAll(".is-working").forEach((button) => {
      button.removeAttribute("aria-disabled");
      button.classList.remove("is-working");
    });
  }));

  // Filters answer at once where a form says so; without JavaScript its button does the same.
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-at-once]");
    if (form) form.requestSubmit();
  });

  // Quick lock: Escape twice within a second signs out, wherever the focus is.
  let last = 0;
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (event.timeStamp - last < 1000) document.querySelector("form[data-quick-lock]")?.requestSubmit();
    last = event.timeStamp;
  });
})();

// A form that keeps itself: what is typed is sent two seconds after the last key, and at once when the page is hidden.
(() => {
  const form = document.querySelector("form[data-keep]");
  if (!form) return;
  const saved = document.getElementById("saved");
  let timer = 0;
  let open = false;
  const keep = () => {
    clearTimeout(timer);
    open = false;
    form.dispatchEvent(new CustomEvent("keep"));
  };
  form.addEventListener("input", () => {
    open = true;
    clearTimeout(timer);
    timer = setTimeout(keep, 2000);
  });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    open = false;
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "hidden" || !open) return;
    clearTimeout(timer);
    open = !navigator.sendBeacon(form.dataset.keep, new FormData(form));
  });
  const failed = () => {
    open = true;
    saved.textContent = saved.dataset.offline;
    clearTimeout(timer);
    timer = setTimeout(keep, 15000);
  };
  document.addEventListener("htmx:error", failed);
})();

// What a chosen entry of a list means is said under the list.
document.querySelectorAll("select[data-notes]").forEach((select) => {
  const place = document.querySelector(`[data-note-of="${select.id}"]`);
  if (!place) return;
  const tell = () => {
    place.textContent = select.selectedOptions[0]?.dataset.note ?? "";
    place.hidden = !place.textContent;
  };
  select.addEventListener("change", tell);
  tell();
});

// Errors are met first; a print button is there only where a script can print.
document.querySelector("[data-focus]")?.focus();
document.querySelectorAll("[data-print]").forEach((button) => {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
});

// One box ticks its whole list.
document.addEventListener("change", (event) => {
  const name = event.target.dataset?.checkAll;
  if (name) document.querySelectorAll(`input[type=checkbox][name="${name}"]`).forEach((box) => { box.checked = event.target.checked; });
});

// Arabic-Indic digits by preference: only what is shown, never what is typed, read out as a reference, or sent.
if (document.documentElement.dataset.digits === "arab") {
  const skipped = "script, style, textarea, input, select, code, .ltr, [dir=ltr]";
  const turn = (root) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      if (/[0-9]/.test(node.data) && !node.parentElement?.closest(skipped)) {
        node.data = node.data.replace(/[0-9]/g, (digit) => String.fromCharCode(0x0660 + Number(digit)));
      }
    }
  };
  turn(document.body);
  document.addEventListener("htmx:after:swap", (event) => turn(event.target));
}
