// Runs the suite's bundle in place of `init`: on the simulated nucleus, or on the real one in QEMU.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type BuiltSystem, buildSystem } from "../../sdk/cli/build/build-system.ts";
import { standardVariant, type Variant } from "../../sdk/cli/build/step.ts";
import { compilerPath } from "../../sdk/cli/steps/compiler.ts";
import { objectKinds, readBootImage, writeBootImage } from "../../sdk/image/boot-image.ts";
import { bundleServer } from "../../sdk/image/bundle.ts";
import { writeDiskImage } from "../../sdk/image/disk-image.ts";
import { Machine } from "../../sdk/sim/machine.ts";
import { diskGuest } from "../qemu/disk-guest.ts";
import { root } from "../setup/paths.mjs";

/** The suite, and the program that runs the contract cases for it. */
const programs = { init: "ci/conformance/main.ts", contracts: "ci/conformance/contracts/main.ts" };
/** The whole suite takes less than this on an idle machine; a guard only. */
const PATIENCE_MS = 240_000;

/** A build of the system, brought up to date. */
export function built(variant: Variant = standardVariant): Promise<BuiltSystem> {
  return buildSystem(variant, (line) => void process.stderr.write(`${line}\n`), false);
}

/** The build that traps on undefined behaviour. */
export const checkedVariant: Variant = {
  ...standardVariant,
  out: "build/variants/checks",
  checks: true,
};

async function scripts(): Promise<Record<string, string>> {
  const made: Record<string, string> = {};
  for (const [name, entry] of Object.entries(programs)) {
    made[name] = (await bundleServer(join(root, entry))).script;
  }
  return made;
}

/** The suite on the simulated nucleus: its log. */
export async function inSimulation(cpus: number): Promise<string> {
  await built();
  const machine = await Machine.boot({ bundles: await scripts(), cpus });
  await machine.run(() => false);
  return machine.log;
}

/** The suite on Uusi in QEMU: what its serial port said. */
export async function inQemu(cpus: number, variant: Variant = standardVariant): Promise<string> {
  const { boot, loader } = await built(variant);
  const folder = join(root, "build/conformance");
  mkdirSync(folder, { recursive: true });
  const bundles = Object.entries(await scripts()).map(([name, text]) => {
    const script = join(folder, `${name}.js`);
    const bytecode = join(folder, `${name}.qjs`);
    writeFileSync(script, text);
    execFileSync(join(root, compilerPath), [script, bytecode]);
    const bytes = readFileSync(bytecode);
    return { name: `bundle/${name}`, kind: objectKinds.bundle, bytes };
  });
  const kept = readBootImage(readFileSync(boot)).filter(
    ({ kind }) => kind !== objectKinds.bundle && kind !== objectKinds.config,
  );
  const disk = join(folder, "disk.img");
  writeDiskImage(disk, {
    loader: readFileSync(loader),
    boot: writeBootImage([...kept, ...bundles]),
    options: { seed: "1" },
  });
  const guest = await diskGuest(disk, { cpus });
  try {
    await guest.expect(/^(?:# done|# Bail out!.*|halted)\r?\n/m, PATIENCE_MS);
    return guest.transcript.text;
  } finally {
    await guest.close();
  }
}
