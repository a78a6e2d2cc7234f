// A server that compiles Tape by itself and has the code made executable, and one that tries what it must not.
import { protections, rights } from "../../sdk/abi/table.ts";
import { Failure } from "../../sdk/contract/failure.ts";
import { connect } from "../../sdk/runtime/connect.ts";
import { Endpoint } from "../../sdk/runtime/endpoint.ts";
import { Memory } from "../../sdk/runtime/memory.ts";
import { run } from "../../sdk/runtime/run.ts";
import { sealCode, sealedKernel, type Seal } from "../../sdk/runtime/sealed-kernel.ts";
import { log, ready } from "../../sdk/runtime/supervisor.ts";
import { Code } from "../../servers/codekeeper/contract.ts";
import type { Code as Program } from "../../tape/bytecode/program.ts";
import { compileFile } from "../../tape/compile.ts";
import { kernelFile, kernelFunctions } from "../../tape/embed/kernel.ts";
import rt from "../../tape/std/rt.tape" with { type: "text" };
import rtDyn from "../../tape/std/rt_dyn.tape" with { type: "text" };
import rtOps from "../../tape/std/rt_ops.tape" with { type: "text" };
import { Check, type Told } from "./check.ts";

const { READ, WRITE, EXECUTE } = protections;
const library: { readonly [name: string]: string | undefined } = {
  rt,
  rt_dyn: rtDyn,
  rt_ops: rtOps,
};

const source = `@profile(t0);
pub fn sum(list: []const u32) -> u64 {
    var total: u64 = 0;
    for (i in list.len) { total = total + list[i] as u64; }
    return total;
}
pub fn third(list: []const u32) -> u32 { return list[2]; }
`;

function compiled(): Program {
  const reader = {
    folders: [],
    substitutes: new Map<string, string>(),
    file: () => undefined,
    library: (name: string) => library[name],
  };
  const done = compileFile("made.tape", reader, { text: source, main: false, exports: true });
  if (done.code === undefined)
    throw new Error(done.report.list.map(({ message }) => message).join("; "));
  return done.code;
}

/** Code and sentence of a refusal. */
const said = (answer: unknown): string =>
  answer instanceof Failure ? answer.sentence : "it was given";

async function compiledHere(seal: Seal, told: Told): Promise<void> {
  const check = new Check("code compiled here runs", told);
  const code = compiled();
  const file = kernelFile(code);
  if (typeof file === "string") throw new Error(file);
  const functions = kernelFunctions(code);
  const names = functions.map(({ name }) => name);
  const errors = functions.map(({ error }) => error);
  const loaded = await sealedKernel(seal, "made", file, code.source, names, errors);
  if (loaded instanceof Failure) throw new Error(loaded.sentence);
  const [sum, third] = loaded as unknown as ((list: Uint32Array) => unknown)[];
  const list = Uint32Array.of(1, 2, 0xffffffff);
  check.is("sum", sum?.(list), 0x100000002n);
  check.is("element", third?.(list), 0xffffffff);
  const trap = /^TapeTrap: third: index out of range at made\.third made\.tape:7$/;
  check.throws("a trap", () => third?.(new Uint32Array(2)), trap);
  check.end();
}

/** The bytes of a kernel of the image, without what fills its last page. */
function imageKernel(handle: number): Uint8Array {
  const view = new Memory(handle, true).map(READ);
  if (view instanceof Failure) throw new Error(view.sentence);
  const bytes = new Uint8Array(view.get32(12) + view.get32(16));
  view.copyOut(0, bytes, 0, bytes.length);
  view.close();
  return bytes;
}

async function named(seal: Seal, handle: number, told: Told): Promise<void> {
  const check = new Check("code that the image names is sealed, other code is not", told);
  const file = imageKernel(handle);
  const code = await sealCode(seal, file);
  check.is("the image's", code instanceof Failure ? code.sentence : "", "");
  for (const at of [0, file.length >> 1, file.length - 1]) {
    const changed = file.slice();
    changed[at] = (changed[at] as number) ^ 1;
    check.is(
      `byte ${at}`,
      /does not name this code/.test(said(await sealCode(seal, changed))),
      true,
    );
  }
  const longer = new Uint8Array(file.length + 1);
  longer.set(file);
  check.is("one more", /does not name/.test(said(await sealCode(seal, longer))), true);
  check.is("one less", /does not name/.test(said(await sealCode(seal, file.slice(1)))), true);
  check.end();
}

