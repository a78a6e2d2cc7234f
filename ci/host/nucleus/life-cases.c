// Kills at any moment, fairness of the scheduler, and system calls made of noise: whatever happens,
// the nucleus stands and all memory comes back.
#include "machine.h"

static u64 wide(void) { return (u64)random_below(~0u) << 32 | random_below(~0u); }

/// A number that an argument could well be.
static u64 argument(struct thread *t) {
  static const u64 odd[] = {0,
                            1,
                            2,
                            4,
                            8,
                            64,
                            100,
                            4095,
                            PAGE,
                            2 * PAGE,
                            4097,
                            1 << 20,
                            0x10000000,
                            0xfe000000,
                            0xffff,
                            0x100000000,
                            NEVER,
                            NEVER - 1,
                            0x7fffffffffffffffull,
                            ADDRESS_SHARED,
                            ADDRESS_BUFFERS,
                            ADDRESS_USER_END};
  switch (random_below(8)) {
  case 0:
    return odd[random_below(sizeof odd / sizeof *odd)];
  case 1:
    return random_below(32);
  case 2:
    return test_now + random_below(100000);
  case 3:
    return wide() >> random_below(64);
  default: {
    u32 index = random_below(vault_count(t->process->vault) + 2);
    struct slot *s = vault_at(t->process->vault, &index);
    return index | (s ? s->generation : 1) << LIMIT_HANDLE_INDEX_BITS;
  }
  }
}

/// A handle of the kind, 0 when the first few hundred slots have none.
static u32 of_kind(struct thread *t, u32 kind) {
  for (u32 i = 0, from = random_below(64); i < 300; i++) {
    u32 index = (from + i) % 300;
    struct slot *s = vault_at(t->process->vault, &index);
    if (s && s->object->kind == kind)
      return index | s->generation << LIMIT_HANDLE_INDEX_BITS;
  }
  return 0;
}

/// What the first two arguments name, where they are handles; argument() makes all others.
static const u8 kinds[SYS_COUNT][2] = {
    [SYS_SUBMIT_WAIT] = {KIND_PORT},
    [SYS_HANDLE_GIVE] = {KIND_PROCESS},
    [SYS_BIND] = {KIND_ENDPOINT, KIND_PORT},
    [SYS_TIMER_SET] = {KIND_TIMER},
    [SYS_MEMORY_CLONE] = {KIND_MEMORY},
    [SYS_MEMORY_MAP] = {KIND_PROCESS, KIND_MEMORY},
    [SYS_MEMORY_UNMAP] = {KIND_PROCESS},
    [SYS_MEMORY_INFO] = {KIND_MEMORY},
    [SYS_PROCESS_CREATE] = {KIND_PROCESS_FACTORY, KIND_BUDGET},
    [SYS_PROCESS_START] = {KIND_PROCESS},
    [SYS_PROCESS_KILL] = {KIND_PROCESS},
    [SYS_PROCESS_INFO] = {KIND_PROCESS},
    [SYS_BUDGET_CREATE] = {KIND_BUDGET},
    [SYS_BUDGET_INFO] = {KIND_BUDGET},
    [SYS_INTERRUPT_CREATE] = {KIND_INTERRUPT_PRIVILEGE},
    [SYS_INTERRUPT_ACKNOWLEDGE] = {KIND_INTERRUPT},
    [SYS_INTERRUPT_MESSAGE] = {KIND_INTERRUPT},
    [SYS_IO_PORTS_CREATE] = {KIND_IO_PORT_PRIVILEGE},
    [SYS_IO_READ] = {KIND_IO_PORTS},
    [SYS_IO_WRITE] = {KIND_IO_PORTS},
    [SYS_DEVICE_MEMORY_CREATE] = {KIND_DEVICE_MEMORY_PRIVILEGE},
    [SYS_DMA_CREATE] = {KIND_DMA_PRIVILEGE},
    [SYS_LOG_WRITE] = {KIND_DEBUG_LOG},
    [SYS_LOG_READ] = {KIND_DEBUG_LOG},
    [SYS_SYSTEM_INFO] = {KIND_SYSTEM},
    [SYS_DELEGATE] = {KIND_MEMORY},
    [SYS_MEMORY_SEAL] = {KIND_MEMORY, KIND_SYSTEM},
};

