// The child that runs contract cases (contracts/), driven by hand-written bytes: docs/wire.md is tested on the way.
import { methodId } from "./method-id.ts";
import { rights } from "../../sdk/abi/table.ts";
import type { Case } from "./case.ts";
import { emptyProcess, prepare, startPayload, writeStart } from "./child.ts";
import { asText, ascii, call } from "./message.ts";
import { channel, TestPort } from "./port.ts";
import type { ImageObject, StartFacts } from "./start.ts";
import { must } from "./system.ts";

const BUNDLE = "bundle/contracts";

export class ContractsProgram {
  readonly #port = new TestPort();
  readonly #control: number;
  #cookie = 1;

  constructor(facts: StartFacts) {
    const process = emptyProcess(facts, facts.budget, "contracts");
    const stack = prepare(facts, process, BUNDLE);
    const [near, far] = channel();
    this.#control = near;
    const log = must("handle_duplicate", facts.log, rights.ALL, 0);
    const there = must("handle_give", process, log, rights.ALL);
    const grants = grantBytes([
      [0, "control"],
      [there, "log"],
    ]);
    const payload = new Uint8Array([...startPayload(facts, BUNDLE), ...grants]);
    const entry = (facts.image["engine.text"] as ImageObject).entry;
    must("process_start", process, entry, stack, writeStart(payload, [far]));
  }

  /** All its cases. */
  async cases(): Promise<Case[]> {
    const found: Case[] = [];
    for (;;) {
      const index = found.length;
      const { code, text } = await this.#ask("name", index);
      if (code !== 0) return found;
      found.push({
        name: text,
        run: async () => {
          const end = await this.#ask("run", index);
          if (end.code !== 0 || end.text !== "") throw new Error(end.text || `code ${end.code}`);
        },
      });
    }
  }

  /** Calls a method that takes an index and gives a string. */
  async #ask(method: string, index: number): Promise<{ code: number; text: string }> {
    const payload = new Uint8Array(8);
    const view = new DataView(payload.buffer);
    view.setUint32(0, methodId(method), true);
    view.setUint32(4, index, true);
    const cookie = this.#cookie++;
    await this.#port.deliver(call(this.#control, this.#port.handle, cookie, { payload }));
    const event = await this.#port.next("REPLY", cookie);
    if (event.status !== 0) return { code: event.status, text: "the program ended" };
    const reply = new DataView(event.payload.buffer);
    const bytes = event.payload.slice(6, 6 + reply.getUint16(4, true));
    return { code: reply.getUint32(0, true), text: asText(bytes) };
  }
}

/** Grants as START carries them: number and name each. */
function grantBytes(grants: [number, string][]): Uint8Array {
  const out: number[] = [grants.length, 0, 0, 0];
  for (const [number, name] of grants) {
    out.push(number & 255, (number >> 8) & 255, (number >> 16) & 255, number >>> 24);
    out.push(name.length, 0, ...ascii(name));
  }
  return new Uint8Array(out);
}
