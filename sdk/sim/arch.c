// A processor made of nothing: frames are a pool, page tables are tables that nobody walks but
// sim_translate, time is what the driver says. Invariant: charges for page tables are those of
// x86_64, since the tables have the same shape.
#include "arch.h"
#include <string.h>

enum { PRESENT = 1, TABLES_A_SLICE = 8, THREADS = 4096, LINES = 64 };
enum { DEVICES_FROM = 0x40000000 }; // physical addresses from here on are devices
struct sim_registers {
  u32 id;
  u64 value[4];
};

static u8 *pool;
static u64 now, clock_now;
static unsigned cpu, cpus;
static struct thread *current[LIMIT_CPUS], *first;
static struct process *first_before; // that has ended
static struct {
  struct thread *thread;
  u32 generation;
} threads[THREADS];
static bool kicked[LIMIT_CPUS], serial_taken;
static u8 scratch[65536];
static struct sim_area area;

void *arch_frame_address(frame f) { return pool + (size_t)f * PAGE; }
u64 arch_now(void) { return now; }
u64 arch_clock(u64 now __attribute__((unused))) { return clock_now; }
unsigned arch_cpu(void) { return cpu; }
unsigned arch_cpus(void) { return cpus; }

static unsigned slot_of(u64 address, unsigned level) { return address >> (12 + 9 * level) & 511; }
static u64 *table_at(u64 entry) { return arch_frame_address((frame)(entry >> 12)); }

static frame table_new(struct process *p) {
  frame f = charged_frame(p->budget, 0);
  if (f)
    memset(arch_frame_address(f), 0, PAGE);
  return f;
}

static u64 *entry_at(const struct process *owner, u64 address, struct process *payer) {
  u64 *t = arch_frame_address(owner->space);
  for (unsigned l = 3; l; l--) {
    u64 *e = &t[slot_of(address, l)];
    if (!*e) {
      frame f = payer ? table_new(payer) : 0;
      if (!f)
        return 0;
      *e = (u64)f << 12 | PRESENT;
    }
    t = table_at(*e);
  }
  return &t[slot_of(address, 0)];
}

frame arch_space_create(struct process *p) { return table_new(p); }

/// Frees tables below the entries of one table, lowest level first, until `left` runs out.
static bool tables_free(struct process *p, u64 *t, unsigned level, unsigned *left) {
  for (unsigned i = 0; i < 512; i++) {
    if (!t[i])
      continue;
    if (level > 1 && !tables_free(p, table_at(t[i]), level - 1, left))
      return false;
    if (!*left)
      return false;
    charged_frame_free(p->budget, (frame)(t[i] >> 12), 0);
    t[i] = 0;
    --*left;
  }
  return true;
}

bool arch_space_destroy(struct process *p) {
  unsigned left = TABLES_A_SLICE;
  if (!tables_free(p, arch_frame_address(p->space), 3, &left))
    return false;
  charged_frame_free(p->budget, p->space, 0);
  p->space = 0;
  return true;
}

int arch_map(struct process *p, u64 address, frame f, unsigned protection, unsigned cache) {
  require(address >= ADDRESS_USER_BASE && address < ADDRESS_USER_END && address % PAGE == 0);
  require(!(protection & PROTECT_WRITE && protection & PROTECT_EXECUTE));
  u64 *e = entry_at(p, address, p);
  if (!e)
    return failure;
  *e = (u64)f << 12 | PRESENT | protection << 1 | cache << 4;
  return 0;
}

void arch_unmap(struct process *p, u64 address) {
  u64 *e = entry_at(p, address, 0);
  if (e)
    *e = 0;
}

void arch_flush(struct process *p) { (void)p; }

size_t arch_thread_bytes(void) { return sizeof(struct sim_registers); }

void arch_thread_start(struct thread *t, u64 entry, u64 stack, u64 one, u64 two) {
  struct sim_registers *r = t->registers;
  u32 i = 1;
  while (i < THREADS && threads[i].thread)
    i++;
  require(i < THREADS);
  threads[i].thread = t;
  r->id = i | threads[i].generation << 12;
  memcpy(r->value, (u64[]){entry, stack, one, two}, sizeof r->value);
}

