// A disk with the system and servers that a test writes down, which no image has. Invariant: they are started as all others are: named
// in the image's configuration with their digests and manifests.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildSystem } from "../../sdk/cli/build/build-system.ts";
import { standardVariant } from "../../sdk/cli/build/step.ts";
import { compilerPath } from "../../sdk/cli/steps/compiler.ts";
import type { PackedManifest } from "../../sdk/contract/manifest.ts";
import {
  type BootObject,
  objectKinds,
  readBootImage,
  writeBootImage,
} from "../../sdk/image/boot-image.ts";
import { writeDiskImage } from "../../sdk/image/disk-image.ts";
import { serverScript } from "../../sdk/sim/testing/server-script.ts";
import { root } from "../setup/paths.mjs";

/** A server of the test's. */
export interface AddedServer {
  /** its main.ts (sdk/sim/testing/server-script.ts) */
  readonly code: string;
  readonly manifest: PackedManifest;
}

const digest = (data: Uint8Array) => createHash("sha256").update(data).digest("hex");

/**
 * Writes the disk.
 * @param folder where, under build/; a test's own
 * @param added servers that take the place of any of their name
 * @param without names of the image's servers that are left out
 * @param options lines of the options file
 * @returns its path
 */
export async function diskWith(
  folder: string,
  added: readonly AddedServer[],
  without: readonly string[],
  options: Record<string, string>,
): Promise<string> {
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const { boot, loader } = await buildSystem(standardVariant, say, false);
  const place = join(root, "build", folder);
  mkdirSync(place, { recursive: true });
  const objects = readBootImage(readFileSync(boot));
  const text = objects.find(({ kind }) => kind === objectKinds.config)!.bytes;
  const config = JSON.parse(Buffer.from(text).toString()) as { servers: { name: string }[] };
  const gone = [...without, ...added.map(({ manifest }) => manifest.name)];
  config.servers = config.servers.filter(({ name }) => !gone.includes(name));
  const bundles: BootObject[] = [];
  for (const { code, manifest } of added) {
    const script = join(place, `${manifest.name}.js`);
    const bytecode = join(place, `${manifest.name}.qjs`);
    writeFileSync(script, await serverScript(code));
    execFileSync(join(root, compilerPath), [script, bytecode]);
    const bytes = readFileSync(bytecode);
    const bundle = `bundle/${manifest.name}`;
    bundles.push({ name: bundle, kind: objectKinds.bundle, bytes });
    const scriptDigest = digest(readFileSync(script));
    const entry = { name: manifest.name, bundle, digest: digest(bytes), scriptDigest, manifest };
    config.servers.push(entry);
  }
  const kept = objects.filter(
    ({ kind, name }) =>
      kind !== objectKinds.config && !bundles.some((bundle) => bundle.name === name),
  );
  const disk = join(place, "disk.img");
  writeDiskImage(disk, {
    loader: readFileSync(loader),
    boot: writeBootImage([
      ...kept,
      ...bundles,
      { name: "config", kind: objectKinds.config, bytes: Buffer.from(JSON.stringify(config)) },
    ]),
    options,
  });
  return disk;
}
