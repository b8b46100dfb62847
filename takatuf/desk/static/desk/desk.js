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
