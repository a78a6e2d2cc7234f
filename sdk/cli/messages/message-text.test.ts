import test from "ava";
import fc from "fast-check";
import { events, operations } from "../../abi/table.ts";
import { fnv1a } from "../../contract/fnv.ts";
import { RECEIVED } from "../../runtime/recorder-page.ts";
import type { MessageFacts } from "../channel/facts.ts";
import { messageLines } from "./message-text.ts";
import { methodNames } from "./method-names.ts";

const message = (fields: Partial<MessageFacts>): MessageFacts => ({
  time: 1e6,
  kind: operations.SEND,
  handles: 0,
  bytes: 4,
  channel: 0,
  word: 0,
  status: 0,
  cookie: 0,
  trace: 0,
  ...fields,
});

test("replies are named by their calls, on both sides", async (t) => {
  const names = await methodNames();
  const services = fnv1a("services");
  const messages = [
    message({ kind: RECEIVED + events.CALL, word: services, cookie: 77, bytes: 24 }),
    message({ kind: operations.CALL, word: fnv1a("waits"), cookie: 3, trace: 0x10 }),
    message({ kind: RECEIVED + events.REPLY, cookie: 3, word: 4, time: 2e6 }),
    message({ kind: operations.REPLY, channel: 77, time: 2e6 }),
    message({ kind: RECEIVED + events.REPLY, cookie: 9, status: -8, time: 2e6 }),
    message({ kind: RECEIVED + events.CLOSED, time: 2e6 }),
    message({ word: 12345, time: 3e6 }),
  ];
  t.deepEqual(
    messageLines(messages, names, 3e6).map((line) => line.trim().replace(/ +/g, " ")),
    [
      "-2.000 ms got call session.services (24 bytes)",
      "-2.000 ms calls session.waits (4 bytes, request 10)",
      "-1.000 ms got the reply to session.waits: failure 4 (4 bytes)",
      "-1.000 ms replies to session.services (4 bytes)",
      "-1.000 ms got the reply to a call: error -8 (4 bytes)",
      "-1.000 ms a channel closed",
      "-0.000 ms sends method 3039 (4 bytes)",
    ],
  );
});

test("any numbers give a line each", (t) => {
  const any = fc.record({
    time: fc.nat(),
    kind: fc.nat({ max: 255 }),
    handles: fc.nat({ max: 255 }),
    bytes: fc.nat({ max: 65535 }),
    channel: fc.nat(),
    word: fc.nat(),
    status: fc.integer(),
    cookie: fc.nat(),
    trace: fc.nat(),
  });
  fc.assert(
    fc.property(fc.array(any), (all) => {
      t.is(messageLines(all, new Map(), 5).length, all.length);
    }),
  );
});
