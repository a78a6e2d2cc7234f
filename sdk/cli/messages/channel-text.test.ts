import test from "ava";
import { operations } from "../../abi/table.ts";
import { fnv1a } from "../../contract/fnv.ts";
import type { MessageFacts } from "../channel/facts.ts";
import { channelLines } from "./channel-text.ts";
import { methodNames } from "./method-names.ts";

const message = (slot: number, time: number, word = 0): MessageFacts => ({
  time,
  kind: operations.SEND,
  handles: 0,
  bytes: 4,
  channel: 0,
  word,
  status: 0,
  cookie: 0,
  trace: 0,
  slot,
});

const tidy = (lines: string[]) => lines.map((line) => line.trim().replace(/ +/g, " "));

test("channels with their names, those with news first, each with its last messages", async (t) => {
  const messages = [
    ...Array.from({ length: 64 }, (_, i) => message(2, 1e6 + i, fnv1a("services"))),
    message(5, 3e6, 12345),
    message(0, 2e6),
  ];
  const channels = [
    { slot: 2, handle: 16385, count: 1000, before: 0 },
    { slot: 5, handle: 0, count: 1, before: 300 },
    { slot: 0, handle: 0, count: 1, before: 0 },
  ];
  const lines = tidy(channelLines(messages, channels, await methodNames(), 4e6));
  t.deepEqual(lines.slice(0, 5), [
    "(channel 5; channel 300 gave its room to it:)",
    "-1.000 ms sends method 3039 (4 bytes)",
    "(of no channel that is known:)",
    "-2.000 ms sends hello (4 bytes)",
    "(channel 2, session, handle 16385, 1000 messages:)",
  ]);
  t.is(lines.length, 5 + 8);
});

test("a channel that has two rings has its messages in order; of many the rest is counted", (t) => {
  const messages = [message(9, 30), message(9, 10)];
  for (let slot = 10; slot < 20; slot++) messages.push(message(slot, 1));
  const lines = tidy(channelLines(messages, [], new Map(), 30));
  t.deepEqual(lines.slice(0, 3), [
    "(channel 9:)",
    "-0.000 ms sends method 0 (4 bytes)",
    "-0.000 ms sends method 0 (4 bytes)",
  ]);
  t.is(lines.at(-1), "(and of 5 more channels; --json has all)");
});
