// The wire of lossy-wire.py between the tap of a network and a guest's card.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "../setup/paths.mjs";
import { type LinuxNet, tap } from "./linux-net.ts";

/** What a wire does; a rate of 0 is no limit. */
export interface Path {
  /** bits a second in each direction */
  readonly rate: number;
  /** one way, in ms */
  readonly delay: number;
  /** bytes that wait for the rate before the tail is dropped */
  readonly queue: number;
  /** of the frames with more than a few bytes, to the guest and from it */
  readonly lossTo: number;
  readonly lossFrom: number;
}

/** A wire that runs. */
export interface LossyWire {
  /** for the machine's `network: { kind: "wire", path }` */
  readonly path: string;
  /** Becomes such a path, with the losses of a seed. */
  set(path: Path, seed: number): Promise<void>;
  stop(): void;
}

/** Starts one, without limits at first. @throws Error */
export async function startLossyWire(net: LinuxNet): Promise<LossyWire> {
  const path = join(net.folder, "lossy-wire");
  const program = join(root, "ci/peers/lossy-wire.py");
  const [command, ...words] = net.inside(["python3", "-B", program, tap, path]);
  const child = spawn(command!, words, { stdio: ["pipe", "pipe", "inherit"] });
  let heard: (() => void) | undefined;
  let failed: ((error: Error) => void) | undefined;
  child.stdout.on("data", () => heard?.());
  child.once("close", (code) => failed?.(new Error(`the wire has ended (${code})`)));
  const said = () =>
    new Promise<void>((resolve, reject) => {
      heard = resolve;
      failed = reject;
    });
  await said();
  return {
    path,
    set: async ({ rate, delay, queue, lossTo, lossFrom }, seed) => {
      const done = said();
      child.stdin.write(`${[rate, delay, queue, lossTo, lossFrom, seed].join(" ")}\n`);
      await done;
    },
    stop: () => void child.kill("SIGKILL"),
  };
}
