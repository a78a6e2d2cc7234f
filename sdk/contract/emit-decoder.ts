// Emits decoders: every value is checked against its type before it is used. What is left over at the end is of fields that a newer peer has.
// As in the encoder, the offset is a constant until the first field of variable size.
import type { Field, Fields } from "./field.ts";

export class EmitDecoder {
  readonly #text: string;
  #code: string[] = [];
  #next = 0;
  #offset = 4;
  /** bytes from the start that are known to be there */
  #checked = 4;
  #secret = false;
  #handles = false;

  constructor(text: string) {
    this.#text = text;
  }

  /** A function (r) that returns the fields as an object, or undefined when the message is malformed. */
  message(fields: Fields): string {
    const entries = Object.entries(fields);
    let required = entries.length;
    while (required > 0 && entries[required - 1]![1].type === "optional") required--;
    this.#reserve(entries.slice(0, required).map(([, field]) => field));
    const values = entries.map(([name, field], i) => {
      if (i < required) return [name, this.#field(field)];
      // an older peer ends here
      this.#float();
      const x = this.#variable();
      this.#code.push(`var ${x};if(p!==e){`);
      this.#code.push(...this.#inner(() => this.#code.push(`${x}=${this.#field(field)};`)));
      this.#code.push("}");
      return [name, x];
    });
    const object = values.map(([name, value]) => `${name}:${value}`).join(",");
    const code = [
      ...this.#code,
      `if(${this.#handles ? "r.handleNext!==r.handleCount" : "r.handleCount!==0"})return;`,
      ...(this.#secret ? ["b.fill(0,s,e);"] : []),
      `return {${object}};`,
    ].join("\n");
    // each of them is a read of a property, so only what the code uses
    const views = { b: "r.bytes", d: "r.view", W: "r.words", q: "s>>2", p: "0" };
    const used = Object.entries(views).filter(([name]) => new RegExp(`\\b${name}\\b`).test(code));
    const head = ["s=r.at", "e=r.end", ...used.map(([name, value]) => `${name}=${value}`)];
    return `function(r){
var ${head.join(",")};
if(e-s<${this.#firstCheck})return;
${code}
}`;
  }

  #firstCheck = 4;

  // One length check covers all fields of fixed size at the front.
  #reserve(fields: readonly Field<unknown>[]): void {
    let bytes = 4;
    const walk = (field: Field<unknown>): boolean => {
      if (field.type === "secret") return walk(field.inner!);
      if (field.type === "struct") return Object.values(field.fields!).every(walk);
      const size = fixedSize(field);
      if (size < 0) {
        // its length at least
        if (["string", "bytes", "array"].includes(field.type)) bytes += 2;
        return false;
      }
      bytes += size;
      return true;
    };
    fields.every(walk);
    this.#firstCheck = bytes;
    this.#checked = bytes;
  }

  #variable(): string {
    return `f${this.#next++}`;
  }

