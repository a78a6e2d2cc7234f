// Operators on small integers, and `===` on what is no number: without a call where a comparison of two words does.
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
  // undefined, null, booleans and objects are the same when tag and value are; without a number among them, another tag is another value,
  // but for strings and bigints, which have two tags each
  {
    from: "OP_CMP(OP_strict_eq, ==, js_strict_eq_slow(ctx, sp, 0));",
    to: "OP_CMP(OP_strict_eq, ==, js_plain_eq(ctx, sp, 0));",
    times: 1,
  },
  {
    from: "OP_CMP(OP_strict_neq, !=, js_strict_eq_slow(ctx, sp, 1));",
    to: "OP_CMP(OP_strict_neq, !=, js_plain_eq(ctx, sp, 1));",
    times: 1,
  },
  {
    from: `static __exception int js_operator_in(JSContext *ctx, JSValue *sp)
{`,
    to: `static inline bool is_plain(uint32_t tag) { return tag - JS_TAG_BOOL <= JS_TAG_UNDEFINED - JS_TAG_BOOL || tag == (uint32_t)JS_TAG_OBJECT; }
static inline __attribute__((always_inline)) int js_plain_eq(JSContext *ctx, JSValue *sp, bool is_neq) { JSValue a = sp[-2], b = sp[-1]; uint32_t ta = JS_VALUE_GET_TAG(a), tb = JS_VALUE_GET_TAG(b); if (unlikely(!is_plain(ta) && !is_plain(tb))) return js_strict_eq_slow(ctx, sp, is_neq); bool same = ta == tb && (ta == (uint32_t)JS_TAG_OBJECT ? JS_VALUE_GET_PTR(a) == JS_VALUE_GET_PTR(b) : JS_VALUE_GET_INT(a) == JS_VALUE_GET_INT(b)); JS_FreeValue(ctx, a); JS_FreeValue(ctx, b); sp[-2] = js_bool(same ^ is_neq); return 0; }
static __exception int js_operator_in(JSContext *ctx, JSValue *sp)
{`,
    times: 1,
  },
];
