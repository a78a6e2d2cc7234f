// What `uusi bench ipc`, `memory` and `process` compare: each operation with the nearest ones of Linux, by the names
// under which the two programs report them.

/** One line of a table. */
export interface Row {
  name: string;
  own: string;
  /** the nearest operations of Linux by column; absent where there is none */
  peers: Partial<Record<PeerColumn, string>>;
}

export const peerColumns = ["pipe", "socket", "other"] as const;
export type PeerColumn = (typeof peerColumns)[number];

const calls = (place: string, prefix: string): Row[] =>
  [
    ["null", "1"],
    ["64", "64"],
    ["4096", "4096"],
  ].map(([own, peer]) => ({
    name: `call and reply, ${own === "null" ? "null" : `${own} bytes each way`}${place}`,
    own: `${prefix}call.${own}`,
    peers: { pipe: `${prefix}pipe.${peer}`, socket: `${prefix}socket.${peer}` },
  }));

/** On one processor. */
export const ipcRows: Row[] = [
  { name: "system call (clock; getppid)", own: "system.call", peers: { other: "system.call" } },
  ...calls("", ""),
  {
    name: "call with a handle there and back",
    own: "call.handle",
    peers: { socket: "socket.file" },
  },
  { name: "two notifications (futex)", own: "notify", peers: { other: "futex" } },
];

/** Between two TypeScript programs; beside C on Linux. */
export const typeScriptRow: Row = {
  name: "call and reply, 64 bytes, TypeScript, validated",
  own: "typescript.call.64",
  peers: { pipe: "pipe.64", socket: "socket.64" },
};

/** Between two processors; only as times, since counting processors take turns. */
export const acrossRows: Row[] = [
  ...calls(", across processors", "across."),
  {
    name: "two notifications, across processors (futex)",
    own: "across.notify",
    peers: { other: "across.futex" },
  },
];

export const memoryRows: Row[] = [
  { name: "a page mapped, touched, unmapped", own: "map.1", peers: {} },
  { name: "a new page mapped, touched, gone (mmap)", own: "memory.1", peers: { other: "map.1" } },
  {
    name: "64 new pages mapped, touched, gone (mmap)",
    own: "memory.64",
    peers: { other: "map.64" },
  },
  { name: "64 pages copied, gone", own: "copy.64", peers: {} },
  { name: "the same, mapped and each page written", own: "copy.64.written", peers: {} },
  { name: "64 sealed pages cloned, gone", own: "share.64", peers: {} },
  { name: "the same, mapped and each page written", own: "share.64.written", peers: {} },
  { name: "first write to a shared page", own: "share.write", peers: {} },
];

export const processRows: Row[] = [
  {
    name: "process made, run, ended (fork, exec, exit)",
    own: "process",
    peers: { other: "fork.exec" },
  },
  { name: "fault to its report (SIGILL, wait)", own: "fault", peers: { other: "fault" } },
  // a system call makes it; Linux tells no program of a device's interrupt
  {
    name: "interrupt, from the register's write to the waiting program",
    own: "interrupt",
    peers: {},
  },
];
