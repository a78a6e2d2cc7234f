import "./testing/model-binding.ts";
import test from "ava";
import { events, operations } from "../abi/table.ts";
import type { Reader } from "../contract/channel.ts";
import { Endpoint } from "./endpoint.ts";
import { addSource, removeSource, startLoop } from "./loop.ts";
import {
  begin,
  callMessage,
  cancelCall,
  closeAfterMessages,
  replyMessage,
  sendMessage,
} from "./outbox.ts";
import { model, type Submission } from "./testing/model-binding.ts";

startLoop(() => undefined);

/** One wait: submits what is there, delivers events. */
function wait(list: Parameters<typeof model.events>[0] = []): Submission[] {
  const sent = model.submit(model.flush!());
  model.turn!(model.events(list));
  return sent;
}

function settle(): Submission[] {
  const all: Submission[] = [];
  do all.push(...wait());
  while (model.deadline === 0);
  return all;
}

function message(bytes: number, first: number, secret = false): void {
  const w = begin(0);
  w.bytes.fill(first & 255, w.start, w.start + bytes);
  w.view.setUint32(w.start, first, true);
  sendMessage(9, w.start + bytes, secret, undefined);
}

test.beforeEach(() => {
  settle();
  model.calls.length = 0;
  model.status = () => 0;
});

test.serial("messages leave in order, with their handles, over as many turns as they need", (t) => {
  for (let i = 0; i < 200; i++) {
    if (i % 5 === 0) {
      const w = begin(2);
      w.handles[w.handleCount++] = i + 1;
      w.handles[w.handleCount++] = i + 2;
      w.view.setUint32(w.start, i, true);
      sendMessage(9, w.start + 4, false, undefined);
    } else message(4 + ((i * 97) % 4093), i);
  }
  const first = wait();
  t.true(first.length < 200);
  t.is(model.deadline === 0 || first.length === 200, true);
  const all = [...first, ...settle()];
  t.is(all.length, 200);
  all.forEach(({ payload, handles }, i) => {
    t.is(new DataView(payload.buffer).getUint32(0, true), i);
    t.is(payload.length, i % 5 === 0 ? 4 : 4 + ((i * 97) % 4093));
    t.deepEqual(handles, i % 5 === 0 ? [i + 1, i + 2] : []);
  });
});

test.serial("messages queued while others wait stay behind them", (t) => {
  for (let i = 0; i < 20; i++) message(4096, i);
  const first = wait();
  message(8, 20);
  const rest = settle();
  const order = [...first, ...rest].map(({ payload }) =>
    new DataView(payload.buffer).getUint32(0, true),
  );
  t.deepEqual(
    order,
    Array.from({ length: 21 }, (_, i) => i),
  );
});

test.serial("a call ends with its REPLY event, and its cookie is used again", (t) => {
  const ends: number[] = [];
  const call = () => {
    const w = begin(0);
    return callMessage.call({ number: 7 }, w.start + 4, false, 2 ** 40, {
      ended: (status) => ends.push(status),
    });
  };
  const a = call();
  const b = call();
  t.not(a, b);
  const sent = wait([
    { type: events.REPLY, key: b, status: -10 },
    { type: events.REPLY, key: a },
  ]);
  t.deepEqual(
    sent.map(({ operation, handle, deadline }) => [operation, handle, deadline]),
    [
      [operations.CALL, 7, 2 ** 40],
      [operations.CALL, 7, 2 ** 40],
    ],
  );
  t.deepEqual(ends, [-10, 0]);
  const again = [call(), call()].sort();
  t.deepEqual(again, [a, b].sort());
  wait(again.map((key) => ({ type: events.REPLY, key })));
});

test.serial(
  "a failed submission: calls end, handles that were to travel are closed, full queues are told",
  (t) => {
    const ends: number[] = [];
    let full = 0;
    const w = begin(1);
    w.handles[w.handleCount++] = 55;
    callMessage.call({ number: 7 }, w.start + 4, false, 0, {
      ended(status: number, reader: Reader) {
        ends.push(status, reader.handleCount, reader.end - reader.at);
      },
    });
    sendMessage(7, begin(0).start + 4, false, { full: () => full++ });
    replyMessage(66, begin(0).start + 4, false);
    const failures = [-8, -7, -11];
    model.status = (_, place) => failures[place]!;
    wait();
    t.deepEqual(ends, [-8, 0, 0]);
    t.is(full, 1);
    t.deepEqual(model.closed(), [55, 66]);
  },
);

