// Contracts that the cases speak over real channels, and the one that the suite drives them by.
import { call, contract, event } from "../../../sdk/contract/contract.ts";
import {
  array,
  bool,
  bytes,
  channel,
  duration,
  f64,
  handle,
  i8,
  i16,
  i32,
  i64,
  oneof,
  optional,
  secret,
  string,
  struct,
  time,
  u8,
  u16,
  u32,
  u64,
} from "../../../sdk/contract/field.ts";

/** How the suite runs the cases: by index; an empty problem is a pass. */
export const Cases = contract("cases", 1, {
  name: call({ index: u32 }, { name: string }),
  run: call({ index: u32 }, { problem: string }),
});

export const Stream = contract("stream", 1, { read: call({ most: u32 }, { text: string }) });

/** Every type that the wire knows, there and back. */
export const Everything = contract("everything", 1, {
  echo: call(
    {
      a: u8,
      b: u16,
      c: u32,
      d: i8,
      e: i16,
      f: i32,
      g: u64,
      h: i64,
      i: f64,
      j: bool,
      k: time,
      l: duration,
      m: string,
      n: bytes,
      o: array(u16),
      p: struct({ x: u8, y: array(string) }),
      q: oneof("red", "green", "blue"),
      r: optional(u32),
    },
    { text: string },
  ),
  same: call(
    { list: array(struct({ n: i64, t: string })) },
    { list: array(struct({ n: i64, t: string })) },
  ),
});

export const Shop = contract("shop", 2, {
  add: call({ a: u32, b: u32 }, { sum: u64 }, { retry: "safe" }),
  open: call({ name: string }, { stream: channel(Stream) }),
  give: call({ things: array(handle("memory")) }, { back: handle("memory") }),
  slow: call({}, {}),
  fail: call({ how: oneof("refuse", "throw", "reject") }, {}),
  hide: call({ word: secret(string) }, { length: u32 }),
  order: event({ item: string, count: optional(u8) }, { to: "server" }),
  changed: event({ stock: u32 }, { full: "coalesce" }),
  note: event({ text: string }, { full: "drop-oldest" }),
  strict: event({ n: u32 }),
});

/** The shop as an older and as a foreign client knows it. */
export const OlderShop = contract("shop", 1, {
  add: call({ a: u32, b: u32 }, { sum: u64 }),
  open: call({ id: u16 }, {}),
  order: event({ item: string }, { to: "server" }),
  removed: call({}, {}),
});
