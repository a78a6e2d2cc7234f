// The services that scripts can import, and their `svc:` modules as Tape sources: evaluated at build time, contracts in, text out.
import { Net } from "../netd/contract.ts";
import { Random } from "../random/contract.ts";
import { tapeModule } from "../../sdk/tape/contract-module.ts";

/** Source of each module. `services.ts` opens them. */
export const serviceModules: { readonly [module: string]: string } = {
  "svc:net": tapeModule("net", Net),
  "svc:random": tapeModule("random", Random),
};
