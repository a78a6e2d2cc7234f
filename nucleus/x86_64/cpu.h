// The processor as the rest of x86_64/ sees it: per-CPU state, saved registers, special
// instructions.
#ifndef NUCLEUS_CPU_H
#define NUCLEUS_CPU_H
#include "../../sdk/abi/boot.h"
#include "../boot/efi.h"
#include "../nucleus.h"
#include <string.h>

#define PHYSICAL_MAP 0xFFFF800000000000ull
#define NUCLEUS_BASE 0xFFFFFFFF80000000ull
#define STACKS 0xFFFFFFFFC0000000ull  // per-CPU stacks, each above an unmapped page
#define DEVICES 0xFFFFFFFFE0000000ull // device memory of the nucleus itself
#define STACK_BYTES 0x4000ull
#define physical(address) ((void *)(PHYSICAL_MAP + (address)))

extern const struct handover *boot;
/// The descriptors of the firmware's memory map.
#define EACH_MEMORY(d)                                                                             \
  for (const struct efi_memory *d = physical(boot->map);                                           \
       (u64)d < PHYSICAL_MAP + boot->map + boot->map_bytes;                                        \
       d = (const void *)((const u8 *)d + boot->map_descriptor_bytes))
static inline u64 memory_end(const struct efi_memory *d) { return d->physical + d->pages * PAGE; }

// Selectors; SYSRET needs user data before user code.
enum { NUCLEUS_CODE = 0x08, NUCLEUS_DATA = 0x10, USER_DATA = 0x1b, USER_CODE = 0x23, TASK = 0x28 };

// Vectors: exceptions, the processors' own, interrupt objects (ISA lines, then message-signalled
// ones), and what is no interrupt: how entry.asm marks a system call.
enum { VECTOR_NMI = 2, VECTOR_DOUBLE = 8, VECTOR_PAGE_FAULT = 14, VECTOR_MACHINE = 18 };
enum { VECTOR_TIMER = 0x20, VECTOR_KICK = 0x21, VECTOR_FLUSH = 0x22, VECTOR_SPURIOUS = 0xff };
enum { VECTOR_ISA = 0x30, VECTOR_LAST = 0xef, VECTOR_SYSCALL = 0x100 };

/// The integer state of a user thread, in push order of entry.asm. Its end is 16-byte aligned: the
/// processor pushes right into it. The arguments of system calls stand first, in their order.
struct registers {
  u64 rdi, rsi, rdx, r10, r8, r9, r15, r14, r13, r12, r11, rbp, rcx, rbx, rax;
  u64 vector, error;
  u64 rip, cs, rflags, rsp, ss;
};
/// What lies behind struct thread: registers, then the x87/SSE/AVX area, 64-byte aligned.
struct save_area {
  struct registers registers;
  u8 pad[16];
  u8 vector_state[]; // vector_bytes
};

struct cpu {
  struct cpu *self;       // gs:0
  u64 stack_top;          // gs:8
  u64 registers_end;      // gs:16 end of the current thread's registers
  u64 user_stack;         // gs:24 scratch of the entries
  u64 nucleus_root;       // gs:32 the loaded tables, where user mode has its own, else 0
  u64 user_root;          // gs:40 and those
  u64 entry_stack;        // gs:48 the end of entry_words
  struct thread *current; // the thread whose registers the entry fills; 0 when idle
  frame space;            // loaded top page table
  u32 index, apic_id;
  u64 timer_at; // what the timer is set to (ns), NEVER when off
  volatile u32 online, flush;
  u64 gdt[7];
  u64 entry_words[8] __attribute__((aligned(16))); // where user mode's tables let traps push
  u8 tss[104] __attribute__((aligned(16)));
};
extern struct cpu *cpus[LIMIT_CPUS];
extern unsigned cpu_count;

