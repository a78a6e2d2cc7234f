import "./testing/model-binding.ts";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import test from "ava";
import { forgottenHandles, Handle } from "./handle.ts";
import { model } from "./testing/model-binding.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

test("a handle is closed once, by whichever way comes first", (t) => {
  model.calls.length = 0;
  const a = new Handle(5);
  a.close();
  a.close();
  a[Symbol.dispose]();
  const b = new Handle(6);
  t.is(b.take(), 6);
  b.close();
  t.true(a.closed && b.closed);
  t.deepEqual(model.closed(), [5]);
});

test("what is forgotten is closed by the collector and counted; what was closed or taken is not", async (t) => {
  model.calls.length = 0;
  (() => {
    new Handle(71).close();
    new Handle(72).take();
    void new Handle(73);
  })();
  for (let round = 0; round < 20 && forgottenHandles() === 0; round++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  t.is(forgottenHandles(), 1);
  t.deepEqual(model.closed(), [71, 73]);
});
