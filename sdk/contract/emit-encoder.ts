// Emits encoders. While the offset is known at build time it is a constant (and aligned u32s go through a Uint32Array, the
// cheapest write that the engine has); after the first field of variable size it is the variable `p`.
import type { Field, Fields } from "./field.ts";

export class EmitEncoder {
  /** name of the UTF-8 codec in the scope of the emitted text */
  readonly #text: string;
  #code: string[] = [];
  #next = 0;
  /** offset from the start of the message while it is constant, else -1 and `p` holds the position */
  #offset = 4;
  /** whether what is written so far is known to end within the limit */
  #within = true;

  constructor(text: string) {
    this.#text = text;
  }

  /** A function (w, v) that writes `head` and the fields, and returns the end or -1. */
  message(head: string, fields: Fields): string {
    for (const [name, field] of Object.entries(fields)) this.#field(field, `v.${name}`, name);
    const isShort = this.#offset >= 0 || this.#within;
    const code = [
      `W[q]=${head};`,
      ...this.#code,
      ...(isShort ? [] : ['if(p>s+4096)return bad(w,"the message exceeds 4,096 bytes");']),
      `return ${this.#offset >= 0 ? `s+${this.#offset}` : "p"};`,
    ].join("\n");
    // each of them is a read of a property, so only what the code uses
    const views = { b: "w.bytes", d: "w.view", p: "0", x: "0" };
    const used = Object.entries(views).filter(([name]) => new RegExp(`\\b${name}\\b`).test(code));
    const parts = [
      "W=w.words",
      "s=w.start",
      "q=s>>2",
      ...used.map(([n, value]) => `${n}=${value}`),
    ];
    return `function(w,v){
var ${parts.join(",")};
${code}
}`;
  }

  /** The number of handles as a literal, or a function of the value where it varies. */
  countHandles(fields: Fields): string {
    let fixed = 0;
    const code: string[] = [];
    let next = 0;
    const walk = (field: Field<unknown>, value: string, sure: boolean): void => {
      switch (field.type) {
        case "handle":
        case "channel":
          if (sure) fixed++;
          else code.push("n++;");
          return;
        case "secret":
          walk(field.inner!, value, sure);
          return;
        case "struct":
          for (const [name, inner] of Object.entries(field.fields!))
            walk(inner, `${value}.${name}`, sure);
          return;
        case "optional": {
          const before = code.length;
          code.push(`if(${value}!==undefined){`);
          walk(field.inner!, value, false);
          if (code.length === before + 1) code.pop();
          else code.push("}");
          return;
        }
        case "array": {
          const before = code.length;
          const i = `i${next++}`;
          code.push(`for(var ${i}=0;${i}<${value}.length;${i}++){`);
          walk(field.inner!, `${value}[${i}]`, false);
          if (code.length === before + 1) code.pop();
          else code.push("}");
          return;
        }
      }
    };
    for (const [name, field] of Object.entries(fields)) walk(field, `v.${name}`, true);
    return code.length === 0
      ? String(fixed)
      : `function(v){var n=${fixed};${code.join("")}return n;}`;
  }

  #variable(): string {
    return `t${this.#next++}`;
  }

