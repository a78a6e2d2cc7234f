// Where sdk/hot joins the runtime: set when a server's code declares state, absent in all other bundles.
import type { Start } from "./start-info.ts";

export interface HotHooks {
  /** This process is new code beside a running server: `begin` runs it once it has what it takes over. */
  beside(start: Start, begin: (start: Start) => void | Promise<void>): void;
  /** Before `run`'s code in a process that starts afresh: what the one before has left. */
  restore(start: Start): void;
  /** This process runs from its start on. */
  started(): void;
}

export const hotHooks: { present: HotHooks | undefined } = { present: undefined };

/** The option of START that says so. */
export const BESIDE = "beside";
