import { manifest } from "../../sdk/contract/manifest.ts";

export default manifest({
  name: "console",
  uses: ["/svc/accounts", "/dev/keyboard"],
  devices: ["serial", "framebuffer"],
  privileges: ["log-read"],
  kernels: ["cells"],
  safe: true,
});
