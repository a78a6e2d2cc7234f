// The begin of a call of a function in bytecode: what is read once is in registers while the frame is laid out.
import type { Edit } from "../edited-source.ts";

export const callEdits: readonly Edit[] = [
  {
    from: `    b = p->u.func.function_bytecode;

    if (unlikely(argc < b->arg_count || (flags & JS_CALL_FLAG_COPY_ARGV))) {
        arg_allocated_size = b->arg_count;
    } else {
        arg_allocated_size = 0;
    }

    alloca_size = sizeof(JSValue) * (arg_allocated_size + b->var_count +
                                     b->stack_size) +
        sizeof(JSVarRef *) * b->var_ref_count;
    if (js_check_stack_overflow(rt, alloca_size))
        return JS_ThrowStackOverflow(caller_ctx);

    sf->is_strict_mode = b->is_strict_mode;
    sf->is_constructor = (flags & JS_CALL_FLAG_CONSTRUCTOR) != 0;
    arg_buf = (JSValue *)argv;
    sf->arg_count = argc;
    sf->cur_func = unsafe_unconst(func_obj);
    var_refs = p->u.func.var_refs;

    local_buf = alloca(alloca_size);
    if (unlikely(arg_allocated_size)) {
        int n = min_int(argc, b->arg_count);
        arg_buf = local_buf;
        for(i = 0; i < n; i++)
            arg_buf[i] = js_dup(argv[i]);
        for(; i < b->arg_count; i++)
            arg_buf[i] = JS_UNDEFINED;
        sf->arg_count = b->arg_count;
    }
    var_buf = local_buf + arg_allocated_size;
    sf->var_buf = var_buf;
    sf->arg_buf = arg_buf;

    for(i = 0; i < b->var_count; i++)
        var_buf[i] = JS_UNDEFINED;

    stack_buf = var_buf + b->var_count;
    sf->var_refs = (JSVarRef **)(stack_buf + b->stack_size);
    sf->var_ref_count = b->var_ref_count;
    for(i = 0; i < b->var_ref_count; i++)
        sf->var_refs[i] = NULL;
    /* ordinary C-stack frame: not owned by a coroutine GC object */
    sf->cur_gc_obj = NULL;
    sp = stack_buf;
    pc = b->byte_code_buf;
    /* sf->cur_pc must we set to pc before any recursive calls to JS_CallInternal. */
    sf->cur_pc = NULL;
    sf->prev_frame = rt->current_stack_frame;
    rt->current_stack_frame = sf;
    ctx = b->realm; /* set the current realm */`,
    to: `    JSFunctionBytecode *const fb = p->u.func.function_bytecode;
    JSRuntime *const run = caller_ctx->rt;
    const int arg_count = fb->arg_count, var_count = fb->var_count;
    b = fb;

    if (unlikely(argc < arg_count || (flags & JS_CALL_FLAG_COPY_ARGV))) {
        arg_allocated_size = arg_count;
    } else {
        arg_allocated_size = 0;
    }

    alloca_size = sizeof(JSValue) * (arg_allocated_size + var_count +
                                     fb->stack_size) +
        sizeof(JSVarRef *) * fb->var_ref_count;
    if (js_check_stack_overflow(run, alloca_size))
        return JS_ThrowStackOverflow(caller_ctx);

    sf_s.is_strict_mode = fb->is_strict_mode;
    sf_s.is_constructor = (flags & JS_CALL_FLAG_CONSTRUCTOR) != 0;
    sf_s.cur_func = unsafe_unconst(func_obj);
    var_refs = p->u.func.var_refs;

    JSValue *const frame = alloca(alloca_size), *place = frame;
    JSValueConst *args = argv;
    int given = argc;
    local_buf = frame;
    if (unlikely(arg_allocated_size)) {
        int n = min_int(argc, arg_count);
        given = arg_count;
        for(i = 0; i < n; i++)
            *place++ = js_dup(argv[i]);
        for(; i < arg_count; i++)
            *place++ = JS_UNDEFINED;
        args = (JSValueConst *)frame;
    }
    sf_s.arg_count = given;
    arg_buf = (JSValue *)args;
    sf_s.arg_buf = (JSValue *)args;
    var_buf = place;
    sf_s.var_buf = place;

    for(JSValue *end = place + var_count; place < end; place++)
        *place = JS_UNDEFINED;

    stack_buf = sp = place;
    sf_s.var_refs = (JSVarRef **)(place + fb->stack_size);
    sf_s.var_ref_count = fb->var_ref_count;
    for(i = 0; i < fb->var_ref_count; i++)
        sf_s.var_refs[i] = NULL;
    /* ordinary C-stack frame: not owned by a coroutine GC object */
    sf_s.cur_gc_obj = NULL;
    pc = fb->byte_code_buf;
    /* sf->cur_pc must we set to pc before any recursive calls to JS_CallInternal. */
    sf_s.cur_pc = NULL;
    sf_s.prev_frame = run->current_stack_frame;
    run->current_stack_frame = &sf_s;
    ctx = fb->realm; /* set the current realm */`,
    times: 1,
  },
];