function fresh(bytes: number): Memory {
  const memory = Memory.create(bytes);
  if (memory instanceof Failure) throw new Error(memory.sentence);
  return memory;
}

async function hostile(seal: Seal, other: Seal, told: Told): Promise<void> {
  const check = new Check(
    "what is not sealed is not executable, and what is sealed not writable",
    told,
  );
  const memory = fresh(4096);
  check.is("unsealed", /lacks the right/.test(said(memory.map(READ | EXECUTE))), true);
  check.is("both at once", said(memory.map(READ | WRITE | EXECUTE)) !== "it was given", true);
  const own = memory.seal(0);
  const alone = own instanceof Failure ? own : own.map(READ | EXECUTE);
  check.is("sealed by oneself", /lacks the right/.test(said(alone)), true);
  // An alias that stays writable while the keeper is asked.
  const alias = fresh(4096);
  const view = alias.map(READ | WRITE);
  const handed = alias.duplicate();
  if (view instanceof Failure || handed instanceof Failure) throw new Error("no alias");
  const busy = await seal({ memory: handed, size: 4096 });
  check.is("a writable alias", /in use in a way/.test(said(busy)), true);
  view.set32(0, 0x90909090);
  // A second handle that is kept while the first is sealed.
  view.close();
  const again = alias.duplicate();
  if (again instanceof Failure) throw new Error(again.sentence);
  const done = await seal({ memory: again, size: 4096 });
  check.is("without the alias", said(done), "it was given");
  check.is("writing behind the seal", said(alias.map(READ | WRITE)) !== "it was given", true);
  check.is(
    "executing by the old handle",
    /lacks the right/.test(said(alias.map(READ | EXECUTE))),
    true,
  );
  if (!(done instanceof Failure)) {
    const code = new Memory(done.code);
    check.is("writing by the new one", /lacks the right/.test(said(code.map(READ | WRITE))), true);
    check.is("its rights", code.rights() & (rights.WRITE | rights.DUPLICATE), 0);
    code.close();
  }
  // What was refused stays sealed, and is not executable.
  const refused = fresh(4096);
  const lent = refused.duplicate();
  if (lent instanceof Failure) throw new Error(lent.sentence);
  check.is(
    "unknown code",
    /does not name/.test(said(await other({ memory: lent, size: 16 }))),
    true,
  );
  check.is("afterwards", /lacks the right/.test(said(refused.map(READ | EXECUTE))), true);
  for (const [size, bytes] of [
    [0, 4096],
    [4097, 4096],
    [0xffffffff, 4096],
    [1, 4 << 20],
  ] as const) {
    const answer = await seal({ memory: fresh(bytes).take(), size });
    check.is(`${size} of ${bytes}`, /are no piece of code/.test(said(answer)), true);
  }
  const pair = Endpoint.pair();
  if (pair instanceof Failure) throw new Error(pair.sentence);
  new Endpoint(pair.near).close();
  const wrong = await seal({ memory: pair.far, size: 16 });
  check.is("no memory", said(wrong) !== "it was given", true);
  check.end();
}

run(async (start) => {
  ready();
  try {
    await all(start.grants["kernel:checksum"] ?? 0);
  } catch (error) {
    log(`FAILED: ${error}`);
  }
});

async function all(kernel: number): Promise<void> {
  let cases = 0;
  const told = (name: string, failure: string | undefined): void => {
    cases += 1;
    log(failure === undefined ? `passed: ${name}` : `FAILED: ${name}: ${failure}`);
  };
  const code = await connect(Code, "/svc/code");
  const jit = await connect(Code, "/svc/jit");
  if (code instanceof Failure) throw new Error(code.sentence);
  if (jit instanceof Failure) {
    log(`no jit: ${jit.sentence}`);
    return;
  }
  await compiledHere((request) => jit.seal(request), told);
  await named((request) => code.seal(request), kernel, told);
  await hostile(
    (request) => jit.seal(request),
    (request) => code.seal(request),
    told,
  );
  log(`${cases} cases of the code keeper`);
}
