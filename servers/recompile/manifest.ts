import { manifest } from "../../sdk/contract/manifest.ts";
import { Recompile } from "./contract.ts";

// It can make nothing executable: init hands what it gives to the code keeper, which takes such code on development images only.
export default manifest({
  name: "recompile",
  serves: { "/svc/recompile": Recompile },
  budget: 24 << 20,
  start: "demand",
  restart: { when: "never" },
  development: true,
});
