// Clones of sealed memory share pages until they are written to: nobody can tell them from copies, but by what is free.
import { controls, layouts, limits, protections, rights } from "../../../sdk/abi/table.ts";
import { uusi } from "../../../sdk/runtime/binding.ts";
import { type Case, equal, is, refused, test } from "../case.ts";
import { emptyProcess } from "../child.ts";
import type { ImageObject } from "../start.ts";
import { close, must, second, sys } from "../system.ts";

const PAGE = limits.PAGE_BYTES;
const { READ, WRITE, EXECUTE } = protections;

/** The word that page `page` of sealed memory holds at its beginning. */
const held = (page: number) => 1000 + page;

/** A handle to sealed memory of so many pages. `system` makes it executable. */
function sealed(pages: number, system = 0): number {
  const memory = must("memory_create", pages * PAGE, 0);
  const at = must("memory_map", 0, memory, 0, 0, pages * PAGE, READ | WRITE);
  for (let page = 0; page < pages; page++) uusi.set32(at + page * PAGE, held(page));
  must("memory_unmap", 0, at);
  const handle = must("memory_seal", memory, system);
  close(memory);
  return handle;
}

const clone = (of: number, pages: number) =>
  must("memory_clone", of, 0, pages * PAGE, pages * PAGE);
const map = (memory: number, pages: number, protection = READ | WRITE) =>
  must("memory_map", 0, memory, 0, 0, pages * PAGE, protection);

/** Words at the beginning of pages. */
const words = (at: number, pages: number) =>
  Array.from({ length: pages }, (_, page) => uusi.get32(at + page * PAGE));
const untouched = (pages: number) => Array.from({ length: pages }, (_, page) => held(page));

const view = new DataView(uusi.buffer);

function freePages(system: number): number {
  must("system_control", system, controls.RECLAIM);
  must("system_info", system);
  return view.getUint32(layouts.systemInfo.freePages, true);
}

