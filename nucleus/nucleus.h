// The objects of Uusi and the calls between its parts. One lock guards all of it (x86_64/lock.c on
// hardware; one thread elsewhere). Invariant: every object is reached through `struct object` and
// lives while references > 0.
#ifndef NUCLEUS_H
#define NUCLEUS_H
#include "arch.h"
#include <stdarg.h>

#define PAGE LIMIT_PAGE_BYTES
#define INLINED __attribute__((always_inline)) // by the linker, into the path of a null call
#define NEVER (~0ull)
#define LIMIT_THREADS 256 // of one process
/// Returned by a system call that has done one bounded slice: the thread enters again with the same
/// arguments.
#define RESTART (-1000)
/// Returned by a system call that left its thread waiting or ended: a result is written when it
/// wakes.
#define WAITING (-1001)
/// A system call by its name in the table; `t->target` is what its first argument names.
#define SYSCALL(name)                                                                              \
  s64 sys_##name(struct thread *t __attribute__((unused)), const u64 *a __attribute__((unused)))

/// Why the last function that gave nothing (0) gave nothing: an ERROR_*, until the next one is
/// called.
extern s32 failure;

// --- lists
struct list {
  struct list *next, *previous;
};
void list_init(struct list *l);
bool list_empty(const struct list *l);
void list_append(struct list *l, struct list *node);
void list_remove(struct list *node); // node becomes its own empty list; harmless on an empty one
#define container_of(pointer, type, member) ((type *)((u8 *)(pointer)-offsetof(type, member)))

// --- pairing heap: the least key first, ties by the sequence of insertion
struct heap_node {
  struct heap_node *child, *sibling, *back;
  u64 key, sequence;
};
struct heap {
  struct heap_node *root;
  u64 next_sequence;
};
void heap_insert(struct heap *h, struct heap_node *n, u64 key);
void heap_remove(struct heap *h, struct heap_node *n);
bool heap_contains(const struct heap *h, const struct heap_node *n);
struct heap_node *heap_first(const struct heap *h);

// --- mm: frames, slab, budgets
/// Frames: lowest address first, a pure function of the calls made. `order`: 2^order contiguous,
/// aligned frames, 0 to 10. All are in use at first; metadata needs frames_metadata(count) bytes.
void frames_init(void *metadata, frame first, u64 count);
u64 frames_metadata(u64 count);
void frames_release(frame f, u64 count); // hands a range to the allocator at boot
frame frames_allocate(unsigned order);   // 0 when there is none; the content is unspecified
/// So many are always left free: one for each page that a clone shares, for its first write.
extern u64 promised_pages;
void frames_free(frame f, unsigned order);
void frames_free_range(frame f, u64 count); // a part of a block whose rest stays in use
u64 frames_free_count(void);
u64 frames_total(void);

/// Slab heap: blocks of 32 to SLAB_LARGEST bytes, zeroed, or a whole frame up to PAGE; 0 when no
/// frame is left. Free needs no size. Double and wild frees panic.
#define SLAB_LARGEST 2016
void *slab_allocate(size_t bytes);
void slab_free(void *block);
size_t slab_block_bytes(size_t bytes); // what an allocation really takes (and a budget is charged)
u64 slab_pages(void);
void slab_reclaim(void);           // returns empty slabs to the frame allocator
frame frames_find(unsigned order); // frames_allocate, which reclaims when there is none else

struct budget;
/// Charges the budget and its ancestors, all or none: 0 or ERROR_BUDGET_EMPTY. Of 0 nobody pays.
s32 budget_charge(struct budget *b, u64 bytes);
void budget_refund(struct budget *b, u64 bytes);
/// A slab block / frames charged to a budget. Blocks are zeroed, frames not. The caller keeps the
/// budget alive.
void *charged_allocate(struct budget *b, size_t bytes);
void charged_free(struct budget *b, void *block, size_t bytes);
frame charged_frame(struct budget *b, unsigned order);
void charged_frame_free(struct budget *b, frame f, unsigned order);