test.serial("what is sent while failures are told leaves in the next batch, once", (t) => {
  for (let i = 0; i < 3; i++)
    sendMessage(7, begin(0).start + 4, false, { full: () => message(8, 40 + i) });
  model.status = () => -7;
  wait();
  model.status = () => 0;
  const sent = settle();
  t.deepEqual(
    sent.map(({ payload }) => payload[0]),
    [40, 41, 42],
  );
});

test.serial("cancel names the cookie of an open call only", (t) => {
  const cookie = callMessage.call({ number: 7 }, begin(0).start, false, 0, {
    ended: () => undefined,
  });
  cancelCall(cookie);
  const sent = wait([{ type: events.REPLY, key: cookie, status: -11 }]);
  t.deepEqual(
    sent.map(({ operation }) => operation),
    [operations.CALL, operations.CANCEL],
  );
  t.is(sent[1]!.cookie, cookie);
  cancelCall(cookie);
  t.deepEqual(settle(), []);
});

test.serial("a secret message is wiped from the submit area after it has left", (t) => {
  message(100, 0x77777777, true);
  const sent = model.submit(model.flush!());
  t.is(sent[0]!.payload[50], 0x77);
  model.turn!(model.events([]));
  t.false(new Uint8Array(model.buffer, 4096, 28672).subarray(0, 140).includes(0x77));
});

test.serial("a handle closed after messages is closed when they have left", (t) => {
  message(8, 1);
  closeAfterMessages(77);
  t.deepEqual(model.closed(), []);
  wait();
  t.deepEqual(model.closed(), [77]);
  closeAfterMessages(78);
  t.deepEqual(model.closed(), [77, 78]);
});

test.serial(
  "a handle closed behind messages that need several turns is closed after the last",
  (t) => {
    for (let i = 0; i < 9; i++) message(4096, i);
    closeAfterMessages(79);
    let left = wait().length;
    t.true(left < 9);
    while (left < 9) {
      t.deepEqual(model.closed(), []);
      left += wait().length;
    }
    t.deepEqual(model.closed(), [79]);
  },
);

test.serial(
  "events go to their sources; those of a source closed meanwhile are dropped with their handles",
  (t) => {
    const seen: string[] = [];
    let b = 0;
    const a = addSource(1, {
      event: (type) => {
        seen.push(`a${type}`);
        removeSource(b);
      },
    });
    b = addSource(2, { event: (type) => seen.push(`b${type}`) });
    wait([
      { type: events.MESSAGE, key: a },
      { type: events.CALL, key: b, reply: 91, handles: [92, 93] },
      { type: events.TIMER, key: a },
    ]);
    t.deepEqual(seen, [`a${events.MESSAGE}`, `a${events.TIMER}`]);
    t.deepEqual(model.closed(), [92, 93, 91]);
    t.is(addSource(3, { event: () => undefined }), b);
    removeSource(a);
  },
);

test.serial("a slot is not given to another endpoint while its old handle is still open", (t) => {
  const old = new Endpoint(5);
  const bound = () => model.calls.filter(([name]) => name === "bind").map((call) => call[3]);
  const slot = bound()[0];
  const closer = addSource(9, {
    event: () => {
      message(8, 1);
      old.close();
    },
  });
  wait([{ type: events.MESSAGE, key: closer }]);
  t.deepEqual(model.closed(), []);
  // The next batch was collected before the handle is closed: what it says under the slot is about the old endpoint.
  let early: unknown;
  const maker = addSource(6, {
    event: () => {
      early = new Endpoint(7);
    },
  });
  wait([
    { type: events.MESSAGE, key: maker },
    { type: events.CLOSED, key: slot as number },
  ]);
  t.false((early as Endpoint).closed);
  t.false(bound().slice(1).includes(slot));
  t.deepEqual(model.closed(), [5]);
  // By now it is closed for certain.
  new Endpoint(8).close();
  t.is(bound()[4], slot);
  (early as Endpoint).close();
  removeSource(maker);
  removeSource(closer);
});
