// Differences of contracts are named by the field.
import test from "ava";
import fc from "fast-check";
import { call, event, type Method } from "./contract.ts";
import { array, type Field, handle, oneof, optional, string, struct, u8, u32 } from "./field.ts";
import { schemaDifference } from "./schema-difference.ts";
import { schemaText } from "./schema-text.ts";

const difference = (was: Method, is: Method) => schemaDifference(schemaText(was), schemaText(is));

test("each kind of difference has its sentence", (t) => {
  const now = call({ place: string }, { zone: string, hour: u8 });
  const cases: [Method, string][] = [
    [
      call({ place: string }, { zone: u32, hour: u8 }),
      "field `zone` of the answer changed from string to u32",
    ],
    [call({}, { zone: string, hour: u8 }), "field `place` of the request is gone"],
    [
      call({ place: string, day: u32 }, { zone: string, hour: u8 }),
      "field `day` of the request is new and no trailing optional",
    ],
    [
      call({ place: string }, { hour: u8, zone: string }),
      "field `zone` of the answer has another place",
    ],
    [
      call({ where: string }, { zone: string, hour: u8 }),
      "field `place` of the request is called `where` now",
    ],
    [event({ place: string }), "it was a call and is an event to the client"],
  ];
  for (const [is, sentence] of cases) t.is(difference(now, is), sentence);
  t.is(
    difference(now, call({ place: string }, { zone: string, hour: u8, more: optional(u8) })),
    undefined,
  );
  t.is(
    difference(event({}), event({}, { to: "server" })),
    "it was an event to the client and is an event to the server",
  );
});

test("fields within structs, lists and optionals are named by their path", (t) => {
  const rows = (row: Field<unknown>) => call({}, { rows: array(struct({ id: u32, row })) });
  t.is(
    difference(rows(string), rows(u8)),
    "field `rows.row` of the answer changed from string to u8",
  );
  t.is(
    difference(rows(oneof("up", "down")), rows(oneof("up", "down", "gone"))),
    "field `rows.row` of the answer has the new word `gone`",
  );
  t.is(
    difference(rows(oneof("up", "down", "gone")), rows(oneof("down", "lost"))),
    "field `rows.row` of the answer has the new word `lost`",
  );
  t.is(
    difference(rows(optional(oneof("up", "down", "gone"))), rows(optional(oneof("up")))),
    "field `rows.row` of the answer lacks the words `down`, `gone`",
  );
  t.is(
    difference(rows(oneof("up", "down")), rows(oneof("down", "up"))),
    "field `rows.row` of the answer has its words in another order",
  );
  t.is(
    difference(rows(oneof("up", "down")), rows(array(oneof("up", "down")))),
    "field `rows.row` of the answer changed from oneof(up|down) to array(oneof(up|down))",
  );
  t.is(
    difference(call({ rows: array(u8) }, {}), call({ rows: array(u32) }, {})),
    "field `rows` of the request changed from array(u8) to array(u32)",
  );
});

const leaf = fc.constantFrom<Field<unknown>>(u8, u32, string, handle("memory"), oneof("a", "b"));
const { field } = fc.letrec<{ field: Field<unknown> }>((tie) => ({
  field: fc.oneof(
    { depthSize: "small" },
    leaf,
    tie("field").map((inner) => array(inner)),
    fc
      .dictionary(fc.constantFrom("a", "b", "c"), tie("field"), { minKeys: 1 })
      .map((all) => struct(all)),
  ),
}));
const fields = fc.dictionary(fc.constantFrom("x", "y", "z"), field);

test("any two methods: equal texts have no difference, other texts have a sentence", (t) => {
  fc.assert(
    fc.property(fields, fields, fields, fields, (a, b, c, d) => {
      const [was, is] = [call(a, b), call(c, d)];
      const found = difference(was, is);
      t.is(found === undefined, schemaText(was) === schemaText(is));
      if (found !== undefined) t.regex(found, /^field `[\w.]+` of the (?:request|answer) /);
    }),
  );
});
