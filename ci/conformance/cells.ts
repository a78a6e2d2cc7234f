// Which errors each system call returns in the suite. conformance.test.ts demands exactly these, in both worlds: an error that comes new
// or is met no more changes this table.
//
// Met elsewhere: those of submit_wait itself, which belongs to the suite's loop (ci/host/nucleus/ipc-cases.c); BUDGET_EMPTY and NO_MEMORY of
// calls that make small blocks, at any moment (case_kills and case_fuzz in ci/host/nucleus/life-cases.c); NO_HANDLE_SLOT (case_vault there);
// NO_ADDRESS_SPACE of thread_create (ci/torture/program/hogs.c). interrupt_create's NOT_FOUND needs a machine without the pin.

/** `CALL ERROR ERROR ...`, in alphabetical order. */
export const cells: readonly string[] = [
  "bind BAD_HANDLE NO_RIGHT WRONG_KIND",
  "budget_create BAD_HANDLE NO_RIGHT TOO_LARGE WRONG_KIND",
  "budget_info BAD_HANDLE NO_RIGHT WRONG_KIND",
  "delegate BAD_HANDLE NO_RIGHT QUEUE_FULL TOO_LARGE WRONG_KIND",
  "device_memory_create BAD_ARGUMENT BAD_HANDLE NO_RIGHT WRONG_KIND",
  "dma_create BAD_ARGUMENT BAD_HANDLE BUDGET_EMPTY NO_RIGHT TOO_LARGE WRONG_KIND",
  "dma_release BAD_HANDLE NO_RIGHT WRONG_KIND",
  "handle_close BAD_HANDLE",
  "handle_duplicate BAD_ARGUMENT BAD_HANDLE NO_RIGHT",
  "handle_give BAD_HANDLE BAD_STATE NO_RIGHT WRONG_KIND",
  "handle_info BAD_HANDLE",
  "interrupt_acknowledge BAD_HANDLE NO_RIGHT WRONG_KIND",
  "interrupt_create BAD_ARGUMENT BAD_HANDLE BUSY NO_RIGHT WRONG_KIND",
  "interrupt_message BAD_HANDLE BAD_STATE NO_RIGHT WRONG_KIND",
  "io_ports_create BAD_ARGUMENT BAD_HANDLE BUSY NO_RIGHT WRONG_KIND",
  "io_read BAD_ARGUMENT BAD_HANDLE NO_RIGHT WRONG_KIND",
  "io_write BAD_ARGUMENT BAD_HANDLE NO_RIGHT WRONG_KIND",
  "log_read BAD_HANDLE NO_RIGHT WRONG_KIND",
  "log_write BAD_HANDLE NO_RIGHT TOO_LARGE WRONG_KIND",
  "memory_clone BAD_ARGUMENT BAD_HANDLE BUDGET_EMPTY NO_RIGHT TOO_LARGE WRONG_KIND",
  "memory_create BAD_ARGUMENT BUDGET_EMPTY TOO_LARGE",
  "memory_info BAD_HANDLE NO_RIGHT WRONG_KIND",
  "memory_map BAD_ARGUMENT BAD_HANDLE BAD_STATE NO_ADDRESS_SPACE NO_RIGHT WRONG_KIND",
  "memory_seal BAD_HANDLE BAD_STATE BUSY NO_RIGHT WRONG_KIND",
  "memory_unmap BAD_HANDLE BAD_STATE NOT_FOUND NO_RIGHT WRONG_KIND",
  "process_create BAD_ARGUMENT BAD_HANDLE BUDGET_EMPTY NO_RIGHT TOO_LARGE WRONG_KIND",
  "process_info BAD_HANDLE NO_RIGHT WRONG_KIND",
  "process_kill BAD_HANDLE BAD_STATE NO_RIGHT WRONG_KIND",
  "process_start BAD_ARGUMENT BAD_HANDLE BAD_STATE BUDGET_EMPTY NO_RIGHT TOO_LARGE WRONG_KIND",
  "system_control BAD_ARGUMENT BAD_HANDLE NO_RIGHT WRONG_KIND",
  "system_info BAD_HANDLE NO_RIGHT WRONG_KIND",
  "thread_create BAD_ARGUMENT BUDGET_EMPTY",
  "timer_set BAD_HANDLE NO_RIGHT WRONG_KIND",
  "vault_lend BAD_HANDLE BAD_STATE BUSY NO_RIGHT WRONG_KIND",
];
