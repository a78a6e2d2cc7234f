// The services that scripts can import, as Tape sources: evaluated at build time, contracts in, text out.
import { tapeModule } from "../../sdk/tape/contract-module.ts";
import services from "./every.services";

/** Source of each module by its name. */
export const serviceModules: { readonly [module: string]: string } = Object.fromEntries(
  services.map(({ module, contract }) => [`svc:${module}`, tapeModule(module, contract)]),
);
