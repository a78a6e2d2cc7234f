// This process's words to init: ready, report, log, and the notice that it will be ended.

/** The server serves now (init waits for it within the manifest's `startWithin`). */
export declare function ready(): void;
/** A fact for the boot transcript that this server's part has just proved. */
export declare function report(text: string): void;
/** A line for the log; at most 1,000 characters, longer ones are cut. */
export declare function log(text: string, level?: "info" | "warning" | "error"): void;
/** Called when init will end this process after `within` ns: flush, then `exit(0)`. */
export declare function onTerminating(handler: (reason: string, within: number) => void): void;
/** Ends this process at the end of the turn, after its messages have left. */
export declare function exit(code: number): void;
