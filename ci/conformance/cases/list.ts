// The one list of cases: it runs in both worlds, and its names and number must be the same in both.
import type { Case } from "../case.ts";
import { argumentCases } from "./arguments.ts";
import { batchCases } from "./batches.ts";
import { budgetCases } from "./budgets.ts";
import { callCases } from "./calls.ts";
import { channelCases } from "./channels.ts";
import { delegationCases } from "./delegations.ts";
import { deviceCases } from "./devices.ts";
import { handleCases } from "./handles.ts";
import { memoryCases } from "./memories.ts";
import { processCases } from "./processes.ts";
import { refusalCases } from "./refusals.ts";
import { shareCases } from "./shares.ts";
import { systemCases } from "./systems.ts";
import { timerCases } from "./timers.ts";
import { vaultCases } from "./vaults.ts";

export const cases: Case[] = [
  ...argumentCases,
  ...handleCases,
  ...delegationCases,
  ...channelCases,
  ...callCases,
  ...batchCases,
  ...timerCases,
  ...memoryCases,
  ...shareCases,
  ...budgetCases,
  ...processCases,
  ...vaultCases,
  ...deviceCases,
  ...systemCases,
  ...refusalCases,
];
