// The engine process: reads START, evaluates the bundle, then the one loop: submit_wait, turn,
// pending jobs, again. Invariant: JavaScript runs only between two waits, and never longer than
// TURN_NS of processor time.
#include "engine.h"
#include <string.h>

#define TURN_NS 2000000000ull
// What the engine may use of the stack after it has noticed an overflow: making and throwing the
// error, and the C below it.
#define STACK_RESERVE 65536u

enum { IDLE_NS = 1000000000 };
enum { EXIT_EXCEPTION = 70, EXIT_TURN_LIMIT = 71, EXIT_START = 73 };

/// What the last wait said, and the events behind it.
static const struct wait *head(void) { return (void *)(message_buffer + LIMIT_EVENT_OFFSET); }

// --- the time limit of a turn
// --------------------------------------------------------------------------------------------
static u64 turn_began, turn_cpu, heap_limit;
// Whether the turn has reached its limit, and whether a limit leaves the server another one, for
// its last words.
static int turn_overrun, words_left;

static u64 cpu_time(void) {
  // process_info answers in scratch, which JavaScript may be in the midst of using
  u8 kept[sizeof(struct process_info)], *scratch = message_buffer + LIMIT_SCRATCH_OFFSET;
  memcpy(kept, scratch, sizeof kept);
  call1(SYS_PROCESS_INFO, 0);
  u64 time = ((struct process_info *)scratch)->cpu_time;
  memcpy(scratch, kept, sizeof kept);
  return time;
}

static void begin_turn(u64 now) {
  turn_began = now;
  turn_cpu = 0;
}

// Called by the engine every 10,000 branches or calls. Processor time counts, so a busy machine
// ends nobody; it is measured from the moment when wall time has used up a quarter of the limit,
// since each look costs two system calls.
static int interrupt(JSRuntime *runtime, void *opaque) {
  i64 wall = call0(SYS_CLOCK) - (i64)turn_began;
  if (wall < (i64)TURN_NS / 4)
    return 0;
  u64 cpu = cpu_time();
  if (!turn_cpu)
    turn_cpu = cpu > TURN_NS / 4 ? cpu - TURN_NS / 4 : 1;
  if (cpu - turn_cpu < TURN_NS)
    return 0;
  turn_overrun = 1;
  return 1;
}

// --- rejections that nobody handles
// --------------------------------------------------------------------------------------
static JSValue rejected[16], rejected_reason[16];
static int rejected_count, rejected_lost;

static void rejection(JSContext *c, JSValueConst promise, JSValueConst reason, bool handled,
                      void *opaque) {
  int i = 0;
  while (i < rejected_count && JS_VALUE_GET_PTR(rejected[i]) != JS_VALUE_GET_PTR(promise))
    i++;
  if (handled && i < rejected_count) {
    JS_FreeValue(c, rejected[i]);
    JS_FreeValue(c, rejected_reason[i]);
    rejected[i] = rejected[--rejected_count];
    rejected_reason[i] = rejected_reason[rejected_count];
  } else if (!handled && rejected_count < 16) {
    rejected[rejected_count] = JS_DupValue(c, promise);
    rejected_reason[rejected_count++] = JS_DupValue(c, reason);
  } else
    rejected_lost |= !handled;
}

/// Reports an exception. Where a limit of the loop is behind it: what the next turn begins with,
/// which tells the server (loop.ts), has a time limit of its own and 256 KiB more of heap. Does not
/// return otherwise.
static u64 die(JSContext *c, const char *why) {
  int code = turn_overrun ? EXIT_TURN_LIMIT : EXIT_EXCEPTION;
  begin_turn(1ull << 62); // nothing interrupts the report
  report_exception(c,
                   turn_overrun ? "turn took more than 2 s of processor time and was ended" : why);
  if (!words_left || (!turn_overrun && !heap_exhausted()))
    exit_process(code);
  words_left = turn_overrun = 0;
  heap_begin(heap_limit + (256 << 10));
  begin_turn((u64)call0(SYS_CLOCK));
  return -(u64)code;
}

