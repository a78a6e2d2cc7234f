// Runs the `test` blocks of a server's main.tape on Node, with the modules of its contracts. What a block calls outside traps.
import { runTests } from "../../../tape/cli/commands.ts";
import { hosts, memoryStreams } from "../../../tape/cli/hosts.ts";
import { compileFile } from "../../../tape/compile.ts";
import { Machine } from "../../../tape/interp/machine.ts";
import { formatHuman } from "../../../tape/source/diagnostic.ts";
import { programWorld } from "../../image/tape-program.ts";

/**
 * A line for each block: `pass NAME`, `skip NAME` or `fail NAME: why`.
 * @param folder of the server, relative to the top folder
 * @throws Error with the compiler's messages
 */
export async function testBlocks(folder: string): Promise<string[]> {
  const { reader } = await programWorld(folder);
  const done = compileFile(`${folder}/main.tape`, reader, { main: false, tests: true });
  if (done.code === undefined) throw new Error(done.report.list.map(formatHuman).join("\n"));
  const machine = (code: typeof done.code & object) =>
    new Machine(code, hosts(memoryStreams()), { fuel: 100_000_000 });
  return runTests(done.code, machine).map(({ name, state, text }) =>
    state === "fail" ? `fail ${name}: ${text}` : `${state} ${name}`,
  );
}
