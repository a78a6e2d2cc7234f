// Interrupts, I/O ports, DMA and device memory; figures and the log.
#include "machine.h"

/// What the figures say, and the log.
void case_facts(u32 size) {
  machine_start(4000, 3);
  (void)size;
  const u8 *out = init->buffer + LIMIT_SCRATCH_OFFSET;
  check_equal(sys(init, SYS_SYSTEM_INFO, (u64)given[HANDLE_SYSTEM]), 0);
  check_equal(*(u64 *)(out + offsetof(struct system_info, total_pages)), 3999);
  check_equal(*(u64 *)(out + offsetof(struct system_info, free_pages)), frames_free_count());
  check_equal(*(u32 *)(out + offsetof(struct system_info, cpus)), 3);
  check_equal(*(u32 *)(out + offsetof(struct system_info, processes)), 1);
  advance(5000);
  check_equal(sys(init, SYS_SYSTEM_INFO, (u64)given[HANDLE_SYSTEM]), 0);
  check_equal(*(u64 *)(out + offsetof(struct system_info, cpu_busy) + 8 * init->cpu), 5000);
  check_equal(sys(init, SYS_CLOCK), 5000);
  check_equal(sys(init, SYS_PROCESS_INFO, 0ull), 0);
  check_equal(*(u32 *)(out + offsetof(struct process_info, state)), PROCESS_RUNNING);
  check_equal(*(u32 *)(out + offsetof(struct process_info, threads)), 1);
  check_equal(*(u32 *)(out + offsetof(struct process_info, handles)), FIRST_HANDLES);
  check(*(u64 *)(out + offsetof(struct process_info, budget_limit)) == root_budget->limit);
  check(!strcmp((const char *)out + offsetof(struct process_info, name), "init"));
  check_equal(sys(init, SYS_SYSTEM_CONTROL, (u64)given[HANDLE_SYSTEM], 99ull), ERROR_BAD_ARGUMENT);
  check_equal(sys(init, SYS_SYSTEM_CONTROL, (u64)given[HANDLE_LOG], 4ull), ERROR_WRONG_KIND);
  check_equal(sys(init, (u64)SYS_COUNT), ERROR_UNKNOWN_CALL);
  check_equal(sys(init, NEVER), ERROR_UNKNOWN_CALL);
  check_panics(sys(init, SYS_SYSTEM_CONTROL, (u64)given[HANDLE_SYSTEM], (u64)CONTROL_PANIC));
  // the log is a ring: what was overwritten is skipped
  quiet = true;
  log_line("%s %u %U %x %X", "text", 7u, 12345678901234ull, 0xabcdefull, 0x1full);
  check_equal(sys(init, SYS_LOG_READ, (u64)given[HANDLE_LOG], 0ull), 46);
  check(!memcmp(out, "text 7 12345678901234 abcdef 000000000000001f\n", 46));
  check_equal(init->second, 46);
  for (u32 i = 0; i < 9; i++) {
    memset(init->buffer, 'a' + (int)i, LIMIT_SCRATCH_BYTES);
    check_equal(sys(init, SYS_LOG_WRITE, (u64)given[HANDLE_LOG], 4096ull), 0);
  }
  check_equal(sys(init, SYS_LOG_WRITE, (u64)given[HANDLE_LOG], 4097ull), ERROR_TOO_LARGE);
  check_equal(sys(init, SYS_LOG_READ, (u64)given[HANDLE_LOG], 0ull), 4096);
  check_equal(init->second, 46 + 2 * 4096);
  check_equal(out[0], 'b');
  check_equal(sys(init, SYS_LOG_READ, (u64)given[HANDLE_LOG], 46 + 9 * 4096ull), 0);
  check_equal(sys(init, SYS_LOG_READ, (u64)given[HANDLE_LOG], NEVER), 0);
}

