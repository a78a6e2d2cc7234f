// As main.ts, but without an end: for who looks at what a call executes (ci/bench/profile).
import { client } from "../../../sdk/contract/client.ts";
import { Endpoint } from "../../../sdk/runtime/endpoint.ts";
import { run } from "../../../sdk/runtime/run.ts";
import { Echo, nameLetters } from "./contract.ts";
import { facts, startServer } from "./start-server.ts";

run(async () => {
  const echo = client(Echo, new Endpoint(startServer(facts())));
  const value = { number: 2 ** 40, at: 1, name: "x".repeat(nameLetters) };
  for (;;) await echo.echo(value);
});