static u32 noise_entries(struct thread *t) {
  u32 at = 0;
  for (u32 n = random_below(6); n; n--) {
    static char text[4200];
    struct entry e = {.operation = (u16)(1 + random_below(random_below(8) ? 5 : 9)),
                      .handle = (u32)argument(t),
                      .port = random_below(8) ? of_kind(t, KIND_PORT) : (u32)argument(t),
                      .cookie = random_below(4),
                      .deadline = random_below(3) ? 0 : test_now + random_below(50000),
                      .handles = random_below(3) ? 0 : random_below(4)};
    if (random_below(8))
      e.handle = of_kind(t, e.operation == OP_REPLY ? KIND_REPLY : KIND_ENDPOINT);
    for (u32 i = 0; i < e.handles; i++) {
      e.handle_number[i] = (u32)argument(t);
      e.handle_rights[i] = random_below(2) ? RIGHT_ALL : random_below(0x20000);
    }
    u32 length = random_below(8) ? random_below(60) : random_below(4150);
    memset(text, 'a', length);
    text[length] = 0;
    e.text = text;
    if (at + 4300 > LIMIT_SUBMIT_BYTES)
      break;
    at = entry_put(t, at, &e);
  }
  if (!random_below(16)) // and noise in the lengths
    t->buffer[LIMIT_SUBMIT_OFFSET + random_below(at + 8) / 8 * 8] = (u8)random_below(256);
  return random_below(16) ? at : random_below(LIMIT_SUBMIT_BYTES + 100);
}

/// Calls made, and those of each kind that came back without an error.
static u32 made, good[SYS_COUNT];

/// Reads or writes a page of one of its regions, which may show pages of a clone.
static void noise_access(struct thread *t) {
  const struct process *p = t->process;
  for (struct list *l = p->regions.next; l != &p->regions; l = l->next) {
    const struct region *r = container_of(l, struct region, link);
    u64 at = r->address + random_below((u32)(r->bytes / PAGE)) * (u64)PAGE;
    if (random_below(2))
      continue;
    sim_translate(sim_id(t), (double)at, random_below(4) ? PROTECT_WRITE : PROTECT_READ);
    return;
  }
}

/// One random call of a thread that runs. It may leave waiting, or be gone.
static void noise_call(struct thread *t, bool exits) {
  u64 a[6], number = random_below(3) ? random_below(SYS_COUNT) : SYS_SUBMIT_WAIT;
  if (!exits &&
      (number == SYS_PROCESS_EXIT || number == SYS_THREAD_EXIT || number == SYS_PROCESS_KILL))
    return;
  if (number == SYS_SYSTEM_CONTROL)
    return;
  for (unsigned i = 0; i < 6; i++)
    a[i] =
        i < 2 && kinds[number][i] && random_below(8) ? of_kind(t, kinds[number][i]) : argument(t);
  if (number == SYS_SUBMIT_WAIT || number == SYS_PROCESS_START)
    a[number == SYS_SUBMIT_WAIT ? 1 : 3] = noise_entries(t);
  if (number == SYS_SUBMIT_WAIT && random_below(2))
    a[2] = random_below(2) ? 0 : test_now + random_below(20000);
  bool likely = random_below(2);
  if (likely && number == SYS_MEMORY_CREATE)
    a[0] = (u64)PAGE << random_below(9), a[1] = random_below(2);
  if (likely && number == SYS_MEMORY_CLONE)
    a[1] = random_below(3) * PAGE, a[2] = random_below(3 * PAGE), a[3] = a[2] + random_below(99999);
  if (likely && number == SYS_MEMORY_MAP) {
    a[0] = random_below(4) ? 0 : a[0];
    a[2] = random_below(2) ? 0 : 0x10000ull * (1 + random_below(1000));
    a[3] = random_below(3) * PAGE;
    a[4] = (1ull + random_below(random_below(4) ? 3 : 100)) * PAGE;
    a[5] = random_below(2) ? PROTECT_READ : PROTECT_READ | PROTECT_WRITE;
  }
  if (number == SYS_MEMORY_UNMAP && !list_empty(&t->process->regions) && likely)
    a[0] = 0, a[1] = container_of(t->process->regions.next, struct region, link)->address;
  if (likely && (number == SYS_DEVICE_MEMORY_CREATE || number == SYS_DMA_CREATE)) {
    a[number == SYS_DMA_CREATE ? 1 : 2] = PAGE * (1 + random_below(5));
    a[3] = random_below(2);
    if (number == SYS_DEVICE_MEMORY_CREATE)
      a[1] = 0xfe000000;
  }
  if (number == SYS_PROCESS_CREATE)
    a[3] = random_below(40);
  if (number == SYS_BIND && random_below(2))
    a[0] = argument(t);
  if (number == SYS_INTERRUPT_CREATE && likely)
    a[1] = INTERRUPT_MSI;
  if (number == SYS_IO_PORTS_CREATE && random_below(2))
    a[1] = random_below(200), a[2] = 1 + random_below(4);
  const struct io_ports *ports = checked(t, a[0], KIND_IO_PORTS, 0);
  if ((number == SYS_IO_READ || number == SYS_IO_WRITE) && ports && random_below(4))
    a[1] = ports->base + random_below(4), a[2] = 1u << random_below(3);
  sim_on_cpu(t->cpu);
  s64 result = RESTART;
  for (u32 n = 1 + random_below(40); n && result == RESTART; n--)
    result = number == SYS_SUBMIT_WAIT && direct_switch(t, a)
                 ? WAITING
                 : syscall_run(t, number, a); // a thread may be killed between two slices
  made++;
  good[number] += result >= 0 || result == WAITING;
  if (number == SYS_CLOCK || number == SYS_MEMORY_INFO)
    noise_access(t);
  if (t->state != THREAD_RUNNING || t->process->state >= PROCESS_ENDING)
    sim_leave(t->cpu);
}

