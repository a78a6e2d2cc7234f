// Per-processor set-up: GDT, TSS, IDT, system call entry, protection bits, and the x87/SSE/AVX
// state of threads.
#include "cpu.h"

struct cpu *cpus[LIMIT_CPUS];
unsigned cpu_count;
static size_t vector_bytes = 512;
static bool has_xsave;
static u64 control4, vector_mask;

/// In pages of its own, for user mode's tables.
struct {
  struct {
    u16 offset_low, selector;
    u8 stack, type;
    u16 offset_middle;
    u32 offset_high, zero;
  } idt[256];
  u64 root; // nucleus_space, where user mode has tables of its own
} entry_data __attribute__((aligned(PAGE)));
extern u8 entry_start[], entry_end[];

struct table_pointer {
  u16 limit;
  u64 base;
} __attribute__((packed));

// CPUID bits: Intel SDM volume 2, CPUID.
static void cpu_features(void) {
  u32 r[4];
  control4 = 1u << 5 | 1u << 7 | 1u << 9 | 1u << 10; // PAE, PGE, OSFXSR, OSXMMEXCPT
  cpuid(1, 0, r);
  has_xsave = r[2] & 1u << 26;
  vector_mask = 3 | (r[2] & 1u << 28 ? 4 : 0); // x87, SSE, AVX
  cpuid(0, 0, r);
  if (r[0] >= 7) {
    cpuid(7, 0, r);
    control4 |= r[1] & 1u << 7 ? 1u << 20 : 0;  // SMEP
    control4 |= r[1] & 1u << 20 ? 1u << 21 : 0; // SMAP
    control4 |= r[2] & 1u << 2 ? 1u << 11 : 0;  // UMIP
  }
  if (has_xsave)
    control4 |= 1u << 18;
  for (unsigned v = 0; v < 256; v++) {
    u64 at = (u64)trap_stubs[v];
    entry_data.idt[v].offset_low = (u16)at;
    entry_data.idt[v].offset_middle = (u16)(at >> 16);
    entry_data.idt[v].offset_high = (u32)(at >> 32);
    entry_data.idt[v].selector = NUCLEUS_CODE;
    entry_data.idt[v].type = 0x8e;
    entry_data.idt[v].stack = v == VECTOR_NMI       ? 1
                              : v == VECTOR_DOUBLE  ? 2
                              : v == VECTOR_MACHINE ? 3
                                                    : 0;
  }
}

static void cpu_tables(struct cpu *c) {
  static const u64 fixed[] = {0, 0x00af9a000000ffff, 0x00cf92000000ffff, 0x00cff2000000ffff,
                              0x00affa000000ffff};
  memcpy(c->gdt, fixed, sizeof fixed);
  u64 base = (u64)c->tss;
  c->gdt[5] = 103 | (base & 0xffffff) << 16 | 0x89ull << 40 | (base >> 24 & 0xff) << 56;
  c->gdt[6] = base >> 32;
  c->tss[102] = 104; // no I/O permission bitmap
}

void cpu_isolate(void) {
  isolate((u64)entry_start, (u64)entry_end);
  isolate((u64)&entry_data, (u64)(&entry_data + 1));
  entry_data.root = isolated ? (u64)nucleus_space << 12 : 0;
}

/// Before there is memory: enough of a processor that a fault is reported.
void cpu_early(void) {
  static struct cpu early = {.self = &early, .timer_at = NEVER};
  cpu_features();
  cpu_tables(&early);
  cpu_install(&early);
}

/// A processor's own structure and its stacks: three for NMI, double fault and machine check, one
/// for the nucleus, each over an unmapped page.
struct cpu *cpu_create(unsigned index, u32 id) {
  static const u8 orders[] = {0, 0, 0, 0, 2};
  _Static_assert(PAGE << 2 == STACK_BYTES, "the nucleus's stack");
  u64 tops[5], at = STACKS + index * 16 * PAGE;
  for (unsigned s = 0; s < 5; s++) {
    frame f = frames_allocate(orders[s]);
    require(f);
    at += PAGE; // the guard
    nucleus_map(at, (u64)f << 12, PAGE << orders[s], 0);
    tops[s] = at += PAGE << orders[s];
    if (s < 4)
      isolate(at - PAGE, at);
  }
  struct cpu *c = (void *)(tops[0] - PAGE);
  _Static_assert(sizeof *c <= PAGE, "in a page of its own");
  *c = (struct cpu){.self = c,
                    .stack_top = tops[4],
                    .entry_stack = (u64)(c->entry_words + 8),
                    .index = index,
                    .apic_id = id,
                    .timer_at = NEVER};
  for (unsigned s = 1; s < 4; s++)
    memcpy(c->tss + 28 + 8 * s, &tops[s], 8); // IST1 at 36
  cpu_tables(c);
  cpus[index] = c;
  return c;
}

