/** A small world for tests: two files, and a network with an echo, a closed port and one client that comes to a listener. */
import { fileHosts } from "../interp/files.ts";
import type { HostCall, HostFn } from "../interp/machine.ts";
import { bytesOf, toByteString } from "../source/utf8.ts";

const files: { readonly [path: string]: Uint8Array | undefined } = {
  empty: new Uint8Array(0),
  "notes/a.txt": bytesOf(toByteString("héllo")),
};

const REFUSED = -2;

/** Host functions of the modules `fs` and `net`. */
export function testWorld(): { readonly [name: string]: HostFn } {
  /** What each stream has for its reader; a listener has none. */
  const streams: (Uint8Array[] | undefined)[] = [];
  let text = "";
  const give = (m: HostCall, value: number) => m.give(0, BigInt(value));
  const stream = (m: HostCall) => streams[m.int(0)] ?? [];
  return {
    ...fileHosts({
      size: (path) => files[path]?.length ?? -1,
      read: (path, at, into) => {
        const bytes = files[path]?.subarray(at, at + into.length) ?? into.subarray(0, 0);
        into.set(bytes);
        return bytes.length;
      },
      paths: () => Object.keys(files),
    }),
    "net.connect": (m) => {
      text = `nobody listens at port ${m.long(2)}`;
      give(m, m.bytes(m.int(0), m.int(1)) === "echo" ? streams.push([]) - 1 : REFUSED);
    },
    "net.listen": (m) => give(m, streams.push(undefined) - 1),
    "net.port": (m) => give(m, 80),
    "net.accept": (m) => give(m, streams.push([bytesOf("GET /")]) - 1),
    "net.read": (m) => {
      const next = stream(m).shift();
      if (next !== undefined) m.slice(m.int(1), m.int(2)).set(next);
      give(m, next?.length ?? 0);
    },
    "net.write": (m) => {
      stream(m).push(m.slice(m.int(1), m.int(2)).slice());
      give(m, 0);
    },
    "net.finish": (m) => give(m, 0),
    "net.close": (m) => give(m, 0),
    "net.resolve": (m) => {
      text = "10.0.0.7 10.0.0.8";
      give(m, text.length);
    },
    "net.ping": (m) => give(m, 1_500_000),
    "net.why": (m) => give(m, text.length),
    "net.text": (m) => m.writeText(m.int(0), text),
  };
}
