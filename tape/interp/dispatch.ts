/** The interpreter's main loop. Made from the instruction table by `tape/bytecode/generate-files.ts`; change the table instead. */
// biome-ignore-all format: made by a program
// biome-ignore-all lint: made by a program
import type { Machine } from "./machine.ts";
import { cold, coldSize } from "./cold.ts";
import { below64, copyBytes, divI64, fillBytes, mulI64, put64, remI64, wmulI64 } from "./arith.ts";

/** Runs from the machine's saved state until the outermost call returns (0) or traps (the kind). */
export function run(m: Machine): number {
  const R = m.R, F = m.F, G = m.G, B = m.B, code = m.code, S = m.frames, entry = m.entry, size = m.size, frame = m.frame;
  let M = m.view, pc = m.pc, base = m.base, top = m.top, sp = m.sp, fp = m.fp, fuel = m.fuel, kind = 0;
  let target = 0, args = 0, list = 0;
  try {
    run: for (;;) {
      const o = code[pc];
      switch (o >> 5) {
        case 0: switch (o) {
        case 0: { // trap
          const n = code[pc + 1]; { kind = n; break run; }
        }
        case 1: { // trap.text
          const a = base + code[pc + 1]; const b = base + code[pc + 2]; const n = code[pc + 3]; m.text = m.bytes(R[a], R[b]); { kind = n; break run; }
        }
        case 2: { // try
          const t = code[pc + 1]; m.setTry(t, base, top, sp, fp); pc += 2; continue;
        }
        case 3: { // tryend
          m.tryPc = -1; pc += 1; continue;
        }
        case 4: { // jmp
          const t = code[pc + 1]; { if (t <= pc && --fuel < 0) { kind = 11; break run; } pc = t; continue; }
        }
        case 5: { // jt
          const a = base + code[pc + 1]; const t = code[pc + 2]; if (R[a] !== 0) { if (t <= pc && --fuel < 0) { kind = 11; break run; } pc = t; continue; } pc += 3; continue;
        }
        case 6: { // jf
          const a = base + code[pc + 1]; const t = code[pc + 2]; if (R[a] === 0) { if (t <= pc && --fuel < 0) { kind = 11; break run; } pc = t; continue; } pc += 3; continue;
        }
        case 7: { // jnull
          const a = base + code[pc + 1]; const t = code[pc + 2]; if (R[a] === 0) { if (t <= pc && --fuel < 0) { kind = 11; break run; } pc = t; continue; } pc += 3; continue;
        }
        case 8: { // jnonnull
          const a = base + code[pc + 1]; const t = code[pc + 2]; if (R[a] !== 0) { if (t <= pc && --fuel < 0) { kind = 11; break run; } pc = t; continue; } pc += 3; continue;
        }
        case 9: { // jeq.i32
          const a = base + code[pc + 1]; const b = base + code[pc + 2]; const t = code[pc + 3]; if (R[a] === R[b]) { if (t <= pc && --fuel < 0) { kind = 11; break run; } pc = t; continue; } pc += 4; continue;
        }
        case 10: { // jeq.i64
          const a = base + code[pc + 1]; const b = base + code[pc + 2]; const t = code[pc + 3]; if (R[a] === R[b] && R[a + 1] === R[b + 1]) { if (t <= pc && --fuel < 0) { kind = 11; break run; } pc = t; continue; } pc += 4; continue;
        }
        case 11: { // jne.i32
          const a = base + code[pc + 1]; const b = base + code[pc + 2]; const t = code[pc + 3]; if (R[a] !== R[b]) { if (t <= pc && --fuel < 0) { kind = 11; break run; } pc = t; continue; } pc += 4; continue;
        }
        case 12: { // jne.i64
          const a = base + code[pc + 1]; const b = base + code[pc + 2]; const t = code[pc + 3]; if (R[a] !== R[b] || R[a + 1] !== R[b + 1]) { if (t <= pc && --fuel < 0) { kind = 11; break run; } pc = t; continue; } pc += 4; continue;
        }
        case 13: { // jlts.i32
          const a = base + code[pc + 1]; const b = base + code[pc + 2]; const t = code[pc + 3]; if (R[a] < R[b]) { if (t <= pc && --fuel < 0) { kind = 11; break run; } pc = t; continue; } pc += 4; continue;
        }
        case 14: { // jlts.i64
          const a = base + code[pc + 1]; const b = base + code[pc + 2]; const t = code[pc + 3]; if (R[a + 1] < R[b + 1] || (R[a + 1] === R[b + 1] && (R[a] >>> 0) < (R[b] >>> 0))) { if (t <= pc && --fuel < 0) { kind = 11; break run; } pc = t; continue; } pc += 4; continue;
        }
        case 15: { // jltu.i32
          const a = base + code[pc + 1]; const b = base + code[pc + 2]; const t = code[pc + 3]; if ((R[a] >>> 0) < (R[b] >>> 0)) { if (t <= pc && --fuel < 0) { kind = 11; break run; } pc = t; continue; } pc += 4; continue;
        }
        case 16: { // jltu.i64
          const a = base + code[pc + 1]; const b = base + code[pc + 2]; const t = code[pc + 3]; if ((R[a + 1] >>> 0) < (R[b + 1] >>> 0) || (R[a + 1] === R[b + 1] && (R[a] >>> 0) < (R[b] >>> 0))) { if (t <= pc && --fuel < 0) { kind = 11; break run; } pc = t; continue; } pc += 4; continue;
        }
        case 17: { // jles.i32
          const a = base + code[pc + 1]; const b = base + code[pc + 2]; const t = code[pc + 3]; if (R[a] <= R[b]) { if (t <= pc && --fuel < 0) { kind = 11; break run; } pc = t; continue; } pc += 4; continue;
        }
        case 18: { // jles.i64
          const a = base + code[pc + 1]; const b = base + code[pc + 2]; const t = code[pc + 3]; if (R[a + 1] < R[b + 1] || (R[a + 1] === R[b + 1] && (R[a] >>> 0) <= (R[b] >>> 0))) { if (t <= pc && --fuel < 0) { kind = 11; break run; } pc = t; continue; } pc += 4; continue;
        }
        case 19: { // jleu.i32
          const a = base + code[pc + 1]; const b = base + code[pc + 2]; const t = code[pc + 3]; if ((R[a] >>> 0) <= (R[b] >>> 0)) { if (t <= pc && --fuel < 0) { kind = 11; break run; } pc = t; continue; } pc += 4; continue;
        }
        case 20: { // jleu.i64
          const a = base + code[pc + 1]; const b = base + code[pc + 2]; const t = code[pc + 3]; if ((R[a + 1] >>> 0) < (R[b + 1] >>> 0) || (R[a + 1] === R[b + 1] && (R[a] >>> 0) <= (R[b] >>> 0))) { if (t <= pc && --fuel < 0) { kind = 11; break run; } pc = t; continue; } pc += 4; continue;
        }
        case 21: { // jeqi.i32
          const a = base + code[pc + 1]; const n = code[pc + 2]; const t = code[pc + 3]; if (R[a] === n) { if (t <= pc && --fuel < 0) { kind = 11; break run; } pc = t; continue; } pc += 4; continue;
        }
        case 22: { // jeqi.i64
          const a = base + code[pc + 1]; const n = code[pc + 2]; const t = code[pc + 3]; if (R[a] === n && R[a + 1] === n >> 31) { if (t <= pc && --fuel < 0) { kind = 11; break run; } pc = t; continue; } pc += 4; continue;
        }
        case 23: { // jnei.i32
          const a = base + code[pc + 1]; const n = code[pc + 2]; const t = code[pc + 3]; if (R[a] !== n) { if (t <= pc && --fuel < 0) { kind = 11; break run; } pc = t; continue; } pc += 4; continue;
        }
        case 24: { // jnei.i64
          const a = base + code[pc + 1]; const n = code[pc + 2]; const t = code[pc + 3]; if (R[a] !== n || R[a + 1] !== n >> 31) { if (t <= pc && --fuel < 0) { kind = 11; break run; } pc = t; continue; } pc += 4; continue;
        }
        case 25: { // jltsi.i32
          const a = base + code[pc + 1]; const n = code[pc + 2]; const t = code[pc + 3]; if (R[a] < n) { if (t <= pc && --fuel < 0) { kind = 11; break run; } pc = t; continue; } pc += 4; continue;
        }
        case 26: { // jltsi.i64
          const a = base + code[pc + 1]; const n = code[pc + 2]; const t = code[pc + 3]; if (R[a + 1] < n >> 31 || (R[a + 1] === n >> 31 && (R[a] >>> 0) < (n >>> 0))) { if (t <= pc && --fuel < 0) { kind = 11; break run; } pc = t; continue; } pc += 4; continue;
        }
        case 27: { // jgesi.i32
          const a = base + code[pc + 1]; const n = code[pc + 2]; const t = code[pc + 3]; if (R[a] >= n) { if (t <= pc && --fuel < 0) { kind = 11; break run; } pc = t; continue; } pc += 4; continue;
        }
        case 28: { // jgesi.i64
          const a = base + code[pc + 1]; const n = code[pc + 2]; const t = code[pc + 3]; if (R[a + 1] > n >> 31 || (R[a + 1] === n >> 31 && (R[a] >>> 0) >= (n >>> 0))) { if (t <= pc && --fuel < 0) { kind = 11; break run; } pc = t; continue; } pc += 4; continue;
        }
        case 29: { // select.i32
          const d = base + code[pc + 1]; const c = base + code[pc + 2]; const a = base + code[pc + 3]; const b = base + code[pc + 4]; R[d] = R[c] !== 0 ? R[a] : R[b]; pc += 5; continue;
        }
        case 30: { // select.i64
          const d = base + code[pc + 1]; const c = base + code[pc + 2]; const a = base + code[pc + 3]; const b = base + code[pc + 4]; const q = R[c] !== 0 ? a : b; R[d + 1] = R[q + 1]; R[d] = R[q]; pc += 5; continue;
        }
        }
        break;
        case 1: switch (o) {
        case 32: { // select.f64
          const d = base + code[pc + 1]; const c = base + code[pc + 2]; const a = base + code[pc + 3]; const b = base + code[pc + 4]; const q = R[c] !== 0 ? a : b; R[d + 1] = R[q + 1]; R[d] = R[q]; pc += 5; continue;
        }
        case 34: { // switch
          const a = base + code[pc + 1]; const n = code[pc + 2]; const i = R[a] >>> 0; pc = code[pc + 3 + (i < n ? i : n)]; continue;
        }
        case 35: { // call
          const f = code[pc + 1]; const n = code[pc + 2]; const at = pc + 3; target = f; args = n; list = at; const nres = code[list]; const nb = top; const need = nb + size[target];
        if (need > m.limit || fp + 4 > m.frames.length) { kind = 7; break run; }
        sp -= frame[target];
        if (sp < m.stackLow) { sp += frame[target]; { kind = 7; break run; } }
        for (let i = 1; i <= args; i++) { const from = base + code[list + i], to = nb + 2 * i - 2; R[to] = R[from]; R[to + 1] = R[from + 1]; }
        S[fp] = list + 1 + args; S[fp + 1] = base; S[fp + 2] = top; S[fp + 3] = sp + frame[target]; fp += 4;
        void nres; base = nb; top = need; pc = entry[target];
        if (--fuel < 0) { kind = 11; break run; }
        continue;
        }
        case 36: { // calli
          const a = base + code[pc + 1]; const s = code[pc + 2]; const n = code[pc + 3]; const at = pc + 4; const f = R[a] - 1; if (f < 0 || f >= m.count || m.sigOf[f] !== s) { kind = 10; break run; } target = f; args = n; list = at; const nres = code[list]; const nb = top; const need = nb + size[target];
        if (need > m.limit || fp + 4 > m.frames.length) { kind = 7; break run; }
        sp -= frame[target];
        if (sp < m.stackLow) { sp += frame[target]; { kind = 7; break run; } }
        for (let i = 1; i <= args; i++) { const from = base + code[list + i], to = nb + 2 * i - 2; R[to] = R[from]; R[to + 1] = R[from + 1]; }
        S[fp] = list + 1 + args; S[fp + 1] = base; S[fp + 2] = top; S[fp + 3] = sp + frame[target]; fp += 4;
        void nres; base = nb; top = need; pc = entry[target];
        if (--fuel < 0) { kind = 11; break run; }
        continue;
        }
        case 37: { // host
          const f = code[pc + 1]; const n = code[pc + 2]; m.save(pc, base, top, sp, fp, fuel); const k = m.callHost(f, n, pc + 3); fuel = m.fuel; M = m.view; if (k !== 0) { kind = k; break run; } pc += 4 + n + code[pc + 3]; continue;
        }
        case 38: { // ret
          const n = code[pc + 1]; if (fp === m.bottom) { m.save(pc, base, top, sp, fp, fuel); m.takeResults(n, pc + 2); return 0; }
        fp -= 4; const at = S[fp], up = S[fp + 1];
        for (let i = 0; i < n; i++) { const from = base + code[pc + 2 + i], to = up + code[at + i]; R[to] = R[from]; R[to + 1] = R[from + 1]; }
        base = up; top = S[fp + 2]; sp = S[fp + 3]; pc = at + n; continue;
        }
        case 39: { // const.i32
          const d = base + code[pc + 1]; const n = code[pc + 2]; R[d] = n; pc += 3; continue;
        }
        case 40: { // const.i64
          const d = base + code[pc + 1]; const lo = code[pc + 2]; const hi = code[pc + 3]; R[d] = lo; R[d + 1] = hi; pc += 4; continue;
        }
        case 41: { // mov.i32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; R[d] = R[a]; pc += 3; continue;
        }
        case 42: { // mov.i64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; R[d] = R[a]; R[d + 1] = R[a + 1]; pc += 3; continue;
        }
        case 43: { // mov.ptr
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; R[d] = R[a]; pc += 3; continue;
        }
        case 44: { // add.i32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; const v = R[a] + R[b]; if (v !== (v | 0)) { kind = 2; break run; } R[d] = v; pc += 4; continue;
        }
        case 45: { // add.u32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; const v = (R[a] >>> 0) + (R[b] >>> 0); if (v > 4294967295) { kind = 2; break run; } R[d] = v | 0; pc += 4; continue;
        }
        case 46: { // sub.i32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; const v = R[a] - R[b]; if (v !== (v | 0)) { kind = 2; break run; } R[d] = v; pc += 4; continue;
        }
        case 47: { // sub.u32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; const v = (R[a] >>> 0) - (R[b] >>> 0); if (v < 0) { kind = 2; break run; } R[d] = v | 0; pc += 4; continue;
        }
        case 48: { // mul.i32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; const v = R[a] * R[b]; if (v > 2147483647 || v < -2147483648) { kind = 2; break run; } R[d] = v; pc += 4; continue;
        }
        case 49: { // mul.u32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; const v = (R[a] >>> 0) * (R[b] >>> 0); if (v > 4294967295) { kind = 2; break run; } R[d] = v | 0; pc += 4; continue;
        }
        case 50: { // add.i64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; const al = R[a], bl = R[b], ah = R[a + 1], bh = R[b + 1]; const lo = (al + bl) | 0; const carry = (lo >>> 0) < (al >>> 0) ? 1 : 0; const hi = (ah + bh + carry) | 0; if (((ah ^ hi) & (bh ^ hi)) < 0) { kind = 2; break run; } R[d] = lo; R[d + 1] = hi; pc += 4; continue;
        }
        case 51: { // add.u64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; const al = R[a], bl = R[b], ah = R[a + 1], bh = R[b + 1]; const lo = (al + bl) | 0; const carry = (lo >>> 0) < (al >>> 0) ? 1 : 0; const hi = (ah >>> 0) + (bh >>> 0) + carry; if (hi > 4294967295) { kind = 2; break run; } R[d] = lo; R[d + 1] = hi | 0; pc += 4; continue;
        }
        case 52: { // sub.i64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; const al = R[a], bl = R[b], ah = R[a + 1], bh = R[b + 1]; const lo = (al - bl) | 0; const borrow = (al >>> 0) < (bl >>> 0) ? 1 : 0; const hi = (ah - bh - borrow) | 0; if (((ah ^ bh) & (ah ^ hi)) < 0) { kind = 2; break run; } R[d] = lo; R[d + 1] = hi; pc += 4; continue;
        }
        case 53: { // sub.u64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; const al = R[a], bl = R[b], ah = R[a + 1], bh = R[b + 1]; const lo = (al - bl) | 0; const borrow = (al >>> 0) < (bl >>> 0) ? 1 : 0; const hi = (ah >>> 0) - (bh >>> 0) - borrow; if (hi < 0) { kind = 2; break run; } R[d] = lo; R[d + 1] = hi | 0; pc += 4; continue;
        }
        case 54: { // mul.i64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; const al = R[a], bl = R[b]; if (R[a + 1] === al >> 31 && R[b + 1] === bl >> 31) { const v = al * bl; if (v === (v | 0)) { R[d] = v; R[d + 1] = (v | 0) >> 31; } else if (!mulI64(R, B, d, a, b)) { kind = 2; break run; } } else if (!mulI64(R, B, d, a, b)) { kind = 2; break run; } pc += 4; continue;
        }
        case 56: { // addi.i32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const n = code[pc + 3]; const v = R[a] + n; if (v !== (v | 0)) { kind = 2; break run; } R[d] = v; pc += 4; continue;
        }
        case 57: { // addi.i64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const n = code[pc + 3]; const al = R[a], ah = R[a + 1], bh = n >> 31; const lo = (al + n) | 0; const hi = (ah + bh + ((lo >>> 0) < (al >>> 0) ? 1 : 0)) | 0; if (((ah ^ hi) & (bh ^ hi)) < 0) { kind = 2; break run; } R[d] = lo; R[d + 1] = hi; pc += 4; continue;
        }
        case 58: { // wadd.i32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; R[d] = R[a] + R[b]; pc += 4; continue;
        }
        case 59: { // wsub.i32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; R[d] = R[a] - R[b]; pc += 4; continue;
        }
        case 60: { // wmul.i32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; R[d] = Math.imul(R[a], R[b]); pc += 4; continue;
        }
        case 61: { // wadd.i64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; const al = R[a], bl = R[b], ah = R[a + 1], bh = R[b + 1]; const lo = (al + bl) | 0; const carry = (lo >>> 0) < (al >>> 0) ? 1 : 0; R[d + 1] = ah + bh + carry; R[d] = lo; pc += 4; continue;
        }
        case 62: { // wsub.i64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; const al = R[a], bl = R[b], ah = R[a + 1], bh = R[b + 1]; const lo = (al - bl) | 0; const borrow = (al >>> 0) < (bl >>> 0) ? 1 : 0; R[d + 1] = ah - bh - borrow; R[d] = lo; pc += 4; continue;
        }
        case 63: { // wmul.i64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; wmulI64(R, d, a, b); pc += 4; continue;
        }
        }
        break;
        case 2: switch (o) {
        case 72: { // div.i32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; const y = R[b]; if (y === 0) { kind = 3; break run; } const v = (R[a] / y) | 0; if (y === -1 && R[a] === -2147483648) { kind = 2; break run; } R[d] = v; pc += 4; continue;
        }
        case 73: { // div.u32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; const y = R[b] >>> 0; if (y === 0) { kind = 3; break run; } R[d] = ((R[a] >>> 0) / y) | 0; pc += 4; continue;
        }
        case 74: { // rem.i32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; const y = R[b]; if (y === 0) { kind = 3; break run; } R[d] = R[a] % y; pc += 4; continue;
        }
        case 75: { // rem.u32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; const y = R[b] >>> 0; if (y === 0) { kind = 3; break run; } R[d] = (R[a] >>> 0) % y; pc += 4; continue;
        }
        case 76: { // div.i64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; if ((R[b] | R[b + 1]) === 0) { kind = 3; break run; } const al = R[a], bl = R[b]; if (R[a + 1] === al >> 31 && R[b + 1] === bl >> 31 && bl > 0) { const v = (al / bl) | 0; R[d] = v; R[d + 1] = v >> 31; } else if (!divI64(R, B, d, a, b)) { kind = 2; break run; } pc += 4; continue;
        }
        case 77: { // rem.i64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; if ((R[b] | R[b + 1]) === 0) { kind = 3; break run; } const al = R[a], bl = R[b]; if (R[a + 1] === al >> 31 && R[b + 1] === bl >> 31 && bl > 0) { const v = (al % bl) | 0; R[d] = v; R[d + 1] = v >> 31; } else remI64(R, B, d, a, b); pc += 4; continue;
        }
        case 80: { // and.i32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; R[d] = R[a] & R[b]; pc += 4; continue;
        }
        case 81: { // and.i64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; const lo = R[a] & R[b]; R[d + 1] = R[a + 1] & R[b + 1]; R[d] = lo; pc += 4; continue;
        }
        case 82: { // or.i32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; R[d] = R[a] | R[b]; pc += 4; continue;
        }
        case 83: { // or.i64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; const lo = R[a] | R[b]; R[d + 1] = R[a + 1] | R[b + 1]; R[d] = lo; pc += 4; continue;
        }
        case 84: { // xor.i32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; R[d] = R[a] ^ R[b]; pc += 4; continue;
        }
        case 85: { // xor.i64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; const lo = R[a] ^ R[b]; R[d + 1] = R[a + 1] ^ R[b + 1]; R[d] = lo; pc += 4; continue;
        }
        case 86: { // shl.i32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; R[d] = R[a] << R[b]; pc += 4; continue;
        }
        case 87: { // shr.i32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; R[d] = R[a] >> R[b]; pc += 4; continue;
        }
        case 88: { // shr.u32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; R[d] = R[a] >>> R[b]; pc += 4; continue;
        }
        case 89: { // rotl.i32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; const s = R[b] & 31; R[d] = (R[a] << s) | (R[a] >>> (31 & -s)); pc += 4; continue;
        }
        case 90: { // shl.i64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; const s = R[b] & 63, al = R[a], ah = R[a + 1]; if (s === 0) { R[d] = al; R[d + 1] = ah; } else if (s < 32) { R[d + 1] = (ah << s) | (al >>> (32 - s)); R[d] = al << s; } else { R[d + 1] = al << (s - 32); R[d] = 0; } pc += 4; continue;
        }
        case 91: { // shr.i64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; const s = R[b] & 63, al = R[a], ah = R[a + 1]; if (s === 0) { R[d] = al; R[d + 1] = ah; } else if (s < 32) { R[d] = (al >>> s) | (ah << (32 - s)); R[d + 1] = ah >> s; } else { R[d] = ah >> (s - 32); R[d + 1] = ah >> 31; } pc += 4; continue;
        }
        case 92: { // shr.u64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; const s = R[b] & 63, al = R[a], ah = R[a + 1]; if (s === 0) { R[d] = al; R[d + 1] = ah; } else if (s < 32) { R[d] = (al >>> s) | (ah << (32 - s)); R[d + 1] = ah >>> s; } else { R[d] = ah >>> (s - 32); R[d + 1] = 0; } pc += 4; continue;
        }
        case 93: { // rotl.i64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; const s = R[b] & 63, al = R[a], ah = R[a + 1]; const x = s < 32 ? ah : al, y = s < 32 ? al : ah, r = s & 31; if (r === 0) { R[d + 1] = x; R[d] = y; } else { R[d + 1] = (x << r) | (y >>> (32 - r)); R[d] = (y << r) | (x >>> (32 - r)); } pc += 4; continue;
        }
        }
        break;
        case 3: switch (o) {
        case 101: { // fit.i8
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const v = R[a]; if (v < -128 || v > 127) { kind = 2; break run; } R[d] = v; pc += 3; continue;
        }
        case 103: { // fit.u8
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const v = R[a]; if (v < 0 || v > 255) { kind = 2; break run; } R[d] = v; pc += 3; continue;
        }
        case 105: { // fit.i16
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const v = R[a]; if (v < -32768 || v > 32767) { kind = 2; break run; } R[d] = v; pc += 3; continue;
        }
        case 107: { // fit.u16
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const v = R[a]; if (v < 0 || v > 65535) { kind = 2; break run; } R[d] = v; pc += 3; continue;
        }
        case 109: { // ext.i8
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; R[d] = (R[a] << 24) >> 24; pc += 3; continue;
        }
        case 110: { // ext.i16
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; R[d] = (R[a] << 16) >> 16; pc += 3; continue;
        }
        case 111: { // ext.u8
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; R[d] = R[a] & 255; pc += 3; continue;
        }
        case 112: { // ext.u16
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; R[d] = R[a] & 65535; pc += 3; continue;
        }
        case 113: { // eq.i32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; R[d] = R[a] === R[b] ? 1 : 0; pc += 4; continue;
        }
        case 114: { // eq.i64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; R[d] = R[a] === R[b] && R[a + 1] === R[b + 1] ? 1 : 0; pc += 4; continue;
        }
        case 115: { // ne.i32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; R[d] = R[a] !== R[b] ? 1 : 0; pc += 4; continue;
        }
        case 116: { // ne.i64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; R[d] = R[a] !== R[b] || R[a + 1] !== R[b + 1] ? 1 : 0; pc += 4; continue;
        }
        case 117: { // lts.i32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; R[d] = R[a] < R[b] ? 1 : 0; pc += 4; continue;
        }
        case 118: { // lts.i64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; R[d] = R[a + 1] < R[b + 1] || (R[a + 1] === R[b + 1] && (R[a] >>> 0) < (R[b] >>> 0)) ? 1 : 0; pc += 4; continue;
        }
        case 119: { // ltu.i32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; R[d] = (R[a] >>> 0) < (R[b] >>> 0) ? 1 : 0; pc += 4; continue;
        }
        case 120: { // ltu.i64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; R[d] = (R[a + 1] >>> 0) < (R[b + 1] >>> 0) || (R[a + 1] === R[b + 1] && (R[a] >>> 0) < (R[b] >>> 0)) ? 1 : 0; pc += 4; continue;
        }
        case 121: { // les.i32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; R[d] = R[a] <= R[b] ? 1 : 0; pc += 4; continue;
        }
        case 122: { // les.i64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; R[d] = R[a + 1] < R[b + 1] || (R[a + 1] === R[b + 1] && (R[a] >>> 0) <= (R[b] >>> 0)) ? 1 : 0; pc += 4; continue;
        }
        case 123: { // leu.i32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; R[d] = (R[a] >>> 0) <= (R[b] >>> 0) ? 1 : 0; pc += 4; continue;
        }
        case 124: { // leu.i64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; R[d] = (R[a + 1] >>> 0) < (R[b + 1] >>> 0) || (R[a + 1] === R[b + 1] && (R[a] >>> 0) <= (R[b] >>> 0)) ? 1 : 0; pc += 4; continue;
        }
        case 125: { // eq.ptr
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; R[d] = R[a] === R[b] ? 1 : 0; pc += 4; continue;
        }
        case 126: { // ltu.ptr
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; R[d] = (R[a] >>> 0) < (R[b] >>> 0) ? 1 : 0; pc += 4; continue;
        }
        case 127: { // const.f32
          const d = base + code[pc + 1]; const bits = code[pc + 2]; R[d] = bits; pc += 3; continue;
        }
        }
        break;
        case 4: switch (o) {
        case 128: { // const.f64
          const d = base + code[pc + 1]; const lo = code[pc + 2]; const hi = code[pc + 3]; R[d] = lo; R[d + 1] = hi; pc += 4; continue;
        }
        case 129: { // mov.f32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; R[d] = R[a]; pc += 3; continue;
        }
        case 130: { // mov.f64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; R[d] = R[a]; R[d + 1] = R[a + 1]; pc += 3; continue;
        }
        case 131: { // add.f32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; G[d] = G[a] + G[b]; pc += 4; continue;
        }
        case 132: { // sub.f32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; G[d] = G[a] - G[b]; pc += 4; continue;
        }
        case 133: { // mul.f32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; G[d] = G[a] * G[b]; pc += 4; continue;
        }
        case 134: { // div.f32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; G[d] = G[a] / G[b]; pc += 4; continue;
        }
        case 136: { // neg.f32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; R[d] = R[a] ^ -2147483648; pc += 3; continue;
        }
        case 141: { // sqrt.f32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; G[d] = Math.sqrt(G[a]); pc += 3; continue;
        }
        case 145: { // eq.f32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; R[d] = G[a] === G[b] ? 1 : 0; pc += 4; continue;
        }
        case 146: { // ne.f32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; R[d] = G[a] !== G[b] ? 1 : 0; pc += 4; continue;
        }
        case 147: { // lt.f32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; R[d] = G[a] < G[b] ? 1 : 0; pc += 4; continue;
        }
        case 148: { // le.f32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; R[d] = G[a] <= G[b] ? 1 : 0; pc += 4; continue;
        }
        case 149: { // add.f64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; F[d >> 1] = F[a >> 1] + F[b >> 1]; pc += 4; continue;
        }
        case 150: { // sub.f64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; F[d >> 1] = F[a >> 1] - F[b >> 1]; pc += 4; continue;
        }
        case 151: { // mul.f64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; F[d >> 1] = F[a >> 1] * F[b >> 1]; pc += 4; continue;
        }
        case 152: { // div.f64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; F[d >> 1] = F[a >> 1] / F[b >> 1]; pc += 4; continue;
        }
        case 154: { // neg.f64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; R[d] = R[a]; R[d + 1] = R[a + 1] ^ -2147483648; pc += 3; continue;
        }
        case 159: { // sqrt.f64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; F[d >> 1] = Math.sqrt(F[a >> 1]); pc += 3; continue;
        }
        }
        break;
        case 5: switch (o) {
        case 163: { // eq.f64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; R[d] = F[a >> 1] === F[b >> 1] ? 1 : 0; pc += 4; continue;
        }
        case 164: { // ne.f64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; R[d] = F[a >> 1] !== F[b >> 1] ? 1 : 0; pc += 4; continue;
        }
        case 165: { // lt.f64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; R[d] = F[a >> 1] < F[b >> 1] ? 1 : 0; pc += 4; continue;
        }
        case 166: { // le.f64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; R[d] = F[a >> 1] <= F[b >> 1] ? 1 : 0; pc += 4; continue;
        }
        case 167: { // widen.i32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const v = R[a]; R[d] = v; R[d + 1] = v >> 31; pc += 3; continue;
        }
        case 168: { // widen.u32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; R[d] = R[a]; R[d + 1] = 0; pc += 3; continue;
        }
        case 169: { // narrow.i64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; R[d] = R[a]; pc += 3; continue;
        }
        case 170: { // ptr.i64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; R[d] = R[a]; R[d + 1] = 0; pc += 3; continue;
        }
        case 171: { // i64.ptr
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; R[d] = R[a]; pc += 3; continue;
        }
        case 172: { // f64.i32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; F[d >> 1] = R[a]; pc += 3; continue;
        }
        case 174: { // f64.i64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; F[d >> 1] = R[a + 1] * 4294967296 + (R[a] >>> 0); pc += 3; continue;
        }
        case 180: { // f32.f64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; G[d] = F[a >> 1]; pc += 3; continue;
        }
        case 181: { // f64.f32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; F[d >> 1] = G[a]; pc += 3; continue;
        }
        case 190: { // i32.f64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const v = F[a >> 1]; if (!(v > -2147483649 && v < 2147483648)) { kind = 6; break run; } R[d] = v | 0; pc += 3; continue;
        }
        case 191: { // u32.f64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const v = F[a >> 1]; if (!(v > -1 && v < 4294967296)) { kind = 6; break run; } R[d] = v | 0; pc += 3; continue;
        }
        }
        break;
        case 6: switch (o) {
        case 192: { // i64.f64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const v = F[a >> 1]; if (!(v >= -9223372036854775808 && v < 9223372036854775808)) { kind = 6; break run; } put64(R, d, Math.trunc(v)); pc += 3; continue;
        }
        case 202: { // const.ptr
          const d = base + code[pc + 1]; const n = code[pc + 2]; R[d] = n; pc += 3; continue;
        }
        case 203: { // frame
          const d = base + code[pc + 1]; const n = code[pc + 2]; R[d] = sp + n; pc += 3; continue;
        }
        case 204: { // fnptr
          const d = base + code[pc + 1]; const f = code[pc + 2]; R[d] = f + 1; pc += 3; continue;
        }
        case 205: { // padd
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; R[d] = R[a] + R[b]; pc += 4; continue;
        }
        case 206: { // paddi
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const n = code[pc + 3]; R[d] = R[a] + n; pc += 4; continue;
        }
        case 207: { // pindex
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; const n = code[pc + 4]; R[d] = R[a] + Math.imul(R[b], n); pc += 5; continue;
        }
        case 208: { // ld.i8
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const n = code[pc + 3]; R[d] = M.getInt8(R[a] + n); pc += 4; continue;
        }
        case 209: { // ld.u8
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const n = code[pc + 3]; R[d] = M.getUint8(R[a] + n); pc += 4; continue;
        }
        case 210: { // ld.i16
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const n = code[pc + 3]; R[d] = M.getInt16(R[a] + n, true); pc += 4; continue;
        }
        case 211: { // ld.u16
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const n = code[pc + 3]; R[d] = M.getUint16(R[a] + n, true); pc += 4; continue;
        }
        case 212: { // ld.i32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const n = code[pc + 3]; R[d] = M.getInt32(R[a] + n, true); pc += 4; continue;
        }
        case 213: { // ld.i64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const n = code[pc + 3]; const q = R[a] + n; R[d] = M.getInt32(q, true); R[d + 1] = M.getInt32(q + 4, true); pc += 4; continue;
        }
        case 214: { // ld.f32
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const n = code[pc + 3]; R[d] = M.getInt32(R[a] + n, true); pc += 4; continue;
        }
        case 215: { // ld.f64
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const n = code[pc + 3]; const q = R[a] + n; R[d] = M.getInt32(q, true); R[d + 1] = M.getInt32(q + 4, true); pc += 4; continue;
        }
        case 216: { // ld.ptr
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const n = code[pc + 3]; R[d] = M.getInt32(R[a] + n, true); pc += 4; continue;
        }
        case 217: { // st.8
          const a = base + code[pc + 1]; const b = base + code[pc + 2]; const n = code[pc + 3]; M.setInt8(R[a] + n, R[b]); pc += 4; continue;
        }
        case 218: { // st.16
          const a = base + code[pc + 1]; const b = base + code[pc + 2]; const n = code[pc + 3]; M.setInt16(R[a] + n, R[b], true); pc += 4; continue;
        }
        case 219: { // st.32
          const a = base + code[pc + 1]; const b = base + code[pc + 2]; const n = code[pc + 3]; M.setInt32(R[a] + n, R[b], true); pc += 4; continue;
        }
        case 220: { // st.64
          const a = base + code[pc + 1]; const b = base + code[pc + 2]; const n = code[pc + 3]; const q = R[a] + n; M.setInt32(q + 4, R[b + 1], true); M.setInt32(q, R[b], true); pc += 4; continue;
        }
        case 221: { // st.f32
          const a = base + code[pc + 1]; const b = base + code[pc + 2]; const n = code[pc + 3]; M.setInt32(R[a] + n, R[b], true); pc += 4; continue;
        }
        case 222: { // st.f64
          const a = base + code[pc + 1]; const b = base + code[pc + 2]; const n = code[pc + 3]; const q = R[a] + n; M.setInt32(q + 4, R[b + 1], true); M.setInt32(q, R[b], true); pc += 4; continue;
        }
        case 223: { // st.ptr
          const a = base + code[pc + 1]; const b = base + code[pc + 2]; const n = code[pc + 3]; const q = R[a] + n; M.setInt32(q + 4, 0, true); M.setInt32(q, R[b], true); pc += 4; continue;
        }
        }
        break;
        case 7: switch (o) {
        case 224: { // bound
          const a = base + code[pc + 1]; const b = base + code[pc + 2]; if (!((R[a + 1] | R[b + 1]) === 0 ? (R[a] >>> 0) < (R[b] >>> 0) : below64(R, a, b))) { kind = 4; break run; } pc += 3; continue;
        }
        case 225: { // boundi
          const a = base + code[pc + 1]; const n = code[pc + 2]; if (R[a + 1] !== 0 || (R[a] >>> 0) >= n) { kind = 4; break run; } pc += 3; continue;
        }
        case 226: { // range
          const a = base + code[pc + 1]; const b = base + code[pc + 2]; const c = base + code[pc + 3]; if (below64(R, b, a) || below64(R, c, b)) { kind = 4; break run; } pc += 4; continue;
        }
        case 227: { // nonnull
          const a = base + code[pc + 1]; if (R[a] === 0) { kind = 5; break run; } pc += 2; continue;
        }
        case 228: { // mem.copy
          const a = base + code[pc + 1]; const b = base + code[pc + 2]; const c = base + code[pc + 3]; if (!copyBytes(M, R[a], R[b], R[c], R[c + 1])) { kind = 9; break run; } pc += 4; continue;
        }
        case 229: { // mem.fill
          const a = base + code[pc + 1]; const b = base + code[pc + 2]; const c = base + code[pc + 3]; if (!fillBytes(M, R[a], R[b], R[c], R[c + 1])) { kind = 9; break run; } pc += 4; continue;
        }
        case 231: { // mem.grow
          const d = base + code[pc + 1]; const a = base + code[pc + 2]; const old = m.grow(R[a], R[a + 1]); M = m.view; R[d] = old; R[d + 1] = old >> 31; pc += 3; continue;
        }
        }
        break;
      }
      kind = cold(m, pc, base);
      if (kind !== 0) break run;
      pc += coldSize[o];
    }
  } catch (e) {
    if (!(e instanceof RangeError)) throw e;
    kind = 9;
  }
  m.save(pc, base, top, sp, fp, fuel);
  return kind;
}
