// Runs native Tape code on Linux for another process, which speaks to it over standard input and
// output.
//
// Commands and answers are 32-bit words and raw bytes, little-endian; running.ts is the other side.
// An image is written to memory that is then made readable, its code executable, and never writable
// again. Linear memory
// has 2 GiB without access before it and 6 GiB from it on, of which the program's pages are opened,
// so that any access of compiled code either is in its memory or faults.
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "environment.h"

enum { LOAD = 1, CALL = 2, READ = 3, WRITE = 4, RETURN = 5 };
enum { HOST = 1, DONE = 2 };
// What suspended code asks (tape/native/fiber.ts), and the fuel of a slice: little, so that tests
// suspend often.
enum { ASKS_DONE = 1, ASKS_FUEL = 2, ASKS_GROW = 3, ASKS_IMPORT = 16, SLICE = 50 };
enum { STOPPED = 14, PAGE = 65536, STACK = 4 << 20 };

static const uint64_t below = 2ull << 30;
static const uint64_t above = (6ull << 30) + PAGE;

static struct environment env;
static uint8_t *code;
static uint64_t code_bytes;
static uint64_t fault;
static uint64_t most_bytes;
static uint64_t sp_start;

static void fail(const char *why) {
  fprintf(stderr, "runner: %s\n", why);
  _exit(3);
}

static void get(void *into, size_t n) {
  if (n > 0 && fread(into, 1, n, stdin) != n)
    _exit(0);
}

static uint32_t word(void) {
  uint32_t v;
  get(&v, sizeof v);
  return v;
}

static void put(const void *from, size_t n) {
  if (n > 0 && fwrite(from, 1, n, stdout) != n)
    _exit(0);
}

static void put_word(uint32_t v) { put(&v, sizeof v); }

static void flush(void) {
  if (fflush(stdout) != 0)
    _exit(0);
}

/// A fault inside compiled code goes to its way out; any other one is a bug of the runner.
static void on_fault(int number, siginfo_t *info, void *context) {
  (void)info;
  greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;
  uint64_t at = (uint64_t)r[REG_RIP];
  if (code == NULL || at - (uint64_t)code >= code_bytes) {
    signal(number, SIG_DFL);
    return;
  }
  r[REG_RSP] -= 8;
  *(uint64_t *)r[REG_RSP] = at + 1;
  r[REG_RIP] = (greg_t)((uint64_t)code + fault);
}

static void on_alarm(int number) {
  (void)number;
  env.stop = STOPPED;
  env.limit = ~0ull;
}

