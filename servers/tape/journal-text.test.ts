// Whatever a script was answered survives as text.
import test from "ava";
import fc from "fast-check";
import { Failure } from "../../sdk/contract/failure.ts";
import { journalAnswers, journalText } from "./journal-text.ts";

test("all that a journal keeps comes back as it was", (t) => {
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.constant(undefined),
      fc.constant(null),
      fc.boolean(),
      fc.double(),
      fc.integer(),
      fc.bigInt(),
      fc.string({ unit: "binary" }),
      fc.uint8Array(),
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(fc.oneof(fc.string(), fc.constant("__proto__")), tie("value"), {
        maxKeys: 4,
        noNullPrototype: true,
      }),
    ),
  }));
  fc.assert(
    fc.property(fc.array(value, { maxLength: 5 }), (answers) => {
      t.deepEqual(journalAnswers(journalText(answers)), answers);
    }),
    { numRuns: 300 },
  );
  const [failure] = journalAnswers(journalText([new Failure(5, "not today")]));
  t.true(failure instanceof Failure);
  t.like(failure as Failure, { code: 5, sentence: "not today" });
  t.throws(() => journalAnswers('[["x"]]'), { message: "this is no journal" });
});
