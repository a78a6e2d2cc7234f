import test from "ava";
import { foreignParts } from "./engine.ts";

test("a link map with pure parts of the C library passes, with others it names them", (t) => {
  const line = (member: string) =>
    `  10092e40  10092e40  123 16         /usr/lib/x86_64-linux-musl/libc.a(${member}.lo):(.text.x)\n`;
  t.deepEqual(foreignParts(line("memcpy") + line("pow")), []);
  t.deepEqual(foreignParts(line("memcpy") + line("__lockfile") + line("abort") + line("abort")), [
    "__lockfile",
    "abort",
  ]);
});
