// Each foreign part has a licence, and what is shipped has one that allows it.
import test from "ava";
import { thirdParty } from "./third-party.ts";

test("every foreign part has a known licence", (t) => {
  const parts = thirdParty();
  t.true(parts.length > 50);
  const unknown = parts.filter(({ licence }) => !licence || /unknown|unlicensed/i.test(licence));
  t.deepEqual(unknown, []);
});

test("what the image contains may be given away under a permissive licence", (t) => {
  const inside = thirdParty().filter(({ shipped }) => shipped);
  const names = inside.map(({ name }) => name.split(" ")[0]).sort();
  t.deepEqual(names, ["Spleen", "musl-dev", "quickjs-ng"]);
  for (const { name, licence } of inside) t.regex(licence, /^(MIT|BSD|ISC)/, name);
});
