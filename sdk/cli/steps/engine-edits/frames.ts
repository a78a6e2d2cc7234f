// A call of a function in bytecode out of another one stays in the interpreter: it lays out a frame in room that is kept for that, and goes on
// with the callee's first opcode, where a call of C would save and lay out everything anew. Invariant: frames lie in that room in the order of
// their calls, and whatever leaves one (a return, an exception) gives it back; where the room ends, a call is one of C as before, which looks at
// the limit of the stack.
import type { Edit } from "../edited-source.ts";

/** Room for some twenty frames. */
const ROOM = 8192;

const frames = `/* a frame within another one's call of the interpreter: what is its own, and what its caller goes on with */
struct inner { JSStackFrame sf; struct inner *below; JSValue *sp, *result, *local_buf; JSValueConst *argv; JSValue this_obj; int argc; };
static char *inner_next, *inner_end;

static no_inline void free_values(JSContext *ctx, JSValue *from, JSValue *to)
{
    for (; from < to; from++)
        if (JS_VALUE_HAS_REF_COUNT(*from) && unlikely(was_last(JS_VALUE_GET_PTR(*from))))
            js_free_value_rt(ctx->rt, *from);
}

/* argv[] is modified if (flags & JS_CALL_FLAG_COPY_ARGV) = 0. */
`;

const enter = `            call_function:
                sf->cur_pc = pc;
                JSValue callee = call_argv[-1];
                while (likely(JS_VALUE_GET_TAG(callee) == JS_TAG_OBJECT)) {
                    JSObject *const to = JS_VALUE_GET_OBJ(callee);
                    if (likely(to->class_id == JS_CLASS_BYTECODE_FUNCTION)) {
                        JSFunctionBytecode *const fb = to->u.func.function_bytecode;
                        const int arg_count = fb->arg_count, var_count = fb->var_count;
                        struct inner *const f = (struct inner *)inner_next;
                        JSValue *place = (JSValue *)(f + 1);
                        char *const behind = (char *)(place + arg_count + var_count + fb->stack_size) + sizeof(JSVarRef *) * fb->var_ref_count;
                        if (unlikely(behind > inner_end))
                            break;
                        if (unlikely(js_poll_interrupts(ctx)))
                            goto exception;
                        inner_next = (char *)(((uintptr_t)behind + 15) & ~(uintptr_t)15);
                        f->below = inner;
                        f->sp = sp;
                        f->result = opcode == OP_tail_call || opcode == OP_tail_call_method ? NULL : call_argv + call_given;
                        f->local_buf = place;
                        f->argv = vc(call_argv);
                        f->argc = call_argc;
                        f->this_obj = unsafe_unconst(call_this);
                        f->sf.prev_frame = sf;
                        f->sf.cur_func = unsafe_unconst(callee);
                        f->sf.cur_pc = NULL;
                        f->sf.cur_gc_obj = NULL;
                        f->sf.is_strict_mode = fb->is_strict_mode;
                        f->sf.is_constructor = false;
                        f->sf.arg_count = call_argc;
                        arg_buf = call_argv;
                        if (unlikely(call_argc < arg_count)) {
                            arg_buf = place;
                            f->sf.arg_count = arg_count;
                            for (i = 0; i < call_argc; i++)
                                *place++ = js_dup(call_argv[i]);
                            for (; i < arg_count; i++)
                                *place++ = JS_UNDEFINED;
                        }
                        f->sf.arg_buf = arg_buf;
                        f->sf.var_buf = var_buf = place;
                        for (JSValue *end = place + var_count; place < end; place++)
                            *place = JS_UNDEFINED;
                        sp = place;
                        f->sf.var_refs = (JSVarRef **)(place + fb->stack_size);
                        f->sf.var_ref_count = fb->var_ref_count;
                        if (unlikely(fb->var_ref_count))
                            memset(f->sf.var_refs, 0, sizeof(JSVarRef *) * fb->var_ref_count);
                        var_refs = to->u.func.var_refs;
                        pc = fb->byte_code_buf;
                        b = fb;
                        ctx = fb->realm;
                        sf = &f->sf;
                        inner = f;
                        caller_ctx->rt->current_stack_frame = &f->sf;
                        BREAK;
                    }
                    if (to->class_id == JS_CLASS_C_FUNCTION) {
                        ret_val = js_call_c_function(ctx, callee, call_this, call_argc, vc(call_argv), 0);
                        goto called;
                    }
                    if (to->class_id != JS_CLASS_BOUND_FUNCTION || to->u.bound_function->argc != 0)
                        break;
                    call_this = to->u.bound_function->this_val;
                    callee = to->u.bound_function->func_obj;
                }
                ret_val = JS_CallInternal(ctx, callee, call_this, JS_UNDEFINED, call_argc, vc(call_argv), 0);
            called:
                if (unlikely(JS_IsException(ret_val)))
                    goto exception;
                if (opcode == OP_tail_call || opcode == OP_tail_call_method)
                    goto done;
                free_values(ctx, call_argv + call_given, sp);
                sp = call_argv + call_given;
                *sp++ = ret_val;
            }
            BREAK;`;

