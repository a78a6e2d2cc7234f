// Starts the server of the benchmark in a process of its own.
import { rights } from "../../../sdk/abi/table.ts";
import { emptyProcess, prepare, startPayload, writeStart } from "../../conformance/child.ts";
import { ascii } from "../../conformance/message.ts";
import { channel } from "../../conformance/port.ts";
import { firstFacts, type StartFacts, startEvent } from "../../conformance/start.ts";
import { must } from "../../conformance/system.ts";
import { layouts, limits } from "../../../sdk/abi/table.ts";
import { uusi } from "../../../sdk/runtime/binding.ts";

const bundle = "bundle/server";

/** What the first process was given. */
export function facts(): StartFacts {
  const view = new DataView(uusi.buffer);
  return firstFacts(
    startEvent(view.getUint32(limits.EVENT_OFFSET + layouts.wait.bytes, true)).payload,
  );
}

/** Starts the server; returns the near end of its channel. */
export function startServer(facts: StartFacts): number {
  const budget = must("budget_create", facts.budget, 16 << 20);
  const process = emptyProcess(facts, budget, "server");
  const stack = prepare(facts, process, bundle);
  const [near, far] = channel();
  const log = must("handle_duplicate", facts.log, rights.ALL, 0);
  const there = must("handle_give", process, log, rights.ALL);
  const grants: number[] = [2, 0, 0, 0, 0, 0, 0, 0, 7, 0, ...ascii("control")];
  for (let i = 0; i < 4; i++) grants.push((there >>> (8 * i)) & 255);
  grants.push(3, 0, ...ascii("log"));
  const payload = new Uint8Array([...startPayload(facts, bundle), ...grants]);
  const entry = facts.image["engine.text"]?.entry ?? 0;
  must("process_start", process, entry, stack, writeStart(payload, [far]));
  return near;
}
