// The rule of the code keeper, apart from names: what is sealed, what is looked at, what is handed out.
// Invariant: bytes are looked at only when nobody can change them any more, and an executable handle leaves only behind that look.
import { protections, rights } from "../../sdk/abi/table.ts";
import { Failure, failures, refuse } from "../../sdk/contract/failure.ts";
import { uusi } from "../../sdk/runtime/binding.ts";
import { Memory } from "../../sdk/runtime/memory.ts";
import { MOST_CODE } from "./contract.ts";
import { digestText } from "./image-digests.ts";

const GIVEN = rights.MAP | rights.READ | rights.EXECUTE | rights.INFO | rights.TRANSFER;

/**
 * Seals a client's memory. `privilege`: the right to make memory executable. `accept` gets the SHA-256 of the first `size` bytes and
 * says why they are not to be run, or "". `more`: rights of the handle beside the usual ones.
 */
export function sealCode(
  privilege: number,
  number: number,
  size: number,
  accept: (digest: string) => string,
  more = 0,
): { code: number } | Failure {
  const memory = new Memory(number);
  const sealed = sealWhole(memory, size, privilege);
  memory.close();
  if (sealed instanceof Failure) return sealed;
  const why = look(sealed, size, accept);
  const given = why === "" ? sealed.duplicate(GIVEN | more) : refuse(failures.REFUSED, why);
  sealed.close();
  return given instanceof Failure ? given : { code: given };
}

function sealWhole(memory: Memory, size: number, privilege: number): Memory | Failure {
  const bytes = memory.size();
  if (size === 0 || size > MOST_CODE || size > bytes || bytes > 2 * MOST_CODE)
    return refuse(
      failures.LIMIT,
      `${size} bytes of ${bytes} are no piece of code: at most ${MOST_CODE}, in memory that holds them`,
    );
  return memory.seal(privilege);
}

/** Why the sealed bytes are not to be run; "" when they are. */
function look(sealed: Memory, size: number, accept: (digest: string) => string): string {
  const view = sealed.map(protections.READ);
  if (view instanceof Failure) return view.sentence;
  const bytes = new Uint8Array(size);
  view.copyOut(0, bytes, 0, size);
  view.close();
  return accept(digestText(uusi.sha256(bytes)));
}
