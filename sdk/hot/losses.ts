// What clients speak that new code does not serve in their shape any more: met while it takes their channels over, told to init when it has
// begun. Invariant: a method that a client did not get before is no loss, and neither is one of a client whose code is swapped together.
import type { Compiled } from "../contract/compiled.ts";
import { unservedMethods } from "../contract/hello.ts";
import { schemaDifference } from "../contract/schema-difference.ts";

/** A contract as the code before served it. */
export interface ContractImage {
  readonly name: string;
  readonly hello: readonly number[];
  /** its methods by place in the hello, and their schemas as text */
  readonly methods: readonly string[];
  readonly schemas: readonly string[];
}

export function contractImage({ name, hello, methods }: Compiled): ContractImage {
  return {
    name,
    hello,
    methods: methods.map((method) => method.name),
    schemas: methods.map((method) => method.schema),
  };
}

let before: readonly ContractImage[] = [];
let together: readonly string[] = [];
let why = "";
const along: string[] = [];
const changed: string[] = [];

/** For the begin of a take-over: the contracts of the code before, and whose code is swapped with this. */
export function mindLosses(contracts: readonly ContractImage[], withThem: readonly string[]): void {
  before = contracts;
  together = withThem;
}

const add = (list: string[], value: string) => {
  if (!list.includes(value)) list.push(value);
};

/** A client's channel is taken over, which has said `hello`. */
export function noteLosses(compiled: Compiled, client: string, hello: readonly number[]): void {
  const old = before.find(({ name }) => name === compiled.name);
  if (old === undefined) return;
  for (const id of unservedMethods(compiled, hello)) {
    const at = old.hello.indexOf(id, 2);
    const place = (at - 2) / 2;
    const method = old.methods[place];
    if (method === undefined || old.hello[at + 1] !== hello[hello.indexOf(id, 2) + 1]) continue;
    add(changed, `${compiled.name}.${method}`);
    if (together.includes(client)) continue;
    if (client !== "") add(along, client);
    if (why !== "") continue;
    const now = compiled.methods.find(({ name }) => name === method);
    const what =
      now === undefined ? "it is gone" : schemaDifference(old.schemas[place]!, now.schema);
    why = `contract ${compiled.name}.${method}: ${what}`;
  }
}

/** Why it can't take over, and the clients who would have to be swapped with it; `changed`: methods of another shape than before. */
export function lossesMet(): {
  readonly why: string;
  readonly along: string[];
  readonly changed: string[];
} {
  const who =
    along.length === 0
      ? "a client speaks"
      : `${along.join(", ")} ${along.length === 1 ? "speaks" : "speak"}`;
  return { why: why && `${why}, and ${who} it as it was`, along, changed };
}
