// Where sdk/hot joins the runtime: set when a server's code declares state, absent in all other bundles.
import type { Start } from "./start-info.ts";

export interface HotHooks {
  /** This process is new code beside a running server: `begin` runs it once it has what it takes over. */
  beside(start: Start, begin: (start: Start) => void | Promise<void>): void;
  /** This process runs from its start on. */
  started(): void;
}

export const hotHooks: { present: HotHooks | undefined } = { present: undefined };

/** The option of START that says so. */
export const BESIDE = "beside";
