// The API reference: Swagger UI on our own OpenAPI document, with the reader's session.
const place = document.getElementById("api-reference");

/** The CSRF token that the page carries for htmx. */
function csrfToken() {
  return JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
}

window.SwaggerUIBundle({
  domNode: place,
  url: place.dataset.schema,
  deepLinking: true,
  docExpansion: "none",
  defaultModelsExpandDepth: 0,
  validatorUrl: null, // nothing leaves for another origin
  requestInterceptor(request) {
    if (!["GET", "HEAD"].includes((request.method ?? "GET").toUpperCase())) {
      request.headers["X-CSRFToken"] = csrfToken();
    }
    return request;
  },
  onComplete() {
    place.dataset.drawn = "1";
  },
});
