import { manifest } from "../../sdk/contract/manifest.ts";

export default manifest({
  name: "dev",
  // What scripts of the host reach: /svc/net, and this server's session.
  uses: ["/dev/host0", "/dev/host1", "/svc/session", "/svc/tape", "/svc/net"],
  net: { connect: ["tcp:*:*", "udp:*:*", "icmp:*"], listen: ["tcp:*", "udp:*"] },
  // Pushed code is kept here, 4 MiB of it, beside an engine that holds one code at a time.
  budget: 16 << 20,
  // What the host's commands may do in this system.
  may: ["see", "log", "manage"],
  // It exits with 0 when the machine has no line to a host: then it stays ended.
  restart: { when: "failure" },
  development: true,
  safe: true,
});