  /** The place of the next `bytes` bytes as an expression; moves on. */
  #take(bytes: number): string {
    this.#within = false;
    if (this.#offset >= 0) {
      this.#offset += bytes;
      return `s+${this.#offset - bytes}`;
    }
    return "p";
  }

  #advance(bytes: number): void {
    if (this.#offset < 0) this.#code.push(`p+=${bytes};`);
  }

  #float(): void {
    if (this.#offset >= 0) {
      this.#code.push(`p=s+${this.#offset};`);
      this.#offset = -1;
    }
  }

  /** Variable-size parts check the limit as they grow; what fixed-size fields write past it stays in the writer's slack. */
  #room(need: string, what: string): void {
    this.#code.push(
      `if(p+${need}>s+4096)return bad(w,"${what} makes the message exceed 4,096 bytes");`,
    );
  }

  #u32(value: string): void {
    if (this.#offset >= 0 && this.#offset % 4 === 0) {
      this.#code.push(`W[q+${this.#offset / 4}]=${value};`);
      this.#offset += 4;
      return;
    }
    this.#code.push(`d.setUint32(${this.#take(4)},${value},true);`);
    this.#advance(4);
  }

  #integer(value: string, what: string, bytes: 1 | 2 | 4, low: number, high: number): void {
    const x = this.#variable();
    this.#code.push(`var ${x}=${value};`);
    const wrong =
      high === 4294967295 ? `${x}>>>0!==${x}` : `${x}!==(${x}|0)||${x}<${low}||${x}>${high}`;
    this.#code.push(
      `if(${wrong})return bad(w,"${what} must be an integer from ${low} to ${high}");`,
    );
    if (bytes === 4) this.#u32(x);
    else if (bytes === 2) {
      const at = this.#take(2);
      this.#code.push(`b[${at}]=${x};b[${at}+1]=${x}>>8;`);
      this.#advance(2);
    } else {
      this.#code.push(`b[${this.#take(1)}]=${x};`);
      this.#advance(1);
    }
  }

  /** `bits`: what the value must fit into; of a time, which may be rounded, more than a number has. */
  #wide(value: string, what: string, signed: boolean, bits: 53 | 63): void {
    const x = this.#variable();
    const low = signed ? "-9007199254740991" : "0";
    const wrong = `return bad(w,"${what} must be an integer from ${low} to 2^${bits}-1")`;
    if (!signed && this.#offset >= 0 && this.#offset % 4 === 0) {
      // What the array holds of the upper half is the same number only when it was a whole one from 0 to 2^32-1; the lower half loses
      // the fraction, which the difference then has.
      const [l, h] = [this.#variable(), this.#variable()];
      const at = this.#offset / 4;
      this.#code.push(
        `var ${x}=${value},${l},${h};if(${x}===(${x}|0)&&${x}>=0){W[q+${at}]=${x};W[q+${at + 1}]=0;}else{`,
        `${l}=${x}>>>0;${h}=(${x}-${l})/4294967296;W[q+${at}]=${l};W[q+${at + 1}]=${h};`,
        `if(W[q+${at + 1}]!==${h}||${h}>${2 ** (bits - 32) - 1})${wrong};}`,
      );
      this.#offset += 8;
      return;
    }
    const high = bits === 53 ? "<=9007199254740991" : "<9223372036854775808";
    this.#code.push(`var ${x}=${value};if(!(${x}>=${low}&&${x}${high}&&${x}%1===0))${wrong};`);
    this.#u32(`${x}>>>0`);
    // a number's lower 32 bits are exact under >>> 0, negative ones too
    // the store cuts the fraction off, towards 0; less the lower half a negative one has none
    this.#u32(signed ? `(${x}-(${x}>>>0))/4294967296` : `${x}/4294967296`);
  }

  #bytesOf(value: string, what: string): void {
    this.#float();
    const x = this.#variable();
    this.#code.push(
      `var ${x}=${value};if(!(${x} instanceof Uint8Array)||${x}.length>65535)return bad(w,"${what} must be a Uint8Array of at most 65,535 bytes");`,
    );
    this.#room(`${x}.length+2`, what);
    this.#code.push(`b[p]=${x}.length;b[p+1]=${x}.length>>8;b.set(${x},p+2);p+=${x}.length+2;`);
    this.#within = true;
  }

  #string(value: string, what: string): void {
    const n = this.#variable();
    const start = this.#offset >= 0 ? `p=s+${this.#offset + 2}` : "p+=2";
    this.#offset = -1;
    this.#code.push(
      `${start};var ${n}=${this.#text}.encode(${value},b,p);if(${n}<0||p+${n}>s+4096)`,
      `return bad(w,${n}<-1?"${what} must be a string":"${what} makes the message exceed 4,096 bytes");`,
      `b[p-2]=${n};b[p-1]=${n}>>8;p+=${n};`,
    );
    this.#within = true;
  }

  #field(field: Field<unknown>, value: string, what: string): void {
    switch (field.type) {
      case "u8":
        this.#integer(value, what, 1, 0, 255);
        break;
      case "u16":
        this.#integer(value, what, 2, 0, 65535);
        break;
      case "u32":
        this.#integer(value, what, 4, 0, 4294967295);
        break;
      case "i8":
        this.#integer(value, what, 1, -128, 127);
        break;
      case "i16":
        this.#integer(value, what, 2, -32768, 32767);
        break;
      case "i32":
        this.#integer(value, what, 4, -2147483648, 2147483647);
        break;
      case "u64":
        this.#wide(value, what, false, 53);
        break;
      case "time":
      case "duration":
        this.#wide(value, what, false, 63);
        break;
      case "i64":
        this.#wide(value, what, true, 53);
        break;
      case "f64":
        this.#code.push(
          `if(typeof ${value}!=="number")return bad(w,"${what} must be a number");d.setFloat64(${this.#take(8)},${value},true);`,
        );
        this.#advance(8);
        break;
      case "bool":
        this.#code.push(
          `x=${value};if(x!==true&&x!==false)return bad(w,"${what} must be true or false");b[${this.#take(1)}]=x?1:0;`,
        );
        this.#advance(1);
        break;
      case "string":
        this.#string(value, what);
        break;
      case "bytes":
        this.#bytesOf(value, what);
        break;
      case "secret":
        this.#field(field.inner!, value, what);
        break;
      case "struct": {
        const x = this.#variable();
        this.#code.push(
          `var ${x}=${value};if(typeof ${x}!=="object"||${x}===null)return bad(w,"${what} must be an object");`,
        );
        for (const [name, inner] of Object.entries(field.fields!))
          this.#field(inner, `${x}.${name}`, `${what}.${name}`);
        return;
      }
      case "oneof": {
        const words = field.words!.map((word) => JSON.stringify(word));
        const x = this.#variable();
        const chain = words.map((word, i) => `${value}===${word}?${i}:`).join("");
        this.#code.push(
          `var ${x}=${chain}-1;if(${x}<0)return bad(w,${JSON.stringify(`${what} must be one of ${field.words!.join(", ")}`)});b[${this.#take(1)}]=${x};`,
        );
        this.#advance(1);
        break;
      }
      case "handle":
      case "channel":
        this.#code.push(
          `x=${value};if(x>>>0!==x||x===0)return bad(w,"${what} must be a handle number");`,
          `if(w.handleCount>=8)return bad(w,"${what} is a handle too many: a message carries 8");w.handles[w.handleCount++]=x;`,
        );
        return;
      case "optional": {
        this.#float();
        const x = this.#variable();
        this.#code.push(`var ${x}=${value};`);
        this.#room("1", what);
        this.#code.push(`if(${x}===undefined){b[p]=0;p+=1;}else{b[p]=1;p+=1;`);
        this.#code.push(...this.#limited(() => this.#field(field.inner!, x, what), what));
        this.#code.push("}");
        this.#within = true;
        return;
      }
      case "array": {
        this.#float();
        const x = this.#variable();
        const i = this.#variable();
        this.#code.push(
          `var ${x}=${value};if(!Array.isArray(${x})||${x}.length>65535)return bad(w,"${what} must be an array of at most 65,535 elements");`,
        );
        this.#room("2", what);
        this.#code.push(`b[p]=${x}.length;b[p+1]=${x}.length>>8;p+=2;`);
        this.#code.push(`for(var ${i}=0;${i}<${x}.length;${i}++){`);
        this.#code.push(
          ...this.#limited(() => this.#field(field.inner!, `${x}[${i}]`, what), what),
        );
        this.#code.push("}");
        this.#within = true;
        return;
      }
    }
  }

  /** Code of an inner field with a limit check after it, so that a loop stops soon after the limit. */
  #limited(emit: () => void, what: string): string[] {
    const outer = this.#code;
    this.#code = [];
    emit();
    const inner = this.#code;
    this.#code = outer;
    return [...inner, `if(p>s+4096)return bad(w,"${what} makes the message exceed 4,096 bytes");`];
  }
}
