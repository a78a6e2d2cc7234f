import test from "ava";
import { nearest } from "./nearest.ts";

test("a mistyped name finds the one that was meant, any other none", (t) => {
  const known = ["netd", "dev", "tape", "virtio-net"];
  t.is(nearest("netdd", known), "netd");
  t.is(nearest("netf", known), "netd");
  t.is(nearest("vritio-net", known), "virtio-net");
  t.is(nearest("tpae", known), "tape");
  for (const name of ["", "x", "console", "nobody"]) t.is(nearest(name, known), undefined, name);
});
