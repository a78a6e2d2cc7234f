// A disk with the built system, one more server and all kernels that it may want: the counterpart of sdk/sim/testing/with-server.ts.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildSystem } from "../../sdk/cli/build/build-system.ts";
import { standardVariant } from "../../sdk/cli/build/step.ts";
import { compilerPath } from "../../sdk/cli/steps/compiler.ts";
import { kernelObject, kernelPath, kernels } from "../../sdk/cli/steps/kernels.ts";
import { type ManifestFields, packManifest } from "../../sdk/contract/manifest.ts";
import {
  type BootObject,
  objectKinds,
  readBootImage,
  writeBootImage,
} from "../../sdk/image/boot-image.ts";
import { bundleServer } from "../../sdk/image/bundle.ts";
import { writeDiskImage } from "../../sdk/image/disk-image.ts";
import { buildKernel } from "../../sdk/image/kernel-modules.ts";
import { root } from "../setup/paths.mjs";

const digest = (data: Uint8Array) => createHash("sha256").update(data).digest("hex");

/** The kernel that only tests have. */
export const troubleKernel = async (): Promise<Uint8Array> =>
  (await buildKernel("ci/kernels/trouble.tape")).file;

/** All kernels by name, the tests' own too. */
export async function everyKernel(): Promise<Record<string, Uint8Array>> {
  const all: Record<string, Uint8Array> = { "ci-trouble": await troubleKernel() };
  all["ci-ticker"] = (await buildKernel("ci/kernels/ticker.tape")).file;
  all["ci-hammer"] = (await buildKernel("ci/kernels/hammer.tape")).file;
  for (const name of kernels().keys()) all[name] = readFileSync(kernelPath(name));
  return all;
}

/** A server that a test adds to the built system. */
export interface Added {
  /** main.ts, relative to the top folder */
  readonly entry: string;
  readonly fields: ManifestFields;
}

/** Its code, and its entry in the image's configuration. */
async function made({ entry, fields }: Added) {
  const folder = join(root, "build/with-server", fields.name);
  mkdirSync(folder, { recursive: true });
  const [script, bytecode] = [join(folder, "main.js"), join(folder, "main.qjs")];
  writeFileSync(script, (await bundleServer(entry)).script);
  execFileSync(join(root, compilerPath), [script, bytecode]);
  const code = readFileSync(bytecode);
  const bundle = `bundle/${fields.name}`;
  const scriptDigest = digest(readFileSync(script));
  const manifest = packManifest(fields);
  return {
    object: { name: bundle, kind: objectKinds.bundle, bytes: code },
    entry: { name: fields.name, bundle, digest: digest(code), scriptDigest, manifest },
  };
}

/** As `diskWithServers`, with one server. */
export const diskWithServer = (
  entry: string,
  fields: ManifestFields,
  options: Record<string, string>,
  change?: (objects: BootObject[]) => BootObject[],
): Promise<string> => diskWithServers([{ entry, fields }], options, change);

/**
 * Writes the disk; its path, which has the name of the first server.
 * @param change makes of the image's objects those that the disk gets
 */
export async function diskWithServers(
  servers: readonly Added[],
  options: Record<string, string>,
  change = (objects: BootObject[]): BootObject[] => objects,
): Promise<string> {
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const { boot, loader } = await buildSystem(standardVariant, say, false);
  const added = [];
  for (const each of servers) added.push(await made(each));
  const objects = readBootImage(readFileSync(boot));
  const config = JSON.parse(
    Buffer.from(objects.find(({ name }) => name === "config")!.bytes).toString(),
  ) as { servers: object[] };
  config.servers.push(...added.map(({ entry }) => entry));
  const more: BootObject[] = Object.entries(await everyKernel())
    .map(([name, bytes]) => ({ name: kernelObject(name), kind: objectKinds.kernel, bytes }))
    .filter(({ name }) => !objects.some((each) => each.name === name));
  const disk = join(root, "build/with-server", servers[0]!.fields.name, "disk.img");
  writeDiskImage(disk, {
    loader: readFileSync(loader),
    boot: writeBootImage(
      change([
        ...objects.filter(({ kind }) => kind !== objectKinds.config),
        ...more,
        ...added.map(({ object }) => object),
        { name: "config", kind: objectKinds.config, bytes: Buffer.from(JSON.stringify(config)) },
      ]),
    ),
    options,
  });
  return disk;
}