// --- objects and handles
struct object {
  u8 kind;              // KIND_*
  u16 block;            // bytes of its block, as asked for
  u32 references;       // handles, messages in flight, links between objects
  u32 handles;          // handles and messages in flight alone: at 0 the kind's close runs
  struct budget *payer; // who paid for the block (referenced), 0 nobody
  struct object *next_dead;
};
struct budget {
  struct object object;
  struct budget *parent; // referenced
  u64 limit, used;
  u32 depth;
};
/// What a handle is, wherever it lies: in a vault or in a message on its way.
struct slot {
  struct object *object; // 0: free
  u32 generation;
  u16 rights, delegation; // the record that it came through (referenced), 0: none
  u64 badge;
};
void slot_close(struct slot s); // lets go of what it names

/// Handle table of a process, an object of its own: two levels, pages on demand. Freed slots are
/// reused lowest first.
struct vault;
/// Handles that can be taken back (object/delegation.c).
struct delegation {
  struct object object;       // KIND_DELEGATION: its one handle's end revokes
  struct delegation *parent;  // what its own handle came through (referenced)
  struct process *maker;      // referenced
  struct list link, narrower; // in the parent's; those made from its copies
  struct list regions;        // mapped through it
  u32 process, slot;          // whose vault is looked through, and how far
  u16 index, depth;
  bool revoked, ended; // ended: no copy is left in a vault, no mapping
};
bool delegation_revoked(u16 index);
struct delegation *delegation_at(u16 index);
u16 delegation_hold(u16 index);
void delegation_release(u16 index);
bool delegation_end_slice(struct delegation *d); // true when it has ended
void delegation_free(struct delegation *d);      // its last reference is gone
void delegation_revoke(struct delegation *d);    // at once; its end follows in slices
struct vault *vault_create(struct budget *payer);
void vault_free(struct vault *v);
u32 vault_count(const struct vault *v);
/// Closes a bounded number of the handles whose kind is in the set (bits 1 << KIND_*; 0: those that
/// are revoked); true when none is left. `at` keeps the place between two calls, from 0.
bool vault_clear(struct vault *v, u32 kinds, u32 *at);
/// The slot at an index, 0 when it is free; *index steps over pages that do not exist.
struct slot *vault_at(struct vault *v, u32 *index);
/// Looks a handle up: its slot, or 0 (BAD_HANDLE, WRONG_KIND unless kind is 0, NO_RIGHT).
struct slot *vault_find(struct vault *v, u32 handle, u32 kind, u16 rights);
/// Puts an object in (takes over one `handles` count of it): the number, or 0.
u32 vault_insert(struct vault *v, struct object *o, u16 rights, u64 badge);
u32 vault_put(struct vault *v, const struct slot *s); // the same, with what else it says
/// Puts in a slot whose object has one more handle counted: the number, or an error.
s64 slot_insert(struct vault *v, struct slot s);
struct slot vault_remove(struct vault *v, u32 handle); // the caller takes over the count
/// A process ends whose vault is lent and not kept: it goes back to the lender, if that lives.
void vault_return(struct process *p);
void vault_exchange(struct process *a, struct process *b);
/// `init`, and after an exchange whoever has its vault. When it ends, arch_first begins it anew.
extern struct process *first_process;

/// A zeroed block of its kind's structure and `more` bytes, with one reference and no handle; holds
/// its payer. Objects whose last reference goes are destroyed by object_reap_slice, never inside
/// the call: no chain of objects recurses.
void *object_create(u32 kind, size_t more, struct budget *payer);
void object_reap_slice(void); // one bounded slice
bool object_reap_pending(void);
/// A call of the thread has failed for memory: whether it should be tried again once the objects
/// that are dead by now have given back theirs (object_drained).
bool object_drain(struct thread *t);
bool object_drained(const struct thread *t);
struct source *object_source(struct object *o); // 0 when it has no events
u16 kind_rights(u32 kind);                      // what the maker of an object gets
void object_hold(struct object *o);
void object_release(struct object *o);                     // destroys at 0
void process_name(struct process **at, struct process *p); // holds p, 0 none, in place of *at
void object_hold_handle(struct object *o);                 // + references and handles
void object_release_handle(struct object *o); // - both; runs the kind's close at handles == 0

