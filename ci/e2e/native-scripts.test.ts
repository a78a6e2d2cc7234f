// Scripts of a booted system run as machine code that was compiled in the system: what they print, how they trap, wait and are stopped.
import test from "ava";
import { bootedGuest } from "../qemu/booted-guest.ts";
import type { Guest } from "../qemu/guest.ts";
import { command, logIn } from "../qemu/person.ts";

async function loggedIn(guest: Guest): Promise<void> {
  guest.type("\n");
  await guest.expect(/login: $/);
  await logIn(guest);
}

test("the shell runs scripts compiled", async (t) => {
  const guest = await bootedGuest({ options: { netd_wait: "30000" } });
  const is = async (line: string, want: string) => t.is(await command(guest, line), want, line);
  const like = async (line: string, want: RegExp) =>
    t.regex(await command(guest, line), want, line);
  try {
    await loggedIn(guest);
    await is("tier", "native\n");
    await is("tape 'tier()'", "native\n");
    await is("6 * 7", "42\n");
    // loops, text, lists and closures of the library, calls of services between
    await is(
      "var s: i64 = 0; for (i in 0..2000000) { s = s +% i * i; } s",
      "2666664666667000000\n",
    );
    await is(`tape 'for (i in 0..3) { io.println("line {i}"); }'`, "line 0\nline 1\nline 2\n");
    await is(
      "dyn.range(0, 5) |> where(fn(n) => n % 2 == 0) |> collect(fn(n) => n * 10)",
      "[0, 20, 40]\n",
    );
    await is("tape 'net.status().address'", "10.0.2.15\n");
    const pipe = "ps() |> where(fn(p) => p.cpu >= 0) |> each(fn(p) => io.println(p.name))";
    await like(`tape '${pipe}'`, /^netd$/m);
    const fib =
      "fn fib(n: i64) -> i64 { if (n < 2) { return n; } return fib(n - 1) + fib(n - 2); }";
    await is(`tape '${fib} fib(24)'`, "46368\n");
    // traps: kind, text, line and stack; limits
    await like(
      "tape 'let a = [1, 2]; var i = 1; i += 1; a[i]'",
      /^trap: index out of range\n {2}at script.main \(script.tape:1\)\n$/,
    );
    await like(
      "tape 'fn f(n: i64) -> i64 { return 1 / n; } f(0)'",
      /^trap: division by zero\n {2}at script.f \(script.tape:1\)\n {2}at script.main \(script.tape:1\)\n$/,
    );
    await like(`tape 'dyn.map()["a"] + 1'`, /^trap: /);
    await like(
      "tape 'fn f(n: i64) -> i64 { return f(n + 1) + 1; } f(0)'",
      /^trap: stack overflow\n/,
    );
    await like(`tape 'var s = "x"; while (true) { s = s + s; }'`, /^trap: out of memory\n/);
    await like(`tape 'net.ping("nowhere", 56, 1)'`, /^trap: .*\n +at script.main/);
    // a loop without end is interrupted, with and without calls
    for (const loop of ["while (true) { }", 'fn f() { echo(""); } while (true) { f(); }']) {
      guest.type(`tape '${loop}'\n`);
      await guest.expect(/\}'\r?\n/);
      guest.type("\u0003");
      await guest.expect(/\^C\s+leivos\$ $/);
    }
    // lines go on where the lines before them ended
    await command(guest, "let a = 20");
    await is("a * 2 + 2", "42\n");
    t.notRegex(await command(guest, "log tape"), /interpreted/);
  } finally {
    await guest.close();
  }
});
