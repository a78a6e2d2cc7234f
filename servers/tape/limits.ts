// What a script may use at most.

/** Pages of memory that a run may ask for, and bytes of one. */
export const PAGES = 96;
export const PAGE_BYTES = 65_536;
