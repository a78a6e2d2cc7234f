// What the pure parts of the nucleus ask of the processor below them. nucleus/x86_64 answers on
// hardware; sdk/sim/arch.c answers in the simulated nucleus and in host tests. Everything else in
// mm/, sched/, ipc/ and object/ is plain C over these calls. All of it runs with the one lock held
// and interrupts off, unless a comment says otherwise.
#ifndef NUCLEUS_ARCH_H
#define NUCLEUS_ARCH_H
#include "../sdk/abi/abi.gen.h"
#include <stdbool.h>
#include <stddef.h>

struct process;
struct thread;

/// A page frame's number: physical address >> 12. 0 is never handed out and means none.
typedef u32 frame;

/// The frame's bytes in the nucleus's physical map. Contiguous frames are contiguous here.
void *arch_frame_address(frame f);

/// Nanoseconds since boot; never runs backwards. `arch_clock`: ns since 1970 at such a time, 0
/// unknown.
u64 arch_now(void);
u64 arch_clock(u64 now);

/// Number of the processor that runs this, and how many run.
unsigned arch_cpu(void);
unsigned arch_cpus(void);

/// Address spaces. `root` of a process is the frame of its top table, made by arch_space_create (0:
/// no memory). Tables in between are allocated with `charge_frame(process)` and freed by
/// arch_space_destroy, one bounded slice a call (returns true when all is gone). Protection bits
/// are PROTECT_*; cache: 0 normal, 1 uncached, 2 write-combining.
frame arch_space_create(struct process *p);
bool arch_space_destroy(struct process *p);
int arch_map(struct process *p, u64 address, frame f, unsigned protection, unsigned cache);
void arch_unmap(struct process *p, u64 address);
/// After a series of arch_unmap: no processor may reach the old frames any more when this returns.
void arch_flush(struct process *p);

/// Gives a new thread its registers: program counter, stack, first and second argument.
void arch_thread_start(struct thread *t, u64 entry, u64 stack, u64 first, u64 second);

/// The thread is gone: its registers are never used again, its block is still there.
void arch_thread_ended(struct thread *t);

/// Asks another processor to enter the nucleus soon (its current thread should go, or it idles and
/// there is work).
void arch_kick(unsigned cpu);

/// Makes the first process and lets it begin; on the vault of the one that has ended, unless 0.
void arch_first(struct process *ended);

/// Ends the machine or prints the reason and halts. panic never returns.
void arch_power_off(void);
void arch_reboot(void);
_Noreturn void panic_at(const char *file, int line, const char *reason);
#define panic(reason) panic_at(__FILE__, __LINE__, reason)
#define require(condition) ((condition) ? (void)0 : panic("broken invariant: " #condition))

/// Interrupts: a line is an ISA IRQ number, or a vector index for MSI. All are masked until
/// arch_interrupt_unmask. Message gives the address and *data of an MSI line.
enum { ISA_LINES = 16 };
bool arch_interrupt_exists(u32 line);
void arch_interrupt_mask(int line, bool for_good); // for good: nobody waits for it any more
void arch_interrupt_unmask(int line);
s64 arch_interrupt_message(int line, u64 *data);

u32 arch_io_read(u16 port, unsigned width);
void arch_io_write(u16 port, unsigned width, u32 value);

/// Is [physical, physical + bytes) free of memory that the allocator or the nucleus uses?
bool arch_device_range(u64 physical, u64 bytes);

/// Debug output (COM1 until a process takes its ports).
void arch_debug_write(const char *text, size_t bytes);
void arch_serial_taken(bool by_process);
#endif
