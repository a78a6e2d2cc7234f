// Sums of small integers by the flag of overflow.
import type { Edit } from "../edited-source.ts";

const sum = (operator: string, name: string, test: string, big: string): Edit => ({
  from: `r = (int64_t)JS_VALUE_GET_INT(op1) ${operator} JS_VALUE_GET_INT(op2);
                    if (unlikely(${test}))
                        sp[-2] = ${big};`,
  to: `int r32; r = (int64_t)JS_VALUE_GET_INT(op1) ${operator} JS_VALUE_GET_INT(op2);
                    if (likely(!__builtin_${name}_overflow(JS_VALUE_GET_INT(op1), JS_VALUE_GET_INT(op2), &r32))) sp[-2] = js_int32(r32); else if (1)
                        sp[-2] = ${big};`,
  times: 1,
});

export const operatorEdits: readonly Edit[] = [
  sum("+", "sadd", "r < INT32_MIN || r > INT32_MAX", "js_float64(r)"),
  sum("-", "ssub", "(int)r != r", "__JS_NewFloat64((double)r)"),
];
