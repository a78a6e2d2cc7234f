// The cases without messages: memory, processes and their faults.
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

void memory_cases(void) {
  u32 page = (u32)CALL(SYS_MEMORY_CREATE, LIMIT_PAGE_BYTES, 0, 0, 0, 0, 0);
  MEASURE("map.1", 301, map_touch(page, LIMIT_PAGE_BYTES));
  MEASURE("memory.1", 301, new_map_touch(LIMIT_PAGE_BYTES));
  MEASURE("memory.64", 101, new_map_touch(64 * LIMIT_PAGE_BYTES));
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
