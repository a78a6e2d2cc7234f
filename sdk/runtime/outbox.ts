// Messages of the turn, encoded straight into the submit area; what does not fit is kept and leaves with the next turn.

/** Unmasks an interrupt with the turn's batch. */
export declare function acknowledge(interrupt: number): void;