static inline struct cpu *this_cpu(void) {
  struct cpu *c;
  __asm__("mov %%gs:0, %0" : "=r"(c));
  return c;
}
static inline u64 read_msr(u32 n) {
  u32 low, high;
  __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(n));
  return low | (u64)high << 32;
}
static inline void write_msr(u32 n, u64 v) {
  __asm__ volatile("wrmsr" ::"c"(n), "a"((u32)v), "d"((u32)(v >> 32)));
}
static inline u64 read_tsc(void) {
  u32 low, high;
  __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
  return low | (u64)high << 32;
}
static inline void cpuid(u32 leaf, u32 sub, u32 out[4]) {
  __asm__ volatile("cpuid"
                   : "=a"(out[0]), "=b"(out[1]), "=c"(out[2]), "=d"(out[3])
                   : "a"(leaf), "c"(sub));
}
#define read_control(n)                                                                            \
  ({                                                                                               \
    u64 value;                                                                                     \
    __asm__ volatile("mov %%cr" #n ", %0" : "=r"(value));                                          \
    value;                                                                                         \
  })
#define write_control(n, value) __asm__ volatile("mov %0, %%cr" #n ::"r"((u64)(value)) : "memory")

// entry.asm
_Noreturn void resume(struct registers *r); // to user mode
_Noreturn void idle(u64 stack_top);         // interrupts on, halt until one comes
void syscall_entry(void), syscall_isolated(void);
extern const u8 trap_stubs[256][16];

// cpu.c
void cpu_early(void);            // first of all, on the first processor
void cpu_install(struct cpu *c); // GDT, TSS, IDT, GS, system call MSRs, control bits
void cpu_isolate(void);          // what user mode's tables need to leave it
struct cpu *cpu_create(unsigned index, u32 apic_id);
void vector_save(struct thread *t);
void vector_load(struct thread *t);

// lock.c
void lock(void);
void unlock(void);
void flush_check(struct cpu *c); // answers another processor's flush request

// paging.c
extern frame nucleus_space;
void paging_start(void);   // first of all
void paging_started(void); // all processors run
void paging_load(frame root);
/// Whether user mode has tables of its own, without the nucleus: a top table behind each process's
/// (docs/decisions/015-user-tables.md). They hold of the nucleus what `isolate` was called for.
extern bool isolated;
void isolate(u64 from, u64 to);
void *device_map(u64 physical_address, u64 bytes);
/// Maps data of the nucleus, page by page; `cache`: bits of the entries.
void nucleus_map(u64 address, u64 to, u64 bytes, u64 cache);
/// The entry for an address at a level, making tables on the way for `p` (0: the nucleus). 0 when
/// there is no memory or a larger page is in the way.
u64 *entry_at(frame root, u64 address, unsigned level, bool make, struct process *p);
frame space_lookup(frame root, u64 address, u64 *entry);

// apic.c, time.c, acpi.c, smp.c, serial.c, firmware.c, panic.c
void apic_start(void);     // the first processor's, and the I/O APICs
void apic_start_cpu(void); // each processor's own
void apic_end_of_interrupt(void);
void apic_timer(u64 at);                  // one shot at this time, NEVER: off
void apic_send(u32 apic_id, u32 command); // low half of the interrupt command
u32 apic_id(void);
void time_start(void);
extern u64 tsc_khz;
u64 ticks_to_ns(u64 ticks);
void delay(u64 ns);
struct acpi {
  u32 apic_ids[LIMIT_CPUS], processors;
  u64 local_apic;
  struct {
    u32 address, base;
  } io_apics[8];
  u32 io_apic_count;
  struct {
    u32 input;
    u16 flags;
  } isa[16];
  u64 ecam;
  u32 ecam_first, ecam_last;
  u32 timer_port;
  u64 hpet;
  struct {
    u8 space, width;
    u64 address;
    u8 value;
  } reset;
};
extern struct acpi acpi;
void acpi_read(u64 rsdp);
void smp_start(u64 trampoline);
_Noreturn void cpu_main(struct cpu *c);            // where a started processor arrives
void serial_write(const char *text, size_t bytes); // whoever owns the port
void screen_start(void);                           // text on the framebuffer, for panics alone
void screen_write(const char *text, size_t bytes);
void firmware_start(void);
void firmware_reset(bool power_off);
void panic_start(const void *symbols, u64 symbol_bytes);
void panic_tell(void);
_Noreturn void panic_fault(struct registers *r);
_Noreturn void leave(void); // trap.c: picks what this processor does next, with the lock held
#endif
