// The program that runs contract cases for the suite: a server on the real runtime, driven over its own contract.
import { failures, refuse } from "../../../sdk/contract/failure.ts";
import { service } from "../../../sdk/contract/server.ts";
import { Endpoint } from "../../../sdk/runtime/endpoint.ts";
import { run } from "../../../sdk/runtime/run.ts";
import { contractCases } from "./cases.ts";
import { Cases } from "./contract.ts";

run((start) => {
  const served = service(Cases, {
    name: ({ index }) => {
      const found = contractCases[index];
      return found === undefined
        ? refuse(failures.NOT_FOUND, "that was the last case")
        : { name: found.name };
    },
    run: async ({ index }) => {
      try {
        await contractCases[index]?.run();
        return { problem: "" };
      } catch (error) {
        return { problem: error instanceof Error ? error.message : String(error) };
      }
    },
  });
  served.accept(new Endpoint(start.grants["control"] ?? 0));
});
