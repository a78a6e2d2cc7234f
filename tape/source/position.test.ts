import test from "ava";
import fc from "fast-check";
import { Source } from "./position.ts";

const letters = fc.constantFrom("a", "\n", "\r\n", "é", "😀", "");

test("a line is found without its columns", (t) => {
  fc.assert(
    fc.property(fc.array(letters, { maxLength: 40 }), fc.nat(60), (parts, offset) => {
      const source = new Source("x.tape", parts.join(""));
      const before = source.text.slice(0, offset).split("\n").length;
      t.is(source.lineAt(offset), before);
      t.is(source.at(offset).line, before);
    }),
  );
});
