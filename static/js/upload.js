// A file on its way: dropped or chosen, measured before it is sent, and its progress shown.

const form = () => document.getElementById("upload");

/** Shows a sentence below the field; none clears it. */
function tell(text) {
  const area = form().querySelector("[data-problems]");
  area.replaceChildren();
  if (!text) return;
  const made = form().querySelector("[data-problem]").content.cloneNode(true);
  made.querySelector(".notice__text").textContent = text;
  area.append(made);
}

/** Sends the chosen file at once, unless it is too large or a workspace is still to be chosen. */
function chosen(input) {
  const file = input.files[0];
  tell("");
  if (!file) return;
  if (file.size > Number(form().dataset.limit)) {
    input.value = "";
    tell(form().dataset.tooLarge);
    return;
  }
  if (!form().querySelector("select[name=workspace]")) form().requestSubmit();
}

function showProgress({ loaded = 0, total = 0 }) {
  const panel = form().querySelector(".upload-progress");
  const bar = panel.querySelector("progress");
  const isSent = total > 0 && loaded >= total;
  panel.hidden = false;
  panel.querySelector("[data-name]").textContent = form().elements.file.files[0]?.name ?? "";
  panel.querySelector("[data-state]").textContent = isSent ? form().dataset.reading : form().dataset.sending;
  // the end of sending is the beginning of reading, of which no share is known
  if (isSent) bar.removeAttribute("value");
  else bar.value = total ? (100 * loaded) / total : 0;
}

document.addEventListener("change", ({ target }) => {
  if (target.matches?.("#upload input[type=file]")) chosen(target);
});
document.addEventListener("htmx:beforeRequest", ({ target }) => {
  if (target.id !== "upload") return;
  form().querySelector(".btn--primary").disabled = true;
  showProgress({});
});
document.addEventListener("htmx:xhr:progress", ({ target, detail }) => {
  if (target.id === "upload" && detail.lengthComputable) showProgress(detail);
});
document.addEventListener("htmx:afterRequest", ({ target, detail }) => {
  if (target.id !== "upload" || !form()) return;
  if (detail.xhr.status === 204) return; // on the way to the next page
  form().querySelector(".btn--primary").disabled = false;
  form().querySelector(".upload-progress").hidden = true;
});

for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    if (!form() || !event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault(); // else a file dropped beside the place would be opened
    const place = event.target.closest?.(".drop");
    form().querySelector(".drop").toggleAttribute("data-over", Boolean(place) && name !== "drop" && name !== "dragleave");
    if (name !== "drop" || !place || !event.dataTransfer.files.length) return;
    const input = form().elements.file;
    input.files = event.dataTransfer.files;
    chosen(input);
  });
}
