import { readFileSync } from "node:fs";
import test from "ava";
import { header } from "./header.ts";
import { errors, rights, syscalls } from "./table.ts";

test("the committed C header is what the table generates", (t) => {
  t.is(readFileSync(new URL("abi.gen.h", import.meta.url), "utf8"), header());
});

test("system calls are numbered densely, errors and rights are distinct", (t) => {
  t.deepEqual(
    syscalls.map(([, number]) => number),
    syscalls.map((_, index) => index),
  );
  const codes = Object.values(errors).map(([code]) => code);
  t.is(new Set(codes).size, codes.length);
  const bits = Object.entries(rights)
    .filter(([name]) => name !== "ALL")
    .map(([, bit]) => bit);
  t.is(
    bits.reduce((a, b) => a | b, 0),
    rights.ALL,
  );
  t.is(
    bits.reduce((a, b) => a + b, 0),
    rights.ALL,
  );
});
