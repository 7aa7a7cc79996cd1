// The worker of the test's site: the browser's push service is replaced, nothing else.
import "./push-service.js";
import "./web/pushgate-worker.js";
