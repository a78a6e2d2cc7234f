// The one table of the system interface: system calls, rights, object kinds, errors, message layouts, limits.
// The C header (abi.gen.h) and every TypeScript constant come from it; docs/abi.md explains it and a test holds the two together.

/** Errors: negative results of system calls, `status` of submissions and events. Codes are stable. */
export const errors = {
  BAD_HANDLE: [-1, "the number names no handle of this process; it may have been closed or moved"],
  WRONG_KIND: [-2, "the handle names an object of another kind than the call takes"],
  NO_RIGHT: [-3, "the handle lacks the right that the call needs; ask for it in the manifest"],
  BAD_ARGUMENT: [-4, "an argument is out of its documented range"],
  BUDGET_EMPTY: [
    -5,
    "the memory budget that pays is exhausted; raise `budget` in the manifest or free something",
  ],
  NO_MEMORY: [-6, "the machine has no free page left"],
  QUEUE_FULL: [-7, "the receiver's queue holds as many messages as it may; wait and send again"],
  PEER_CLOSED: [-8, "the other end is closed and has not seen the message; connect again"],
  MAYBE_EXECUTED: [
    -9,
    "the receiver ended after it had taken the call; it may or may not have run",
  ],
  TIMED_OUT: [-10, "the deadline passed"],
  CANCELLED: [-11, "the caller cancelled the call"],
  BUSY: [-12, "the object is in use in a way that excludes this call"],
  NOT_FOUND: [-13, "no such thing"],
  TOO_LARGE: [-14, "a message, name or range exceeds its limit"],
  NO_HANDLE_SLOT: [-15, "the process holds as many handles as it may"],
  NO_ADDRESS_SPACE: [-16, "the address range is taken or outside of user space"],
  BAD_STATE: [-17, "the object is not in the state that the call needs"],
  UNKNOWN_CALL: [-18, "no system call has this number"],
} as const;

/** Object kinds, as handle_info returns them. */
export const kinds = {
  NONE: 0,
  PROCESS: 1,
  THREAD: 2,
  ENDPOINT: 3,
  REPLY: 4,
  PORT: 5,
  MEMORY: 6,
  TIMER: 7,
  BUDGET: 8,
  INTERRUPT: 9,
  IO_PORTS: 10,
  /** Privileges: the right to create objects that reach hardware or other processes. */
  PROCESS_FACTORY: 11,
  INTERRUPT_PRIVILEGE: 12,
  IO_PORT_PRIVILEGE: 13,
  DEVICE_MEMORY_PRIVILEGE: 14,
  DMA_PRIVILEGE: 15,
  DEBUG_LOG: 16,
  SYSTEM: 17,
  /** what `delegate` made: the end of its one handle takes back every copy */
  DELEGATION: 18,
} as const;

/** Rights: bits of a handle; duplicating or moving a handle can only remove bits. */
export const rights = {
  DUPLICATE: 1,
  TRANSFER: 2,
  READ: 4,
  WRITE: 8,
  EXECUTE: 16,
  MAP: 32,
  SEND: 64,
  RECEIVE: 128,
  BIND: 256,
  /** kill, start, give handles to, map into (process); limit (budget); acknowledge (interrupt) */
  MANAGE: 512,
  /** create objects from a privilege, or charge a budget */
  USE: 1024,
  INFO: 2048,
  ALL: 4095,
} as const;

/** Operations of a submission (submit_wait). */
export const operations = { SEND: 1, CALL: 2, REPLY: 3, CANCEL: 4 } as const;

/** Events that submit_wait collects. */
export const events = {
  /** a message that wants no reply */
  MESSAGE: 1,
  /** a message with a reply handle */
  CALL: 2,
  /** the end of a call made by this process: `key` is its cookie, `status` 0 or an error */
  REPLY: 3,
  /** the peer endpoint is closed; nothing more will arrive */
  CLOSED: 4,
  /** interrupts pending; masked until acknowledged */
  INTERRUPT: 5,
  TIMER: 6,
  /** a process ended and is torn down: `status` is its exit code, the payload an exit report */
  EXIT: 7,
  /** the first event of every process */
  START: 8,
} as const;

