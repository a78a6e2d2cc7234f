// The nucleus's pure parts without a processor: what drives them in the simulated nucleus (built
// for wasm32, exports below) and in host tests. A thread is an id, > 0; it stays valid until the
// thread is gone and is not used again for long. Times are ns since boot; `double` is JavaScript's
// number, and 2^64 in it means never. Addresses called physical are frame * 4,096.
#ifndef SIM_ARCH_H
#define SIM_ARCH_H
#include "../../nucleus/nucleus.h"

#ifdef __wasm__
#define EXPORT(name) __attribute__((export_name(#name))) name
#define IMPORT(name) __attribute__((import_module("hooks"), import_name(#name))) name
#else
#define EXPORT(name) name
#define IMPORT(name) name
#endif

// --- what the driver provides (WebAssembly imports of module "hooks")
u32 IMPORT(hook_io_read)(u32 port, u32 width);
void IMPORT(hook_io_write)(u32 port, u32 width, u32 value);
void IMPORT(hook_power_off)(void);
void IMPORT(hook_reboot)(void);
_Noreturn void IMPORT(hook_panic)(const char *file, u32 line, const char *reason); // NUL-terminated
void IMPORT(hook_debug_write)(const char *text, u32 bytes);
void IMPORT(hook_interrupt_mask)(u32 line, u32 masked);
void IMPORT(hook_kick)(u32 cpu); // that processor should pick soon
void IMPORT(hook_first)(void);   // sim_first and sim_start again: it has ended

// --- the machine
/// Where arguments and results of sim_syscall lie, and large values of other calls.
struct sim_area {
  u64 argument[6];
  s64 result;
  u64 second;
};
struct sim_area *EXPORT(sim_area)(void);
/// Frames 1 to pages - 1 go to the allocator, `reserved` frames from `pages` on stay out (the boot
/// image). Returns the address of frame 0 in this memory: physical addresses are offsets from it.
u8 *EXPORT(sim_init)(u32 pages, u32 reserved, u32 cpus);
void EXPORT(sim_set_time)(double now, double clock); // clock: ns since 1970, 0 none
void EXPORT(sim_set_seeded)(u32 seeded);             // systemInfo.hardwareSeed
double EXPORT(sim_first_deadline)(void);
void EXPORT(sim_deadlines)(void); // runs what is due
u32 EXPORT(sim_reap)(void);       // one slice of teardown; 1 when it did something
void EXPORT(sim_interrupt)(u32 line);
u32 EXPORT(sim_free_pages)(void); // after empty slabs were given back, so that states compare
u32 EXPORT(sim_slab_pages)(void);

// --- the first process, before anything runs; later it has the handles that it was given then
u32 EXPORT(sim_first)(u32 weight); // `init` and its first thread, which is not begun; 0: no memory
u32 EXPORT(sim_give_budget)(u32 rights);              // a handle of init to the root budget
u32 EXPORT(sim_give_privilege)(u32 kind, u32 rights); // KIND_PROCESS_FACTORY to KIND_SYSTEM
u32 EXPORT(sim_give_memory)(u32 first_frame, u32 bytes, u32 rights); // over reserved frames
/// Writes the START event and makes the first thread ready. The payload lies in this memory.
u32 EXPORT(sim_start)(u32 thread, double entry, double stack, const u8 *payload, u32 length);
u8 *EXPORT(sim_scratch)(void); // 64 KiB for a driver to put a payload into

// --- processors and threads
void EXPORT(sim_on_cpu)(u32 cpu);        // which one runs what follows
u32 EXPORT(sim_pick)(u32 cpu);           // the thread to run there, 0 to idle
void EXPORT(sim_leave)(u32 cpu);         // its thread goes, and it runs nothing until it picks
double EXPORT(sim_quantum_end)(u32 cpu); // when it should pick again at the latest
u32 EXPORT(sim_kicked)(u32 cpu);         // asked to pick since its last pick
enum { SIM_RETURNED, SIM_WAITING, SIM_ENDED };
/// Runs a system call of a thread that a processor runs, slices and all. SIM_RETURNED: result and
/// second are in the area. Else the processor runs nothing until it picks. SIM_WAITING: the results
/// are there when the thread is picked again and sim_results was called.
u32 EXPORT(sim_syscall)(u32 thread, u32 number);
void EXPORT(sim_results)(u32 thread); // result and second of its last call into the area
u32 EXPORT(sim_state)(u32 thread);    // THREAD_READY, RUNNING, WAITING; THREAD_ENDED: gone
u32 EXPORT(sim_process)(u32 thread);  // processInfo.id of its process, 0 gone
u8 *EXPORT(sim_buffer)(u32 thread);   // its message buffer, 0 gone
/// Where it starts: 0 entry, 1 stack, 2 first and 3 second argument.
double EXPORT(sim_register)(u32 thread, u32 index);
/// Physical address behind an address of the thread's process, -1 unmapped or not permitted;
/// access: PROTECT_* bits.
double EXPORT(sim_translate)(u32 thread, double address, u32 access);
void EXPORT(sim_fault)(u32 thread, u32 vector, u32 error, double address);

/// A processor exception of the thread: its process ends (vector 14 and the page fault's error
/// bits).
void EXPORT(sim_fault)(u32 thread, u32 vector, u32 error, double address);

// --- between the C files
u8 *sim_memory(size_t bytes); // zeroed, page-aligned (memory.c; host tests bring their own)
struct thread *sim_thread(u32 id);
u32 sim_id(const struct thread *t);
#endif
