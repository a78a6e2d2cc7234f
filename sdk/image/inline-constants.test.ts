import test from "ava";
import { inlineConstants } from "./inline-constants.ts";

const from = 'import { errors, limits, layouts as shapes } from "../abi/table.ts";';

test("constants become literals, lines stay", (t) => {
  const source = `${from}\nconst a = limits.PAGE_BYTES + x.limits.PAGE_BYTES;\nat(shapes.event.HEADER);`;
  t.is(inlineConstants(source), `${from}\nconst a = 4096 + x.limits.PAGE_BYTES;\nat(40);`);
});

test("objects and negative numbers are put in brackets, unknown names stay", (t) => {
  t.regex(inlineConstants(`${from}\nuse = errors.BAD_HANDLE;`), /\nuse = \(\[-1,".*"\]\);$/);
  t.regex(
    inlineConstants(`${from}\nObject.values(errors)`),
    /\nObject.values\(\{"BAD_HANDLE":\[-1,/,
  );
  t.is(inlineConstants(`${from}\nlimits.NO_SUCH_LIMIT`), `${from}\nlimits.NO_SUCH_LIMIT`);
  t.is(
    inlineConstants(`${from}\nfor (const k in errors) f(k);`),
    `${from}\nfor (const k in errors) f(k);`,
  );
});

test("system calls become their numbers", (t) => {
  const source =
    'import { systemCalls } from "./system-call.ts";\nsys(systemCalls.handle_close, 5);';
  t.regex(inlineConstants(source), /sys\(1, 5\)/);
});

test("names of other modules are left alone", (t) => {
  const source = 'import { limits } from "./other.ts";\nlimits.PAGE_BYTES';
  t.is(inlineConstants(source), source);
});