static u64 run_jobs(JSContext *c) {
  JSContext *in;
  int result;
  while ((result = JS_ExecutePendingJob(JS_GetRuntime(c), &in)) > 0)
    ;
  if (result < 0)
    return die(in, "uncaught");
  if (rejected_count > 0 || rejected_lost) {
    JS_Throw(c, rejected_count ? rejected_reason[0] : JS_UNDEFINED);
    rejected_count = rejected_lost = 0;
    return die(c, "unhandled rejection");
  }
  return 0;
}

static JSValue method(JSContext *c, const char *name) {
  JSValue f = JS_GetPropertyStr(c, binding_object(), name);
  if (JS_IsFunction(c, f))
    return f;
  log_line("the bundle did not set `uusi.%s`: main.ts must call run(...)", name);
  exit_process(EXIT_START);
}

static i64 number_in(JSContext *c, JSAtom name) {
  i64 value = 0;
  JSValue v = JS_GetProperty(c, binding_object(), name);
  JS_ToInt64(c, &value, v);
  JS_FreeValue(c, v);
  return value;
}

/// Waits as the turn asked. A server that stays idle for a second first collects its cycles, so
/// that what it takes from the system is a matter of what it holds and not of its history. One that
/// has stopped for a hot swap (STILL in loop.ts) rests in one wait: its vault may be lent.
static i64 wait(JSContext *c, u64 port, u64 submit, u64 deadline) {
  static u64 settled;
  u64 idle = head()->now + IDLE_NS;
  if (deadline <= idle || deadline == ~1ull || heap_used() == settled)
    return call3(SYS_SUBMIT_WAIT, port, submit, deadline);
  i64 events = call3(SYS_SUBMIT_WAIT, port, submit, idle);
  if (events)
    return events;
  u32 failed = head()->failed;
  JS_RunGC(JS_GetRuntime(c));
  heap_trim();
  settled = heap_used();
  events = call3(SYS_SUBMIT_WAIT, port, 0, failed ? 0 : deadline);
  // of the submissions, which were the first wait's
  ((struct wait *)head())->failed = failed;
  return events;
}

static _Noreturn void loop(JSContext *c, u64 bytes) {
  JSValue turn = method(c, "turn"), flush = method(c, "flush");
  JSAtom port = JS_NewAtom(c, "port"), deadline = JS_NewAtom(c, "deadline");
  for (words_left = 1;;) {
    JSValue count = JS_NewInt64(c, (i64)bytes);
    JSValue result = JS_Call(c, turn, binding_object(), 1, (JSValueConst *)&count);
    if ((bytes = JS_IsException(result) ? die(c, "uncaught") : run_jobs(c)))
      continue;
    result = JS_Call(c, flush, binding_object(), 0, 0);
    if (JS_IsException(result) && (bytes = die(c, "uncaught")))
      continue;
    i64 submit = 0;
    JS_ToInt64(c, &submit, result);
    recorder_note(head()->now, message_buffer + LIMIT_SUBMIT_OFFSET, (u64)submit, 0);
    i64 events = wait(c, (u64)number_in(c, port), (u64)submit, (u64)number_in(c, deadline));
    if (events < 0) {
      log_line("the wait failed with error %lld", (long long)events);
      exit_process(EXIT_EXCEPTION);
    }
    heap_restore();
    bytes = (u64)events;
    recorder_note(head()->now, (const u8 *)(head() + 1), bytes, 1);
    begin_turn(head()->now);
  }
}

// --- start
// ---------------------------------------------------------------------------------------------------------------
struct grant { // docs/abi.md, "START"
  u32 handle;
  u16 length;
  char name[];
} __attribute__((packed));

