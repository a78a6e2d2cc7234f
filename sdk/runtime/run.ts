// The entry of every server: `run((start) => { ... })` in main.ts.
import type { Start } from "./start-info.ts";

/** Starts the loop; `main` runs in the first turn. A rejection of its promise ends the process with a log line. */
export declare function run(main: (start: Start) => void | Promise<void>): void;
/** The START values, once `run` has begun. */
export declare function startValues(): Start;