static void load(void) {
  uint32_t n = word();
  fault = word();
  uint32_t text = word();
  uint32_t text_bytes = word();
  uint32_t first = word();
  most_bytes = (uint64_t)word() * PAGE;
  sp_start = word();
  env.sp_low = word();
  if (code != NULL)
    munmap(code, code_bytes);
  code_bytes = ((uint64_t)n + 4095) & ~4095ull;
  code = mmap(NULL, code_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (code == MAP_FAILED)
    fail("no memory for code");
  get(code, n);
  if (text % 4096 != 0 || text > code_bytes || text_bytes > code_bytes - text)
    fail("the code lies outside what was sent");
  if (mprotect(code, code_bytes, PROT_READ) != 0 ||
      mprotect(code + text, text_bytes, PROT_READ | PROT_EXEC) != 0)
    fail("code can't be made executable");
  const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
  void *at = env.memory == NULL ? NULL : env.memory - below;
  at = mmap(at, below + above, PROT_NONE, flags | (at == NULL ? 0 : MAP_FIXED), -1, 0);
  if (at == MAP_FAILED)
    fail("no address space for linear memory");
  env.memory = (uint8_t *)at + below;
  env.bytes = first;
  if (mprotect(env.memory, first, PROT_READ | PROT_WRITE) != 0)
    fail("no linear memory");
}

static int64_t grow(struct environment *e, uint64_t pages) {
  uint64_t old = e->bytes;
  if (pages > most_bytes / PAGE || old + pages * PAGE > most_bytes)
    return -1;
  if (pages > 0 && mprotect(e->memory + old, pages * PAGE, PROT_READ | PROT_WRITE) != 0)
    return -1;
  e->bytes = old + pages * PAGE;
  return (int64_t)(old / PAGE);
}

/// The span of memory that a command names, or the end of the runner: the client checks first.
static uint8_t *span(uint32_t at, uint32_t n) {
  if ((uint64_t)at + n > env.bytes)
    fail("a command names memory that is not there");
  return env.memory + at;
}

static int host(struct environment *e, uint32_t import) {
  put_word(HOST);
  put_word(import);
  put(&e->bytes, 8);
  put(e->host_values, sizeof e->host_values);
  flush();
  for (;;) {
    uint32_t command = word();
    uint32_t at = word();
    if (command == RETURN) {
      get(e->host_values, sizeof e->host_values);
      return (int)at;
    }
    uint32_t n = word();
    if (command == READ) {
      put(span(at, n), n);
      flush();
    } else if (command == WRITE)
      get(span(at, n), n);
    else
      fail("an unknown command in a host call");
  }
}

static uint64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

static void alarm_after(uint32_t milliseconds) {
  struct itimerval t = {{0, 0}, {milliseconds / 1000, milliseconds % 1000 * 1000}};
  setitimer(ITIMER_REAL, &t, NULL);
}

/// Runs code that suspends, on a stack of its own that begins at `begin`. 0, or 1 after a trap.
static int run_fiber(int (*enter)(struct environment *), uint64_t begin) {
  static uint64_t stack[STACK / 8];
  uint64_t *top = stack + STACK / 8 - 2;
  *top = begin;
  env.resume = (uint64_t)top;
  env.stack_low = (uint64_t)stack + 8192;
  env.own = 0;
  for (;;) {
    env.fuel = SLICE;
    if (enter(&env))
      return 1;
    uint64_t asked = env.kind;
    env.kind = 0;
    env.own = 0;
    if (asked == ASKS_DONE)
      return 0;
    if (asked == ASKS_FUEL)
      env.own = env.stop;
    else if (asked == ASKS_GROW)
      env.host_values[0] = (uint64_t)grow(&env, env.host_values[0]);
    else
      env.own = (uint64_t)host(&env, (uint32_t)asked - ASKS_IMPORT);
  }
}

static void call(void) {
  uint32_t entry = word();
  uint32_t milliseconds = word();
  uint32_t begin = word();
  uint32_t table = word();
  get(env.values, sizeof env.values);
  if (entry >= code_bytes || begin >= code_bytes || table >= code_bytes)
    fail("an entry outside the code");
  int (*run)(struct environment *) = (int (*)(struct environment *))(void *)(code + entry);
  env.limit = (uint64_t)__builtin_frame_address(0) - STACK;
  env.stop = env.kind = env.depth = env.text = env.text_bytes = 0;
  env.sp = sp_start;
  alarm_after(milliseconds);
  uint64_t start = now();
  env.table = (uint64_t)code + table;
  int trapped = begin == 0 ? run(&env) : run_fiber(run, (uint64_t)code + begin);
  uint64_t taken = now() - start;
  alarm_after(0);
  put_word(DONE);
  put_word((uint32_t)trapped);
  put(&taken, 8);
  put(&env.bytes, 8);
  put(env.values, sizeof env.values);
  if (trapped) {
    uint64_t base = (uint64_t)code;
    for (uint64_t i = 0; i < env.depth; i++)
      env.trace[i] -= base;
    put(&env.stop, 8);
    put(&env.kind, 8);
    put(&env.text, 8);
    put(&env.text_bytes, 8);
    put(&env.depth, 8);
    put(env.trace, sizeof env.trace);
  }
  flush();
}

int main(void) {
  static uint8_t alternate[65536];
  stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
  sigaltstack(&stack, NULL);
  struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK};
  action.sa_sigaction = on_fault;
  sigaction(SIGSEGV, &action, NULL);
  sigaction(SIGBUS, &action, NULL);
  sigaction(SIGFPE, &action, NULL);
  sigaction(SIGILL, &action, NULL);
  struct sigaction timer = {.sa_handler = on_alarm, .sa_flags = SA_RESTART | SA_ONSTACK};
  sigaction(SIGALRM, &timer, NULL);
  env.host = host;
  env.grow = grow;
  for (;;) {
    uint32_t command = word();
    if (command == LOAD)
      load();
    else if (command == CALL)
      call();
    else if (command == READ || command == WRITE) {
      uint32_t at = word();
      uint32_t n = word();
      if (command == WRITE)
        get(span(at, n), n);
      else {
        put(span(at, n), n);
        flush();
      }
    } else
      fail("an unknown command");
  }
}
