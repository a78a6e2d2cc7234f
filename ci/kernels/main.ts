// A server that tries all kernels and says in its log how each case ended.
import { run } from "../../sdk/runtime/run.ts";
import { log, ready } from "../../sdk/runtime/supervisor.ts";
import { troubleCases } from "./trouble-cases.ts";
import { tierHere, vectorCases } from "./vector-cases.ts";

run(() => {
  ready();
  let cases = 0;
  const told = (name: string, failure: string | undefined): void => {
    cases += 1;
    log(failure === undefined ? `passed: ${name}` : `FAILED: ${name}: ${failure}`);
  };
  vectorCases(told);
  troubleCases(told, tierHere());
  log(`${cases} cases, ${tierHere()}`);
});