void case_interrupts(u32 size) {
  machine_start(4000, 2);
  (void)size;
  u64 before = free_pages();
  u32 process, port;
  struct thread *t = child(given[HANDLE_BUDGET], &process);
  s64 privilege = sys(init, SYS_HANDLE_DUPLICATE, (u64)given[HANDLE_INTERRUPTS], 4095ull, 0ull);
  privilege = sys(init, SYS_HANDLE_GIVE, (u64)process, (u64)privilege, 4095ull);
  s64 ports = sys(init, SYS_HANDLE_DUPLICATE, (u64)given[HANDLE_IO], 4095ull, 0ull);
  ports = sys(init, SYS_HANDLE_GIVE, (u64)process, (u64)ports, 4095ull);
  port = port_of(t);
  s64 line = sys(t, SYS_INTERRUPT_CREATE, (u64)privilege, 4ull);
  check(line > 0);
  check_equal(sys(t, SYS_INTERRUPT_CREATE, (u64)privilege, 4ull), ERROR_BUSY);
  check_equal(sys(t, SYS_INTERRUPT_CREATE, (u64)privilege, 99ull), ERROR_BAD_ARGUMENT);
  check_equal(sys(t, SYS_INTERRUPT_MESSAGE, (u64)line), ERROR_BAD_STATE);
  check_equal(sys(t, SYS_BIND, (u64)line, (u64)port, 1ull), 0);
  check_equal(sys(t, SYS_INTERRUPT_ACKNOWLEDGE, (u64)line), 0);
  check_equal(masked_lines[4], 0);
  sim_interrupt(4);
  check_equal(masked_lines[4], 1);
  sim_interrupt(4); // an edge meanwhile
  struct received e = event_of(t, port);
  check(e.type == EVENT_INTERRUPT && e.key == 1);
  check(no_event(t, port));
  check_equal(sys(t, SYS_INTERRUPT_ACKNOWLEDGE, (u64)line), 0);
  check_equal(event_of(t, port).type, EVENT_INTERRUPT); // told now
  check_equal(sys(t, SYS_INTERRUPT_ACKNOWLEDGE, (u64)line), 0);
  check_equal(masked_lines[4], 0);
  check(no_event(t, port));
  sim_interrupt(63); // nobody's
  s64 message = sys(t, SYS_INTERRUPT_CREATE, (u64)privilege, (u64)INTERRUPT_MSI);
  check_equal(sys(t, SYS_INTERRUPT_MESSAGE, (u64)message), 0xfee00000);
  // I/O ports do not overlap
  s64 com = sys(t, SYS_IO_PORTS_CREATE, (u64)ports, 0x2f8ull, 8ull);
  check(com > 0);
  check_equal(sys(t, SYS_IO_PORTS_CREATE, (u64)ports, 0x2ffull, 2ull), ERROR_BUSY);
  check_equal(sys(t, SYS_IO_PORTS_CREATE, (u64)ports, 0xffffull, 2ull), ERROR_BAD_ARGUMENT);
  check_equal(sys(t, SYS_IO_READ, (u64)com, 0x2ffull, 2ull), ERROR_BAD_ARGUMENT);
  check_equal(sys(t, SYS_IO_READ, (u64)com, 0x2f7ull, 1ull), ERROR_BAD_ARGUMENT);
  check_equal(sys(t, SYS_IO_READ, (u64)com, ~0ull, 1ull), ERROR_BAD_ARGUMENT);
  check_equal(io_reads, 0);
  check_equal(sys(t, SYS_IO_WRITE, (u64)com, 0x2f9ull, 1ull, 0x55ull), 0);
  check_equal(sys(t, SYS_IO_READ, (u64)com, 0x2f9ull, 1ull), 0x55);
  // the end masks and releases the line, and frees the range
  check_equal(sys(init, SYS_PROCESS_KILL, (u64)process, 1ull), 0);
  settle();
  check_equal(masked_lines[4], 1);
  s64 again = sys(init, SYS_INTERRUPT_CREATE, (u64)given[HANDLE_INTERRUPTS], 4ull);
  check(again > 0 && sys(init, SYS_HANDLE_CLOSE, (u64)again) == 0);
  again = sys(init, SYS_IO_PORTS_CREATE, (u64)given[HANDLE_IO], 0x2ffull, 2ull);
  check(again > 0 && sys(init, SYS_HANDLE_CLOSE, (u64)again) == 0);
  check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)process), 0);
  check_equal(free_pages(), before);
}