void arch_thread_ended(struct thread *t) {
  u32 i = sim_id(t) % THREADS;
  if (!i || threads[i].thread != t)
    return;
  threads[i].thread = 0;
  threads[i].generation = (threads[i].generation + 1) & 0x7ffff;
}

u32 sim_id(const struct thread *t) { return ((const struct sim_registers *)t->registers)->id; }

struct thread *sim_thread(u32 id) {
  u32 i = id % THREADS;
  return threads[i].generation == id / THREADS ? threads[i].thread : 0;
}

void arch_kick(unsigned n) {
  kicked[n] = true;
  hook_kick(n);
}
void arch_power_off(void) { hook_power_off(); }
void arch_reboot(void) { hook_reboot(); }
_Noreturn void panic_at(const char *file, int line, const char *reason) {
  hook_panic(file, (u32)line, reason);
}

bool arch_interrupt_exists(u32 line) { return line < LINES; }
void arch_interrupt_mask(int line, bool for_good) {
  (void)for_good;
  hook_interrupt_mask((u32)line, 1);
}
void arch_interrupt_unmask(int line) { hook_interrupt_mask((u32)line, 0); }
s64 arch_interrupt_message(int line, u64 *data) {
  *data = (u64)line;
  return 0xfee00000;
}

u32 arch_io_read(u16 port, unsigned width) { return hook_io_read(port, width); }
void arch_io_write(u16 port, unsigned width, u32 value) { hook_io_write(port, width, value); }
bool arch_device_range(u64 physical, u64 bytes) {
  return physical >= DEVICES_FROM && bytes <= (1ull << 44) - physical;
}
void arch_debug_write(const char *text, size_t bytes) {
  if (!serial_taken)
    hook_debug_write(text, (u32)bytes);
}
void arch_serial_taken(bool by_process) { serial_taken = by_process; }

// --- the driver's side
static u64 whole(double n) { return n < 18446744073709551616.0 ? (u64)n : NEVER; }

struct sim_area *sim_area(void) {
  return &area;
}
u8 *sim_scratch(void) { return scratch; }

u8 *sim_init(u32 pages, u32 reserved, u32 count) {
  u32 metadata = (u32)((frames_metadata(pages) + PAGE - 1) / PAGE);
  pool = sim_memory((size_t)(pages + reserved + metadata) * PAGE);
  if (!pool || !pages || !count || count > LIMIT_CPUS)
    return 0;
  cpus = count;
  frames_init(pool + (size_t)(pages + reserved) * PAGE, 0, pages);
  frames_release(0, pages);
  return pool;
}

void sim_set_time(double time, double clock) {
  now = whole(time);
  clock_now = whole(clock);
}
void sim_set_seeded(u32 seeded) { hardware_seed = seeded; }
double sim_first_deadline(void) { return (double)deadlines_first(); }
void sim_deadlines(void) {
  while (deadlines_first() <= now)
    deadlines_run(now);
}
u32 sim_reap(void) { return reap_slice(); }
void sim_interrupt(u32 line) { interrupt_arrived((int)line); }
u32 sim_free_pages(void) {
  slab_reclaim();
  return (u32)frames_free_count();
}
u32 sim_slab_pages(void) { return (u32)slab_pages(); }

void arch_first(struct process *ended) {
  first_before = ended;
  hook_first();
}

u32 sim_first(u32 weight) {
  if (!first_before)
    budget_root(frames_free_count() * PAGE);
  struct process *p = process_create(root_budget, root_budget, weight, "init");
  first = p ? thread_create(p) : 0;
  if (!first)
    return 0;
  if (first_before)
    vault_exchange(p, first_before);
  first_process = p;
  arch_thread_start(first, 0, 0, 0, 0);
  return sim_id(first);
}