// --- ports and sources
/// Whatever can have events for a port embeds a source. It stands in the port's ready list while it
/// has something.
struct source {
  struct list ready;
  struct port *port; // referenced; 0 unbound
  u64 key;
  u8 type;        // which kind of structure embeds it: SOURCE_*
  u16 delegation; // what it was bound through (referenced)
};
enum { SOURCE_ENDPOINT = 1, SOURCE_CALL, SOURCE_TIMER, SOURCE_INTERRUPT, SOURCE_PROCESS };
struct port {
  struct object object;
  struct list ready;        // sources with events, in turn
  struct list waiters;      // threads in submit_wait
  struct process *receiver; // whose thread came there last (referenced), 0 none yet
};
void source_ready(struct source *s); // it may have something: stand in line and wake a waiter
void source_unbind(struct source *s);
/// The waiting thread takes what is there; false when it must go on waiting.
bool wait_resume(struct thread *t);
void wait_leave(struct thread *t); // out of the port's line, deadline off
void wait_abort(struct thread *t); // it will not take its events

/// A moment at which something happens by itself: a thread's wait, a call or a timer ends.
struct deadline {
  struct heap_node node;
  u8 type; // DEADLINE_*: which kind of structure embeds it
};
enum { DEADLINE_THREAD, DEADLINE_CALL, DEADLINE_TIMER, DEADLINE_FIRST };
struct timer {
  struct object object;
  struct source source;
  struct deadline deadline;
  bool fired;
};
void deadline_set(struct deadline *d, u64 at); // NEVER: off
void deadlines_run(u64 now); // wakes, ends and fires what is due, a bounded number
u64 deadlines_first(void);
extern struct deadline first_watch; // the first process ends unless it says before that it is well

// --- messages, endpoints, calls
struct message {
  struct list link;
  struct budget *payer; // referenced
  frame page;           // payload too large for the slab block, else 0
  u32 length;
  u64 badge;
  struct call *call; // the reply object of a CALL (one handle of it), 0 for a SEND
  u8 *payload;
  u16 handles, block;
  struct slot handle[];
};
struct endpoint {
  struct object object;
  struct source source;
  struct endpoint *peer; // not referenced: 0 once the peer has closed
  struct list queue;     // messages to be received here
  u32 sends, queued;     // SENDs among them; all of them
  // orphans.c
  struct list flying;     // while it is in flight
  u32 in_flight, outside; // handles in messages; handles not found in queues of the flying
};
void endpoint_flies(struct object *o, bool begins); // a handle enters or leaves a message
void orphans_look(void);                            // something may have gone out of reach
bool orphans_slice(void);                           // false when there is nothing to do
bool orphans_pending(void);
/// A call on its way and its reply object in one. States: queued -> taken -> done (event pending)
/// -> received. It is referenced by its reply handle and, until received, by the caller's list.
struct call {
  struct object object;   // KIND_REPLY: handles are held by whoever answers
  struct source source;   // SOURCE_CALL: bound to the caller's port, key = cookie
  struct list of_process; // in the caller's list, for cancel and death
  struct deadline deadline;
  struct process *caller;         // 0 once the caller is gone or has its event
  struct process *raised;         // who runs in a higher class for it (referenced), else 0
  struct endpoint *endpoint;      // where it is queued, 0 when taken
  struct message *queued, *reply; // reply: what the REPLY event carries (0: only the status)
  s32 status, late;               // late: what a reply after the end gets
  u8 state;
};
enum { CALL_QUEUED, CALL_TAKEN, CALL_DONE, CALL_RECEIVED };
#define CALLS_IN_FLIGHT 1024 // of one process; keeps cancel bounded
void message_drop(struct message *m);
void call_finish(struct call *c, s32 status); // nothing when it is done already
void call_abandon(struct call *c);            // the caller is gone, or has its event
/// Submits t's submit area from t->progress on: a bounded number of entries, then RESTART.
s64 submit_batch(struct thread *t, u32 bytes, bool then_waits);
struct submission; // ipc/submission.h
s32 submit_entry(struct thread *t, const struct submission *s, const u8 *body);