  #float(): void {
    if (this.#offset >= 0) {
      this.#code.push(`p=s+${this.#offset};`);
      this.#offset = -1;
    }
  }

  #take(bytes: number): string {
    if (this.#offset >= 0 && this.#offset + bytes <= this.#checked) {
      this.#offset += bytes;
      return `s+${this.#offset - bytes}`;
    }
    this.#float();
    this.#code.push(`if(p+${bytes}>e)return;`);
    this.#code.push(`p+=${bytes};`);
    return `p-${bytes}`;
  }

  #inner(emit: () => void): string[] {
    const outer = this.#code;
    this.#code = [];
    emit();
    const inner = this.#code;
    this.#code = outer;
    return inner;
  }

  #read(expression: string): string {
    const x = this.#variable();
    this.#code.push(`var ${x}=${expression};`);
    return x;
  }

  #u32(): string {
    if (this.#offset >= 0 && this.#offset % 4 === 0 && this.#offset + 4 <= this.#checked) {
      this.#offset += 4;
      return `W[q+${this.#offset / 4 - 1}]`;
    }
    return `d.getUint32(${this.#take(4)},true)`;
  }

  /** A u16 as an expression; the place is used twice where it is not aligned, so it is no call of a DataView. */
  #u16(): string {
    const offset = this.#offset;
    if (offset >= 0 && offset % 2 === 0 && offset + 2 <= this.#checked) {
      this.#offset += 2;
      const word = `W[q+${offset >> 2}]`;
      return offset % 4 === 0 ? `${word}&65535` : `${word}>>>16`;
    }
    const at = this.#take(2);
    return `b[${at}]|b[${at}+1]<<8`;
  }

  /** `bits` as in the encoder. */
  #wide(signed: boolean, bits: 53 | 63): string {
    const low = this.#read(this.#u32());
    if (!signed) {
      // small ones stay integers, which the engine adds and compares much faster
      const high = this.#read(this.#u32());
      const most = 2 ** (bits - 32) - 1;
      this.#code.push(`if(${high}!==0){if(${high}>${most})return;${low}+=${high}*4294967296;}`);
      return low;
    }
    const high = this.#read(`${this.#u32()}|0`);
    const x = this.#read(`${high}*4294967296+${low}`);
    this.#code.push(`if(${x}>9007199254740991||${x}< -9007199254740991)return;`);
    return x;
  }

  /** Emits the reading of one field; returns the name of the variable that holds it. */
  #field(field: Field<unknown>): string {
    switch (field.type) {
      case "u8":
        return this.#read(`b[${this.#take(1)}]`);
      case "u16":
        return this.#read(this.#u16());
      case "u32":
        return this.#read(this.#u32());
      case "i8":
        return this.#read(`b[${this.#take(1)}]<<24>>24`);
      case "i16":
        return this.#read(`(${this.#u16()})<<16>>16`);
      case "i32":
        return this.#read(`${this.#u32()}|0`);
      case "u64":
        return this.#wide(false, 53);
      case "time":
      case "duration":
        return this.#wide(false, 63);
      case "i64":
        return this.#wide(true, 53);
      case "f64":
        return this.#read(`d.getFloat64(${this.#take(8)},true)`);
      case "bool": {
        const x = this.#read(`b[${this.#take(1)}]`);
        this.#code.push(`if(${x}>1)return;`);
        return this.#read(`${x}===1`);
      }
      case "string": {
        const n = this.#length();
        const x = this.#read(`${this.#text}.decode(b,p-${n},${n})`);
        this.#code.push(`if(${x}===undefined)return;`);
        return x;
      }
      case "bytes": {
        const n = this.#length();
        return this.#read(`b.slice(p-${n},p)`);
      }
      case "secret":
        this.#secret = true;
        return this.#field(field.inner!);
      case "struct": {
        const parts = Object.entries(field.fields!).map(
          ([name, inner]) => `${name}:${this.#field(inner)}`,
        );
        return this.#read(`{${parts.join(",")}}`);
      }
      case "oneof": {
        const x = this.#read(`b[${this.#take(1)}]`);
        this.#code.push(`if(${x}>=${field.words!.length})return;`);
        const words = field.words!.map((word) => JSON.stringify(word));
        return this.#read(
          words.map((word, i) => (i + 1 < words.length ? `${x}===${i}?${word}:` : word)).join(""),
        );
      }
      case "handle":
      case "channel": {
        this.#handles = true;
        this.#code.push(`if(r.handleNext>=r.handleCount)return;`);
        const x = this.#read("r.handles[r.handleNext++]");
        this.#code.push(`if(${x}===0)return;`);
        return x;
      }
      case "optional": {
        this.#float();
        const flag = this.#read(`b[${this.#take(1)}]`);
        const x = this.#variable();
        this.#code.push(`var ${x}=undefined;if(${flag}>1)return;if(${flag}===1){`);
        this.#code.push(
          ...this.#inner(() => this.#code.push(`${x}=${this.#field(field.inner!)};`)),
        );
        this.#code.push("}");
        return x;
      }
      case "array": {
        const n = this.#read(this.#u16());
        this.#float();
        const x = this.#read("[]");
        const i = this.#variable();
        this.#code.push(`for(var ${i}=0;${i}<${n};${i}++){`);
        this.#code.push(
          ...this.#inner(() => this.#code.push(`${x}[${i}]=${this.#field(field.inner!)};`)),
        );
        this.#code.push("}");
        return x;
      }
    }
  }

  /** A u16 length and the position after as many bytes, both checked. */
  #length(): string {
    const n = this.#read(this.#u16());
    if (this.#offset >= 0) this.#code.push(`p=s+${this.#offset}+${n};if(p>e)return;`);
    else this.#code.push(`p+=${n};if(p>e)return;`);
    this.#offset = -1;
    return n;
  }
}

/** Bytes of a field of fixed size, -1 for the others. */
function fixedSize(field: Field<unknown>): number {
  switch (field.type) {
    case "u8":
    case "i8":
    case "bool":
    case "oneof":
      return 1;
    case "u16":
    case "i16":
      return 2;
    case "u32":
    case "i32":
      return 4;
    case "u64":
    case "i64":
    case "f64":
    case "time":
    case "duration":
      return 8;
    case "handle":
    case "channel":
      return 0;
    default:
      return -1;
  }
}
