/** Numbers of the registers, as instructions hold them. */
export const rax = 0;
export const rcx = 1;
export const rdx = 2;
export const rbx = 3;
export const rsp = 4;
export const rbp = 5;
export const rsi = 6;
export const rdi = 7;
export const r8 = 8;
export const r9 = 9;
export const r10 = 10;
export const r11 = 11;
export const r12 = 12;
export const r13 = 13;
export const r14 = 14;
export const r15 = 15;

const legacy = ["ax", "cx", "dx", "bx", "sp", "bp", "si", "di"];

/** Name of a general register of `size` bytes (1, 2, 4, 8); without REX, 8-bit names 4 to 7 do not occur. */
export function registerName(n: number, size: number): string {
  if (n >= 8) return `r${n}${{ 1: "b", 2: "w", 4: "d", 8: "" }[size] ?? ""}`;
  const name = legacy[n];
  if (size === 8) return `r${name}`;
  if (size === 4) return `e${name}`;
  if (size === 2) return name;
  return n < 4 ? `${name[0]}l` : `${name}l`;
}
