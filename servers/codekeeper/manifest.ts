import { manifest } from "../../sdk/contract/manifest.ts";
import { Code } from "./contract.ts";

export default manifest({
  name: "codekeeper",
  serves: { "/svc/code": Code, "/svc/jit": Code },
  privileges: ["executable-memory"],
  start: "demand",
  restart: { when: "never" },
  budget: 12 << 20,
});
