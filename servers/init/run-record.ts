// Memory in which a server records its run, so that it can be repeated elsewhere (docs/replay.md). Invariant: init keeps the record of the last
// run that was recorded, whatever became of its process; what stands in it is the server's word.
import { protections, rights } from "../../sdk/abi/table.ts";
import { Failure, failures, refuse } from "../../sdk/contract/failure.ts";
import { Memory } from "../../sdk/runtime/memory.ts";
import type { Process } from "../../sdk/runtime/process.ts";
import { RECORD_BYTES, recordHead } from "../../sdk/runtime/record-format.ts";
import type { Server } from "./server.ts";

const MAPPED = rights.MAP | rights.READ | rights.WRITE | rights.INFO;

/** The grant of a process that shall be recorded. */
export function giveRecord(
  process: Process,
  server: Server,
  grants: { readonly name: string; readonly number: number }[],
): Failure | undefined {
  if (!server.recording) return undefined;
  const memory = Memory.create(RECORD_BYTES);
  if (memory instanceof Failure) return memory;
  const copy = memory.duplicate();
  if (copy instanceof Failure) return copy;
  const number = process.give(copy, MAPPED);
  if (number instanceof Failure) return number;
  grants.push({ name: "record", number });
  server.record?.close();
  server.record = memory;
  return undefined;
}

/** A handle to the record, to give away, and how much of it is used. */
export function recordOf({ entry, record }: Server): { record: number; size: number } | Failure {
  if (record === undefined)
    return refuse(
      failures.NOT_FOUND,
      `no run of ${entry.name} was recorded: \`uusi restart ${entry.name} --record\` starts one`,
    );
  const view = record.map(protections.READ);
  if (view instanceof Failure) return view;
  const size = Math.min(view.get32(recordHead.USED), RECORD_BYTES);
  view.close();
  const copy = record.duplicate(rights.MAP | rights.READ | rights.INFO | rights.TRANSFER);
  return copy instanceof Failure ? copy : { record: copy, size };
}
