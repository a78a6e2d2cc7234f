import { manifest } from "../../sdk/contract/manifest.ts";
import { Tape } from "./contract.ts";

// Its files are the scripts of the image. No `uses`: what a script reaches outside, it reaches with the session that its user lends it.
export default manifest({
  name: "tape",
  serves: { "/svc/tape": Tape },
  files: true,
  budget: 32 << 20,
  start: "demand",
  restart: { when: "never" },
  safe: true,
});
