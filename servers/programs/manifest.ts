import { manifest } from "../../sdk/contract/manifest.ts";
import { Programs } from "./contract.ts";

// No `uses`: what a program reaches, it reaches through the session of whoever runs it.
export default manifest({
  name: "programs",
  serves: { "/svc/programs": Programs },
  privileges: ["programs"],
  budget: 48 << 20,
  start: "demand",
  restart: { when: "never" },
});
