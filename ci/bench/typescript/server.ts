// The server's side: gives back what it gets.
import { service } from "../../../sdk/contract/server.ts";
import { Endpoint } from "../../../sdk/runtime/endpoint.ts";
import { run } from "../../../sdk/runtime/run.ts";
import { Echo } from "./contract.ts";

run((start) => {
  const served = service(Echo, { echo: ({ number, at, name }) => ({ number, at, name }) });
  served.accept(new Endpoint(start.grants["control"] ?? 0));
});
