// Code that sessions have brought for swaps of several servers in one step, until the swap is asked for.
// Invariant: at most one code for a server and session, and MOST for a session; who takes them has to drop their code.
import { type Failure, failures, refuse } from "../../sdk/contract/failure.ts";
import { dropCode } from "./code.ts";
import type { Change } from "./swap.ts";

/** Servers of one swap, beside the one that `swap` names. */
const MOST = 15;

export class Staged {
  #list: { readonly by: object; readonly change: Change }[] = [];

  /** Keeps a change for `by`; a second one of the same server takes the place of the first. */
  add(by: object, change: Change): Failure | undefined {
    const own = this.#list.filter((each) => each.by === by);
    const same = own.find((each) => each.change.server === change.server);
    if (same === undefined && own.length >= MOST) {
      dropCode(change.next.code);
      return refuse(failures.LIMIT, `stage: at most ${MOST + 1} servers are swapped in one step`);
    }
    if (same !== undefined) {
      dropCode(same.change.next.code);
      this.#list.splice(this.#list.indexOf(same), 1);
    }
    this.#list.push({ by, change });
    return undefined;
  }

  /** What `by` has brought for these servers; all else of it is dropped. */
  take(by: object, names: readonly string[]): Change[] {
    const own = this.#list.filter((each) => each.by === by).map(({ change }) => change);
    this.#list = this.#list.filter((each) => each.by !== by);
    const taken: Change[] = [];
    for (const each of own)
      if (names.includes(each.server.entry.name)) taken.push(each);
      else dropCode(each.next.code);
    return taken;
  }
}
