// What is to be kept before the messages of a turn leave. Invariant: each is called at the end of each turn, in the order they came.
import { beforeMessages } from "../runtime/loop.ts";

const all: (() => void)[] = [];

export function atTurnEnd(f: () => void): void {
  if (all.includes(f)) return;
  all.push(f);
  beforeMessages(() => {
    for (let i = 0; i < all.length; i++) all[i]!();
  });
}
