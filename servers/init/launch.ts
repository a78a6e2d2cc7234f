// Starts a server's process: memory as docs/abi.md lays it out, its channels to init, what its manifest grants, START.
// Invariant: on any failure the half-made process is ended and every handle is closed again.
import {
  addresses,
  firstHandles,
  limits,
  protections,
  rights,
  weights,
} from "../../sdk/abi/table.ts";
import { client } from "../../sdk/contract/client.ts";
import { Failure, failures } from "../../sdk/contract/failure.ts";
import type { Service } from "../../sdk/contract/server.ts";
import { uusi } from "../../sdk/runtime/binding.ts";
import { Endpoint } from "../../sdk/runtime/endpoint.ts";
import { closeHandle, Handle } from "../../sdk/runtime/handle.ts";
import { BESIDE } from "../../sdk/runtime/hot-hooks.ts";
import { Memory } from "../../sdk/runtime/memory.ts";
import { createBudget } from "../../sdk/runtime/privileges.ts";
import { Process } from "../../sdk/runtime/process.ts";
import { startPayload } from "../../sdk/runtime/start-payload.ts";
import { type Bootstrap, Listener } from "../../sdk/runtime/supervisor.contract.ts";
import { RECORDER } from "../../sdk/runtime/recorder-page.ts";
import { duplicate, giveGrants, giveLog } from "./grants.ts";
import { type Code, imageCode } from "./code.ts";
import { giveKernels } from "./kernels.ts";
import { type Recorder, recordFrom, STACK } from "./recorder.ts";
import { giveRecord } from "./run-record.ts";
import type { ServerEntry } from "./configuration.ts";
import type { ImageObject } from "./image-table.ts";
import { imageObject, type Machine } from "./machine.ts";
import type { Server } from "./server.ts";

/** Part of the budget that is not for the engine's heap: tables, message buffer, objects, queued messages. */
const RESERVE = 1 << 20;
const ENDPOINT = rights.ALL;
const HEAP = rights.READ | rights.MAP | rights.INFO;

const pages = (bytes: number) => Math.ceil(bytes / limits.PAGE_BYTES) * limits.PAGE_BYTES;

/** The engine's text object, whose entry point every process starts at. */
function mapCode(machine: Machine, process: Process, code: Code): ImageObject | Failure {
  const missing = (name: string) =>
    new Failure(failures.NOT_FOUND, `the boot image has no ${name}; build it again`);
  const text = imageObject(machine, "engine.text");
  if (text === undefined) return missing("engine.text");
  const parts = [
    ["engine.text", protections.READ | protections.EXECUTE],
    ["engine.rodata", protections.READ],
  ] as const;
  for (const [name, protection] of parts) {
    const object = imageObject(machine, name);
    if (object === undefined) return missing(name);
    const memory = new Memory(object.handle, true);
    const fault = process.map(memory, object.address, 0, pages(object.memory), protection);
    if (fault instanceof Failure) return fault;
  }
  // As the engine is before any start, if the image has it so; its heap then comes as a grant.
  const data = imageObject(machine, "engine.warm") ?? imageObject(machine, "engine.data");
  if (data === undefined) return missing("engine.data");
  const copy = new Memory(data.handle, true).clone(0, pages(data.length), pages(data.memory));
  if (copy instanceof Failure) return copy;
  const fault =
    mapOwn(process, copy, data.address) ??
    process.map(code.memory, addresses.BUNDLE, 0, pages(code.size), protections.READ);
  return fault instanceof Failure ? fault : text;
}

/** Maps private memory and lets go of the handle: the mapping keeps it. */
function mapOwn(process: Process, memory: Memory, address: number): Failure | undefined {
  const size = memory.size();
  const fault = process.map(memory, address, 0, size, protections.READ | protections.WRITE);
  memory.close();
  return fault instanceof Failure ? fault : undefined;
}

