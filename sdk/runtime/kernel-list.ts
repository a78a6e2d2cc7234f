// What a bundle has to do between START and its `run`: load the kernels that its modules import. A list, so that a server without
// kernels carries none of their code.
import type { Start } from "./start-info.ts";

export const beforeRun: ((start: Start) => void)[] = [];
