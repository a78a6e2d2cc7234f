import { manifest } from "../../sdk/contract/manifest.ts";
import { Tape } from "./contract.ts";

// Its files are the scripts of the image, its kernel the library that they are compiled beside. What a script reaches outside, it reaches
// with the session that its user lends it; the two names here are for the machine code of scripts, of the image and typed, and no script can open them.
export default manifest({
  name: "tape",
  serves: { "/svc/tape": Tape },
  uses: ["/svc/code", "/svc/jit"],
  kernels: ["tape-library"],
  files: true,
  budget: 32 << 20,
  start: "demand",
  restart: { when: "never" },
  safe: true,
});
