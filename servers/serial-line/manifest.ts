import { manifest } from "../../sdk/contract/manifest.ts";
import { HostStream } from "../virtio-serial/contract.ts";

export default manifest({
  name: "serial-line",
  serves: { "/dev/host1": HostStream },
  devices: ["serial2"],
  budget: 4 << 20,
  // It exits with 0 when the machine has no second serial port: then it stays ended.
  restart: { when: "failure" },
  development: true,
  safe: true,
});