/** Why a process ended (exit report). */
export const exits = { EXITED: 0, KILLED: 1, FAULT: 2 } as const;

/** Flags of the START payload. */
export const startFlags = {
  /** the seed is entropy; without it the runtime refuses to give random numbers */
  SEEDED: 1,
  /** made by the nucleus for the first process: bare handle numbers follow */
  FIRST: 2,
} as const;

/** Flags of a handle that travels in a message: the low 16 bits are the rights to keep. */
export const transfers = { COPY: 0x10000 } as const;

/** memory_create flags. */
export const memoryFlags = { CONTIGUOUS: 1 } as const;

/** memory_map protection bits. */
export const protections = { READ: 1, WRITE: 2, EXECUTE: 4 } as const;

/** Added to the weight of a process: it is a batch process, which runs when no other can, and gets a tenth of the time beside them. */
export const weights = { BATCH: 0x10000 } as const;

/** device_memory_create flags. */
export const deviceMemoryFlags = { UNCACHED: 0, WRITE_COMBINING: 1 } as const;

/** interrupt_create sources: 0..15 ISA lines (through the MADT's overrides), MSI for a message-signalled one. */
export const interruptSources = { MSI: 256 } as const;

/** Handles of `init`, by their place in its START payload (docs/boot-image.md); boot image entry i is at IMAGE + i. */
export const firstHandles = {
  BUDGET: 0,
  PROCESS_FACTORY: 1,
  INTERRUPTS: 2,
  IO_PORTS: 3,
  DEVICE_MEMORY: 4,
  DMA: 5,
  DEBUG_LOG: 6,
  SYSTEM: 7,
  PLATFORM: 8,
  TABLE: 9,
  /** memory for what the next `init` must know, zeros at the start (docs/supervision.md) */
  STATE: 10,
  IMAGE: 11,
} as const;

/** system_control operations. */
export const controls = {
  POWER_OFF: 1,
  REBOOT: 2,
  PANIC: 3,
  /** frees empty slabs and tables, so that two equal states have equal free-page counts */
  RECLAIM: 4,
  /** the first process is well; when it does not say so again within so many ns, it is ended */
  ALIVE: 5,
} as const;

export const limits = {
  MESSAGE_BYTES: 4096,
  MESSAGE_HANDLES: 8,
  QUEUE_DEPTH: 64,
  NAME_BYTES: 32,
  CPUS: 32,
  HANDLE_INDEX_BITS: 14,
  PAGE_BYTES: 4096,
  /** the thread's message buffer: scratch, submissions, events */
  BUFFER_BYTES: 65536,
  SCRATCH_OFFSET: 0,
  SCRATCH_BYTES: 4096,
  SUBMIT_OFFSET: 4096,
  SUBMIT_BYTES: 28672,
  EVENT_OFFSET: 32768,
  EVENT_BYTES: 32768,
} as const;

/** User address-space map (docs/abi.md). Below USER_BASE and at or above USER_END nothing can be mapped. */
export const addresses = {
  USER_BASE: 0x1_0000,
  ENGINE: 0x1000_0000,
  BUNDLE: 0x3000_0000,
  /** where the runtime grows its heap */
  HEAP: 0x2000_0000_0000,
  /** where memory_map places what asks for no address */
  SHARED: 0x4000_0000_0000,
  SHARED_END: 0x5000_0000_0000,
  /** message buffers of threads, placed by the nucleus, 128 KiB apart */
  BUFFERS: 0x6000_0000_0000,
  /** top of the first thread's stack; a guard page lies under each stack */
  STACK_TOP: 0x7000_0000_0000,
  USER_END: 0x7fff_ffff_f000,
} as const;