enum { CPUS = 4 };
/// Every processor's thread makes some calls, then time goes on.
static void noise_round(bool exits) {
  for (u32 cpu = 0; cpu < CPUS; cpu++) {
    u32 id = sim_pick(cpu);
    struct thread *t = id ? sim_thread(id) : 0;
    if (!t || t == init)
      continue;
    // A call that has not finished is entered again with the arguments it had, or its text was
    // mapped anew meanwhile, and another call comes.
    if ((t->progress || t->gathered || t->partial) && random_below(4) == 0)
      process_end(t->process, ENDED_KILLED, 0);
    else
      noise_call(t, exits);
  }
  for (u32 i = random_below(8); i; i--)
    sim_reap();
  test_now += random_below(4) ? random_below(3000) : random_below(6000000);
  sim_set_time((double)test_now, 1.7e18);
  sim_deadlines();
  if (!random_below(8))
    sim_interrupt(random_below(64));
}

/// Sealed memory, and a clone that shares its pages, mapped there: noise alone hardly ever gets as
/// far as a first write to one.
static void noise_clone(u32 process) {
  enum { PAGES = 8 };
  s64 made = sys(init, SYS_MEMORY_CREATE, PAGES * (u64)PAGE, 0ull);
  s64 sealed = sys(init, SYS_MEMORY_SEAL, (u64)made, 0ull);
  check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)made), 0);
  s64 c = sys(init, SYS_MEMORY_CLONE, (u64)sealed, 0ull, PAGES * (u64)PAGE, PAGES * (u64)PAGE);
  check(sys(init, SYS_MEMORY_MAP, (u64)process, (u64)c, 0ull, 0ull, PAGES * (u64)PAGE,
            (u64)(PROTECT_READ | PROTECT_WRITE)) > 0);
  check(sys(init, SYS_HANDLE_GIVE, (u64)process, (u64)c, 4095ull) > 0);
  check(sys(init, SYS_HANDLE_GIVE, (u64)process, (u64)sealed, 4095ull) > 0);
}

/// A process with handles to all privileges, a channel to its neighbour, and a small budget.
static u32 noise_process(u32 budget, u32 neighbour) {
  u32 process;
  struct thread *t = child(budget, &process);
  (void)t;
  u32 last = random_below(2) ? FIRST_HANDLES - 1 : HANDLE_FACTORY; // not the system: it is init's
  for (u32 i = HANDLE_FACTORY; i < last; i++) {
    s64 h = sys(init, SYS_HANDLE_DUPLICATE, (u64)given[i], 4095ull, i == HANDLE_DMA ? 24ull : 0ull);
    check(sys(init, SYS_HANDLE_GIVE, (u64)process, (u64)h, 4095ull) != 0);
  }
  s64 b = sys(init, SYS_HANDLE_DUPLICATE, (u64)budget, 4095ull, 0ull);
  sys(init, SYS_HANDLE_GIVE, (u64)process, (u64)b, 4095ull);
  struct channel c = channel_of(init);
  sys(init, SYS_HANDLE_GIVE, (u64)process, (u64)c.a, 4095ull);
  if (!neighbour || sys(init, SYS_HANDLE_GIVE, (u64)neighbour, (u64)c.b, 4095ull) < 0)
    check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)c.b), 0);
  noise_clone(process);
  return process;
}

static void end_all(void) { // whoever still lives: processes made by processes, too
  for (struct list *l = all_processes.next; l != &all_processes; l = l->next) {
    struct process *p = container_of(l, struct process, all);
    if (p != init->process)
      process_end(p, ENDED_KILLED, 0);
  }
  settle();
}

