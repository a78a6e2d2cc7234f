// QuickJS-NG's main part, and what it has no function for: a context that was made when the system
// was built has the same seeds everywhere, so each process gives its own; and the places of its
// fields, for who reads the memory of a dead one.
// Typed arrays copy by memmove, and the process tells how much (binding.ts).
extern unsigned copied;
#define memmove(a, b, n) memmove(a, b, (copied += (n), (n)))
#include <quickjs.c>

#define THREE(type, a, b, c) offsetof(JS##type, a), offsetof(JS##type, b), offsetof(JS##type, c)
/// Where a dead engine's stack is found, at the begin of the constants; the words are named in
/// sdk/runtime/engine-layout.ts.
__attribute__((section(".rodata.layout"), used)) static const uint16_t layout[] = {
    0x6c61,
    BC_VERSION,
    sizeof(JSString),
    THREE(Runtime, current_stack_frame, atom_array, atom_size),
    THREE(StackFrame, prev_frame, cur_func, cur_pc),
    THREE(Object, class_id, prop, u.func.function_bytecode),
    THREE(FunctionBytecode, byte_code_buf, byte_code_len, func_name),
    THREE(FunctionBytecode, line_num, pc2line_len, pc2line_buf),
    JS_CLASS_BYTECODE_FUNCTION,
    JS_CLASS_GENERATOR_FUNCTION,
    JS_CLASS_ASYNC_FUNCTION,
    JS_CLASS_ASYNC_GENERATOR_FUNCTION,
    (uint16_t)JS_TAG_STRING,
    PC2LINE_OP_FIRST,
    PC2LINE_RANGE,
    -PC2LINE_BASE};

void engine_reseed(JSContext *c, uint64_t seed) {
  c->random_state = seed | 1; // never 0
  c->hash_seed = xorshift64star(&c->random_state);
}

JSValue engine_promise(JSContext *c, JSValueConst this, int count, JSValueConst *v) {
  return js_promise_new(c, JS_UNDEFINED, NULL);
}

JSValue engine_settle(JSContext *c, JSValueConst this, int count, JSValueConst *v) {
  fulfill_or_reject_promise(c, v[0], v[1], false);
  return JS_UNDEFINED;
}
