// From one opcode to the next: three instructions instead of four or five, and no look at the limit of time but where code goes backwards.
import type { Edit } from "../edited-source.ts";

// The compiler joins all places that go on, parts them again late, and is left with copies of what all of them need between registers. Behind
// words that it cannot see through, the place in the code, the top of the stack and the locals are in the same registers everywhere.
const next: Edit = {
  from: "#define SWITCH(pc)      DUMP_BYTECODE_OR_DONT(pc) __extension__ ({ goto *dispatch_table[opcode = *pc++]; });",
  to: `#define SWITCH(pc)      DUMP_BYTECODE_OR_DONT(pc) __extension__ ({ uint64_t at = *pc++; register uint8_t *in12 __asm__("r12") = pc; register JSValue *in13 __asm__("r13") = sp, *in14 __asm__("r14") = var_buf; __asm__("" : "+r"(in12), "+r"(in13), "+r"(in14), "+r"(at)); pc = in12; sp = in13; var_buf = in14; opcode = at; goto *dispatch_table[at]; });`,
  times: 1,
};

/** Code that never ends goes backwards or calls again and again: nothing else asks whether its time is over. */
const poll = `if (unlikely(js_poll_interrupts(ctx)))
                goto exception;`;
const goTo = (read: string): Edit => ({
  from: `pc += ${read};
            ${poll}`,
  to: `{ int diff = ${read}; pc += diff;
            if (diff < 0) if (unlikely(js_poll_interrupts(ctx)))
                goto exception; }`,
  times: 1,
});
const branch = (test: string, read: string, bytes: number): Edit => ({
  from: `if (${test}) {
                    pc += ${read} - ${bytes};
                }
                if (unlikely(js_poll_interrupts(ctx)))
                    goto exception;`,
  to: `if (${test}) {
                    int diff = ${read} - ${bytes}; pc += diff;
                    if (diff < 0)
                if (unlikely(js_poll_interrupts(ctx)))
                    goto exception; }`,
  times: 1,
});

// What few opcodes use stays in memory, so that the registers that all of them use are not saved and loaded for it at each jump.
const inMemory: Edit = {
  from: `    JSRuntime *rt = caller_ctx->rt;
    JSContext *ctx;
    JSObject *p;
    JSFunctionBytecode *b;
    JSStackFrame sf_s, *sf = &sf_s;
    uint8_t *pc;
    int opcode, arg_allocated_size, i;
    JSValue *local_buf, *stack_buf, *var_buf, *arg_buf, *sp, ret_val, *pval;
    JSVarRef **var_refs;`,
  to: `    JSRuntime *volatile rt = caller_ctx->rt;
    JSContext *volatile ctx;
    JSObject *p;
    JSFunctionBytecode *volatile b;
    JSStackFrame sf_s, *volatile sf = &sf_s;
    uint8_t *pc;
    int opcode, arg_allocated_size, i;
    JSValue *local_buf, *stack_buf, *var_buf, *arg_buf, *sp, ret_val, *pval;
    JSVarRef **var_refs;`,
  times: 1,
};

export const dispatchEdits: readonly Edit[] = [
  next,
  inMemory,
  goTo("(int32_t)get_u32(pc)"),
  goTo("(int16_t)get_u16(pc)"),
  goTo("(int8_t)pc[0]"),
  branch("res", "(int32_t)get_u32(pc - 4)", 4),
  branch("!res", "(int32_t)get_u32(pc - 4)", 4),
  branch("res", "(int8_t)pc[-1]", 1),
  branch("!res", "(int8_t)pc[-1]", 1),
];
