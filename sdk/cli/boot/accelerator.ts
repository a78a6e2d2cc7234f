// Whether KVM really runs the firmware here. Invariant: the verdict of a probe holds for one boot
// of the host and one QEMU, and is asked for again after either has changed.
import { accessSync, constants, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { Guest } from "../../../ci/qemu/guest.ts";
import type { Accelerator } from "../../../ci/qemu/machine.ts";
import { which } from "../../../ci/setup/debian.mjs";
import { Failure } from "../failure.ts";

const cachePath = "build/cache/accelerator.json";
const device = "/dev/kvm";
/** The firmware writes to the serial port within a second where KVM works. */
const patience = 5000;

interface Verdict {
  host: string;
  kvm: boolean;
  reason: string;
}

/**
 * Chooses how the processor is emulated.
 * @param wanted what the command line says
 * @param disk any image to start, since the probe needs a complete machine
 * @param say receives the one line that tells the choice
 * @throws Failure exit code 2 when KVM is asked for and does not work
 */
export async function chooseAccelerator(
  wanted: "auto" | Accelerator,
  disk: string,
  say: (line: string) => void,
): Promise<Accelerator> {
  if (wanted === "tcg") return "tcg";
  const { kvm, reason } = await verdict(disk);
  if (wanted === "kvm") {
    if (kvm) return "kvm";
    throw new Failure(`KVM does not work here (${reason}); use --accel tcg`, 2);
  }
  say(kvm ? "accelerator: KVM" : `accelerator: TCG, since ${reason}`);
  return kvm ? "kvm" : "tcg";
}

async function verdict(disk: string): Promise<Verdict> {
  try {
    accessSync(device, constants.R_OK | constants.W_OK);
  } catch {
    return { host: "", kvm: false, reason: `${device} can't be opened` };
  }
  const qemu = which("qemu-system-x86_64");
  const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  const host = `${boot} ${qemu && statSync(qemu).mtimeMs}`;
  try {
    const known = JSON.parse(readFileSync(cachePath, "utf8")) as Verdict;
    if (known.host === host) return known;
  } catch {
    // not probed yet
  }
  const fresh = { host, ...(await probe(disk)) };
  mkdirSync(dirname(cachePath), { recursive: true });
  writeFileSync(cachePath, JSON.stringify(fresh));
  return fresh;
}

async function probe(disk: string): Promise<{ kvm: boolean; reason: string }> {
  let guest: Guest | undefined;
  try {
    guest = await Guest.start({
      cpus: 1,
      memory: "256M",
      accelerator: "kvm",
      network: { kind: "none" },
      icount: false,
      disk,
      display: "none",
      serial: true,
      exitOnReset: true,
    });
    await guest.expect(/\x1b\[/, patience);
    return { kvm: true, reason: "" };
  } catch (error) {
    const started = guest !== undefined;
    const text = (error as Error).message.split("\n", 1)[0]!.replace(/^QEMU did not start: /, "");
    const reason = started ? "the firmware shows no sign of life" : text;
    return { kvm: false, reason: `KVM does not run the firmware (${reason})` };
  } finally {
    await guest?.close();
  }
}
