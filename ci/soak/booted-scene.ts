// The scene of a test of hot swap (servers/init/testing/swap-scene.ts) on the nucleus in QEMU: the built system with the scene's servers and its
// host, which pushes bytecode. Invariant: what the host says is read as it comes, and the wait for its end has an end. The machine's clock counts
// its instructions while it runs: a host that is busy with other work makes no limit of a swap come earlier.
import { Connection } from "../../sdk/cli/channel/connection.ts";
import { bytecode } from "../../sdk/cli/push/server-code.ts";
import { packManifest } from "../../sdk/contract/manifest.ts";
import { serverScript } from "../../sdk/sim/testing/server-script.ts";
import { type SceneServer, sceneHost } from "../../servers/init/testing/swap-scene.ts";
import { diskWith } from "../e2e/added-servers.ts";
import { loginPrompt } from "../qemu/booted-guest.ts";
import { Guest } from "../qemu/guest.ts";
import type { Network } from "../qemu/machine.ts";

/** ms between two looks at the log, whose ring holds 32 KiB. */
const LOOK = 500;

export interface BootedScene {
  /** folder under build/, the test's own */
  readonly folder: string;
  /** servers that are added, the one that is swapped first */
  readonly servers: readonly SceneServer[];
  /** main.ts of the versions that the host pushes */
  readonly codes: Record<string, string>;
  /** what the scene's host does */
  readonly body?: string;
  /** servers of the image that are left out */
  readonly without: readonly string[];
  readonly network?: Network;
  /** default 2. By a clock of instructions the emulator runs them in turns of up to 100 ms: who measures waits takes one. */
  readonly cpus?: number;
  /** ms until the host must have done all */
  readonly patience: number;
  /** another host than the scene's, which gets the versions as bytecode */
  readonly host?: (codes: Record<string, Uint8Array>) => SceneServer;
  /** hears each line of the host */
  readonly say?: (line: string) => void;
}

/** Versions as the nucleus takes them. */
async function compiled(folder: string, codes: Record<string, string>) {
  const made: Record<string, Uint8Array> = {};
  for (const [name, code] of Object.entries(codes))
    made[name] = await bytecode(`${folder}-${name}`, await serverScript(code));
  return made;
}

/** Boots it and lets the host finish; the lines that it said. @throws when it does not say in time that it is done */
export async function bootedScene(scene: BootedScene): Promise<string[]> {
  const { folder, servers, body = "", without, network = { kind: "none" }, cpus = 2 } = scene;
  const codes = await compiled(folder, scene.codes);
  const host = scene.host?.(codes) ?? sceneHost(servers, codes, body);
  const added = [...servers, host].map(({ fields, code }) => ({
    code,
    manifest: packManifest({ budget: 12 << 20, ...fields }),
  }));
  const disk = await diskWith(folder, added, without, { netd_wait: "30000" });
  const guest = await Guest.start({
    cpus,
    memory: "512M",
    accelerator: "tcg",
    network,
    icount: "idle",
    disk,
    display: "none",
    serial: true,
    channel: true,
    exitOnReset: true,
  });
  try {
    await guest.expect(loginPrompt, 480_000);
    const connection = await Connection.open(guest.channel);
    try {
      return await said(connection, scene);
    } finally {
      connection.close();
    }
  } finally {
    await guest.close();
  }
}

async function said(connection: Connection, { patience, say }: BootedScene): Promise<string[]> {
  const end = performance.now() + patience;
  const lines: string[] = [];
  let rest = "";
  for (let position = 0; performance.now() < end; ) {
    const part = await connection.ask("log", { position });
    if (part["next"] === position) {
      await new Promise((resolve) => setTimeout(resolve, LOOK));
      continue;
    }
    position = part["next"] as number;
    const all = (rest + (part["text"] as string)).split("\n");
    rest = all.pop()!;
    for (const text of all) {
      const line = /^host: (?:warning: )?(.*)$/.exec(text)?.[1];
      if (line === "done") return lines;
      if (line === undefined) continue;
      lines.push(line);
      say?.(line);
    }
  }
  throw new Error(`the host is not done after ${patience} ms; it said:\n${lines.join("\n")}`);
}
