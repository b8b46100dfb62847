// A pair is judged with one key; nothing is pressed while something is typed or a key is held with another.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  const button = document.querySelector(`.review-verdict [data-key="${CSS.escape(event.key)}"]`);
  if (button) button.click();
});
