// The nearest operations of Linux, in a program without a C library: round trips between two
// processes over pipes, unix sockets and futexes, mappings, processes and their faults. Numbers:
// arch/x86/entry/syscalls of its source.
#include "../native/samples.h"

enum {
  READ = 0,
  WRITE = 1,
  MMAP = 9,
  MUNMAP = 11,
  PIPE = 22,
  SENDMSG = 46,
  RECVMSG = 47,
  SOCKETPAIR = 53,
  FORK = 57,
  EXECVE = 59,
  EXIT = 60,
  WAIT = 61,
  KILL = 62,
  GETPPID = 110,
  FUTEX = 202,
  AFFINITY = 203,
  GETCPUS = 204
};

static long call(long n, long a, long b, long c, long d, long e, long f) {
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "+a"(n)
                   : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return n;
}
#define CALL3(n, a, b, c) call(n, (long)(a), (long)(b), (long)(c), 0, 0, 0)

void write_text(const char *text, u32 bytes) { CALL3(WRITE, 1, text, bytes); }
static _Noreturn void leave(int code) {
  for (;;)
    CALL3(EXIT, code, 0, 0);
}
static void run_on(unsigned cpu) {
  u64 mask = 1ull << cpu;
  CALL3(AFFINITY, 0, sizeof mask, &mask);
}

static char block[4096];
static void read_all(int file, long bytes) {
  for (long done = 0, part; done < bytes; done += part)
    if ((part = CALL3(READ, file, block + done, bytes - done)) <= 0)
      leave(1);
}
static void round_trip(const int *out, const int *in, long bytes) {
  CALL3(WRITE, out[1], block, bytes);
  read_all(in[0], bytes);
}

/// A process on that processor that sends back what it gets.
static long echo(const int *from, const int *to, long bytes, unsigned cpu) {
  long process = CALL3(FORK, 0, 0, 0);
  if (process)
    return process;
  run_on(cpu);
  for (;;) {
    read_all(from[0], bytes);
    CALL3(WRITE, to[1], block, bytes);
  }
}
static void end(long process) {
  CALL3(KILL, process, 9, 0);
  CALL3(WAIT, process, 0, 0);
}

static void streams(const char *const *names, bool sockets, unsigned cpu) {
  static const long sizes[] = {1, 64, 4096};
  for (unsigned i = 0; i < 3; i++) {
    int a[2], b[2];
    if (sockets) { // both ends read and write: as two pairs of one direction each
      int pair[2];
      call(SOCKETPAIR, 1, 1, 0, (long)pair, 0, 0);
      a[1] = b[0] = pair[0];
      a[0] = b[1] = pair[1];
    } else {
      CALL3(PIPE, a, 0, 0);
      CALL3(PIPE, b, 0, 0);
    }
    long process = echo(a, b, sizes[i], cpu);
    MEASURE(names[i], MOST_SAMPLES, round_trip(a, b, sizes[i]));
    end(process);
  }
}

static volatile u32 *turn;
static void await(u32 value) {
  while (*turn != value)
    call(FUTEX, (long)turn, 0, 1 - value, 0, 0, 0);
}
static void pass(u32 value) {
  *turn = value;
  call(FUTEX, (long)turn, 1, 1, 0, 0, 0);
}
static void futexes(const char *name, unsigned cpu) {
  long process = CALL3(FORK, 0, 0, 0);
  if (!process) {
    run_on(cpu);
    for (;;) {
      await(1);
      pass(0);
    }
  }
  MEASURE(name, MOST_SAMPLES, (pass(1), await(0)));
  end(process);
}

/// A message of one byte with an open file (unix(7), cmsg(3)).
struct carried {
  u64 length;
  s32 level, type, file, pad;
};
static long carry(long n, int socket, struct carried *c) {
  struct {
    void *base;
    u64 bytes;
  } part = {block, 1};
  struct {
    void *name;
    u32 name_bytes;
    void *parts;
    u64 count;
    void *control;
    u64 control_bytes;
    s32 flags;
  } message = {0, 0, &part, 1, c, sizeof *c, 0};
  return CALL3(n, socket, &message, 0);
}
static void files(const char *name) {
  int pair[2];
  call(SOCKETPAIR, 1, 1, 0, (long)pair, 0, 0);
  struct carried c = {20, 1, 1, 0, 0};
  long process = CALL3(FORK, 0, 0, 0);
  if (!process)
    for (;;) {
      carry(RECVMSG, pair[1], &c);
      carry(SENDMSG, pair[1], &c);
      CALL3(3, c.file, 0, 0);
    }
  MEASURE(name, MOST_SAMPLES, ({
            carry(SENDMSG, pair[0], &c);
            carry(RECVMSG, pair[0], &c);
            CALL3(3, c.file, 0, 0);
            c.file = 0;
          }));
  end(process);
}

static void *map(u64 bytes, long flags) {
  return (void *)call(MMAP, 0, (long)bytes, 3, flags, -1, 0);
}
static void map_touch(u64 bytes) {
  volatile u8 *at = map(bytes, 0x22);
  for (u64 i = 0; i < bytes; i += 4096)
    at[i] = 1;
  CALL3(MUNMAP, at, bytes, 0);
}

static void life(bool execute, volatile u64 *fault) {
  static char *const arguments[] = {"other", "leave", 0}, *const none[] = {0};
  long process = CALL3(FORK, 0, 0, 0);
  if (!process) {
    if (execute)
      CALL3(EXECVE, "/other", arguments, none);
    if (fault) {
      *fault = counter();
      __builtin_trap();
    }
    leave(0);
  }
  CALL3(WAIT, process, 0, 0);
}

__attribute__((noreturn, used)) void begin(char **stack) {
  if ((long)stack[0] > 1)
    leave(0);
  static const char *const pipe[] = {"pipe.1", "pipe.64", "pipe.4096"},
                           *const socket[] = {"socket.1", "socket.64", "socket.4096"},
                           *const pipe_across[] = {"across.pipe.1", "across.pipe.64",
                                                   "across.pipe.4096"},
                           *const socket_across[] = {"across.socket.1", "across.socket.64",
                                                     "across.socket.4096"};
  u64 cpus = 0;
  CALL3(GETCPUS, 0, sizeof cpus, &cpus);
  turn = map(4096, 0x21);
  run_on(0);
  if (cpus & 2) {
    streams(pipe_across, false, 1);
    streams(socket_across, true, 1);
    futexes("across.futex", 1);
  } else {
    MEASURE("system.call", MOST_SAMPLES, CALL3(GETPPID, 0, 0, 0));
    streams(pipe, false, 0);
    streams(socket, true, 0);
    files("socket.file");
    futexes("futex", 0);
    MEASURE("map.1", 301, map_touch(4096));
    MEASURE("map.64", 101, map_touch(64 * 4096));
    MEASURE("fork", 101, life(false, 0));
    MEASURE("fork.exec", 101, life(true, 0));
    volatile u64 *at = map(4096, 0x21);
    for (u32 i = 0; i < 101; i++) {
      life(false, at);
      samples[i] = counter() - *at;
    }
    report("fault", 101);
  }
  write_text("bench-end\n", 10);
  for (;;)
    CALL3(34, 0, 0, 0); // pause
}

__asm__(".globl _start\n_start: mov %rsp, %rdi\n and $-16, %rsp\n call begin");
