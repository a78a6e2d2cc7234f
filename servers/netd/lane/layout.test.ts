// Both sides of the state that the kernel shares with this server say the same of it, and the ids of methods are those of the contracts.
import { readFileSync } from "node:fs";
import test from "ava";
import { fnv1a } from "../../../sdk/contract/fnv.ts";
import { events, layouts, operations } from "../../../sdk/abi/table.ts";
import { TcpStream } from "../contract.ts";
import { EthernetCard } from "../../virtio-net/contract.ts";
import { head, HEAD, slot, STORE, STRIDE, WAY, why } from "./layout.ts";

const source = readFileSync(new URL("../../../tape/kernels/lane.tape", import.meta.url), "utf8");
/** The kernel's constants in the order of its text. */
const constants = [...source.matchAll(/^let ([A-Z_]+)(?:: \w+)? = ([^;]+);/gm)].map(
  ([, name, value]) => [name!, Number(value)] as const,
);
const places = new Map(constants);
const camel = (name: string) =>
  name.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** The names between two of them. */
function between(first: string, end: string): { [name: string]: number } {
  const names = constants.map(([name]) => name);
  const some = constants.slice(names.indexOf(first), names.indexOf(end));
  return Object.fromEntries(some.map(([name, value]) => [camel(name), value]));
}

test("head and connections lie where the kernel has them", (t) => {
  t.deepEqual({ ...head }, between("OUT", "HEAD") as never);
  t.deepEqual({ ...slot }, between("WORK", "STRIDE") as never);
  t.deepEqual(
    [HEAD, STRIDE, STORE, WAY],
    ["HEAD", "STRIDE", "STORE", "WAY"].map((name) => places.get(name)!),
  );
  const reasons = Object.entries(why).map(([name, value]) => [`WHY_${name.toUpperCase()}`, value]);
  t.deepEqual(reasons, constants.filter(([name]) => name.startsWith("WHY_")) as never);
  t.true(Object.keys(head).length <= HEAD && Object.keys(slot).length <= STRIDE);
});

test("both sides bound a call alike", (t) => {
  const lane = readFileSync(new URL("lane.ts", import.meta.url), "utf8");
  const said = (name: string) =>
    Number(new RegExp(`^const ${name} = (\\d+);`, "m").exec(lane)?.[1]);
  t.is(places.get("MOST_PACKETS"), said("PACKETS"));
  t.is(places.get("MOST_PIECES"), said("PIECES"));
});

test("methods, events and operations are those of the contracts and of the system", (t) => {
  for (const name of ["transmit", "more", "data"] as const) {
    t.true(name in TcpStream.methods);
    t.is(places.get(name.toUpperCase()), fnv1a(name));
  }
  for (const name of ["arrived", "post", "sent"] as const) {
    t.true(name in EthernetCard.methods);
    t.is(places.get(name.toUpperCase()), fnv1a(name));
  }
  t.is(places.get("MESSAGE"), events.MESSAGE);
  t.is(places.get("CALL"), events.CALL);
  t.is(places.get("SEND"), operations.SEND);
  t.is(places.get("REPLY"), operations.REPLY);
  t.is(places.get("FIRST"), layouts.wait.HEADER);
  t.deepEqual([layouts.event.HEADER, layouts.submission.HEADER], [
    places.get("HEADER"),
    40,
  ] as never);
});