/** Layouts, offsets in bytes from the start of the structure; all little-endian. */
export const layouts = {
  submission: {
    /** bytes of this entry, header and padding included; a multiple of 8 */
    size: 0, // u32
    operation: 4, // u16
    handles: 6, // u16 number of handles
    handle: 8, // u32 endpoint or reply
    status: 12, // i32, written by the nucleus
    cookie: 16, // u64, returned as the key of the REPLY event; CANCEL names it
    deadline: 24, // u64 ns since boot, 0 = none
    length: 32, // u32 payload bytes
    port: 36, // u32 port that gets the REPLY event
    /** then per handle {u32 number, u32 rights | transfer flags}, then the payload */
    HEADER: 40,
  },
  event: {
    size: 0, // u32, header and padding included; a multiple of 8
    type: 4, // u16
    handles: 6, // u16
    status: 8, // i32
    reply: 12, // u32 reply handle of a CALL
    key: 16, // u64 the key given to bind, or a call's cookie
    badge: 24, // u64 badge of the handle that it was sent through
    length: 32, // u32 payload bytes
    reserved: 36, // u32
    /** then per handle u32 number (0 where the vault had no room), padded to 8, then the payload */
    HEADER: 40,
  },
  /** at EVENT_OFFSET, before the first event */
  wait: {
    bytes: 0, // u32 bytes of events that follow the header
    failed: 4, // u32 submissions with a status below 0
    now: 8, // u64 ns since boot
    clock: 16, // u64 ns since 1970 (UTC) at `now`, 0 when the machine has no clock
    reserved: 24, // u64
    HEADER: 32,
  },
  /** payload of EXIT */
  exitReport: {
    reason: 0, // u32 exits.*
    code: 4, // i32
    vector: 8, // u32 processor exception
    error: 12, // u32 its error code
    address: 16, // u64 faulting address
    instruction: 24, // u64
    stack: 32, // u64
    frames: 40, // 8 x u64 return addresses, 0 where none
    cpuTime: 104, // u64 ns
    registers: 112, // 15 x u64 at a fault, in the order of registerNames
    flags: 232, // u64
    SIZE: 240,
  },
  /** the memory object of platform facts, the last handle that `init` gets; one page */
  platform: {
    version: 0, // u32, 1
    cpus: 4, // u32
    framebuffer: 8, // u64 physical address, 0 none
    framebufferBytes: 16, // u64
    width: 24, // u32 pixels
    height: 28, // u32
    stride: 32, // u32 pixels a row
    format: 36, // u32 1 BGRX, 2 RGBX
    ecam: 40, // u64 physical address of PCI configuration space, 0 none
    ecamFirstBus: 48, // u32
    ecamLastBus: 52, // u32
    tscKhz: 56, // u64
    handoverTsc: 64, // u64 time stamp at the loader's jump
    startTsc: 72, // u64 time stamp when the first process was ready
    optionsBytes: 80, // u32
    entropySources: 84, // u32 bits of struct handover
    rsdp: 88, // u64 physical address of the ACPI root pointer, 0 none
    OPTIONS: 128, // the text of \\leivos\\options
    SIZE: 4096,
  },
  /** payload of START, as the engine reads it; what follows belongs to the runtime (docs/abi.md) */
  start: {
    version: 0, // u32, 1
    flags: 4, // u32 startFlags.*
    bundle: 8, // u64 address of the mapped bytecode
    bundleBytes: 16, // u32
    heapLimit: 20, // u32 bytes that the engine may allocate
    stackBytes: 24, // u32 size of the first stack, guard page not included
    recorder: 28, // u32 address of the page for heads of messages, 0 none (sdk/runtime/recorder-page.ts)
    seed: 32, // 32 bytes of entropy, valid with startFlags.SEEDED
    name: 64, // 32 bytes, NUL padded
    SIZE: 96,
  },
  /** process_info, into scratch */
  processInfo: {
    state: 0, // u32 0 created, 1 running, 2 ending, 3 ended
    threads: 4, // u32
    handles: 8, // u32
    weight: 12, // u32
    cpuTime: 16, // u64 ns
    budgetUsed: 24, // u64 bytes
    budgetLimit: 32, // u64 bytes
    id: 40, // u32
    queued: 44, // u32 messages waiting in its endpoints' queues
    name: 48, // 32 bytes, NUL padded
    SIZE: 80,
  },
  /** system_info, into scratch */
  systemInfo: {
    totalPages: 0, // u64 pages that the allocator manages
    freePages: 8, // u64
    uptime: 16, // u64 ns
    cpus: 24, // u32
    processes: 28, // u32
    slabPages: 32, // u64
    quarantinedPages: 40, // u64
    hardwareSeed: 48, // u32 1 when the loader had a seed
    reserved: 52, // u32
    cpuBusy: 56, // CPUS x u64 ns that each processor ran user threads
    SIZE: 312,
  },
} as const;

