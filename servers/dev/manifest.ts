import { manifest } from "../../sdk/contract/manifest.ts";

export default manifest({
  name: "dev",
  uses: ["/dev/host0", "/svc/session"],
  budget: 8 << 20,
  // What the host's commands may do in this system.
  may: ["see", "log", "manage"],
  // It exits with 0 when the machine has no line to a host: then it stays ended.
  restart: { when: "failure" },
  development: true,
});