const leave = `        if (inner) {
            struct inner *const f = inner;
            JSStackFrame *const back = f->sf.prev_frame;
            caller_ctx->rt->current_stack_frame = back;
            inner_next = (char *)f;
            inner = f->below;
            sf = back;
            JSObject *const to = JS_VALUE_GET_OBJ(back->cur_func);
            JSFunctionBytecode *const fb = to->u.func.function_bytecode;
            b = fb;
            ctx = fb->realm;
            var_refs = to->u.func.var_refs;
            var_buf = back->var_buf;
            arg_buf = back->arg_buf;
            pc = back->cur_pc;
            sp = f->sp;
            if (unlikely(JS_IsException(ret_val)))
                goto exception;
            if (unlikely(!f->result))
                goto done;
            free_values(caller_ctx, f->result, sp);
            sp = f->result;
            *sp++ = ret_val;
            goto restart;
        }
`;

export const frameEdits: readonly Edit[] = [
  {
    from: `/* argv[] is modified if (flags & JS_CALL_FLAG_COPY_ARGV) = 0. */
static JSValue JS_CallInternal(`,
    to: `${frames}static JSValue JS_CallInternal(`,
    times: 1,
  },
  {
    from: `    JSVarRef **var_refs;
    size_t alloca_size;

#ifdef ENABLE_DUMPS`,
    to: `    JSVarRef **var_refs;
    size_t alloca_size;
    struct inner *inner = NULL;

#ifdef ENABLE_DUMPS`,
    times: 1,
  },
  {
    from: `        int call_argc;
        JSValue *call_argv;
`,
    to: `        int call_argc, call_given;
        JSValue *call_argv;
        JSValueConst call_this;
`,
    times: 1,
  },
  {
    from: `            has_call_argc:
                call_argv = sp - call_argc;
                sf->cur_pc = pc;
                ret_val = JS_CallInternal(ctx, call_argv[-1], JS_UNDEFINED,
                                          JS_UNDEFINED, call_argc,
                                          vc(call_argv), 0);
                if (unlikely(JS_IsException(ret_val)))
                    goto exception;
                if (opcode == OP_tail_call)
                    goto done;
                for(i = -1; i < call_argc; i++)
                    JS_FreeValue(ctx, call_argv[i]);
                sp -= call_argc + 1;
                *sp++ = ret_val;
            }
            BREAK;`,
    to: `            has_call_argc:
                call_argv = sp - call_argc;
                call_this = JS_UNDEFINED;
                call_given = -1;
                goto call_function;
            }`,
    times: 1,
  },
  {
    from: `                call_argv = sp - call_argc;
                sf->cur_pc = pc;
                ret_val = JS_CallInternal(ctx, call_argv[-1], call_argv[-2],
                                          JS_UNDEFINED, call_argc,
                                          vc(call_argv), 0);
                if (unlikely(JS_IsException(ret_val)))
                    goto exception;
                if (opcode == OP_tail_call_method)
                    goto done;
                for(i = -2; i < call_argc; i++)
                    JS_FreeValue(ctx, call_argv[i]);
                sp -= call_argc + 2;
                *sp++ = ret_val;
            }
            BREAK;`,
    to: `                call_argv = sp - call_argc;
                call_this = call_argv[-2];
                call_given = -2;
${enter}`,
    times: 1,
  },
  {
    from: `        for(pval = local_buf; pval < sp; pval++) {
            JS_FreeValue(ctx, *pval);
        }
    }
    rt->current_stack_frame = sf->prev_frame;`,
    to: `        free_values(caller_ctx, inner ? inner->local_buf : local_buf, sp);
${leave}    }
    rt->current_stack_frame = sf->prev_frame;`,
    times: 1,
  },
  {
    from: `JSRuntime *JS_NewRuntime2(const JSMallocFunctions *mf, void *opaque)
{`,
    to: `static char *inner_next, *inner_end;
JSRuntime *JS_NewRuntime2(const JSMallocFunctions *mf, void *opaque)
{
    if (!inner_next && (inner_next = malloc(${ROOM})))
        inner_end = inner_next + ${ROOM};`,
    times: 1,
  },
  // what belongs to the frame and not to the call of C
  {
    from: "*sp++ = js_build_arguments(ctx, argc, argv);",
    to: "*sp++ = js_build_arguments(ctx, inner ? inner->argc : argc, inner ? inner->argv : argv);",
    times: 1,
  },
  {
    from: `*sp++ = js_build_mapped_arguments(ctx, argc, argv,
                                                      sf, min_int(argc, b->arg_count));`,
    to: `*sp++ = js_build_mapped_arguments(ctx, inner ? inner->argc : argc, inner ? inner->argv : argv,
                                                      sf, min_int(inner ? inner->argc : argc, b->arg_count));`,
    times: 1,
  },
  {
    from: `                i = min_int(first, argc);
                n = argc - i;
                *sp++ = js_create_array(ctx, n, n ? &argv[i] : NULL);`,
    to: `                int given = inner ? inner->argc : argc;
                i = min_int(first, given);
                n = given - i;
                *sp++ = js_create_array(ctx, n, n ? &(inner ? inner->argv : argv)[i] : NULL);`,
    times: 1,
  },
  {
    from: `                    *sp++ = js_dup(new_target);
                    break;`,
    to: `                    *sp++ = inner ? JS_UNDEFINED : js_dup(new_target);
                    break;`,
    times: 1,
  },
  {
    from: `                        JSObject *p1;
                        p1 = p->u.func.home_object;
                        if (unlikely(!p1))
                            *sp++ = JS_UNDEFINED;`,
    to: `                        JSObject *p1;
                        p1 = JS_VALUE_GET_OBJ(sf->cur_func)->u.func.home_object;
                        if (unlikely(!p1))
                            *sp++ = JS_UNDEFINED;`,
    times: 1,
  },
  {
    from: "while (sp > stack_buf &&",
    to: "stack_buf = sf->var_buf + b->var_count; while (sp > stack_buf &&",
    times: 1,
  },
  {
    from: `        CASE(OP_check_ctor):
            if (JS_IsUndefined(new_target)) {`,
    to: `        CASE(OP_check_ctor):
            if (inner || JS_IsUndefined(new_target)) {`,
    times: 1,
  },
  {
    from: `                if (JS_IsUndefined(new_target))
                    goto non_ctor_call;
                super = `,
    to: `                if (inner || JS_IsUndefined(new_target))
                    goto non_ctor_call;
                super = `,
    times: 1,
  },
  {
    from: `                JSValue val;
                if (!b->is_strict_mode) {
                    uint32_t tag = JS_VALUE_GET_TAG(this_obj);
                    if (likely(tag == JS_TAG_OBJECT))
                        goto normal_this;
                    if (tag == JS_TAG_NULL || tag == JS_TAG_UNDEFINED) {
                        val = js_dup(ctx->global_obj);
                    } else {
                        val = JS_ToObject(ctx, this_obj);
                        if (JS_IsException(val))
                            goto exception;
                    }
                } else {
                normal_this:
                    val = js_dup(this_obj);
                }`,
    to: `                JSValue val;
                JSValueConst own = inner ? inner->this_obj : this_obj;
                if (!b->is_strict_mode) {
                    uint32_t tag = JS_VALUE_GET_TAG(own);
                    if (likely(tag == JS_TAG_OBJECT))
                        goto normal_this;
                    if (tag == JS_TAG_NULL || tag == JS_TAG_UNDEFINED) {
                        val = js_dup(ctx->global_obj);
                    } else {
                        val = JS_ToObject(ctx, own);
                        if (JS_IsException(val))
                            goto exception;
                    }
                } else {
                normal_this:
                    val = js_dup(own);
                }`,
    times: 1,
  },
  {
    from: "while (sp > stack_buf) {",
    to: "stack_buf = sf->var_buf + b->var_count; while (sp > stack_buf) {",
    times: 1,
  },
];