/** Second results (rdx) are 0 where none is named. `right`: what the first handle must carry. */
export const syscalls = [
  [
    "submit_wait",
    0,
    ["port", "bytes", "deadline"],
    "Submits the `bytes` bytes of the submit area in order, writing each entry's status; then, with a port, collects events and waits for the first until `deadline` (ns since boot; 0 polls, all ones waits for ever). Returns the bytes of events (0: deadline passed); rdx: now.",
  ],
  ["handle_close", 1, ["handle"], "Closes a handle. The object goes with its last reference."],
  [
    "handle_duplicate",
    2,
    ["handle", "rights", "badge"],
    "A second handle with a subset of the rights. A badge may be set only where the handle has none (0 keeps it). Right: DUPLICATE.",
  ],
  ["handle_info", 3, ["handle"], "Kind | rights << 8; rdx: badge."],
  [
    "handle_give",
    4,
    ["process", "handle", "rights"],
    "Moves a handle into another process's vault and returns its number there; BAD_STATE where both are processes that have not started. Rights: MANAGE on the process, TRANSFER on the handle.",
  ],
  ["channel_create", 5, [], "Two connected endpoints: rax and rdx."],
  ["port_create", 6, [], "A port: the one thing that a thread waits on."],
  [
    "bind",
    7,
    ["handle", "port", "key"],
    "Events of an endpoint, interrupt, timer or process go to the port and carry the key; port 0 unbinds. Right: BIND (endpoint: RECEIVE too).",
  ],
  ["timer_create", 8, [], "A timer object."],
  [
    "timer_set",
    9,
    ["timer", "deadline"],
    "Arms (ns since boot) or disarms (all ones) a timer. Right: WRITE.",
  ],
  [
    "memory_create",
    10,
    ["bytes", "flags"],
    "Zeroed memory, charged to the caller's budget at once. Long work: restarts.",
  ],
  [
    "memory_clone",
    11,
    ["memory", "offset", "bytes", "size"],
    "A private copy of a range, extended with zeros to `size`; whole pages of sealed memory are shared until they are written to. Right: READ. Long work: restarts.",
  ],
  [
    "memory_map",
    12,
    ["process", "memory", "address", "offset", "bytes", "protection"],
    "Maps a range (process 0: the caller; address 0: the nucleus chooses) and returns the address. Rights: MAP and READ/WRITE/EXECUTE as the protection says, MANAGE on the process. Write and execute exclude each other. Long work: restarts.",
  ],
  ["memory_unmap", 13, ["process", "address"], "Unmaps the region that starts at `address`."],
  [
    "memory_info",
    14,
    ["memory"],
    "Bytes; rdx: bus address of contiguous memory made for DMA; else, and through a handle that was delegated, 0. Right: INFO.",
  ],
  [
    "process_create",
    15,
    ["factory", "budget", "weight", "nameBytes"],
    "A process without threads; its name stands in scratch. Weight: 1 to 10,000, + weights.BATCH. Right: USE on both.",
  ],
  [
    "process_start",
    16,
    ["process", "entry", "stack", "bytes"],
    "Starts the first thread. The submit area holds one entry whose handles and payload become the process's START event; the thread enters with rdi = message buffer, rsi = stack. Right: MANAGE.",
  ],
  ["process_exit", 17, ["code"], "Ends the calling process."],
  ["process_kill", 18, ["process", "code"], "Ends a process. Right: MANAGE."],
  [
    "process_info",
    19,
    ["process"],
    "Writes processInfo into scratch (process 0: the caller). Right: INFO.",
  ],
  [
    "thread_create",
    20,
    ["entry", "stack", "argument", "cpu"],
    "A thread of the calling process: rdi = message buffer, rsi = argument; cpu: 0 any, n pins it to processor n-1.",
  ],
  ["thread_exit", 21, [], "Ends the calling thread."],
  [
    "budget_create",
    22,
    ["parent", "bytes"],
    "A budget under a parent: both are charged. Right: USE.",
  ],
  ["budget_info", 23, ["budget"], "Limit; rdx: used. Right: INFO."],
  [
    "interrupt_create",
    24,
    ["privilege", "source"],
    "An interrupt object; masked until bound and acknowledged once. Right: USE.",
  ],
  ["interrupt_acknowledge", 25, ["interrupt"], "Unmasks after an INTERRUPT event. Right: MANAGE."],
  [
    "interrupt_message",
    26,
    ["interrupt"],
    "Address; rdx: data, to program a device's MSI or MSI-X entry with. Right: INFO.",
  ],
  [
    "io_ports_create",
    27,
    ["privilege", "base", "count"],
    "A range of I/O ports; ranges handed out do not overlap. Right: USE.",
  ],
  ["io_read", 28, ["ports", "port", "width"], "Reads 1, 2 or 4 bytes. Right: READ."],
  ["io_write", 29, ["ports", "port", "width", "value"], "Writes 1, 2 or 4 bytes. Right: WRITE."],
  [
    "device_memory_create",
    30,
    ["privilege", "physical", "bytes", "flags"],
    "A memory object over device memory or the firmware's tables; never over memory that the allocator manages. Right: USE.",
  ],
  [
    "dma_create",
    31,
    ["privilege", "bytes"],
    "Contiguous zeroed memory for the device named by the privilege handle's badge. Its frames stay quarantined after its end until dma_release. Right: USE.",
  ],
  [
    "dma_release",
    32,
    ["privilege", "device"],
    "Frees the quarantined frames of a device that was reset; returns their number. Only with an unbadged privilege. Right: USE.",
  ],
  [
    "log_write",
    33,
    ["log", "bytes", "quiet"],
    "Appends scratch text to the nucleus's log ring and, until the console takes it and unless `quiet` is set, to COM1. Right: WRITE.",
  ],
  [
    "log_read",
    34,
    ["log", "position"],
    "Copies log text from `position` into scratch; returns bytes; rdx: next position. Right: READ.",
  ],
  ["system_info", 35, ["system"], "Writes systemInfo into scratch. Right: INFO."],
  ["system_control", 36, ["system", "operation", "within"], "controls.*. Right: MANAGE."],
  ["clock", 37, [], "Ns since boot; rdx: ns since 1970 or 0."],
  [
    "handle_next",
    38,
    ["index"],
    "The caller's handle in the first used slot from `index` on, 0 when there is none; rdx: the index after it.",
  ],
  [
    "vault_lend",
    39,
    ["process", "to"],
    "Exchanges the vaults of two processes whose threads all wait, or whose only one makes the call (else BUSY). Until `to` 0, said of the second one, keeps the exchange, the end of that one undoes it. Right: MANAGE on both.",
  ],
  [
    "delegate",
    40,
    ["handle", "rights"],
    "A handle to the same object, with a subset of the rights, that can be taken back; rdx: its delegation. Closing that (or its holder's end) makes this handle and every copy of it BAD_HANDLE before the call returns; what was mapped through them becomes private pages. Not of ports, replies and delegations; 64 a process, 16 deep. Right: DUPLICATE.",
  ],
  [
    "memory_seal",
    41,
    ["memory", "system"],
    "Makes memory immutable for good: from then on it can't be mapped writable (BAD_STATE). BUSY while it is mapped writable anywhere. Returns a handle without WRITE; with a handle to the system object that has EXECUTE (else 0), one that may be mapped executable. Right: WRITE.",
  ],
] as const;

