import { manifest } from "../../sdk/contract/manifest.ts";
import { Programs } from "./contract.ts";

// What a program reaches, it reaches through the session of whoever runs it; the one name here makes code from elsewhere executable.
export default manifest({
  name: "programs",
  serves: { "/svc/programs": Programs },
  uses: ["/svc/jit"],
  privileges: ["programs"],
  budget: 48 << 20,
  start: "demand",
  restart: { when: "never" },
});
