// Host functions that every program in a server process has: text, time, and lines that go to the log.
import { formatHosts } from "../../tape/interp/format.ts";
import { HostExit, type HostFn } from "../../tape/interp/machine.ts";
import { clock, now } from "../runtime/time.ts";

/** Characters of a line that is written before its end has come. */
const LINE = 900;

/** @param line takes what the program prints, a line at a time */
export function commonHosts(line: (text: string) => void): { readonly [name: string]: HostFn } {
  let rest = "";
  const flush = () => {
    if (rest !== "") line(rest);
    rest = "";
  };
  const take = (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const each of lines) line(each);
    if (rest.length > LINE) flush();
  };
  return {
    ...formatHosts,
    "io.write": (m) => {
      const length = m.int(2);
      take(m.bytes(m.int(1), length));
      m.give(0, BigInt(length));
    },
    "io.write_line": (m) => take(`${m.bytes(m.int(1), m.int(2))}\n`),
    "io.read": (m) => m.give(0, 0n),
    "os.arg_count": (m) => m.give(0, 0n),
    "os.arg_len": (m) => m.give(0, -1n),
    "os.arg_copy": () => {},
    "os.exit": (m) => {
      flush();
      throw new HostExit(m.int(0));
    },
    "time.unix": (m) => m.give(0, BigInt(clock())),
    "time.ticks": (m) => m.give(0, BigInt(now())),
  };
}
