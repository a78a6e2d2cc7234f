// The options of this boot: lines `key=value` from the EFI system partition (docs/boot-image.md), read once by init.
// Invariant: an option that init does not know is left alone (the loader and the nucleus read theirs); a bad value is reported.

/** What init does differently in this boot. */
export interface Options {
  /** Longest wait for netd's line before the login, in nanoseconds. */
  netdWait: number;
  /** Servers that are not started. */
  without: string[];
  /** Only the servers of safe mode are started. */
  safe: boolean;
  /** Sentences about values that could not be used. */
  problems: string[];
}

const MILLISECOND = 1e6;
const NETD_WAIT = 1500;
const NETD_WAIT_MOST = 600_000;

/** Reads the text of `\leivos\options`. */
export function parseOptions(text: string): Options {
  const options: Options = {
    netdWait: NETD_WAIT * MILLISECOND,
    without: [],
    safe: false,
    problems: [],
  };
  for (const line of text.split("\n")) {
    const equals = line.indexOf("=");
    if (equals < 0) continue;
    const key = line.slice(0, equals).trim();
    const value = line.slice(equals + 1).trim();
    if (key === "netd_wait") {
      const wait = /^[0-9]{1,6}$/.test(value) ? Number(value) : -1;
      if (wait < 0 || wait > NETD_WAIT_MOST)
        options.problems.push(
          `netd_wait=${value}: give milliseconds from 0 to ${NETD_WAIT_MOST}; ${NETD_WAIT} is used`,
        );
      else options.netdWait = wait * MILLISECOND;
    } else if (key === "safe") {
      if (value === "1") options.safe = true;
      else if (value !== "0") options.problems.push(`safe=${value}: write 1 or 0; 0 is used`);
    } else if (key === "without") {
      for (const name of value.split(","))
        if (name.trim() !== "") options.without.push(name.trim());
    }
  }
  return options;
}