void cpu_install(struct cpu *c) {
  struct table_pointer gdt = {sizeof c->gdt - 1, (u64)c->gdt},
                       interrupts = {sizeof entry_data.idt - 1, (u64)&entry_data};
  __asm__ volatile("lgdt %0; lidt %1" ::"m"(gdt), "m"(interrupts));
  __asm__ volatile("push %0; lea 1f(%%rip), %%rax; push %%rax; lretq; 1: mov %1, %%ds; mov %1, "
                   "%%es; mov %1, %%ss;"
                   "mov %2, %%fs; mov %2, %%gs; lldt %w2; ltr %w3" ::"i"(NUCLEUS_CODE),
                   "r"(NUCLEUS_DATA), "r"(0), "r"(TASK)
                   : "rax", "memory");
  write_control(4, isolated ? control4 & ~(1ull << 7) : control4); // no entry outlives a switch
  // WP, NE, MP on; AM, EM, TS off (SDM volume 3, section 2.5)
  write_control(0, (read_control(0) | 1u << 16 | 1u << 5 | 1u << 1) &
                       ~(u64)(1u << 18 | 1u << 2 | 1u << 3));
  if (has_xsave) {
    __asm__ volatile("xsetbv" ::"c"(0), "a"((u32)vector_mask), "d"(0));
    u32 r[4];
    cpuid(0xd, 0, r);
    vector_bytes = r[1]; // what the enabled components take
  }
  write_msr(0xc0000080, read_msr(0xc0000080) | 1 | 1u << 11);                      // EFER: SCE, NXE
  write_msr(0xc0000081, (u64)(USER_DATA - 3 - 8) << 48 | (u64)NUCLEUS_CODE << 32); // STAR
  write_msr(0xc0000082, (u64)(isolated ? syscall_isolated : syscall_entry));
  write_msr(0xc0000084, 0x47700);       // FMASK: AC, NT, IOPL, DF, IF, TF
  write_msr(0xc0000100, 0);             // FS base of user threads
  write_msr(0xc0000101, (u64)c);        // GS base in the nucleus
  write_msr(0xc0000102, 0);             // and of user threads
  write_msr(0x277, 0x0007040100070406); // PAT: entry 4 is write-combining
}

void vector_save(struct thread *t) {
  u8 *area = ((struct save_area *)t->registers)->vector_state;
  if (has_xsave)
    __asm__ volatile("xsave64 (%0)" ::"r"(area), "a"(7), "d"(0) : "memory");
  else
    __asm__ volatile("fxsave64 (%0)" ::"r"(area) : "memory");
}

void vector_load(struct thread *t) {
  u8 *area = ((struct save_area *)t->registers)->vector_state;
  if (has_xsave)
    __asm__ volatile("xrstor64 (%0)" ::"r"(area), "a"(7), "d"(0) : "memory");
  else
    __asm__ volatile("fxrstor64 (%0)" ::"r"(area) : "memory");
}

void arch_thread_ended(struct thread *t) { (void)t; } // run() saves nothing of an ended thread
size_t arch_thread_bytes(void) { return 64 + sizeof(struct save_area) + vector_bytes; }

void arch_thread_start(struct thread *t, u64 entry, u64 stack, u64 first, u64 second) {
  struct save_area *s = t->registers;
  memset(s, 0, sizeof *s + vector_bytes);
  s->registers = (struct registers){.rip = entry,
                                    .cs = USER_CODE,
                                    .rflags = 1u << 9,
                                    .rsp = stack,
                                    .ss = USER_DATA,
                                    .rdi = first,
                                    .rsi = second};
  // all exceptions masked, round to nearest (SDM volume 1, sections 8.1.5, 10.2.3)
  *(u16 *)s->vector_state = 0x37f;
  *(u32 *)(s->vector_state + 24) = 0x1f80;
}

unsigned arch_cpu(void) { return this_cpu()->index; }
unsigned arch_cpus(void) { return cpu_count; }