void case_quarantine(u32 size) {
  machine_start(4000, 2);
  (void)size;
  u64 before = free_pages(), used = root_budget->used;
  u32 process, budget = budget_of(100 * PAGE);
  struct thread *t = child(budget, &process);
  s64 privilege = sys(init, SYS_HANDLE_DUPLICATE, (u64)given[HANDLE_DMA], 4095ull, 0x18ull);
  check_equal(sys(init, SYS_DMA_CREATE, (u64)given[HANDLE_DMA], 4096ull), ERROR_BAD_ARGUMENT);
  privilege = sys(init, SYS_HANDLE_GIVE, (u64)process, (u64)privilege, 4095ull);
  s64 ring = sys(t, SYS_DMA_CREATE, (u64)privilege, 20000ull);
  check(ring > 0);
  check_equal(sys(t, SYS_MEMORY_INFO, (u64)ring), 5 * PAGE);
  u64 bus = t->second;
  check(bus && bus % PAGE == 0);
  check(sys(t, SYS_MEMORY_MAP, 0ull, (u64)ring, 0ull, 0ull, 5ull * PAGE, 3ull) > 0);
  check_equal(sys(t, SYS_DMA_RELEASE, (u64)privilege, 0x18ull), ERROR_NO_RIGHT);
  check_equal(sys(t, SYS_DMA_CREATE, (u64)privilege, 100ull * PAGE), ERROR_BUDGET_EMPTY);
  check_equal(sys(init, SYS_PROCESS_KILL, (u64)process, 1ull), 0);
  settle();
  check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)process), 0);
  check_equal(sys(init, SYS_BUDGET_INFO, (u64)budget), 100 * PAGE);
  check_equal(init->second, 0); // the root budget pays now
  check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)budget), 0);
  check_equal(quarantined_pages, 5);
  settle();
  check(root_budget->used >= used + 5 * PAGE);
  check_equal(sys(init, SYS_DMA_RELEASE, (u64)given[HANDLE_DMA], 0x19ull), 0);
  check_equal(quarantined_pages, 5);
  check_equal(sys(init, SYS_DMA_RELEASE, (u64)given[HANDLE_DMA], 0x18ull), 5);
  check_equal(sys(init, SYS_DMA_RELEASE, (u64)given[HANDLE_DMA], 0x18ull), 0);
  check_equal(quarantined_pages, 0);
  check_equal(free_pages(), before);
  check_equal(root_budget->used, used);
  // device memory: mapped as it is, never over the allocator's
  check_equal(
      sys(init, SYS_DEVICE_MEMORY_CREATE, (u64)given[HANDLE_DEVICES], 4096ull, 4096ull, 0ull),
      ERROR_BAD_ARGUMENT);
  s64 device =
      sys(init, SYS_DEVICE_MEMORY_CREATE, (u64)given[HANDLE_DEVICES], 0xfe000000ull, 8192ull, 0ull);
  s64 at = sys(init, SYS_MEMORY_MAP, 0ull, (u64)device, 0ull, 4096ull, 4096ull, 3ull);
  check_equal((u64)sim_translate(sim_id(init), (double)at, 3), 0xfe001000);
  check_equal(sys(init, SYS_MEMORY_CLONE, (u64)device, 0ull, 0ull, 4096ull), ERROR_BAD_ARGUMENT);
  check_equal(sys(init, SYS_MEMORY_UNMAP, 0ull, (u64)at), 0);
  check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)device), 0);
}
