// The tables that the runtime repeats of the compiler's, in TypeScript and in C, are the compiler's.
import { readFileSync } from "node:fs";
import test from "ava";
import { environment as compilers } from "../../tape/native/environment.ts";
import {
  BASE_FEATURES,
  features,
  header,
  NATIVE_MAGIC,
  NATIVE_VERSION,
} from "../../tape/native/file.ts";
import { DATA_BASE } from "../../tape/bytecode/program.ts";
import { environment } from "./kernel.ts";
import { kernelHead } from "./kernel-head.ts";
import { traceFields } from "./kernel-trouble.ts";
import { processorFeatures } from "./processor.ts";

const text = (name: string) => readFileSync(new URL(name, import.meta.url), "utf8");

test("fields of the environment block and of the head", (t) => {
  t.like(compilers, environment);
  t.like(compilers, traceFields);
  t.like(header, kernelHead);
});

test("constants", (t) => {
  const constant = (file: string, name: string) =>
    Number(new RegExp(`const ${name} = (\\w+);`).exec(text(file))?.[1]);
  t.is(constant("kernel-head.ts", "MAGIC"), NATIVE_MAGIC);
  t.is(constant("kernel-head.ts", "VERSION"), NATIVE_VERSION);
  t.is(constant("processor.ts", "BASE_FEATURES"), BASE_FEATURES);
  t.deepEqual(Object.fromEntries(processorFeatures.map(([name, bit]) => [name, bit])), features);
  t.is(constant("kernel.ts", "DATA"), DATA_BASE);
  t.is(constant("kernel.ts", "STACK"), constant("kernel-trouble.ts", "STACK"));
});

test("words of the environment block in C", (t) => {
  const list = /enum \{ (LIMIT = [^}]*)\}/.exec(text("engine/kernel.c"))?.[1] ?? "";
  const words = Object.fromEntries(
    list.split(",").map((each) => each.trim().split(" = ") as [string, string]),
  );
  const { limit, stop, memory, bytes, textBytes, kind, values } = compilers;
  const expected = { LIMIT: limit, STOP: stop, MEMORY: memory, BYTES: bytes };
  const all = { ...expected, TEXT_BYTES: textBytes, KIND: kind, VALUES: values };
  t.deepEqual(
    words,
    Object.fromEntries(Object.entries(all).map(([name, at]) => [name, String(at / 8)])),
  );
});
