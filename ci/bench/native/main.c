// A native program in the engine's place: as the first process it runs the cases one after the
// other, as a child it is what its START says. Lines `bench NAME MEDIAN LEAST` (time stamp counts)
// go to the log.
#include "system.h"
#include <string.h>

static struct task work;
static u32 work_handles[3];

static void run_role(u8 *b) {
  if (work.role == ROLE_ECHO)
    echo(b, work_handles[0]);
  else
    client(&work, work_handles[0], work_handles[2]);
}

/// On the processor that it is pinned to.
static _Noreturn void pinned(u8 *b) {
  u64 second;
  buffer = b;
  run_role(b);
  for (;;)
    system_call(SYS_PROCESS_EXIT, 0, 0, 0, 0, 0, 0, &second);
}

static void child(const struct event *e) {
  u32 head = (e->handles * 4u + 7) & ~7u;
  memcpy(&work, body_of(e) + head, sizeof work);
  memcpy(work_handles, body_of(e), e->handles * 4u);
  if (e->handles > 1)
    log_begin(work_handles[1]);
  if (work.role == ROLE_FAULT) {
    *(volatile u64 *)work.page = counter();
    __builtin_trap();
  }
  if (work.role == ROLE_EXIT)
    return;
  while (work.role == ROLE_HOG)
    __asm__ volatile("");
  if (!work.pin)
    return run_role(buffer);
  static u8 stack[8192] __attribute__((aligned(16)));
  CALL(SYS_THREAD_CREATE, (u64)pinned, (u64)(stack + sizeof stack - 8), 0, work.pin, 0, 0);
  submit_wait((u32)CALL(SYS_PORT_CREATE, 0, 0, 0, 0, 0, 0), 0, NEVER);
}

/// A server and a client, each a process, joined by a channel with a badge on the client's end.
static void pair(u32 log, bool across) {
  u64 other;
  u32 port = (u32)CALL(SYS_PORT_CREATE, 0, 0, 0, 0, 0, 0);
  u32 mine =
      (u32)must(__FILE__, __LINE__, system_call(SYS_CHANNEL_CREATE, 0, 0, 0, 0, 0, 0, &other));
  u32 badged = (u32)CALL(SYS_HANDLE_DUPLICATE, mine, RIGHT_ALL, 7, 0, 0, 0);
  CALL(SYS_HANDLE_CLOSE, mine, 0, 0, 0, 0, 0);
  u32 property = (u32)CALL(SYS_MEMORY_CREATE, LIMIT_PAGE_BYTES, 0, 0, 0, 0, 0);
  u32 own_log = (u32)CALL(SYS_HANDLE_DUPLICATE, log, RIGHT_ALL, 0, 0, 0, 0);
  u32 server = spawn("server", &(struct task){.role = ROLE_ECHO, .pin = across ? 2 : 0},
                     (u32[]){(u32)other}, 1, 0);
  u32 process =
      spawn("client", &(struct task){.role = ROLE_CLIENT, .pin = across ? 1 : 0, .across = across},
            (u32[]){badged, own_log, property}, 3, 0);
  CALL(SYS_BIND, process, port, 1, 0, 0, 0);
  submit_wait(port, 0, NEVER);
  s32 code = event_area(buffer)->status;
  if (code) {
    samples[0] = (u64)code;
    report("client-ended-with", 1);
  }
  CALL(SYS_BIND, server, port, 1, 0, 0, 0);
  wait_end(server, port);
}

static void first_process(const u8 *payload) {
  u32 handles[256];
  memcpy(handles, payload + sizeof(struct start), 4);
  memcpy(handles + 1, payload + sizeof(struct start) + 4, handles[0] * 4);
  u32 log = handles[1 + FIRST_DEBUG_LOG];
  log_begin(log);
  program_begin(handles);
  const u8 *platform = (const u8 *)CALL(SYS_MEMORY_MAP, 0, handles[1 + FIRST_PLATFORM], 0, 0,
                                        LIMIT_PAGE_BYTES, PROTECT_READ);
  memcpy(&samples[0], platform + offsetof(struct platform, tsc_khz), 8);
  report("khz", 1);
  u32 cpus;
  memcpy(&cpus, platform + offsetof(struct platform, cpus), 4);
  if (!memcmp(platform + offsetof(struct platform, options), "cases=sched", 11)) {
    u64 khz;
    memcpy(&khz, platform + offsetof(struct platform, tsc_khz), 8);
    sched_cases(cpus, khz);
  } else {
    pair(log, cpus > 1);
    if (cpus == 1) {
      memory_cases();
      process_cases();
      interrupt_case(handles[1 + FIRST_IO_PORTS], handles[1 + FIRST_INTERRUPTS]);
    }
  }
  write_text("bench-end\n", 10);
  submit_wait((u32)CALL(SYS_PORT_CREATE, 0, 0, 0, 0, 0, 0), 0, NEVER);
}

__attribute__((used)) void program(u8 *b) {
  u64 second;
  buffer = b;
  const struct event *e = event_area(b);
  const u8 *payload = body_of(e) + ((e->handles * 4u + 7) & ~7u);
  u32 flags;
  memcpy(&flags, payload + offsetof(struct start, flags), 4);
  u32 version;
  memcpy(&version, payload, 4);
  if (version == 1)
    first_process(payload);
  else
    child(e);
  system_call(SYS_PROCESS_EXIT, 0, 0, 0, 0, 0, 0, &second);
}

__asm__(
    ".section .text.start,\"ax\"\n.globl engine_start\nengine_start: call program\n ud2\n.text");
