import { manifest } from "../../sdk/contract/manifest.ts";
import { Pci } from "./contract.ts";

export default manifest({
  name: "pci",
  serves: { "/dev/pci": Pci },
  devices: ["pci-host"],
  safe: true,
});
