// The state of running code as text for people: named, with what is secret left out (docs/hot-swap.md).
// Invariant: no part of a secret field is in it; its size is bounded by the schema and LIST, not by how much the lists hold.
import { coreOf } from "../contract/adopt-peer.ts";
import { Failure, failures } from "../contract/failure.ts";
import type { Field, Fields } from "../contract/field.ts";
import { served } from "../contract/server.ts";
import { uusi } from "../runtime/binding.ts";
import { Memory } from "../runtime/memory.ts";
import { Listener } from "../runtime/supervisor.contract.ts";
import { servedNames } from "../runtime/served.ts";
import { declared } from "./declared.ts";
import { hooks } from "./hooks.ts";
import { Hot } from "./hot.contract.ts";
import { tableHooks } from "./table-hooks.ts";
import { timersSet } from "./timer.ts";

/** Elements of a list, bytes and characters that are shown. */
const LIST = 50;
/** Rows of a table that are shown. */
const ROWS = 10;
const BYTES = 32;
const TEXT = 1000;

function show(field: Field<unknown>, value: unknown): unknown {
  if (field.type === "secret") return "(secret)";
  if (value === undefined || value === null) return null;
  if (field.type === "struct") return showFields(field.fields!, value as object);
  if (field.type === "optional") return show(field.inner!, value);
  if (field.type === "array") {
    const all = value as unknown[];
    const shown = all.slice(0, LIST).map((each) => show(field.inner!, each));
    if (all.length > LIST) shown.push(`... and ${all.length - LIST} more`);
    return shown;
  }
  if (value instanceof Uint8Array) {
    let text = "";
    for (let i = 0; i < value.length && i < BYTES; i++)
      text += value[i]!.toString(16).padStart(2, "0");
    return `${value.length} bytes: ${text}${value.length > BYTES ? "..." : ""}`;
  }
  if (typeof value === "string" && value.length > TEXT) return `${value.slice(0, TEXT)}...`;
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}

/** Values of a schema, by the names of its fields. */
export function showFields(fields: Fields, values: object): { [name: string]: unknown } {
  const shown: { [name: string]: unknown } = {};
  for (const name of Object.keys(fields))
    shown[name] = show(fields[name]!, (values as { [name: string]: unknown })[name]);
  return shown;
}

/** This process's states, clients by service, contracts with their schemas as text, and named timers (ns since boot), as JSON in memory of its own. */
export function showState(): { text: number; size: number } | Failure {
  for (const handler of hooks.dispose) handler();
  const text = JSON.stringify({
    states: declared.map(({ name, version, schema, state }) => ({
      name,
      version,
      data: showFields(schema, state.data),
    })),
    services: servedNames.map(({ name, service }) => ({
      name,
      clients: coreOf(service).peers.map((peer) => peer.name),
    })),
    contracts: served
      .filter(({ name }) => name !== Hot.name && name !== Listener.name)
      .map(({ name, methods }) => ({
        name,
        methods: Object.fromEntries(methods.map((method) => [method.name, method.schema])),
      })),
    timers: timersSet(),
    tables: tableHooks.present?.show(ROWS) ?? [],
  });
  const bytes = new Uint8Array(3 * text.length);
  const size = uusi.encode(text, bytes, 0);
  const memory = Memory.create(size);
  if (memory instanceof Failure) return memory;
  const view = memory.map(undefined, 0, size);
  if (view instanceof Failure) {
    memory.close();
    return new Failure(failures.LIMIT, view.sentence);
  }
  view.copyIn(0, bytes, 0, size);
  view.close();
  return { text: memory.take(), size };
}