/** What the first argument of a call must name, and the rights that its handle must carry. "ANY": a handle of any kind;
 * a right "OWN": 0 names the caller's process. Calls that are not named here look at their arguments themselves. */
export const firstArguments: Record<string, readonly [kind: string, ...rights: string[]]> = {
  handle_close: ["ANY"],
  handle_duplicate: ["ANY", "DUPLICATE"],
  handle_info: ["ANY"],
  delegate: ["ANY", "DUPLICATE"],
  handle_give: ["PROCESS", "MANAGE"],
  bind: ["ANY", "BIND"],
  timer_set: ["TIMER", "WRITE"],
  memory_clone: ["MEMORY", "READ"],
  memory_map: ["PROCESS", "MANAGE", "OWN"],
  memory_unmap: ["PROCESS", "MANAGE", "OWN"],
  memory_info: ["MEMORY", "INFO"],
  memory_seal: ["MEMORY", "WRITE"],
  process_create: ["PROCESS_FACTORY", "USE"],
  process_start: ["PROCESS", "MANAGE"],
  process_kill: ["PROCESS", "MANAGE"],
  process_info: ["PROCESS", "INFO", "OWN"],
  budget_create: ["BUDGET", "USE"],
  budget_info: ["BUDGET", "INFO"],
  interrupt_create: ["INTERRUPT_PRIVILEGE", "USE"],
  interrupt_acknowledge: ["INTERRUPT", "MANAGE"],
  interrupt_message: ["INTERRUPT", "INFO"],
  io_ports_create: ["IO_PORT_PRIVILEGE", "USE"],
  io_read: ["IO_PORTS", "READ"],
  io_write: ["IO_PORTS", "WRITE"],
  device_memory_create: ["DEVICE_MEMORY_PRIVILEGE", "USE"],
  dma_create: ["DMA_PRIVILEGE", "USE"],
  dma_release: ["DMA_PRIVILEGE", "USE"],
  log_write: ["DEBUG_LOG", "WRITE"],
  log_read: ["DEBUG_LOG", "READ"],
  system_info: ["SYSTEM", "INFO"],
  system_control: ["SYSTEM", "MANAGE"],
  vault_lend: ["PROCESS", "MANAGE", "OWN"],
};

