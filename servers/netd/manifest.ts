import { manifest } from "../../sdk/contract/manifest.ts";
import { Net } from "./contract.ts";

export default manifest({
  name: "netd",
  serves: { "/svc/net": Net },
  uses: ["/dev/net0", "/dev/net1"],
  kernels: ["checksum", "frames", "lane", "syns"],
  // Rings of streams take up to 36 MiB of it (tcp/settings.ts).
  budget: 52 << 20,
  restart: { when: "always" },
});
