import { manifest } from "../../sdk/contract/manifest.ts";
import { EthernetCard } from "./contract.ts";

export default manifest({
  name: "virtio-net",
  serves: { "/dev/net0": EthernetCard },
  uses: ["/dev/pci"],
  needs: ["/dev/pci"],
  devices: ["virtio-net"],
  kernels: ["virtio-net-card", "virtqueue"],
  budget: 8 << 20,
  // It exits with 0 when the machine has no such card: then it stays ended.
  restart: { when: "failure" },
});
