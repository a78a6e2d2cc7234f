import test from "ava";
import { splitWords } from "./words.ts";

test("words, quotes, backslashes", (t) => {
  t.deepEqual(splitWords("  ping  10.0.2.2\t3 "), ["ping", "10.0.2.2", "3"]);
  t.deepEqual(splitWords("echo 'a  b' \"c 'd'\" e\\ f ''"), ["echo", "a  b", "c 'd'", "e f", ""]);
  t.deepEqual(splitWords(""), []);
  t.is(typeof splitWords("echo 'a"), "string");
  t.is(typeof splitWords("echo a\\"), "string");
});
