// The code keeper as scripts need it: asked when the first one is compiled, and told of no script where it has none.
// Invariant: where it refuses, scripts are interpreted from then on, and the log says why.
import { Failure } from "../../../sdk/contract/failure.ts";
import { connect } from "../../../sdk/runtime/connect.ts";
import { log } from "../../../sdk/runtime/log.ts";
import { sealCode, type Seal } from "../../../sdk/runtime/sealed-kernel.ts";
import { Code } from "../../codekeeper/contract.ts";

let asked: Promise<Seal | undefined> | undefined;
let refused = false;

async function open(): Promise<Seal | undefined> {
  const client = await connect(Code, "/svc/jit");
  if (client instanceof Failure) {
    give(client.sentence);
    return undefined;
  }
  return (request) => client.seal(request);
}

function give(why: string): void {
  if (!refused) log(`scripts are interpreted: ${why}`, "warning");
  refused = true;
}

/** The handle of code whose digest the image names, or why there is none. It is asked for apart: every image makes that executable. */
export async function sealedOfImage(code: Uint8Array): Promise<number | Failure> {
  const client = await connect(Code, "/svc/code");
  if (client instanceof Failure) return client;
  const made = await sealCode((request) => client.seal(request), code);
  client.close();
  return made;
}

/** Whether code of scripts may still become executable. */
export const mayCompile = (): boolean => !refused;

/** The handle of code that was sealed, or undefined: the script is to be interpreted. */
export async function sealed(code: Uint8Array): Promise<number | undefined> {
  asked ??= open();
  const seal = await asked;
  if (seal === undefined) return undefined;
  const made = await sealCode(seal, code);
  if (!(made instanceof Failure)) return made;
  give(made.sentence);
  return undefined;
}
