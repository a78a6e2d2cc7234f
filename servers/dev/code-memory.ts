// Memory objects for pushed code, on the system's side of `pushes.ts`. This server pays for them (docs/accounting.md).
import type { PatchMemory } from "../../sdk/channel/patch.ts";
import { rights } from "../../sdk/abi/table.ts";
import { Failure } from "../../sdk/contract/failure.ts";
import { uusi } from "../../sdk/runtime/binding.ts";
import { Memory } from "../../sdk/runtime/memory.ts";
import type { CodeMemory, PushEffects } from "./pushes.ts";

function create(bytes: number): CodeMemory | Failure {
  const memory = Memory.create(bytes);
  if (memory instanceof Failure) return memory;
  const mapped = memory.map(undefined, 0, bytes);
  if (mapped instanceof Failure) {
    memory.close();
    return mapped;
  }
  return {
    view: mapped,
    handle: () => memory.duplicate(rights.ALL & ~rights.WRITE),
    close() {
      mapped.close();
      memory.close();
    },
  };
}

function digest(view: PatchMemory): string {
  const bytes = new Uint8Array(view.length);
  view.copyOut(0, bytes, 0, bytes.length);
  const hash = uusi.sha256(bytes);
  let text = "";
  for (let at = 0; at < hash.length; at++) text += (hash[at]! + 256).toString(16).slice(1);
  return text;
}

/** Pushes into real memory. */
export const codeMemory: PushEffects = { create, digest };