/// A handle among the grants, for what is needed before any bundle; 0: none. The first process has
/// numbers instead of names, of which it needs that of `log`.
static u32 find_grant(const struct start *start, const u8 *end, const char *name) {
  const u8 *p = (const u8 *)(start + 1);
  if (start->flags & START_FIRST)
    return strcmp(name, "log") == 0 && end - p >= 4 * FIRST_DEBUG_LOG + 8
               ? ((const u32 *)p)[1 + FIRST_DEBUG_LOG]
               : 0;
  u32 count = end - p < 4 ? 0 : *(const u32 *)p, size = (u32)strlen(name);
  for (p += 4; count > 0 && end - p >= 6; count--) {
    const struct grant *g = (const void *)p;
    p += 6 + g->length;
    if (p > end)
      return 0;
    if (g->length == size && memcmp(g->name, name, size) == 0)
      return g->handle;
  }
  return 0;
}

static JSContext *new_context(JSRuntime *runtime) {
  JSContext *c = JS_NewContextRaw(runtime);
  // no `eval`, no `Function` from text: bytecode is the only code
  if (!c || JS_AddIntrinsicBaseObjects(c) || JS_AddIntrinsicDate(c) || JS_AddIntrinsicRegExp(c) ||
      JS_AddIntrinsicJSON(c) || JS_AddIntrinsicProxy(c) || JS_AddIntrinsicMapSet(c) ||
      JS_AddIntrinsicTypedArrays(c) || JS_AddIntrinsicPromise(c) || JS_AddIntrinsicBigInt(c) ||
      JS_AddIntrinsicWeakRef(c))
    return 0;
  JS_AddIntrinsicRegExpCompiler(c);
  return c;
}

static JSContext *prepared;

void engine_prepare(void) {
  JSRuntime *runtime = prepared ? 0 : JS_NewRuntime();
  if (!runtime)
    return;
  JS_SetInterruptHandler(runtime, interrupt, 0);
  JS_SetHostPromiseRejectionTracker(runtime, rejection, 0);
  if ((prepared = new_context(runtime)))
    binding_install(prepared);
}

int engine_main(u8 *buffer) {
  message_buffer = buffer;
  const struct event *event = (const void *)(head() + 1);
  struct start *start = (void *)((u8 *)(event + 1) + (event->handles * 4 + 7) / 8 * 8);
  const u8 *end = (u8 *)start + event->length;
  if (event->type != EVENT_START || event->length < sizeof *start || start->version != 1)
    return EXIT_START;
  memcpy(process_name, start->name, 32);
  log_handle = find_grant(start, end, "log");
  if (start->stack_bytes < 2 * STACK_RESERVE || start->heap_limit < 1 << 20) {
    log_line("started with a stack of %u bytes and a heap of %u: too small", start->stack_bytes,
             start->heap_limit);
    return EXIT_START;
  }
  if (start->flags & START_SEEDED) {
    drbg_seed(start->seed, 32, (const u8 *)process_name, sizeof process_name);
    memset(start->seed, 0, 32);
  }
  heap_heir = find_grant(start, end, "remains");
  if (prepared) {
    u32 heap = find_grant(start, end, "heap");
    if (!heap_clone(heap)) {
      log_line("no memory for the heap; raise `budget` in the manifest");
      return EXIT_START;
    }
    call1(SYS_HANDLE_CLOSE, heap);
  }
  heap_begin(heap_limit = start->heap_limit);
  engine_prepare();
  JSContext *context = prepared;
  if (!context) {
    log_line("no memory for the engine");
    return EXIT_START;
  }
  recorder_begin(start->recorder, JS_GetRuntime(context));
  heap_restore();
  u64 fresh = __builtin_ia32_rdtsc();
  drbg_fill((u8 *)&fresh, sizeof fresh);
  engine_reseed(context, fresh);
  JS_UpdateStackTop(JS_GetRuntime(context));
  JS_SetMaxStackSize(JS_GetRuntime(context), start->stack_bytes - STACK_RESERVE);
  begin_turn((u64)call0(SYS_CLOCK));
  binding_begin(context, heap_limit);
  JSValue code =
      JS_ReadObject(context, (const u8 *)start->bundle, start->bundle_bytes, JS_READ_OBJ_BYTECODE);
  if (JS_IsException(code))
    die(context, "the bundle cannot be read");
  if (JS_IsException(JS_EvalFunction(context, code)))
    die(context, "uncaught while starting");
  heap_heir = 0;
  loop(context, head()->bytes);
}
