// What tape/std/uusi.tape repeats of the nucleus's interface and of the contract with this server.
import { readFileSync } from "node:fs";
import test from "ava";
import { events, layouts, limits, operations, protections, syscalls } from "../../sdk/abi/table.ts";
import { compiledOf } from "../../sdk/contract/compiled.ts";
import { fnv1a } from "../../sdk/contract/fnv.ts";
import { NativeProcess } from "./process.contract.ts";

const text = readFileSync("tape/std/uusi.tape", "utf8");
const constant = (name: string): number =>
  Number(new RegExp(`^const ${name} = (\\w+);`, "m").exec(text)?.[1]);

test("system calls and layouts are those of the table", (t) => {
  for (const name of "SUBMIT_WAIT PORT_CREATE MEMORY_CREATE MEMORY_MAP HANDLE_CLOSE PROCESS_EXIT CLOCK".split(
    " ",
  ))
    t.is(String(syscalls[constant(name)]?.[0]), name.toLowerCase(), name);
  t.is(constant("SUBMIT"), limits.SUBMIT_OFFSET);
  t.is(constant("EVENT"), limits.EVENT_OFFSET + layouts.wait.HEADER);
  t.is(constant("HEADER"), layouts.submission.HEADER);
  t.is(constant("HEADER"), layouts.event.HEADER);
  t.is(constant("OPERATION_CALL"), operations.CALL);
  t.is(constant("EVENT_REPLY"), events.REPLY);
  t.is(constant("PROTECT_WRITE"), protections.READ | protections.WRITE);
  t.is(constant("MOST_REQUEST"), limits.MESSAGE_BYTES - layouts.submission.HEADER);
});

test("method ids are those of the contract", (t) => {
  const { methods } = compiledOf(NativeProcess);
  for (const name of ["write", "read", "ended"]) {
    t.is(constant(name.toUpperCase()), fnv1a(name));
    t.true(methods.some((each) => each.name === name));
  }
});
