import { manifest } from "../../sdk/contract/manifest.ts";
import { Tape } from "./contract.ts";

// Its files are the scripts of the image, its kernel the library that they are compiled beside. What a script reaches outside, it reaches
// with the session that its user lends it; the one name here is for the machine code of scripts, and no script can open it.
export default manifest({
  name: "tape",
  serves: { "/svc/tape": Tape },
  uses: ["/svc/jit"],
  kernels: ["tape-library"],
  files: true,
  budget: 32 << 20,
  start: "demand",
  restart: { when: "never" },
  safe: true,
});