// --- memory
struct memory {
  struct object object;
  u64 bytes;               // a multiple of PAGE
  u64 committed;           // pages that have a frame, of their own or shared
  frame base;              // contiguous: first frame (image, device, DMA, CONTIGUOUS)
  frame **tables, *single; // else: tables of frames; the only one of small objects
  struct memory *origin;   // whose frames a clone shares (referenced), 0: none
  struct region *region;   // and what maps it first
  u32 own, promised;       // pages before this one are not shared; its part of promised_pages
  u8 source, cache;        // MEMORY_FROM_*: who owns the frames; arch_map's argument
  bool contiguous, sealed; // sealed: never writable again
  u32 writers;             // regions that are writable
  u64 device;              // DMA: the device's tag
  struct list quarantine;  // DMA: its frames wait for dma_release
};
enum { MEMORY_FROM_ALLOCATOR, MEMORY_FROM_IMAGE, MEMORY_FROM_DEVICE, MEMORY_FROM_DMA };
extern u64 quarantined_pages;
enum { MEMORY_TABLE = 1024 };   // frames of a table; their numbers have
#define FRAME_SHARED (1u << 31) // this bit where they are the origin's: memory ends at 8 TiB
#define memory_place(m, page) (&(m)->tables[(page) / MEMORY_TABLE][(page) % MEMORY_TABLE])
frame memory_frame(const struct memory *m, u64 page);
#define memory_shares(m, page) ((m)->origin && *memory_place(m, page) & FRAME_SHARED)
struct memory *memory_over(frame base, u64 bytes); // reserved frames, such as the boot image's
bool memory_destroy_slice(struct memory *m);       // true when all is gone
bool memory_quarantine(struct memory *m); // takes DMA memory that died; false for all other
struct region {
  struct list link;           // in the process, by address
  u64 address, bytes, offset; // offset: in the memory
  struct memory *memory;      // referenced; 0 once it was revoked
  struct thread *mapper;      // whose memory_map has not finished
  struct process *process;
  struct delegation *through; // what it was mapped through (referenced)
  struct list delegated;      // in its regions
  u32 mapped, hidden; // pages mapped so far (both ways restart); of them, in the end's place
  frame instead;      // the page that stands for each of its pages when it is revoked
  u8 protection;
};
/// Puts the private page in the place of at most that many pages; at the end it is delegated no
/// more.
void region_hide(struct region *r, unsigned most);
void region_free(struct process *p, struct region *r); // out of the list; frames let go
/// A thread writes where it may only read: true when that was a shared page, which it now owns.
bool region_write(struct process *p, u64 address);

// --- processes and threads
struct process {
  struct object object;
  struct source source; // SOURCE_PROCESS: the EXIT event
  struct budget *budget;
  struct vault *vault;
  struct process *lender; // whose vault it has until it is kept (referenced), else 0
  frame space;            // top page table
  struct list regions, threads, calls, all, reap;
  struct call *spare; // a reply object that was answered at once, for the next call
  u32 id, weight, thread_count, region_count, call_count, reap_stage, reap_at, delegations;
  u64 buffers[LIMIT_THREADS / 64]; // places of message buffers in use
  u64 logged;                      // when the log last told of its empty budget
  u8 state, class, own_class;      // PROCESS_*; 0 runs before 1
  char name[LIMIT_NAME_BYTES];
  struct exit_report report;
  // scheduler
  struct heap_node runnable; // in the run queue while `threads_runnable` is not empty
  struct heap threads_runnable;
  u64 virtual_time, cpu_time, thread_floor;
  u32 running, queued; // threads on processors now; threads that could run
  u32 raises;          // calls of callers in class 0 that it has not answered: it runs there, too
};
enum { PROCESS_CREATED, PROCESS_RUNNING, PROCESS_ENDING, PROCESS_ENDED };
struct thread {
  struct object object;
  struct process *process;         // referenced
  struct list of_process, waiting; // waiting: in port.waiters
  struct port *port; // what submit_wait waits on until its events are taken (referenced)
  u64 until;
  struct heap_node runnable;
  struct deadline deadline;
  u64 virtual_time, since; // since: when it was put on its processor
  u8 *buffer;              // message buffer in the physical map
  frame buffer_frame;
  u64 buffer_address; // in the process
  s32 pinned;         // processor, or -1
  u32 cpu;            // where it runs or ran last
  u8 state;
  bool kicked, leaves; // must leave its processor; is about to, since it will wait
  // the system call it is in
  u8 drains;      // how often it failed for memory, to be tried again when the dead are gone
  u64 drained_at; // how many objects must have gone by then
  u64 number;     // of its last call
  u64 progress, gathered; // of a call that restarts: how far, and with what; 0 between calls
  struct object *partial; // what it has made so far (referenced)
  void *target;           // what the first argument names, or the caller's process
  struct slot *named;     // the handle that names it
  s64 result;             // rax and rdx for its return
  u64 second;
  void *registers; // arch's save area, in the thread's own block behind this structure
};
enum { THREAD_READY, THREAD_RUNNING, THREAD_WAITING, THREAD_ENDED };
size_t arch_thread_bytes(void); // bytes that the save area takes behind struct thread

