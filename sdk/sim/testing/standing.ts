// The servers that run for as long as the simulated system does.
import type { SystemImage } from "../system.ts";

/** The simulated machine has no line to a host and no such card: these end at once, by their own decision. */
const absent = ["virtio-serial", "serial-line", "dev", "e1000e"];

/** Names of the servers that start with the system and stay; what starts on demand has nothing to come back to. */
export function standingServers({ config }: Pick<SystemImage, "config">): string[] {
  return config.servers
    .filter(({ manifest }) => (manifest as { start?: string }).start !== "demand")
    .map(({ name }) => name)
    .filter((name) => !absent.includes(name));
}