/// Memory is short for a while: in the budget, or in the machine.
static void squeeze(u32 budget, bool less) {
  enum { TAKEN = 6000 };
  static frame taken[TAKEN];
  static u32 count;
  struct budget *b = checked(init, budget, KIND_BUDGET, 0);
  b->limit = !less || random_below(4) ? 600 * PAGE : b->used + random_below(30 * PAGE);
  while (count)
    frames_free(taken[--count], 0);
  if (less && random_below(4) == 0)
    for (u32 left = random_below(30) + (u32)promised_pages; frames_free_count() > left;)
      taken[count++] = frames_allocate(0);
}

static u64 noise(u32 rounds, bool exits) {
  u32 process[CPUS - 1], budget = budget_of(600 * PAGE);
  for (u32 i = 0; i < CPUS - 1; i++)
    process[i] = noise_process(budget, i ? process[i - 1] : 0);
  for (u32 i = 0; i < rounds && process_count > 1; i++) {
    if (!random_below(16))
      squeeze(budget, true);
    noise_round(exits && !random_below(8));
  }
  squeeze(budget, false);
  end_all();
  for (u32 i = 0; i < CPUS - 1; i++)
    check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)process[i]), 0);
  check_equal(sys(init, SYS_HANDLE_CLOSE, (u64)budget), 0);
  settle();
  while (sys(init, SYS_DMA_RELEASE, (u64)given[HANDLE_DMA], 24ull) > 0)
    settle();
  return free_pages();
}

/// Kills at any moment: everything that processes had comes back, whenever they are ended.
void case_kills(u32 size) {
  machine_start(6000, CPUS);
  quiet = true;
  noise(10, false);
  u64 pages = noise(10, false);
  for (u32 i = 0; i < size; i++) {
    u64 now = noise(i % 60, false);
    check_equal(now, pages);
    check_equal(process_count, 1);
  }
}

/// System calls made of noise: size of them, with exits and kills among them.
void case_fuzz(u32 size) {
  machine_start(6000, CPUS);
  quiet = true;
  noise(20, true);
  u64 pages = noise(20, true);
  for (made = 0; made < size;)
    check_equal(noise(300, true), pages);
  for (u32 i = 0; i < SYS_COUNT && size >= 100000; i++) // noise does reach behind the checks
    if (!good[i] &&
        (i < SYS_DMA_RELEASE || i == SYS_CLOCK || i == SYS_DELEGATE || i == SYS_MEMORY_SEAL) &&
        i != SYS_PROCESS_KILL) {
      fprintf(stderr, "no call %u succeeded\n", i);
      exit(1);
    }
}

/// Shares by weight on 1 to 8 processors: Jain's index of what each got for its weight, of those
/// that wanted more than they could get, is at least 0.99; extra threads buy nothing.
/// A process whose threads only compute.
static struct process *hog(u64 weight, u32 threads) {
  memcpy(init->buffer, "child", 5);
  s64 made = sys(init, SYS_PROCESS_CREATE, (u64)given[HANDLE_FACTORY], (u64)given[HANDLE_BUDGET],
                 weight, 5ull);
  check(made > 0);
  struct process *p = checked(init, (u64)made, KIND_PROCESS, 0);
  for (u32 k = 0; k < threads; k++) {
    struct thread *t = thread_create(p);
    check(t);
    arch_thread_start(t, 0, 0, 0, 0);
    thread_begin(t);
  }
  return p;
}

/// Runs so many quanta, each processor's at its own time; `cut` ends every other one in its midst.
static void run_quanta(u32 count, u32 cpus, bool cut) {
  static double end[LIMIT_CPUS];
  for (u32 i = 0; i < count; i++) {
    u32 cpu = 0;
    for (u32 c = 1; c < cpus; c++)
      if (end[c] < end[cpu])
        cpu = c;
    if ((u64)end[cpu] > test_now)
      test_now = (u64)end[cpu];
    sim_set_time((double)test_now, 0);
    check(sim_pick(cpu));
    end[cpu] = sim_quantum_end(cpu);
    check(end[cpu] > (double)test_now && end[cpu] <= (double)test_now + 5e6);
    if (cut && i % 2) { // as by a wake-up
      end[cpu] = (double)test_now + 1e6;
      for (struct list *l = all_processes.next; l != &all_processes; l = l->next)
        for (struct list *m = container_of(l, struct process, all)->threads.next;
             m != &container_of(l, struct process, all)->threads; m = m->next) {
          struct thread *t = container_of(m, struct thread, of_process);
          t->kicked |= t->cpu == cpu && t->state == THREAD_RUNNING;
        }
    }
  }
}

