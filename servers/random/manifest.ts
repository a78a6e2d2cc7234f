import { manifest } from "../../sdk/contract/manifest.ts";
import { Random } from "./contract.ts";

export default manifest({
  name: "random",
  serves: { "/svc/random": Random },
  budget: 4 << 20,
  privileges: ["seed"],
  safe: true,
});
