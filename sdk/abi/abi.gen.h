// Generated from sdk/abi/table.ts by sdk/abi/header.ts; do not edit.
#ifndef LEIVOS_ABI_H
#define LEIVOS_ABI_H
#include <stdint.h>

#define ERROR_BAD_HANDLE (-1)
#define ERROR_WRONG_KIND (-2)
#define ERROR_NO_RIGHT (-3)
#define ERROR_BAD_ARGUMENT (-4)
#define ERROR_BUDGET_EMPTY (-5)
#define ERROR_NO_MEMORY (-6)
#define ERROR_QUEUE_FULL (-7)
#define ERROR_PEER_CLOSED (-8)
#define ERROR_MAYBE_EXECUTED (-9)
#define ERROR_TIMED_OUT (-10)
#define ERROR_CANCELLED (-11)
#define ERROR_BUSY (-12)
#define ERROR_NOT_FOUND (-13)
#define ERROR_TOO_LARGE (-14)
#define ERROR_NO_HANDLE_SLOT (-15)
#define ERROR_NO_ADDRESS_SPACE (-16)
#define ERROR_BAD_STATE (-17)
#define ERROR_UNKNOWN_CALL (-18)

#define KIND_NONE 0
#define KIND_PROCESS 1
#define KIND_THREAD 2
#define KIND_ENDPOINT 3
#define KIND_REPLY 4
#define KIND_PORT 5
#define KIND_MEMORY 6
#define KIND_TIMER 7
#define KIND_BUDGET 8
#define KIND_INTERRUPT 9
#define KIND_IO_PORTS 10
#define KIND_PROCESS_FACTORY 11
#define KIND_INTERRUPT_PRIVILEGE 12
#define KIND_IO_PORT_PRIVILEGE 13
#define KIND_DEVICE_MEMORY_PRIVILEGE 14
#define KIND_DMA_PRIVILEGE 15
#define KIND_DEBUG_LOG 16
#define KIND_SYSTEM 17
#define KIND_DELEGATION 18

#define RIGHT_DUPLICATE 1
#define RIGHT_TRANSFER 2
#define RIGHT_READ 4
#define RIGHT_WRITE 8
#define RIGHT_EXECUTE 16
#define RIGHT_MAP 32
#define RIGHT_SEND 64
#define RIGHT_RECEIVE 128
#define RIGHT_BIND 256
#define RIGHT_MANAGE 512
#define RIGHT_USE 1024
#define RIGHT_INFO 2048
#define RIGHT_ALL 4095

#define OP_SEND 1
#define OP_CALL 2
#define OP_REPLY 3
#define OP_CANCEL 4

#define EVENT_MESSAGE 1
#define EVENT_CALL 2
#define EVENT_REPLY 3
#define EVENT_CLOSED 4
#define EVENT_INTERRUPT 5
#define EVENT_TIMER 6
#define EVENT_EXIT 7
#define EVENT_START 8

#define ENDED_EXITED 0
#define ENDED_KILLED 1
#define ENDED_FAULT 2

#define START_SEEDED 1
#define START_FIRST 2
#define TRANSFER_COPY 0x10000
#define MEMORY_CONTIGUOUS 1
#define PROTECT_READ 1
#define PROTECT_WRITE 2
#define PROTECT_EXECUTE 4
#define WEIGHT_BATCH 0x10000
#define DEVICE_MEMORY_UNCACHED 0
#define DEVICE_MEMORY_WRITE_COMBINING 1
#define INTERRUPT_MSI 256

#define FIRST_BUDGET 0
#define FIRST_PROCESS_FACTORY 1
#define FIRST_INTERRUPTS 2
#define FIRST_IO_PORTS 3
#define FIRST_DEVICE_MEMORY 4
#define FIRST_DMA 5
#define FIRST_DEBUG_LOG 6
#define FIRST_SYSTEM 7
#define FIRST_PLATFORM 8
#define FIRST_TABLE 9
#define FIRST_STATE 10
#define FIRST_IMAGE 11

#define CONTROL_POWER_OFF 1
#define CONTROL_REBOOT 2
#define CONTROL_PANIC 3
#define CONTROL_RECLAIM 4
#define CONTROL_ALIVE 5

#define LIMIT_MESSAGE_BYTES 4096
#define LIMIT_MESSAGE_HANDLES 8
#define LIMIT_QUEUE_DEPTH 64
#define LIMIT_NAME_BYTES 32
#define LIMIT_CPUS 32
#define LIMIT_HANDLE_INDEX_BITS 14
#define LIMIT_PAGE_BYTES 4096
#define LIMIT_BUFFER_BYTES 0x10000
#define LIMIT_SCRATCH_OFFSET 0
#define LIMIT_SCRATCH_BYTES 4096
#define LIMIT_SUBMIT_OFFSET 4096
#define LIMIT_SUBMIT_BYTES 0x7000
#define LIMIT_EVENT_OFFSET 0x8000
#define LIMIT_EVENT_BYTES 0x8000