/** The stack, and what is read when the process has ended; without room for that it has a stack alone. */
function mapRecord(process: Process, grants: Grant[]): Recorder | Failure | undefined {
  const near = giveChannel(process, "remains", grants);
  if (near instanceof Failure) return near;
  const recorder = recordFrom(process, near);
  if (recorder !== undefined) return recorder;
  const stack = Memory.create(STACK);
  return stack instanceof Failure ? stack : mapOwn(process, stack, addresses.STACK_TOP - STACK);
}

/** A process for that version, without a thread. */
function createProcess(machine: Machine, { name, manifest }: ServerEntry): Process | Failure {
  // init in init's place pays as init did
  if (name === "init")
    return Process.create(machine.factory, machine.budget, manifest.weight, name);
  const budget = createBudget(machine.budget, manifest.budget);
  if (budget instanceof Failure) return budget;
  const weight = manifest.weight + (manifest.class === "batch" ? weights.BATCH : 0);
  const process = Process.create(machine.factory, budget, weight, name);
  closeHandle(budget);
  return process;
}

/** Starts it, or says why not. `bootstrap` takes init's end of its first channel; `more` are options for its START. */
export function launch(
  machine: Machine,
  server: Server,
  bootstrap: Service<typeof Bootstrap.methods, Server>,
  more: { readonly [key: string]: string },
): Failure | undefined {
  const { entry } = server;
  const code = server.code ?? imageCode(machine, entry);
  if (code instanceof Failure) return code;
  const process = createProcess(machine, entry);
  if (process instanceof Failure) return process;
  const fault = fill(machine, server, process, code, bootstrap, more);
  if (fault === undefined) return undefined;
  server.peer?.close();
  server.peer = undefined;
  for (const name of Object.keys(server.listeners)) server.listeners[name]?.close();
  server.listeners = {};
  server.recorder?.close();
  server.recorder = undefined;
  process.kill(0);
  process.close();
  return fault;
}

/** Makes a channel, and gives its far end to the process under that grant: the near end. */
function giveChannel(process: Process, grant: string, grants: Grant[]): number | Failure {
  const pair = Endpoint.pair();
  if (pair instanceof Failure) return pair;
  const number = process.give(pair.far, ENDPOINT);
  if (number instanceof Failure) {
    closeHandle(pair.near);
    return number;
  }
  grants.push({ name: grant, number });
  return pair.near;
}

type Grant = { readonly name: string; readonly number: number };

/** The heap that goes with `engine.warm`: the engine copies it at its start, and pays for it. */
function giveHeap(machine: Machine, process: Process, grants: Grant[]): Failure | undefined {
  const heap = imageObject(machine, "engine.heap");
  if (heap === undefined) return undefined;
  const copy = new Handle(heap.handle, true).duplicate(HEAP | rights.TRANSFER);
  if (copy instanceof Failure) return copy;
  const number = process.give(copy, HEAP);
  if (number instanceof Failure) return number;
  grants.push({ name: "heap", number });
  return undefined;
}

function fill(
  machine: Machine,
  server: Server,
  process: Process,
  code: Code,
  bootstrap: Service<typeof Bootstrap.methods, Server>,
  more: { readonly [key: string]: string },
): Failure | undefined {
  const { name, manifest } = server.entry;
  const text = mapCode(machine, process, code);
  if (text instanceof Failure) return text;
  const granted = giveGrants(machine, process, manifest);
  if (granted instanceof Failure) return granted;
  const kernels = giveKernels(machine, process, manifest, code.kernels);
  if (kernels instanceof Failure) return kernels;
  const grants: Grant[] = [...granted.handles, ...kernels];
  const recorder = mapRecord(process, grants);
  if (recorder instanceof Failure) return recorder;
  server.recorder = recorder;
  const unrecorded = giveRecord(process, server, grants);
  if (unrecorded !== undefined) return unrecorded;
  const near = giveChannel(process, "bootstrap", grants);
  if (near instanceof Failure) return near;
  server.peer = bootstrap.accept(new Endpoint(near), name);
  server.peer.session = server;
  for (const service of manifest.serves) {
    const end = giveChannel(process, `serve:${service.name}`, grants);
    if (end instanceof Failure) return end;
    server.listeners[service.name] = client(Listener, new Endpoint(end));
  }
  const kept = server.durable?.giveTo(process) ?? [];
  if (kept instanceof Failure) return kept;
  grants.push(...kept);
  const cold = giveHeap(machine, process, grants);
  if (cold !== undefined) return cold;
  server.grants = grants;
  server.options = { ...granted.options, ...more };
  const fault = begin(process, server.entry, code, text, grants, server.options, recorder);
  if (fault !== undefined) return fault;
  const id = process.info();
  server.process = process;
  server.processId = id instanceof Failure ? 0 : id.id;
  return undefined;
}

