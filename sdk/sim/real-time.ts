// Lets a simulated machine keep pace with the clock on the wall, for a person at its terminal. Its time never runs ahead of the wall's;
// behind it may fall while servers compute. Invariant: input wakes it at once.
import type { Machine, Stop } from "./machine.ts";
import { NEVER } from "./nucleus.ts";

/** Milliseconds after which it looks again when nothing is due. */
const LOOK_MS = 1_000;

/** A person's input on its way to a machine, and the wish to leave. */
export class Keyboard {
  #wake: () => void = () => {};
  left = false;
  readonly #machine: Machine;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  type(bytes: Uint8Array): void {
    this.#machine.board.type(bytes);
    this.#wake();
  }

  leave(): void {
    this.left = true;
    this.#wake();
  }

  /** Waits for input, at most `ms`. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Runs until the machine stops, `until` holds, or the person leaves. */
export async function runInRealTime(
  machine: Machine,
  keyboard: Keyboard,
  until: () => boolean,
): Promise<Stop | "left"> {
  const start = performance.now() - machine.now / 1e6;
  for (;;) {
    const wall = Math.floor((performance.now() - start) * 1e6);
    const stop = await machine.run(() => until() || keyboard.left, Math.max(wall, machine.now + 1));
    if (keyboard.left) return "left";
    if (stop !== "deadline" && stop !== "idle") return stop;
    const next = machine.nextEvent();
    const ms = next === NEVER ? LOOK_MS : (next - wall) / 1e6;
    if (ms > 0) await keyboard.wait(Math.min(LOOK_MS, ms));
    else await keyboard.wait(0);
  }
}
