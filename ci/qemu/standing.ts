// Where a machine's processors stand, for the report of a test that waited in vain: one that spins, one that sleeps and one that was
// stopped look the same from the serial line. Invariant: it answers, whatever has become of the machine.
import type { Qmp } from "./qmp.ts";

/** What is worth a line: the instruction pointer, the privilege level and whether the processor sleeps; what an interrupt controller holds back. */
const telling = /^(CPU#|RIP=|.*\b(IRR|ISR|IMR|irr|isr)\b)/;
/** Milliseconds for the whole answer: a machine that hangs may not answer at all. */
const PATIENCE = 5000;

/** The state of the machine and its processors, some lines; a sentence where it can't be asked any more. */
export async function standing(qmp: Qmp): Promise<string> {
  const told = (async () => {
    const { status } = (await qmp.execute("query-status")) as { status: string };
    const lines = [`the machine: ${status}`];
    for (const command of ["info registers -a", "info pic", "info lapic 0", "info lapic 1"]) {
      const text = await qmp.execute("human-monitor-command", { "command-line": command });
      lines.push(
        ...String(text)
          .split(/\r?\n/)
          .filter((line) => telling.test(line)),
      );
    }
    return lines.join("\n");
  })().catch((error: Error) => `the machine can't be asked: ${error.message}`);
  const late = new Promise<string>((resolve) => {
    setTimeout(() => resolve("the machine does not say where it stands"), PATIENCE).unref();
  });
  return await Promise.race([told, late]);
}
