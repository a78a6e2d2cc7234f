/** The interpreter's rare operations. Made from the instruction table by `tape/bytecode/generate-files.ts`; change the table instead. */
// biome-ignore-all format: made by a program
// biome-ignore-all lint: made by a program
import type { Machine } from "./machine.ts";
import { asUint64 } from "../source/bits.ts";
import { clamp64, ctz32, divU64, froundBig, mulU64, nearest, popcnt32, put64, remU64, satI64, satU64 } from "./arith.ts";

/** Words of each rare operation, by number. */
export const coldSize: readonly number[] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 4, 4, 4, 4, 4, 4, 4, 4, 0, 0, 0, 0, 0, 0, 4, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 3, 3, 3, 3, 3, 4, 0, 3, 0, 3, 0, 3, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 3, 3, 3, 3, 0, 4, 4, 4, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 3, 3, 3, 3, 0, 4, 4, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 3, 3, 3, 3, 3, 0, 0, 3, 3, 3, 3, 3, 3, 3, 3, 0, 0, 0, 3, 3, 3, 3, 3, 3, 3, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0];

/** Runs the rare operation at `pc`; gives the kind of its trap, or 0. */
export function cold(m: Machine, pc: number, base: number): number {
  const R = m.R, F = m.F, G = m.G, B = m.B, M = m.view, code = m.code;
  switch (code[pc]) {
    case 31: { // select.f32
      const d = base + code[pc + 1]; const c = base + code[pc + 2]; const a = base + code[pc + 3]; const b = base + code[pc + 4]; R[d] = R[c] !== 0 ? R[a] : R[b]; return 0;
    }
    case 33: { // select.ptr
      const d = base + code[pc + 1]; const c = base + code[pc + 2]; const a = base + code[pc + 3]; const b = base + code[pc + 4]; R[d] = R[c] !== 0 ? R[a] : R[b]; return 0;
    }
    case 55: { // mul.u64
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; if (!mulU64(R, B, d, a, b)) return 2; return 0;
    }
    case 64: { // satadd.i32
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; R[d] = Math.max(-2147483648, Math.min(2147483647, R[a] + R[b])) | 0; return 0;
    }
    case 65: { // satadd.i64
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; B[d >> 1] = clamp64(B[a >> 1] + B[b >> 1], true); return 0;
    }
    case 66: { // satsub.i32
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; R[d] = Math.max(-2147483648, Math.min(2147483647, R[a] - R[b])) | 0; return 0;
    }
    case 67: { // satsub.i64
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; B[d >> 1] = clamp64(B[a >> 1] - B[b >> 1], true); return 0;
    }
    case 68: { // satadd.u32
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; R[d] = Math.max(0, Math.min(4294967295, (R[a] >>> 0) + (R[b] >>> 0))) | 0; return 0;
    }
    case 69: { // satadd.u64
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; B[d >> 1] = clamp64(asUint64(B[a >> 1]) + asUint64(B[b >> 1]), false); return 0;
    }
    case 70: { // satsub.u32
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; R[d] = Math.max(0, Math.min(4294967295, (R[a] >>> 0) - (R[b] >>> 0))) | 0; return 0;
    }
    case 71: { // satsub.u64
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; B[d >> 1] = clamp64(asUint64(B[a >> 1]) - asUint64(B[b >> 1]), false); return 0;
    }
    case 78: { // div.u64
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; if ((R[b] | R[b + 1]) === 0) return 3; divU64(R, B, d, a, b); return 0;
    }
    case 79: { // rem.u64
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; if ((R[b] | R[b + 1]) === 0) return 3; remU64(R, B, d, a, b); return 0;
    }
    case 94: { // clz.i32
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; R[d] = Math.clz32(R[a]); return 0;
    }
    case 95: { // ctz.i32
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; R[d] = ctz32(R[a]); return 0;
    }
    case 96: { // popcnt.i32
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; R[d] = popcnt32(R[a]); return 0;
    }
    case 97: { // clz.i64
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; R[d] = R[a + 1] !== 0 ? Math.clz32(R[a + 1]) : 32 + Math.clz32(R[a]); R[d + 1] = 0; return 0;
    }
    case 98: { // ctz.i64
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; R[d] = R[a] !== 0 ? ctz32(R[a]) : 32 + ctz32(R[a + 1]); R[d + 1] = 0; return 0;
    }
    case 99: { // popcnt.i64
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; R[d] = popcnt32(R[a]) + popcnt32(R[a + 1]); R[d + 1] = 0; return 0;
    }
    case 100: { // mulhi.u64
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; B[d >> 1] = (asUint64(B[a >> 1]) * asUint64(B[b >> 1])) >> 64n; return 0;
    }
    case 102: { // clamp.i8
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; R[d] = Math.max(-128, Math.min(127, R[a])); return 0;
    }
    case 104: { // clamp.u8
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; R[d] = Math.max(0, Math.min(255, R[a])); return 0;
    }
    case 106: { // clamp.i16
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; R[d] = Math.max(-32768, Math.min(32767, R[a])); return 0;
    }
    case 108: { // clamp.u16
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; R[d] = Math.max(0, Math.min(65535, R[a])); return 0;
    }
    case 135: { // abs.f32
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; R[d] = R[a] & 2147483647; return 0;
    }
    case 137: { // ceil.f32
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; G[d] = Math.ceil(G[a]); return 0;
    }
    case 138: { // floor.f32
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; G[d] = Math.floor(G[a]); return 0;
    }
    case 139: { // trunc.f32
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; G[d] = Math.trunc(G[a]); return 0;
    }
    case 140: { // nearest.f32
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; G[d] = nearest(G[a]); return 0;
    }
    case 142: { // min.f32
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; G[d] = Math.min(G[a], G[b]); return 0;
    }
    case 143: { // max.f32
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; G[d] = Math.max(G[a], G[b]); return 0;
    }
    case 144: { // copysign.f32
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; const s = R[b] & -2147483648; R[d] = (R[a] & 2147483647) | s; return 0;
    }
    case 153: { // abs.f64
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; R[d] = R[a]; R[d + 1] = R[a + 1] & 2147483647; return 0;
    }
    case 155: { // ceil.f64
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; F[d >> 1] = Math.ceil(F[a >> 1]); return 0;
    }
    case 156: { // floor.f64
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; F[d >> 1] = Math.floor(F[a >> 1]); return 0;
    }
    case 157: { // trunc.f64
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; F[d >> 1] = Math.trunc(F[a >> 1]); return 0;
    }
    case 158: { // nearest.f64
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; F[d >> 1] = nearest(F[a >> 1]); return 0;
    }
    case 160: { // min.f64
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; F[d >> 1] = Math.min(F[a >> 1], F[b >> 1]); return 0;
    }
    case 161: { // max.f64
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; F[d >> 1] = Math.max(F[a >> 1], F[b >> 1]); return 0;
    }
    case 162: { // copysign.f64
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; const b = base + code[pc + 3]; const s = R[b + 1] & -2147483648; R[d] = R[a]; R[d + 1] = (R[a + 1] & 2147483647) | s; return 0;
    }
    case 173: { // f64.u32
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; F[d >> 1] = R[a] >>> 0; return 0;
    }
    case 175: { // f64.u64
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; F[d >> 1] = (R[a + 1] >>> 0) * 4294967296 + (R[a] >>> 0); return 0;
    }
    case 176: { // f32.i32
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; G[d] = R[a]; return 0;
    }
    case 177: { // f32.u32
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; G[d] = R[a] >>> 0; return 0;
    }
    case 178: { // f32.i64
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; G[d] = froundBig(B[a >> 1]); return 0;
    }
    case 179: { // f32.u64
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; G[d] = froundBig(asUint64(B[a >> 1])); return 0;
    }
    case 182: { // i32.f32
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; const v = G[a]; if (!(v > -2147483649 && v < 2147483648)) return 6; R[d] = v | 0; return 0;
    }
    case 183: { // u32.f32
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; const v = G[a]; if (!(v > -1 && v < 4294967296)) return 6; R[d] = v | 0; return 0;
    }
    case 184: { // i64.f32
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; const v = G[a]; if (!(v >= -9223372036854775808 && v < 9223372036854775808)) return 6; put64(R, d, Math.trunc(v)); return 0;
    }
    case 185: { // u64.f32
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; const v = G[a]; if (!(v > -1 && v < 18446744073709551616)) return 6; put64(R, d, Math.trunc(v)); return 0;
    }
    case 186: { // sati32.f32
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; const v = G[a]; R[d] = v >= 2147483647 ? 2147483647 : v <= -2147483648 ? -2147483648 : v | 0; return 0;
    }
    case 187: { // satu32.f32
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; const v = G[a]; R[d] = v >= 4294967295 ? -1 : v >= 0 ? v | 0 : 0; return 0;
    }
    case 188: { // sati64.f32
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; satI64(R, d, G[a]); return 0;
    }
    case 189: { // satu64.f32
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; satU64(R, d, G[a]); return 0;
    }
    case 193: { // u64.f64
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; const v = F[a >> 1]; if (!(v > -1 && v < 18446744073709551616)) return 6; put64(R, d, Math.trunc(v)); return 0;
    }
    case 194: { // sati32.f64
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; const v = F[a >> 1]; R[d] = v >= 2147483647 ? 2147483647 : v <= -2147483648 ? -2147483648 : v | 0; return 0;
    }
    case 195: { // satu32.f64
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; const v = F[a >> 1]; R[d] = v >= 4294967295 ? -1 : v >= 0 ? v | 0 : 0; return 0;
    }
    case 196: { // sati64.f64
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; satI64(R, d, F[a >> 1]); return 0;
    }
    case 197: { // satu64.f64
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; satU64(R, d, F[a >> 1]); return 0;
    }
    case 198: { // bits.f64
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; const nan = F[a >> 1] !== F[a >> 1]; R[d + 1] = nan ? 2146959360 : R[a + 1]; R[d] = nan ? 0 : R[a]; return 0;
    }
    case 199: { // bits.f32
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; R[d] = G[a] !== G[a] ? 2143289344 : R[a]; return 0;
    }
    case 200: { // from.f64
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; R[d] = R[a]; R[d + 1] = R[a + 1]; return 0;
    }
    case 201: { // from.f32
      const d = base + code[pc + 1]; const a = base + code[pc + 2]; R[d] = R[a]; return 0;
    }
    case 230: { // mem.size
      const d = base + code[pc + 1]; R[d] = M.byteLength >>> 16; R[d + 1] = 0; return 0;
    }
    default:
      return 1;
  }
}
