// A picture is uploaded as soon as it is chosen; the form then holds its name alone.
import { Failed, ask } from "../dashboard/http.js";
import { csrfToken } from "../theme.js";

const TYPES = "image/png,image/jpeg,image/webp";

/** Puts a chooser beside each field that wants a picture. */
export function offerUploads(form) {
  for (const field of form.querySelectorAll("[data-upload-image]:not([data-offered])")) {
    field.dataset.offered = "1";
    const chooser = document.createElement("input");
    Object.assign(chooser, { type: "file", accept: TYPES, id: `${field.id}-file` });
    const label = form.querySelector(`label[for="${CSS.escape(field.id)}"]`);
    if (label) label.htmlFor = chooser.id;
    const problem = document.createElement("p");
    problem.className = "field__error";
    problem.setAttribute("role", "alert");
    field.after(chooser, problem);
    chooser.addEventListener("change", (event) => {
      event.stopPropagation(); // the form has not changed until the picture is there
      if (chooser.files[0]) upload(form, field, chooser.files[0], problem);
    });
    chooser.addEventListener("input", (event) => event.stopPropagation());
  }
}

async function upload(form, field, file, problem) {
  problem.textContent = "";
  const body = new FormData();
  body.append("workspace", form.elements.workspace.value);
  body.append("image", file);
  try {
    field.value = (await ask("/w/images/", { method: "POST", body, headers: { "X-CSRFToken": csrfToken() } })).name;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    problem.textContent = error.said || String(error.message);
  }
}
