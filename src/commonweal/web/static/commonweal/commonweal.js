// The design system's own behaviour. Every page works without it.
import { initAll } from "../nhsuk/nhsuk-frontend.min.js";
initAll();