static u32 give(struct object *o, u32 rights) {
  object_hold_handle(o);
  return vault_insert(first->process->vault, o, (u16)rights, 0);
}
u32 sim_give_budget(u32 rights) { return give(&root_budget->object, rights); }
u32 sim_give_privilege(u32 kind, u32 rights) { return give(object_create(kind, 0, 0), rights); }
u32 sim_give_memory(u32 first_frame, u32 bytes, u32 rights) {
  bytes = (bytes + PAGE - 1) & ~(u32)(PAGE - 1);
  return give(&memory_over(first_frame, bytes)->object, rights);
}

u32 sim_start(u32 id, double entry, double stack, const u8 *payload, u32 length) {
  struct thread *t = sim_thread(id);
  struct sim_registers *r = t->registers;
  start_event(t, &(struct message){.payload = (u8 *)payload, .length = length});
  memcpy(r->value, (u64[]){whole(entry), whole(stack), t->buffer_address, whole(stack)},
         sizeof r->value);
  thread_begin(t);
  return 1;
}

void sim_on_cpu(u32 n) { cpu = n; }
void sim_leave(u32 n) {
  current[n] = 0;
  sched_leave(n);
}
u32 sim_pick(u32 n) {
  cpu = n;
  kicked[n] = false;
  current[n] = sched_pick(n, current[n]);
  return current[n] ? sim_id(current[n]) : 0;
}
double sim_quantum_end(u32 n) { return (double)sched_quantum_end(n); }
u32 sim_kicked(u32 n) { return kicked[n] || (current[n] && current[n]->kicked); }

void sim_results(u32 id) {
  struct thread *t = sim_thread(id);
  area.result = t ? t->result : ERROR_BAD_STATE;
  area.second = t ? t->second : 0;
}

u32 sim_syscall(u32 id, u32 number) {
  struct thread *t = sim_thread(id);
  u64 argument[6];
  if (!t)
    return SIM_ENDED;
  memcpy(argument, area.argument, sizeof argument);
  if (number != SYS_SUBMIT_WAIT || !direct_switch(t, argument))
    while (syscall_run(t, number, argument) == RESTART)
      ;
  sim_results(id);
  bool ended = t->state == THREAD_ENDED || t->process->state >= PROCESS_ENDING;
  if (!ended && t->state == THREAD_RUNNING)
    return SIM_RETURNED;
  if (!ended && current[t->cpu] != t)
    return SIM_RETURNED; // the first thread, not begun: the driver makes calls in its name
  require(current[t->cpu] == t);
  sim_leave(t->cpu);
  return ended ? SIM_ENDED : SIM_WAITING;
}

u32 sim_state(u32 id) {
  struct thread *t = sim_thread(id);
  return !t || t->process->state >= PROCESS_ENDING ? THREAD_ENDED : t->state;
}
u32 sim_process(u32 id) {
  struct thread *t = sim_thread(id);
  return t ? t->process->id : 0;
}
u8 *sim_buffer(u32 id) {
  struct thread *t = sim_thread(id);
  return t ? t->buffer : 0;
}
double sim_register(u32 id, u32 index) {
  struct thread *t = sim_thread(id);
  return t ? (double)((struct sim_registers *)t->registers)->value[index & 3] : 0;
}

double sim_translate(u32 id, double address, u32 access) {
  struct thread *t = sim_thread(id);
  u64 at = whole(address);
  u64 *e = t && t->process->space && at < ADDRESS_USER_END ? entry_at(t->process, at, 0) : 0;
  if (e && *e && access & ~(*e >> 1) & PROTECT_WRITE)
    region_write(t->process, at);
  if (!e || !*e || (access & ~(*e >> 1)) & 7)
    return -1;
  return (double)((*e >> 12) * PAGE + at % PAGE);
}

void sim_fault(u32 id, u32 vector, u32 error, double address) {
  struct thread *t = sim_thread(id);
  struct exit_report fault = {.vector = vector, .error = error, .address = whole(address)};
  if (t)
    thread_fault(t, &fault);
}
