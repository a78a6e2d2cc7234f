// A binding on Node for tests of the runtime's own TypeScript: it records system calls and takes batches apart. Import it before any
// file of the runtime, since those take the global `uusi` when they load. It is no nucleus; sdk/sim is.
import { layouts, limits, syscalls } from "../../abi/table.ts";
import type { Binding } from "../binding.ts";

/** One submission as it left. */
export interface Submission {
  readonly operation: number;
  readonly handle: number;
  readonly cookie: number;
  readonly deadline: number;
  readonly handles: number[];
  readonly payload: Uint8Array;
}

export class ModelBinding {
  readonly buffer = new ArrayBuffer(limits.BUFFER_BYTES);
  readonly view = new DataView(this.buffer);
  /** [name, ...arguments] of each call, in order */
  readonly calls: (string | number)[][] = [];
  /** status of a submission, by its place in the batch */
  status: (submission: Submission, place: number) => number = () => 0;
  now = 1000;
  port = 0;
  deadline = -1;
  turn: ((bytes: number) => void) | undefined;
  flush: (() => number) | undefined;
  #next = 100;

  sys(number: number, ...rest: number[]): number {
    const name = syscalls[number]![0];
    this.calls.push([name, ...rest]);
    return name === "port_create" ? this.#next++ : 0;
  }

  second(): number {
    return 0;
  }

  encode(text: string, into: Uint8Array, at: number): number {
    if (typeof text !== "string") return -2;
    const bytes = new TextEncoder().encode(text);
    if (bytes.length > into.length - at) return -1;
    into.set(bytes, at);
    return bytes.length;
  }

  decode(from: Uint8Array, at: number, length: number): string | undefined {
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(from.slice(at, at + length));
    } catch {
      return undefined;
    }
  }

  /** Takes the batch out, writing each entry's status, as submit_wait does. */
  submit(bytes: number): Submission[] {
    const l = layouts.submission;
    const { view } = this;
    const all: Submission[] = [];
    let failed = 0;
    for (let at = limits.SUBMIT_OFFSET; at < limits.SUBMIT_OFFSET + bytes; ) {
      const size = view.getUint32(at + l.size, true);
      if (size < l.HEADER || size % 8 !== 0) throw new Error(`an entry of ${size} bytes`);
      const count = view.getUint16(at + l.handles, true);
      const from = at + l.HEADER + 8 * count;
      const submission = {
        operation: view.getUint16(at + l.operation, true),
        handle: view.getUint32(at + l.handle, true),
        cookie: view.getUint32(at + l.cookie, true),
        deadline: Number(view.getBigUint64(at + l.deadline, true)),
        handles: Array.from({ length: count }, (_, i) =>
          view.getUint32(at + l.HEADER + 8 * i, true),
        ),
        payload: new Uint8Array(
          this.buffer.slice(from, from + view.getUint32(at + l.length, true)),
        ),
      };
      const status = this.status(submission, all.length);
      view.setInt32(at + l.status, status, true);
      if (status < 0) failed++;
      all.push(submission);
      at += size;
    }
    view.setUint32(limits.EVENT_OFFSET + layouts.wait.failed, failed, true);
    return all;
  }

  /** Writes events; returns their bytes. */
  events(
    list: readonly {
      type: number;
      key?: number;
      status?: number;
      reply?: number;
      handles?: readonly number[];
      payload?: Uint8Array;
    }[],
  ): number {
    const l = layouts.event;
    const { view } = this;
    const w = limits.EVENT_OFFSET;
    view.setBigUint64(w + layouts.wait.now, BigInt(this.now), true);
    let at = w + layouts.wait.HEADER;
    for (const { type, key = 0, status = 0, reply = 0, handles = [], payload } of list) {
      const from = at + l.HEADER + Math.ceil((handles.length * 4) / 8) * 8;
      const length = payload?.length ?? 0;
      const size = from - at + Math.ceil(length / 8) * 8;
      view.setUint32(at + l.size, size, true);
      view.setUint16(at + l.type, type, true);
      view.setUint16(at + l.handles, handles.length, true);
      view.setInt32(at + l.status, status, true);
      view.setUint32(at + l.reply, reply, true);
      view.setBigUint64(at + l.key, BigInt(key), true);
      view.setUint32(at + l.length, length, true);
      handles.forEach((handle, i) => {
        view.setUint32(at + l.HEADER + 4 * i, handle, true);
      });
      if (payload !== undefined) new Uint8Array(this.buffer).set(payload, from);
      at += size;
    }
    const bytes = at - w - layouts.wait.HEADER;
    view.setUint32(w + layouts.wait.bytes, bytes, true);
    return bytes;
  }

  /** Handles that were closed, in order. */
  closed(): number[] {
    return this.calls.filter(([name]) => name === "handle_close").map((call) => Number(call[1]));
  }
}

/** The one binding of this test process. */
export const model = new ModelBinding();
(globalThis as unknown as { uusi: Binding }).uusi = model as unknown as Binding;
