// The race between check and seal: another process writes to memory, on another processor, while the code keeper is asked to seal it. Whatever
// comes of a try, bytes that became executable are those that were checked, at once and later.
import { protections, rights } from "../../../sdk/abi/table.ts";
import { Failure } from "../../../sdk/contract/failure.ts";
import { uusi } from "../../../sdk/runtime/binding.ts";
import { connect } from "../../../sdk/runtime/connect.ts";
import { Delegation } from "../../../sdk/runtime/delegation.ts";
import { Memory } from "../../../sdk/runtime/memory.ts";
import { run } from "../../../sdk/runtime/run.ts";
import { log, ready } from "../../../sdk/runtime/supervisor.ts";
import { sleep } from "../../../sdk/runtime/timers.ts";
import { Code } from "../../../servers/codekeeper/contract.ts";
import { Hammer } from "./hammer.contract.ts";

const { READ, WRITE, EXECUTE } = protections;
const LENT = rights.MAP | rights.READ | rights.WRITE | rights.INFO | rights.TRANSFER;
/** Of each way. */
const TRIES = 12;
/** Questions of a try; the writer is through long before. */
const MOST = 3000;

type Seal = (request: { memory: number; size: number }) => Promise<{ code: number } | Failure>;

function sure<T>(value: T | Failure): T {
  if (value instanceof Failure) throw new Error(value.sentence);
  return value;
}

/** The kernel of the image whose digest it names. */
function good(handle: number): Uint8Array {
  const view = sure(new Memory(handle, true).map(READ));
  const bytes = new Uint8Array(view.get32(12) + view.get32(16));
  view.copyOut(0, bytes, 0, bytes.length);
  view.close();
  return bytes;
}

function memoryOf(bytes: Uint8Array): Memory {
  const memory = sure(Memory.create(bytes.length));
  const view = sure(memory.map());
  view.copyIn(0, bytes, 0, bytes.length);
  view.close();
  return memory;
}

const hash = (bytes: Uint8Array) => uusi.sha256(bytes).join();

function hashOf(memory: Memory, size: number): string {
  const view = sure(memory.map(READ));
  const bytes = new Uint8Array(size);
  view.copyOut(0, bytes, 0, size);
  view.close();
  return hash(bytes);
}

class Race {
  readonly bytes: Uint8Array;
  readonly wanted: string;
  accepted = 0;
  refused = 0;
  busy = 0;
  /** Tries that ended while the writer still wrote. */
  during = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.wanted = hash(bytes);
  }

  fail(what: string): void {
    log(`FAILED: ${what}`);
  }

  /** Asks until the answer is another than that the memory is in use. */
  async ask(seal: Seal, memory: Memory): Promise<Memory | Failure> {
    for (let i = 0; i < MOST; i += 1) {
      const answer = await seal({ memory: sure(memory.duplicate()), size: this.bytes.length });
      if (!(answer instanceof Failure)) return new Memory(answer.code);
      if (!/in use in a way/.test(answer.sentence)) return answer;
      this.busy += 1;
    }
    throw new Error("the memory stays in use");
  }

  /** What became executable is what was checked, now and later, and nobody can write to it. */
  async look(memory: Memory, end: Memory | Failure, checked: string | undefined): Promise<void> {
    const { length } = this.bytes;
    const now = hashOf(memory, length);
    if (end instanceof Failure) {
      this.refused += 1;
      if (!/does not name this code/.test(end.sentence)) this.fail(end.sentence);
      if (now === this.wanted) this.fail("the image's code was refused");
      if (!(memory.map(READ | EXECUTE) instanceof Failure)) this.fail("it runs all the same");
    } else {
      this.accepted += 1;
      if (checked !== undefined && hashOf(end, length) !== checked)
        this.fail("other code is sealed");
    }
    if (!(memory.map(READ | WRITE) instanceof Failure)) this.fail("it can be written again");
    await sleep(2e6);
    if (hashOf(memory, length) !== now) this.fail("it changed behind the seal");
    if (end instanceof Memory) end.close();
  }
}

run(async (start) => {
  ready();
  try {
    await all(good(start.grants["kernel:checksum"] ?? 0));
  } catch (error) {
    log(`FAILED: ${error}`);
  }
  log("the race is over");
});

async function all(bytes: Uint8Array): Promise<void> {
  const hammer = sure(await connect(Hammer, "/svc/hammer"));
  const keeper = sure(await connect(Code, "/svc/code"));
  const jit = sure(await connect(Code, "/svc/jit"));
  const named: Seal = (request) => keeper.seal(request);
  const own: Seal = (request) => jit.seal(request);
  const at = bytes.length - 1;
  const report = (what: string, race: Race) =>
    log(
      `${what}: ${race.accepted} accepted, ${race.refused} refused, ${race.busy} times in use, ${race.during} during`,
    );

  // The writer unmaps it when it is through; an odd number of flips leaves other code than the image's.
  const unmaps = new Race(bytes);
  for (let i = 0; i < TRIES; i += 1) {
    const memory = memoryOf(bytes);
    const lent = sure(memory.duplicate(LENT));
    sure(await hammer.map({ memory: lent }));
    sure(await hammer.flip({ at, bursts: 8, more: i % 2 }));
    const end = await unmaps.ask(named, memory);
    await unmaps.look(memory, end, unmaps.wanted);
    memory.close();
  }
  report("unmapped", unmaps);

  // It is taken back while the writer's code runs, which goes on in a page of its own.
  for (const [what, seal] of [
    ["taken back", named],
    ["taken back, its own code", own],
  ] as const) {
    const revoked = new Race(bytes);
    for (let i = 0; i < TRIES; i += 1) {
      const memory = memoryOf(bytes);
      const { copy, delegation } = sure(Delegation.of(memory.number, LENT));
      sure(await hammer.map({ memory: copy }));
      const first = await seal({ memory: sure(memory.duplicate()), size: bytes.length });
      if (!(first instanceof Failure)) revoked.fail("it was sealed while it was mapped writable");
      revoked.busy += 1;
      sure(await hammer.flip({ at, bursts: 0xffffffff, more: 0 }));
      await sleep((i % 7) * 1e6);
      delegation.revoke();
      const end = await revoked.ask(seal, memory);
      const checked = seal === named ? revoked.wanted : hashOf(memory, bytes.length);
      await revoked.look(memory, end, checked);
      // it wrote until now, in a page of its own since the memory was taken back
      const { bursts, writing } = sure(await hammer.stop({}));
      if (writing && bursts > 0) revoked.during += 1;
      memory.close();
    }
    report(what, revoked);
  }

  // A copy that was made before stays writable, and is another memory.
  const copied = new Race(bytes);
  const memory = memoryOf(bytes);
  const clone = sure(memory.clone(0, memory.size(), memory.size()));
  const view = sure(clone.map(READ | WRITE));
  const end = await copied.ask(named, memory);
  for (let i = 0; i < bytes.length; i += 1) view.set8(i, 0xcc);
  await copied.look(memory, end, copied.wanted);
  view.close();
  clone.close();
  memory.close();
  report("copied", copied);
}