#define ADDRESS_USER_BASE 0x10000
#define ADDRESS_ENGINE 0x10000000
#define ADDRESS_BUNDLE 0x30000000
#define ADDRESS_HEAP 0x200000000000ull
#define ADDRESS_SHARED 0x400000000000ull
#define ADDRESS_SHARED_END 0x500000000000ull
#define ADDRESS_BUFFERS 0x600000000000ull
#define ADDRESS_STACK_TOP 0x700000000000ull
#define ADDRESS_USER_END 0x7ffffffff000ull

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;
struct submission {
  u32 size;
  u16 operation, handles;
  u32 handle;
  s32 status;
  u64 cookie, deadline;
  u32 length, port;
};
struct event {
  u32 size;
  u16 type, handles;
  s32 status;
  u32 reply;
  u64 key, badge;
  u32 length, reserved;
};
struct wait {
  u32 bytes, failed;
  u64 now, clock, reserved;
};
struct exit_report {
  u32 reason;
  s32 code;
  u32 vector, error;
  u64 address, instruction, stack, frames[8], cpu_time, registers[15], flags;
};
struct platform {
  u32 version, cpus;
  u64 framebuffer, framebuffer_bytes;
  u32 width, height, stride, format;
  u64 ecam;
  u32 ecam_first_bus, ecam_last_bus;
  u64 tsc_khz, handover_tsc, start_tsc;
  u32 options_bytes, entropy_sources;
  u64 rsdp, pad[4];
  char options[3968];
};
struct start {
  u32 version, flags;
  u64 bundle;
  u32 bundle_bytes, heap_limit, stack_bytes, recorder;
  u8 seed[32];
  char name[32];
};
struct process_info {
  u32 state, threads, handles, weight;
  u64 cpu_time, budget_used, budget_limit;
  u32 id, queued;
  char name[32];
};
struct system_info {
  u64 total_pages, free_pages, uptime;
  u32 cpus, processes;
  u64 slab_pages, quarantined_pages;
  u32 hardware_seed, reserved;
  u64 cpu_busy[LIMIT_CPUS];
};

#define SYSTEM_CALLS(X) \
  X(SUBMIT_WAIT, submit_wait, KIND_NONE, 0) \
  X(HANDLE_CLOSE, handle_close, ANY, 0) \
  X(HANDLE_DUPLICATE, handle_duplicate, ANY, RIGHT_DUPLICATE) \
  X(HANDLE_INFO, handle_info, ANY, 0) \
  X(HANDLE_GIVE, handle_give, KIND_PROCESS, RIGHT_MANAGE) \
  X(CHANNEL_CREATE, channel_create, KIND_NONE, 0) \
  X(PORT_CREATE, port_create, KIND_NONE, 0) \
  X(BIND, bind, ANY, RIGHT_BIND) \
  X(TIMER_CREATE, timer_create, KIND_NONE, 0) \
  X(TIMER_SET, timer_set, KIND_TIMER, RIGHT_WRITE) \
  X(MEMORY_CREATE, memory_create, KIND_NONE, 0) \
  X(MEMORY_CLONE, memory_clone, KIND_MEMORY, RIGHT_READ) \
  X(MEMORY_MAP, memory_map, KIND_PROCESS, RIGHT_MANAGE | OWN) \
  X(MEMORY_UNMAP, memory_unmap, KIND_PROCESS, RIGHT_MANAGE | OWN) \
  X(MEMORY_INFO, memory_info, KIND_MEMORY, RIGHT_INFO) \
  X(PROCESS_CREATE, process_create, KIND_PROCESS_FACTORY, RIGHT_USE) \
  X(PROCESS_START, process_start, KIND_PROCESS, RIGHT_MANAGE) \
  X(PROCESS_EXIT, process_exit, KIND_NONE, 0) \
  X(PROCESS_KILL, process_kill, KIND_PROCESS, RIGHT_MANAGE) \
  X(PROCESS_INFO, process_info, KIND_PROCESS, RIGHT_INFO | OWN) \
  X(THREAD_CREATE, thread_create, KIND_NONE, 0) \
  X(THREAD_EXIT, thread_exit, KIND_NONE, 0) \
  X(BUDGET_CREATE, budget_create, KIND_BUDGET, RIGHT_USE) \
  X(BUDGET_INFO, budget_info, KIND_BUDGET, RIGHT_INFO) \
  X(INTERRUPT_CREATE, interrupt_create, KIND_INTERRUPT_PRIVILEGE, RIGHT_USE) \
  X(INTERRUPT_ACKNOWLEDGE, interrupt_acknowledge, KIND_INTERRUPT, RIGHT_MANAGE) \
  X(INTERRUPT_MESSAGE, interrupt_message, KIND_INTERRUPT, RIGHT_INFO) \
  X(IO_PORTS_CREATE, io_ports_create, KIND_IO_PORT_PRIVILEGE, RIGHT_USE) \
  X(IO_READ, io_read, KIND_IO_PORTS, RIGHT_READ) \
  X(IO_WRITE, io_write, KIND_IO_PORTS, RIGHT_WRITE) \
  X(DEVICE_MEMORY_CREATE, device_memory_create, KIND_DEVICE_MEMORY_PRIVILEGE, RIGHT_USE) \
  X(DMA_CREATE, dma_create, KIND_DMA_PRIVILEGE, RIGHT_USE) \
  X(DMA_RELEASE, dma_release, KIND_DMA_PRIVILEGE, RIGHT_USE) \
  X(LOG_WRITE, log_write, KIND_DEBUG_LOG, RIGHT_WRITE) \
  X(LOG_READ, log_read, KIND_DEBUG_LOG, RIGHT_READ) \
  X(SYSTEM_INFO, system_info, KIND_SYSTEM, RIGHT_INFO) \
  X(SYSTEM_CONTROL, system_control, KIND_SYSTEM, RIGHT_MANAGE) \
  X(CLOCK, clock, KIND_NONE, 0) \
  X(HANDLE_NEXT, handle_next, KIND_NONE, 0) \
  X(VAULT_LEND, vault_lend, KIND_PROCESS, RIGHT_MANAGE | OWN) \
  X(DELEGATE, delegate, ANY, RIGHT_DUPLICATE) \
  X(MEMORY_SEAL, memory_seal, KIND_MEMORY, RIGHT_WRITE)
#define NUMBER_OF(NAME, name, kind, rights) SYS_##NAME,
enum { SYSTEM_CALLS(NUMBER_OF) SYS_COUNT };
#endif
