// What is compared is mostly asked at once: a comparison before a branch goes where the branch leads, and `a || b` in a condition leaves no copy
// of `a`. The bytecode is the same.
import type { Edit } from "../edited-source.ts";

const compared = `/* The result of a comparison, whose place is sp[-1]. */
#define COMPARED(result) do { const bool yes = (result); if (likely(*pc == OP_if_false8)) { sp--; if (yes) pc += 2; else { int diff = (int8_t)pc[1]; pc += 1 + diff; if (unlikely(diff < 0) && unlikely(js_poll_interrupts(ctx))) goto exception; } BREAK; } sp[-1] = js_bool(yes); } while (0)
`;

// undefined, null, booleans and objects are the same when tag and value are; without a number among them, another tag is another value,
// but for strings and bigints, which have two tags each
const same = (name: string, differs: string) => `CASE(${name}):
            {
                const JSValue a = sp[-2], c = sp[-1];
                const uint32_t ta = JS_VALUE_GET_TAG(a), tc = JS_VALUE_GET_TAG(c);
                bool equal;
                if (likely((ta | tc) == JS_TAG_INT))
                    equal = JS_VALUE_GET_INT(a) == JS_VALUE_GET_INT(c);
                else if (likely(is_plain(ta) || is_plain(tc))) {
                    equal = ta == tc && (ta == (uint32_t)JS_TAG_OBJECT ? JS_VALUE_GET_PTR(a) == JS_VALUE_GET_PTR(c) : JS_VALUE_GET_INT(a) == JS_VALUE_GET_INT(c));
                    JS_FreeValue(ctx, a);
                    JS_FreeValue(ctx, c);
                } else if (ta == (uint32_t)JS_TAG_STRING && tc == ta && JS_VALUE_GET_PTR(a) == JS_VALUE_GET_PTR(c)) {
                    equal = true;
                    JS_FreeValue(ctx, a);
                    JS_FreeValue(ctx, c);
                } else {
                    sf->cur_pc = pc;
                    if (js_strict_eq_slow(ctx, sp, ${differs}))
                        goto exception;
                    sp--;
                    BREAK;
                }
                sp--;
                COMPARED(equal != ${differs});
            }
            BREAK;`;

export const branchEdits: readonly Edit[] = [
  {
    from: "#define OP_CMP(opcode, binary_op, slow_call)              \\",
    to: `${compared}#define OP_CMP(opcode, binary_op, slow_call)              \\`,
    times: 1,
  },
  {
    from: `                    sp[-2] = js_bool(JS_VALUE_GET_INT(op1) binary_op JS_VALUE_GET_INT(op2)); \\
                    sp--;                                               \\`,
    to: `                    sp--;                                               \\
                    COMPARED(JS_VALUE_GET_INT(op1) binary_op JS_VALUE_GET_INT(op2)); \\`,
    times: 1,
  },
  {
    from: "OP_CMP(OP_strict_eq, ==, js_strict_eq_slow(ctx, sp, 0));",
    to: same("OP_strict_eq", "false"),
    times: 1,
  },
  {
    from: "OP_CMP(OP_strict_neq, !=, js_strict_eq_slow(ctx, sp, 1));",
    to: same("OP_strict_neq", "true"),
    times: 1,
  },
  {
    from: `static __exception int js_operator_in(JSContext *ctx, JSValue *sp)
{`,
    to: `static inline bool is_plain(uint32_t tag) { return tag - JS_TAG_BOOL <= JS_TAG_UNDEFINED - JS_TAG_BOOL || tag == (uint32_t)JS_TAG_OBJECT; }
static __exception int js_operator_in(JSContext *ctx, JSValue *sp)
{`,
    times: 1,
  },
  {
    from: `        set_true:
            sp[-1] = JS_TRUE;
            BREAK;
        free_and_set_false:
            JS_FreeValue(ctx, sp[-1]);
            sp[-1] = JS_FALSE;
            BREAK;`,
    to: `        set_true:
            COMPARED(true);
            BREAK;
        free_and_set_false:
            JS_FreeValue(ctx, sp[-1]);
            COMPARED(false);
            BREAK;`,
    times: 1,
  },
  // dup, branch, drop: what decides is taken where it is, and by a branch of the other kind where the first one leads
  {
    from: `        CASE(OP_dup):
            sp[0] = js_dup(sp[-1]);`,
    to: `        CASE(OP_dup):
            if (JS_VALUE_GET_TAG(sp[-1]) == JS_TAG_BOOL && (*pc == OP_if_true8 || *pc == OP_if_false8) && pc[2] == OP_drop && (int8_t)pc[1] > 0) {
                const bool on = *pc == OP_if_true8;
                if ((JS_VALUE_GET_INT(sp[-1]) != 0) == on) {
                    pc += 1 + (int8_t)pc[1];
                    if (*pc == (on ? OP_if_false8 : OP_if_true8)) {
                        pc += 2;
                        sp--;
                    }
                } else {
                    sp--;
                    pc += 3;
                }
                BREAK;
            }
            sp[0] = js_dup(sp[-1]);`,
    times: 1,
  },
];
