import { manifest } from "../../sdk/contract/manifest.ts";
import { Keyboard } from "./contract.ts";

export default manifest({
  name: "i8042",
  serves: { "/dev/keyboard": Keyboard },
  devices: ["i8042"],
  budget: 4 << 20,
  safe: true,
});
