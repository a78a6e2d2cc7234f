import test from "ava";
import { splitLine } from "./command-line.ts";

test("words, quotes, backslashes", (t) => {
  t.deepEqual(splitLine("  ping  10.0.2.2\t3 "), ["ping", "10.0.2.2", "3"]);
  t.deepEqual(splitLine("echo 'a  b' \"c 'd'\" e\\ f ''"), ["echo", "a  b", "c 'd'", "e f", ""]);
  t.deepEqual(splitLine(""), []);
  t.is(typeof splitLine("echo 'a"), "string");
  t.is(typeof splitLine("echo a\\"), "string");
});
