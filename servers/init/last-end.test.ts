// The engine's last words, found in the log.
import test from "ava";
import { takeWords } from "./last-end.ts";

test("the latest uncaught line of each server, with its places", (t) => {
  const words: { [name: string]: string | undefined } = {};
  const line = (name: string, what: string) => `${name}: uncaught: ${what}\n`;
  const place = "Error: x at f servers/netd/main.ts:12 < servers/netd/main.ts:3";
  takeWords(`${line("netd", "Error: first")}tape: hello\n${line("netd", place)}`, words);
  takeWords(`init: refused\n${line("dev", "TypeError")}console: the word: uncaught here\n`, words);
  t.deepEqual(words, { netd: `uncaught: ${place}`, dev: "uncaught: TypeError" });
});
