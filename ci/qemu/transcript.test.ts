// Expectations on a stream: order, pieces, lateness and failure.
import test from "ava";
import { Transcript } from "./transcript.ts";

const soon = 60_000;

test("a pattern is found across pieces, early or late, each text once", async (t) => {
  const transcript = new Transcript();
  transcript.append("one tw");
  await transcript.expect(/one/, soon);
  const waiting = transcript.expect(/two (\d+)/, soon);
  transcript.append("o 2");
  t.is((await waiting)[1], "2");
  transcript.append(" one");
  await transcript.expect(/one/, soon);
  t.is(transcript.unread, "");
  t.is(transcript.text, "one two 2 one");
});

test("skipped text does not satisfy an expectation", async (t) => {
  const transcript = new Transcript();
  transcript.append("prompt");
  transcript.skip();
  const waiting = transcript.expect(/prompt/, soon);
  transcript.append("second prompt");
  t.is((await waiting).index, 7);
});

test("an end fails the open and all later expectations, but not what is there already", async (t) => {
  const transcript = new Transcript();
  const waiting = transcript.expect(/x/, soon);
  transcript.append("last words");
  transcript.end("it died");
  await t.throwsAsync(waiting, { message: /\/x\/ can't come any more: it died[\s\S]*last words/ });
  await t.notThrowsAsync(transcript.expect(/words/, soon));
  await t.throwsAsync(transcript.expect(/more/, soon), { message: /it died/ });
});

test("a pattern that does not come gives up with the transcript's end", async (t) => {
  const transcript = new Transcript();
  transcript.append("all there is");
  await t.throwsAsync(transcript.expect(/x/, 1), { message: /did not come[\s\S]*all there is/ });
});

test("two expectations at once are a mistake of the test", (t) => {
  const transcript = new Transcript();
  transcript.expect(/a/, soon).catch(() => {});
  t.throws(() => transcript.expect(/b/, soon), { message: /one expectation/ });
  transcript.append("a");
});
