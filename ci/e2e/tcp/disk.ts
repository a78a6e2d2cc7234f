// A disk with the system and the test's program in the guest.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildSystem } from "../../../sdk/cli/build/build-system.ts";
import { standardVariant } from "../../../sdk/cli/build/step.ts";
import { compilerPath } from "../../../sdk/cli/steps/compiler.ts";
import { packManifest } from "../../../sdk/contract/manifest.ts";
import {
  type BootObject,
  objectKinds,
  readBootImage,
  writeBootImage,
} from "../../../sdk/image/boot-image.ts";
import { bundleServer } from "../../../sdk/image/bundle.ts";
import { writeDiskImage } from "../../../sdk/image/disk-image.ts";
import { root } from "../../setup/paths.mjs";

const NAME = "tcp-peer";
const folder = join(root, "build/tcp-peer");
const digest = (data: Uint8Array) => createHash("sha256").update(data).digest("hex");

/** The objects of a boot image, and the test's program among them. */
export async function withTcpPeer(objects: BootObject[]): Promise<BootObject[]> {
  mkdirSync(folder, { recursive: true });
  const script = join(folder, "program.js");
  const bytecode = join(folder, "program.qjs");
  writeFileSync(script, (await bundleServer("ci/e2e/tcp/program.ts")).script);
  execFileSync(join(root, compilerPath), [script, bytecode]);
  const bytes = readFileSync(bytecode);
  const packed = objects.find(({ name }) => name === "config")!.bytes;
  const config = JSON.parse(Buffer.from(packed).toString()) as { servers: object[] };
  config.servers.push({
    name: NAME,
    bundle: `bundle/${NAME}`,
    digest: digest(bytes),
    scriptDigest: digest(readFileSync(script)),
    manifest: packManifest({
      name: NAME,
      uses: ["/svc/net"],
      net: { connect: ["tcp:10.0.2.2:*", "tcp:10.77.0.0/24:*"], listen: ["tcp:7"] },
    }),
  });
  return [
    ...objects.filter(({ kind }) => kind !== objectKinds.config),
    { name: `bundle/${NAME}`, kind: objectKinds.bundle, bytes },
    { name: "config", kind: objectKinds.config, bytes: Buffer.from(JSON.stringify(config)) },
  ];
}

/** Builds the disk; its path. */
export async function tcpDisk(): Promise<string> {
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const { boot, loader } = await buildSystem(standardVariant, say, false);
  const objects = await withTcpPeer(readBootImage(readFileSync(boot)));
  const disk = join(folder, "disk.img");
  writeDiskImage(disk, {
    loader: readFileSync(loader),
    boot: writeBootImage(objects),
    options: { netd_wait: "60000" },
  });
  return disk;
}
