import { manifest } from "../../sdk/contract/manifest.ts";
import { HostStream } from "./contract.ts";

export default manifest({
  name: "virtio-serial",
  serves: { "/dev/host0": HostStream },
  uses: ["/dev/pci"],
  needs: ["/dev/pci"],
  devices: ["virtio-serial"],
  budget: 6 << 20,
  // It exits with 0 when the machine has no such device: then it stays ended.
  restart: { when: "failure" },
  development: true,
  safe: true,
});
