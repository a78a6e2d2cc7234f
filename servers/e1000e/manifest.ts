import { manifest } from "../../sdk/contract/manifest.ts";
import { EthernetCard } from "../virtio-net/contract.ts";

export default manifest({
  name: "e1000e",
  serves: { "/dev/net1": EthernetCard },
  uses: ["/dev/pci"],
  needs: ["/dev/pci"],
  devices: ["e1000e"],
  kernels: ["e1000e"],
  budget: 8 << 20,
  // It exits with 0 when the machine has no such card: then it stays ended.
  restart: { when: "failure" },
});
