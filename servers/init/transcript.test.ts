import test from "ava";
import { settle, transcript, transcriptDone } from "./transcript.ts";

test("lines keep their order whoever is first", (t) => {
  const boot = transcript();
  t.deepEqual(settle(boot, "netd", "[ok] netd"), []);
  t.deepEqual(settle(boot, "login", "login"), []);
  t.deepEqual(settle(boot, "scheduler", "[ok] scheduler"), [
    "[ok] scheduler",
    "[ok] netd",
    "login",
  ]);
  t.true(transcriptDone(boot));
});

test("a part that was given up stays absent and holds nobody up", (t) => {
  const boot = transcript();
  settle(boot, "scheduler", "[ok] scheduler");
  t.deepEqual(settle(boot, "netd", undefined), []);
  t.deepEqual(settle(boot, "netd", "[ok] netd, late"), []);
  t.deepEqual(settle(boot, "login", "login"), ["login"]);
});