void case_classes(u32 size) {
  u32 cpus = (u32)seed, port;
  machine_start(12000, cpus);
  port = port_of(init);
  struct process *batch = hog(100 + WEIGHT_BATCH, cpus), *other = hog(100, cpus);
  sys(init, SYS_SUBMIT_WAIT, (u64)port, 0ull, NEVER);
  for (u32 cut = 0; cut < 2; cut++) {
    u64 before = batch->cpu_time, all = before + other->cpu_time;
    run_quanta(size, cpus, cut);
    double share =
        (double)(batch->cpu_time - before) / (double)(batch->cpu_time + other->cpu_time - all);
    fprintf(stderr, "%u processors: %.4f\n", cpus, share);
    check(share > 0.09 && share < 0.11);
  }
  process_end(other, ENDED_KILLED, 0);
  settle();
  u64 before = batch->cpu_time, from = test_now;
  run_quanta(size / 10, cpus, false);
  check((double)(batch->cpu_time - before) > 0.98 * cpus * (double)(test_now - from));
}

/// A clock that leaps, forward or (another processor's counter) back, costs whoever runs a quantum
/// at most: two hogs have equal shares all the same.
void case_leaps(u32 size) {
  enum { QUANTUM = 5000000 };
  machine_start(4000, 1);
  u32 port = port_of(init);
  struct process *hogs[2] = {hog(100, 1), hog(100, 1)};
  sys(init, SYS_SUBMIT_WAIT, (u64)port, 0ull, NEVER);
  for (u32 i = 0; i < size; i++) {
    run_quanta(20, 1, false);
    u64 before = hogs[0]->cpu_time + hogs[1]->cpu_time;
    if (i % 2)
      test_now -= 3000;
    else
      test_now += 3600ull * 1000000000;
    sim_set_time((double)test_now, 0);
    check(sim_pick(0));
    check(hogs[0]->cpu_time + hogs[1]->cpu_time - before <= QUANTUM);
  }
  double share = (double)hogs[0]->cpu_time / (double)(hogs[0]->cpu_time + hogs[1]->cpu_time);
  check(share > 0.45 && share < 0.55);
}

/// Threads of one process that may only run on the first processor share it.
void case_pinned(u32 size) {
  enum { THREADS = 3 };
  machine_start(4000, 2);
  u32 port = port_of(init);
  struct process *p = hog(100, 2);
  struct thread *pinned[THREADS];
  for (u32 i = 0; i < THREADS; i++) {
    check((pinned[i] = thread_create(p)));
    pinned[i]->pinned = 0;
    arch_thread_start(pinned[i], 0, 0, 0, 0);
    thread_begin(pinned[i]);
  }
  sys(init, SYS_SUBMIT_WAIT, (u64)port, 0ull, NEVER);
  run_quanta(size, 2, false);
  for (u32 i = 1; i < THREADS; i++)
    check(pinned[i]->virtual_time * 10 > pinned[0]->virtual_time * 9 &&
          pinned[i]->virtual_time * 10 < pinned[0]->virtual_time * 11);
}

void case_fairness(u32 size) {
  enum { MOST = 10 };
  u32 cpus = (u32)seed;
  machine_start(12000, cpus);
  u32 processes = cpus + 2, port = port_of(init);
  struct process *p[MOST];
  for (u32 i = 0; i < processes; i++)
    p[i] = hog(cpus == 1 ? 50 * (i + 1) : 100, i == 0 ? 20 : cpus == 1 ? 1 : cpus);
  sys(init, SYS_SUBMIT_WAIT, (u64)port, 0ull, NEVER);
  run_quanta(size, cpus, false); // each processor picks when its quantum is over
  double sum = 0, squares = 0, busy = 0;
  for (u32 i = 0; i < processes; i++) {
    double share = (double)p[i]->cpu_time / p[i]->weight;
    sum += share;
    squares += share * share;
    busy += (double)p[i]->cpu_time;
  }
  double jain = sum * sum / (processes * squares);
  fprintf(stderr, "%u processors: %.4f\n", cpus, jain);
  check(jain >= 0.99);
  check(busy > 0.98 * cpus * (double)test_now); // no processor idled
}

/// libFuzzer's way in: the input makes all choices of a noise case. Built with -fsanitize=fuzzer in
/// place of main.c.
int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes);
int LLVMFuzzerTestOneInput(const u8 *data, size_t bytes) {
  static u64 pages;
  if (!pages) {
    machine_start(6000, CPUS);
    quiet = true;
    noise(20, true);
    pages = noise(20, true);
  }
  choices = data;
  choices_left = bytes;
  u64 now = noise(1 + (u32)bytes / 8, true);
  choices = 0;
  check_equal(now, pages);
  return 0;
}
