// The account that development images have, documented in the README: anyone who reads it can log
// in, which is why an image for others is refused while it holds this account.
import { pbkdf2Sync } from "node:crypto";
import type { NetRules } from "../contract/net-rules.ts";

/** An account as the image's configuration holds it (servers/init/configuration.ts). */
export interface ImageAccount {
  name: string;
  /** `pbkdf2-sha256$ROUNDS$SALT$DIGEST` */
  password: string;
  may: string[];
  uses: string[];
  /** where its sessions may connect and listen (sdk/contract/net-rules.ts) */
  net?: NetRules;
}

/** About half a second on an emulated processor; the first login raises it on a faster one. */
const rounds = 60_000;

/** Hashes a password as `console` does. @param salt at least 16 bytes */
export function passwordHash(password: string, salt: Uint8Array): string {
  const digest = pbkdf2Sync(password, salt, rounds, 32, "sha256").toString("hex");
  return `pbkdf2-sha256$${rounds}$${Buffer.from(salt).toString("hex")}$${digest}`;
}

/** Name and password of the development account. */
export const developmentAccount: ImageAccount = {
  name: "dev",
  password: passwordHash("dev", Buffer.from("development salt")),
  may: ["see", "log", "manage", "power"],
  uses: ["/svc/net", "/svc/tape", "/svc/programs"],
  net: { connect: ["tcp:*:*", "udp:*:*", "icmp:*"], listen: ["tcp:*", "udp:*"] },
};