/** START. */
function begin(
  process: Process,
  { name, manifest }: ServerEntry,
  code: Code,
  text: ImageObject,
  grants: readonly Grant[],
  options: { readonly [key: string]: string },
  recorder: Recorder | undefined,
): Failure | undefined {
  const seed = new Uint8Array(32);
  const seeded = uusi.random(seed);
  const payload = startPayload(
    {
      name,
      bundle: addresses.BUNDLE,
      bundleBytes: code.size,
      heapLimit: Math.max(manifest.budget - RESERVE, 1 << 20),
      stackBytes: STACK,
      recorder: recorder === undefined ? 0 : RECORDER,
      ...(seeded ? { seed } : {}),
      grants,
      options,
    },
    (value, into, at) => uusi.encode(value, into, at),
  );
  const fault = process.start(text.entry, addresses.STACK_TOP, payload);
  seed.fill(0);
  return fault;
}

/** New code beside a running server: it has the log, and the channel over which it will take over. */
export function launchBeside(
  machine: Machine,
  entry: ServerEntry,
  code: Code,
  options: { readonly [key: string]: string },
): { process: Process; hot: Endpoint; recorder: Recorder | undefined } | Failure {
  const process = createProcess(machine, entry);
  if (process instanceof Failure) return process;
  const filled = fillBeside(machine, process, entry, code, options);
  if (!(filled instanceof Failure)) return { process, ...filled };
  process.kill(0);
  process.close();
  return filled;
}

/** So that init's log lies where the nucleus put the first one's: its engine's last words go there with either vault. */
function giveFillers(machine: Machine, process: Process, grants: Grant[]): Failure | undefined {
  for (let place = 0; place < firstHandles.DEBUG_LOG; place += 1) {
    const copy = duplicate(machine.log, rights.INFO);
    const number = copy instanceof Failure ? copy : process.give(copy.take(), rights.INFO);
    if (number instanceof Failure) return number;
    grants.push({ name: `filler:${place}`, number });
  }
  return undefined;
}

function fillBeside(
  machine: Machine,
  process: Process,
  entry: ServerEntry,
  code: Code,
  options: { readonly [key: string]: string },
): { hot: Endpoint; recorder: Recorder | undefined } | Failure {
  const text = mapCode(machine, process, code);
  if (text instanceof Failure) return text;
  const grants: Grant[] = [];
  const fault =
    (entry.name === "init" ? giveFillers(machine, process, grants) : undefined) ??
    giveLog(machine, process, entry.manifest, grants) ??
    giveHeap(machine, process, grants);
  if (fault !== undefined) return fault;
  const recorder = mapRecord(process, grants);
  if (recorder instanceof Failure) return recorder;
  const hot = giveChannel(process, "hot", grants);
  if (hot instanceof Failure) {
    recorder?.close();
    return hot;
  }
  const started = begin(
    process,
    entry,
    code,
    text,
    grants,
    { ...options, [BESIDE]: "1" },
    recorder,
  );
  if (started === undefined) return { hot: new Endpoint(hot), recorder };
  closeHandle(hot);
  recorder?.close();
  return started;
}