extern struct budget *root_budget;
extern struct list all_processes;
extern u32 process_count;
struct process *process_create(struct budget *payer, struct budget *budget, u32 weight,
                               const char *name);
struct thread *thread_create(struct process *p);           // with its message buffer mapped
void start_event(struct thread *first, struct message *m); // START, in its event area
void thread_begin(struct thread *t);                       // makes it ready
void thread_end(struct thread *t);                         // not while it runs elsewhere
void thread_forget(struct thread *t);                      // what its call has made goes
/// A process that was never started: its handles stay where they are. In the vault of another such
/// one, or in a queue that only such a one could read, they would keep both for ever.
bool process_unborn(const struct object *o);
void process_end(struct process *p, u8 reason, s32 code); // starts the end; the reaper finishes it
bool process_forget_spare(struct process *p);             // true when it had one
void reap_process(struct process *p);                     // puts an ending one in the reaper's line
bool reap_slice(void);   // one bounded slice; false when there was nothing to do
bool reap_pending(void); // a slice may have something to do
/// A fault of a user thread: the process ends, with this report.
void thread_fault(struct thread *t, const struct exit_report *fault);

// --- scheduler
void sched_ready(struct thread *t);  // a thread can run; kicks a processor when that helps
void sched_remove(struct thread *t); // it can't (ended)
/// Charges `current`, returns the thread to run, 0 to idle. sched_leave is its first half: the
/// processor runs nothing for now.
struct thread *sched_pick(unsigned cpu, struct thread *current);
void sched_leave(unsigned cpu);
u64 sched_quantum_end(unsigned cpu); // when its timer should fire: quantum, a deadline, NEVER
u64 sched_busy(unsigned cpu);        // ns that it ran user threads
/// What a thread that leaves has made ready waits for its processor; this gives it to another after
/// all.
void sched_spread(void);
/// The direct switch: whether a thread that waits may go on in place of the current one, with the
/// rest of its quantum, where nothing before `until` is to happen; and that it does.
bool sched_can_follow(const struct thread *current, const struct thread *t, u64 until);
void sched_follow(struct thread *t);
/// What sched_pick does, where nothing stands against a thread that follows: it, or 0.
struct thread *sched_take_over(unsigned cpu);
bool sched_runs(const struct thread *t);    // on a processor now
void sched_class(struct process *p);        // its class follows what has been set
void sched_kick_process(struct process *p); // its running threads leave their processors

// --- interrupts, I/O ports, log
struct interrupt {
  struct object object;
  struct source source;
  s32 line;
  bool masked;  // told and not acknowledged, or never acknowledged
  bool pending; // an event to be told
  bool again;   // arrived while masked: told at the next acknowledgement
};
void interrupt_arrived(int line); // from the trap entry: marks, masks, wakes
void interrupt_close(struct interrupt *i);
struct io_ports {
  struct object object;
  struct list all;
  u32 base, count;
};
void io_ports_close(struct io_ports *p);
/// %s, %u (u32), %U (u64), %x (u64 hexadecimal), %X (the same in 16 digits); what is too long is
/// cut. Returns the bytes; log_line appends a newline.
enum { LOG_LINE = 256 };
size_t line_format(char text[LOG_LINE], const char *format, va_list list);
void log_line(const char *format, ...);

// --- system calls
/// Runs one system call of the thread. Sets t->result and t->second, or leaves the thread waiting
/// or ended. Returns RESTART when the call must be entered again with the same arguments.
s64 syscall_run(struct thread *t, u64 number, const u64 argument[6]);
/// submit_wait at once, for a caller that tries it first: the thread waits, and another follows it
/// (sched_follow). False when nothing was done.
bool direct_switch(struct thread *t, const u64 *argument);
/// Steps of calls: a handle argument looked up (0: failure), an object put into the caller's vault
/// (its one reference is passed on; returns the handle or an error).
void *checked(struct thread *t, u64 handle, u32 kind, u16 rights);
s64 give_handle(struct thread *t, struct object *o);

void budget_root(u64 limit);
extern bool hardware_seed; // set at boot when the loader had entropy
#endif
