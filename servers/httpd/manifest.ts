import { manifest } from "../../sdk/contract/manifest.ts";

export default manifest({
  name: "httpd",
  uses: ["/svc/net"],
  net: { listen: ["tcp:80"] },
  files: true,
  budget: 8 << 20,
  // Answers that are on their way arrive whole.
  stopWithin: 5e9,
  restart: { when: "always" },
});
