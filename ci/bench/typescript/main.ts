// The client's side, as the first process: starts the server in a process of its own and calls it.
import { layouts, limits, rights } from "../../../sdk/abi/table.ts";
import { Failure } from "../../../sdk/contract/failure.ts";
import { client } from "../../../sdk/contract/client.ts";
import { uusi } from "../../../sdk/runtime/binding.ts";
import { Endpoint } from "../../../sdk/runtime/endpoint.ts";
import { run } from "../../../sdk/runtime/run.ts";
import { emptyProcess, prepare, startPayload, writeStart } from "../../conformance/child.ts";
import { ascii } from "../../conformance/message.ts";
import { channel } from "../../conformance/port.ts";
import { line } from "../../conformance/report.ts";
import { firstFacts, type StartFacts, startEvent } from "../../conformance/start.ts";
import { must } from "../../conformance/system.ts";
import { Echo, nameLetters } from "./contract.ts";

const bundle = "bundle/server";
const warm = 200;
const samples = 1001;

/** Starts the server; returns the near end of its channel. */
function startServer(facts: StartFacts): number {
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

async function measure(near: number): Promise<number[]> {
  const echo = client(Echo, new Endpoint(near));
  const value = { number: 2 ** 40, at: 1, name: "x".repeat(nameLetters) };
  const taken: number[] = [];
  for (let i = 0; i < warm + samples; i++) {
    const from = uusi.cycles();
    const back = await echo.echo(value);
    const counts = uusi.cycles() - from;
    if (back instanceof Failure) throw new Error(back.sentence);
    if (i >= warm) taken.push(counts);
  }
  return taken.sort((a, b) => a - b);
}

run(async () => {
  const view = new DataView(uusi.buffer);
  const bytes = view.getUint32(limits.EVENT_OFFSET + layouts.wait.bytes, true);
  const facts = firstFacts(startEvent(bytes).payload);
  const taken = await measure(startServer(facts));
  line(facts.log, `bench typescript.call.64 ${taken[samples >> 1]} ${taken[0]}`);
  line(facts.log, "bench-end");
});
