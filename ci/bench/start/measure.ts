// What the start of one small server takes, counted in the server's own process: the nucleus's work for it is part of that.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { layouts, limits, syscalls } from "../../../sdk/abi/table.ts";
import { compilerPath } from "../../../sdk/cli/steps/compiler.ts";
import { packManifest } from "../../../sdk/contract/manifest.ts";
import { type BootObject, objectKinds } from "../../../sdk/image/boot-image.ts";
import { bundleServer } from "../../../sdk/image/bundle.ts";
import { buildDir, root } from "../../setup/paths.mjs";
import { writeSystemDisk } from "../guests/disks.ts";
import { benchGuest, benchMachine, patience } from "../guests/held.ts";
import { readResults } from "../guests/results.ts";

const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const processInfo = syscalls.find(([name]) => name === "process_info")![1];

/** The first statement: the time that the process has taken so far. */
const first =
  `uusi.sys(${processInfo}, 0);` +
  `const began = Number(new DataView(uusi.buffer).getBigUint64(${limits.SCRATCH_OFFSET + layouts.processInfo.cpuTime}, true));`;

/** The image's objects with two servers beside `init`, both the small one. */
async function alone(objects: readonly BootObject[]): Promise<BootObject[]> {
  const out = join(buildDir, "bench/start");
  mkdirSync(out, { recursive: true });
  const [script, bytecode] = [join(out, "small.js"), join(out, "small.qjs")];
  const bundle = await bundleServer(join(root, "ci/bench/start/server.ts"));
  writeFileSync(script, `${first}${bundle.script}`);
  execFileSync(join(root, compilerPath), [script, bytecode]);
  const bytes = readFileSync(bytecode);
  const config = objects.find(({ kind }) => kind === objectKinds.config)!;
  const text = JSON.parse(Buffer.from(config.bytes).toString()) as { servers: object[] };
  const scriptDigest = digest(readFileSync(script));
  text.servers = ["small", "twin"].map((name) => {
    const manifest = packManifest({ name, budget: 4 << 20 });
    return { name, bundle: "bundle/small", digest: digest(bytes), scriptDigest, manifest };
  });
  return [
    ...objects.filter((each) => each !== config),
    { name: "bundle/small", kind: objectKinds.bundle, bytes },
    { name: "config", kind: objectKinds.config, bytes: Buffer.from(JSON.stringify(text)) },
  ];
}

/** What the start took: nanoseconds of processor time, which are instructions where these are counted, and bytes. */
export interface StartCost {
  /** up to the first instruction of the bundle */
  readonly first: number;
  /** up to the word that it is ready */
  readonly ready: number;
  /** charged to the process then */
  readonly bytes: number;
  /** the first random number of each of two processes */
  readonly random: readonly string[];
}

/**
 * Boots a system of `init` and two small servers.
 * @param disk the path of a disk to write
 */
export async function measureStart(disk: string, icount: boolean): Promise<StartCost> {
  await writeSystemDisk(disk, icount, alone);
  const guest = await benchGuest({ ...benchMachine, disk, icount });
  try {
    await guest.expect(/bench-end[\s\S]*bench-end/, patience);
    const { text } = guest.transcript;
    const results = readResults(text);
    const random = [...text.matchAll(/: random (\S+)/g)].map(([, number]) => number!);
    const value = (name: string) => results.get(`start.${name}`)!.median;
    return { first: value("first"), ready: value("ready"), bytes: value("bytes"), random };
  } finally {
    await guest.close();
  }
}
