// Numbers of what the program around a server's source takes: the build writes them, the process sends them.

/** What happens besides calls. */
export const EVENTS = { timer: 0, news: 1 } as const;
/** Number of the first method. */
export const FIRST_METHOD = 2;
/** The function of that program that hands over what the server's `save` gives. */
export const SAVE = "save_for_new_code";
