/** A row of the instruction table, as written; `op-table.ts` gives it its number. */
export interface OpRow {
  readonly name: string;
  /** `name:class` in order; `d` is the result. */
  readonly operands: string;
  readonly traps?: readonly string[];
  readonly ends?: boolean;
  /**
   * What the interpreter does. Operand names are register indices or immediates; `R` holds 32-bit words, `F`
   * f64 (index >> 1), `G` f32, `B` signed 64-bit (index >> 1), `M` memory; `TRAP(name);` traps; `JUMP(t);` jumps.
   */
  readonly js: string;
  /** Rare: kept out of the main dispatch function. */
  readonly cold?: boolean;
  readonly wasm?: readonly number[];
  readonly doc: string;
}
