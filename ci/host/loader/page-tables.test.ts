// The loader's page tables, walked by a second implementation, for small, large and odd memories.
import test from "ava";
import { buildSanitized } from "../sanitized.ts";

const GiB = 2 ** 30;

test("the tables hold the two maps, the segments with W^X, and nothing else", (t) => {
  const program = buildSanitized(["ci/host/loader/page-tables.c", "nucleus/boot/paging.c"]);
  t.teardown(() => program.close());
  for (const top of [4 * GiB, 8.5 * GiB, 700 * GiB]) {
    t.regex(program.run([String(top)]).toString(), /^\d+ leaves$/m, `${top} bytes`);
  }
});
