// The cases without messages: memory, processes and their faults, interrupts.
#include "system.h"
#include <string.h>

static void map_touch(u32 memory, u64 bytes) {
  u64 at = CALL(SYS_MEMORY_MAP, 0, memory, 0, 0, bytes, PROTECT_READ | PROTECT_WRITE);
  for (u64 i = 0; i < bytes; i += LIMIT_PAGE_BYTES)
    ((volatile u8 *)at)[i] = 1;
  CALL(SYS_MEMORY_UNMAP, 0, at, 0, 0, 0, 0);
}

static void new_map_touch(u64 bytes) {
  u32 memory = (u32)CALL(SYS_MEMORY_CREATE, bytes, 0, 0, 0, 0, 0);
  map_touch(memory, bytes);
  CALL(SYS_HANDLE_CLOSE, memory, 0, 0, 0, 0, 0);
}

/// What a clone costs, alone and with a write to each of its pages.
static void clone(u32 from, u64 bytes, bool write) {
  u32 memory = (u32)CALL(SYS_MEMORY_CLONE, from, 0, bytes, bytes, 0, 0);
  if (write)
    map_touch(memory, bytes);
  CALL(SYS_HANDLE_CLOSE, memory, 0, 0, 0, 0, 0);
}

/// The first write to each page of a clone that shares it.
static void first_writes(u32 from, u32 pages) {
  u64 bytes = pages * LIMIT_PAGE_BYTES;
  u32 memory = (u32)CALL(SYS_MEMORY_CLONE, from, 0, bytes, bytes, 0, 0);
  u64 at = CALL(SYS_MEMORY_MAP, 0, memory, 0, 0, bytes, PROTECT_READ | PROTECT_WRITE);
  for (u32 i = 0; i < pages; i++) {
    u64 start = counter();
    ((volatile u8 *)at)[i * LIMIT_PAGE_BYTES] = 1;
    samples[i] = counter() - start;
  }
  report("share.write", pages);
  CALL(SYS_MEMORY_UNMAP, 0, at, 0, 0, 0, 0);
  CALL(SYS_HANDLE_CLOSE, memory, 0, 0, 0, 0, 0);
}

static void clone_cases(void) {
  enum { PAGES = 64, BYTES = PAGES * LIMIT_PAGE_BYTES };
  u32 memory = (u32)CALL(SYS_MEMORY_CREATE, BYTES, 0, 0, 0, 0, 0);
  MEASURE("copy.64", 51, clone(memory, BYTES, false));
  MEASURE("copy.64.written", 51, clone(memory, BYTES, true));
  u32 sealed = (u32)CALL(SYS_MEMORY_SEAL, memory, 0, 0, 0, 0, 0);
  MEASURE("share.64", 51, clone(sealed, BYTES, false));
  MEASURE("share.64.written", 51, clone(sealed, BYTES, true));
  first_writes(sealed, PAGES);
  CALL(SYS_HANDLE_CLOSE, sealed, 0, 0, 0, 0, 0);
  CALL(SYS_HANDLE_CLOSE, memory, 0, 0, 0, 0, 0);
}

void memory_cases(void) {
  u32 page = (u32)CALL(SYS_MEMORY_CREATE, LIMIT_PAGE_BYTES, 0, 0, 0, 0, 0);
  MEASURE("map.1", 301, map_touch(page, LIMIT_PAGE_BYTES));
  MEASURE("memory.1", 301, new_map_touch(LIMIT_PAGE_BYTES));
  MEASURE("memory.64", 101, new_map_touch(64 * LIMIT_PAGE_BYTES));
  clone_cases();
}

/// Makes a process, waits for its end; from its start, or from what it wrote into the page last.
static void life(u32 port, u32 role, u32 page) {
  u32 process = spawn("case", &(struct task){.role = role}, 0, 0, page);
  CALL(SYS_BIND, process, port, 1, 0, 0, 0);
  wait_end(process, port);
}

void process_cases(void) {
  u32 port = (u32)CALL(SYS_PORT_CREATE, 0, 0, 0, 0, 0, 0);
  u32 page = (u32)CALL(SYS_MEMORY_CREATE, LIMIT_PAGE_BYTES, 0, 0, 0, 0, 0);
  volatile u64 *at =
      (u64 *)CALL(SYS_MEMORY_MAP, 0, page, 0, 0, LIMIT_PAGE_BYTES, PROTECT_READ | PROTECT_WRITE);
  MEASURE("process", 101, life(port, ROLE_EXIT, 0));
  for (u32 i = 0; i < 101; i++) {
    life(port, ROLE_FAULT, page);
    samples[i] = counter() - *at;
  }
  report("fault", 101);
}

/// From the write that makes COM1 say that it can send, to the thread that waits for its interrupt.
/// Nothing else writes there meanwhile.
void interrupt_case(u32 ports_privilege, u32 interrupt_privilege) {
  enum { COM1 = 0x3f8, COUNT = 8, ENABLE = COM1 + 1, CAN_SEND = 2, LINE = 4 }; // 16550 data sheet
  u32 ports = (u32)CALL(SYS_IO_PORTS_CREATE, ports_privilege, COM1, COUNT, 0, 0, 0);
  u32 interrupt = (u32)CALL(SYS_INTERRUPT_CREATE, interrupt_privilege, LINE, 0, 0, 0, 0);
  u32 port = port_for(interrupt);
  for (u32 i = 0; i < 101; i++) {
    CALL(SYS_INTERRUPT_ACKNOWLEDGE, interrupt, 0, 0, 0, 0, 0);
    u64 from = counter();
    CALL(SYS_IO_WRITE, ports, ENABLE, 1, CAN_SEND, 0, 0);
    submit_wait(port, 0, NEVER);
    samples[i] = counter() - from;
    must(__FILE__, __LINE__, event_area(buffer)->type == EVENT_INTERRUPT ? 0 : -96);
    CALL(SYS_IO_WRITE, ports, ENABLE, 1, 0, 0, 0);
  }
  CALL(SYS_HANDLE_CLOSE, interrupt, 0, 0, 0, 0, 0);
  CALL(SYS_HANDLE_CLOSE, ports, 0, 0, 0, 0, 0);
  report("interrupt", 101);
}
