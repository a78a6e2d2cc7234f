// The client's side, as the first process: starts the server in a process of its own and calls it.
import { client } from "../../../sdk/contract/client.ts";
import { Failure } from "../../../sdk/contract/failure.ts";
import { uusi } from "../../../sdk/runtime/binding.ts";
import { Endpoint } from "../../../sdk/runtime/endpoint.ts";
import { run } from "../../../sdk/runtime/run.ts";
import { line } from "../../conformance/report.ts";
import { Echo, nameLetters } from "./contract.ts";
import { facts, startServer } from "./start-server.ts";

const warm = 200;
const samples = 1001;

async function measure(near: number): Promise<number[]> {
  const echo = client(Echo, new Endpoint(near));
  const value = { number: 2 ** 40, at: 1, name: "x".repeat(nameLetters) };
  const taken: number[] = [];
  for (let i = 0; i < warm + samples; i++) {
    const from = uusi.cycles();
    const back = await echo.echo(value);
    const counts = uusi.cycles() - from;
    if (back instanceof Failure) throw new Error(back.sentence);
    if (i >= warm) taken.push(counts);
  }
  return taken.sort((a, b) => a - b);
}

run(async () => {
  const given = facts();
  const taken = await measure(startServer(given));
  line(given.log, `bench typescript.call.64 ${taken[samples >> 1]} ${taken[0]}`);
  line(given.log, "bench-end");
});
