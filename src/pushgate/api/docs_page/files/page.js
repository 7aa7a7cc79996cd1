// Shows the API's own description. The key that "Authorize" takes stays in this page's memory and goes with it.
"use strict";

window.pushgateCalls = SwaggerUIBundle({
  dom_id: "#calls",
  url: new URL("openapi.json", location.href).href,
  validatorUrl: null,
  deepLinking: true,
  docExpansion: "list",
  filter: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  persistAuthorization: false,
  tryItOutEnabled: true,
});