export const shareCases: Case[] = [
  test("a clone of sealed memory takes a page for each first write", (facts) => {
    const origin = sealed(8);
    const copy = clone(origin, 8);
    const at = map(copy, 8);
    const before = freePages(facts.system);
    equal(words(at, 8), untouched(8), "what it holds");
    equal(freePages(facts.system), before, "free pages after reading");
    for (let page = 0; page < 3; page++) {
      uusi.set32(at + page * PAGE + 4, 1);
      uusi.set32(at + page * PAGE + 8, 2);
      equal(freePages(facts.system), before - page - 1, `free pages after page ${page}`);
    }
    must("memory_unmap", 0, at);
    close(copy, origin);
  }),
  test("it is charged in full when it is made, and no more when it is written to", (facts) => {
    const used = () => {
      must("budget_info", facts.budget);
      return second();
    };
    const origin = sealed(8);
    const before = used();
    const copy = clone(origin, 8);
    is(used() - before >= 8 * PAGE, "its pages");
    const at = map(copy, 8);
    const mapped = used();
    for (let page = 0; page < 8; page++) uusi.set32(at + page * PAGE, 1);
    equal(used(), mapped, "after the writes");
    must("memory_unmap", 0, at);
    close(copy, origin);
  }),
  test("what is written to a clone shows neither in its origin nor in another clone", () => {
    const origin = sealed(3);
    const [one, two] = [clone(origin, 3), clone(origin, 3)];
    const [first, other, below] = [map(one, 3), map(two, 3), map(origin, 3, READ)];
    uusi.set32(first + PAGE, 7);
    uusi.set32(other + 2 * PAGE, 8);
    equal(words(first, 3), [held(0), 7, held(2)], "one");
    equal(words(other, 3), [held(0), held(1), 8], "the other");
    equal(words(below, 3), untouched(3), "the origin");
    for (const at of [first, other, below]) must("memory_unmap", 0, at);
    close(one, two, origin);
  }),
  test("a clone outlives its origin, and a clone of it both", () => {
    const origin = sealed(3);
    const middle = clone(origin, 3);
    close(origin);
    const last = must("memory_seal", middle, 0);
    close(middle);
    const copy = clone(last, 3);
    close(last);
    const at = map(copy, 3);
    uusi.set32(at, 5);
    equal(words(at, 3), [5, held(1), held(2)], "words");
    must("memory_unmap", 0, at);
    close(copy);
  }),
  test("a part of sealed memory, extended with zeros", () => {
    const origin = sealed(4);
    const copy = must("memory_clone", origin, PAGE, PAGE + 4, 4 * PAGE);
    const at = map(copy, 4);
    equal(words(at, 4), [held(1), held(2), 0, 0], "words");
    for (let page = 0; page < 4; page++) uusi.set32(at + page * PAGE + 8, page + 1);
    equal([uusi.get32(at + 8), uusi.get32(at + 3 * PAGE + 8)], [1, 4], "what was written");
    must("memory_unmap", 0, at);
    close(copy, origin);
  }),
  test("two mappings of a clone show what is written through either", () => {
    const origin = sealed(3);
    const copy = clone(origin, 3);
    const one = map(copy, 3);
    uusi.set32(one, 1);
    const two = map(copy, 3);
    uusi.set32(one + PAGE, 2);
    uusi.set32(two + 2 * PAGE, 3);
    equal(words(one, 3), [1, 2, 3], "the first");
    equal(words(two, 3), [1, 2, 3], "the second");
    must("memory_unmap", 0, one);
    uusi.set32(two, 4);
    const again = map(copy, 3, READ);
    equal(words(again, 3), [4, 2, 3], "mapped once more");
    must("memory_unmap", 0, two);
    must("memory_unmap", 0, again);
    close(copy, origin);
  }),
  test("a clone in the memory of a process that is not started is shared with its maker", (facts) => {
    const origin = sealed(2);
    const copy = clone(origin, 2);
    const process = emptyProcess(facts, facts.budget);
    must("memory_map", process, copy, 0x5000_0000, 0, 2 * PAGE, READ | WRITE);
    const at = map(copy, 2);
    uusi.set32(at, 9);
    close(process);
    equal(words(at, 2), [9, held(1)], "words");
    must("memory_unmap", 0, at);
    close(copy, origin);
  }),
  test("a clone of executable memory is not executable until it is sealed for that", (facts) => {
    const code = sealed(2, facts.system);
    const copy = clone(code, 2);
    refused(sys("memory_map", 0, copy, 0, 0, PAGE, READ | EXECUTE), "NO_RIGHT", "the clone");
    const at = map(copy, 2);
    uusi.set32(at, 0xc3);
    refused(sys("memory_seal", copy, facts.system), "BUSY", "while it is mapped writable");
    must("memory_unmap", 0, at);
    const run = must("memory_seal", copy, facts.system);
    const there = map(run, 2, READ | EXECUTE);
    equal(words(there, 2), [0xc3, held(1)], "what it holds");
    refused(sys("memory_map", 0, copy, 0, 0, PAGE, READ | WRITE), "BAD_STATE", "writing again");
    must("memory_unmap", 0, there);
    close(run, copy, code);
  }),
  test("a clone of the image's code is one's own to write, the code stays as it is", (facts) => {
    const { handle } = facts.image["engine.text"] as ImageObject;
    const below = map(handle, 1, READ);
    const before = uusi.get32(below);
    const copy = clone(handle, 1);
    const at = map(copy, 1);
    uusi.set32(at, ~before);
    equal([uusi.get32(below), uusi.get32(at)], [before, ~before >>> 0], "words");
    must("memory_unmap", 0, at);
    must("memory_unmap", 0, below);
    close(copy);
  }),
  test("memory for DMA is copied at once, and contiguous memory shared where it is sealed", (facts) => {
    const privilege = must("handle_duplicate", facts.dma, rights.ALL, 77);
    const buffer = must("dma_create", privilege, PAGE);
    refused(sys("memory_seal", buffer, 0), "BAD_STATE", "sealing it");
    const at = map(buffer, 1);
    uusi.set32(at, 1);
    const copy = clone(buffer, 1);
    uusi.set32(at, 2);
    const there = map(copy, 1);
    equal(uusi.get32(there), 1, "as it was");
    must("memory_unmap", 0, at);
    must("memory_unmap", 0, there);
    close(copy, buffer, privilege);
    must("dma_release", facts.dma, 77);

    const memory = must("memory_create", 3 * PAGE, 1);
    const whole = must("memory_seal", memory, 0);
    const own = clone(whole, 3);
    close(memory, whole);
    const to = map(own, 3);
    uusi.set32(to + PAGE, 6);
    equal(words(to, 3), [0, 6, 0], "contiguous");
    must("memory_unmap", 0, to);
    close(own);
  }),
  test("a mapping of a clone that is taken back reads zeros, whatever was written", () => {
    const origin = sealed(60);
    const copy = clone(origin, 60);
    const lent = must("delegate", copy, rights.ALL);
    const end = second();
    const at = map(lent, 60);
    uusi.set32(at + 59 * PAGE, 5);
    close(end);
    equal([uusi.get32(at), uusi.get32(at + 59 * PAGE)], [0, 0], "taken back");
    uusi.set32(at, 4);
    const own = map(copy, 60);
    equal([uusi.get32(own), uusi.get32(own + 59 * PAGE)], [held(0), 5], "its maker's");
    must("memory_unmap", 0, own);
    must("memory_unmap", 0, at);
    close(copy, origin);
  }),
];
