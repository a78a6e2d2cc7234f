// Claims whose drivers have not come back yet after the end of the `pci` before. Invariant: while there is one, no frame is freed
// that was in quarantine: what a device reaches is known for certain only when its driver has shown its memory again.
import { after } from "../../sdk/runtime/timers.ts";

/** Time that drivers have to come back, ns. */
const GRACE = 3_000e6;

export class Orphans {
  private readonly left: { [bdf: number]: true | undefined } = {};
  private count = 0;
  private waiting: (() => void)[] = [];

  add(bdf: number): void {
    if (this.left[bdf] === true) return;
    this.left[bdf] = true;
    this.count += 1;
  }

  has(bdf: number): boolean {
    return this.left[bdf] === true;
  }

  /** Its driver is back, or its device is being brought to rest. */
  remove(bdf: number): void {
    if (this.left[bdf] !== true) return;
    this.left[bdf] = undefined;
    this.count -= 1;
    if (this.count > 0) return;
    for (const each of this.waiting.splice(0)) each();
  }

  get any(): boolean {
    return this.count > 0;
  }

  /** When there is none any more. */
  none(): Promise<void> {
    if (this.count === 0) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Those that are left when their time is over. */
  giveUp(lost: (bdf: number) => void): void {
    if (this.count === 0) return;
    after(GRACE, () => {
      for (const bdf of Object.keys(this.left).map(Number)) if (this.has(bdf)) lost(bdf);
    });
  }
}