/** A report's registers, in the order in which the nucleus's entries keep them. */
export const registerNames = "rdi rsi rdx r10 r8 r9 r15 r14 r13 r12 r11 rbp rcx rbx rax".split(" ");

/** The layouts as C sees them; the generator refuses a member that does not lie where `layouts` says. */
export const structures: Record<keyof typeof layouts, string> = {
  submission:
    "u32 size; u16 operation, handles; u32 handle; s32 status; u64 cookie, deadline; u32 length, port;",
  event:
    "u32 size; u16 type, handles; s32 status; u32 reply; u64 key, badge; u32 length, reserved;",
  wait: "u32 bytes, failed; u64 now, clock, reserved;",
  exitReport:
    "u32 reason; s32 code; u32 vector, error; u64 address, instruction, stack, frames[8], cpuTime, " +
    "registers[15], flags;",
  platform:
    "u32 version, cpus; u64 framebuffer, framebufferBytes; u32 width, height, stride, format; u64 ecam; " +
    "u32 ecamFirstBus, ecamLastBus; u64 tscKhz, handoverTsc, startTsc; u32 optionsBytes, entropySources; " +
    "u64 rsdp, pad[4]; char OPTIONS[3968];",
  start:
    "u32 version, flags; u64 bundle; u32 bundleBytes, heapLimit, stackBytes, recorder; u8 seed[32]; char name[32];",
  processInfo:
    "u32 state, threads, handles, weight; u64 cpuTime, budgetUsed, budgetLimit; u32 id, queued; char name[32];",
  systemInfo:
    "u64 totalPages, freePages, uptime; u32 cpus, processes; u64 slabPages, quarantinedPages; " +
    "u32 hardwareSeed, reserved; u64 cpuBusy[LIMIT_CPUS];",
};
