import test from "ava";
import fc from "fast-check";
import { type SessionHost, type Shell, session, TYPED_AHEAD, type Terminal } from "./session.ts";

/** A terminal with a host whose logins and commands the test ends by hand. */
function place() {
  let output = "";
  const ran: string[] = [];
  const passwords: string[] = [];
  let open: { line: string; terminal: Terminal; end: (what?: "logout") => void } | undefined;
  const shell: Shell = {
    account: "dev",
    run: (line, terminal) => {
      ran.push(line);
      return new Promise((resolve) => {
        open = { line, terminal, end: (what) => resolve(what) };
      });
    },
    close: () => ran.push("(closed)"),
  };
  const host: SessionHost = {
    hostname: "leivos",
    columns: 80,
    write: (text) => {
      output += text;
    },
    room: () => Promise.resolve(),
    login: async (account, password) => {
      const text = Buffer.from(password).toString();
      passwords.push(text);
      return account === "dev" && text === "dev" ? shell : "login incorrect";
    },
  };
  const one = session(host);
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  const feed = async (text: string | Uint8Array) => {
    const bytes = new Uint8Array(Buffer.from(text));
    one.input(bytes, bytes.length);
    await settle();
  };
  return {
    one,
    feed,
    settle,
    ran,
    passwords,
    output: () => output,
    clear: () => {
      output = "";
    },
    running: () => open!,
  };
}

test("login, command, logout; the password is never shown", async (t) => {
  const { feed, output, ran, running, settle } = place();
  t.is(output(), "leivos login: ");
  await feed("dev\rdev\r");
  t.is(output(), "leivos login: dev\r\nPassword: \r\nleivos$ ");
  await feed("echo hi\r");
  t.deepEqual(ran, ["echo hi"]);
  running().terminal.print("hi\nthere\n");
  running().end();
  await settle();
  t.true(output().endsWith("leivos$ echo hi\r\nhi\r\nthere\r\nleivos$ "));
  await feed("exit\r");
  running().end("logout");
  await settle();
  t.true(output().endsWith("leivos$ exit\r\nleivos login: "));
  t.deepEqual(ran, ["echo hi", "exit", "(closed)"]);
});

test("a wrong password asks again; ^C and ^D give up", async (t) => {
  const { feed, output, passwords } = place();
  await feed("dev\rwrong\r");
  t.is(output(), "leivos login: dev\r\nPassword: \r\nlogin incorrect\r\nleivos login: ");
  await feed("dev\rxyz\x15dä\x7fev\r");
  t.deepEqual(passwords, ["wrong", "dev"]);
  const other = place();
  await other.feed("dev\rdev\x03");
  t.deepEqual(other.passwords, []);
  t.true(other.output().endsWith("Password: \r\nleivos login: "));
});

test("keys typed while a command runs come after it; ^C reaches the command", async (t) => {
  const { feed, output, ran, running, settle, clear } = place();
  await feed("dev\rdev\r");
  await feed("one\r");
  await feed("two\r");
  t.deepEqual(ran, ["one"]);
  running().end();
  await settle();
  t.deepEqual(ran, ["one", "two"]);
  t.true(output().endsWith("leivos$ one\r\nleivos$ two\r\n"));
  clear();
  let told = 0;
  running().terminal.onInterrupt = () => {
    told += 1;
  };
  await feed("three\r\x03");
  t.true(running().terminal.interrupted);
  await feed("\x03");
  t.is(told, 1);
  running().end();
  await settle();
  t.is(output(), "^C\r\nleivos$ ");
  t.deepEqual(ran, ["one", "two"]);
});

test("a third ^C leaves a command that does not end", async (t) => {
  const { feed, output, ran, running, settle, clear } = place();
  await feed("dev\rdev\rslow\r");
  const { terminal, end } = running();
  clear();
  await feed("\x03");
  t.is(output(), "^C\r\n");
  await feed("\x03");
  t.is(output(), "^C\r\n", "somebody may be impatient");
  await feed("\x03");
  t.is(output(), "^C\r\n^C\r\nthe command does not end; it is left to itself\r\nleivos$ ");
  terminal.print("too late");
  t.is(await terminal.ask("more? "), "interrupt");
  end("logout");
  await settle();
  t.true(output().endsWith("itself\r\nleivos$ "), "nor does its end say anything");
  await feed("next\r");
  t.is(ran.at(-1), "next");
  running().end();
  await settle();
  t.true(output().endsWith("leivos$ next\r\nleivos$ "));
});

test("a command asks for lines, with a history of their own; ^C and ^D are told", async (t) => {
  const { feed, output, ran, running, settle } = place();
  await feed("dev\rdev\rone\r");
  const { terminal } = running();
  await feed("typed ahead\r");
  t.deepEqual(await terminal.ask("more> "), { text: "typed ahead" });
  t.true(output().endsWith("more> typed ahead\r\n"));
  const second = terminal.ask("more> ");
  await feed("\x1b[A\r");
  t.deepEqual(await second, { text: "typed ahead" }, "of the lines asked for, not of the shell");
  const third = terminal.ask("more> ");
  await feed("half\x03");
  t.is(await third, "interrupt");
  t.false(terminal.interrupted, "the command goes on");
  const fourth = terminal.ask("more> ");
  await feed("\x04");
  t.is(await fourth, "end");
  await feed("\x03");
  t.true(terminal.interrupted);
  running().end();
  await settle();
  await feed("\x1b[A\r");
  t.deepEqual(ran, ["one", "one"]);
});

test("type-ahead is bounded", async (t) => {
  const { feed, running, settle, one } = place();
  await feed("dev\rdev\rslow\r");
  await feed("x".repeat(TYPED_AHEAD + 500));
  running().end();
  await settle();
  t.is(one.editor.cells.length, TYPED_AHEAD);
});

test("100,000 characters at the prompt and at the login are refused clearly", async (t) => {
  const { feed, output, ran } = place();
  await feed("a".repeat(100_000) + "\r");
  t.true(
    output().endsWith(
      "the line has 100000 characters; 4096 are the most, it was not run\r\nleivos login: ",
    ),
  );
  await feed("dev\rdev\r");
  await feed("b".repeat(100_000) + "\r");
  t.true(output().endsWith("4096 are the most, it was not run\r\nleivos$ "));
  t.deepEqual(ran, []);
});

test("a password of 100,000 characters is a wrong one", async (t) => {
  const { feed, output, passwords } = place();
  await feed("dev\r" + "p".repeat(100_000) + "\r");
  t.deepEqual(passwords, []);
  t.true(output().endsWith("longer than 256 bytes\r\nleivos login: "));
});

test("history does not outlive the login", async (t) => {
  const { feed, running, settle, one } = place();
  await feed("dev\rdev\rsecret-thing\r");
  running().end("logout");
  await settle();
  await feed("\x1b[A");
  t.is(one.editor.cells.join(""), "");
});

test("binary noise never breaks a session: one can log in after it", async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (noise) => {
      const { feed, output, one } = place();
      await feed(noise);
      for (let round = 0; round < 4 && one.stage() !== "account"; round += 1) await feed("\x03");
      await feed("\r\x15");
      if (one.stage() === "password") await feed("\x03");
      await feed("\x15dev\rdev\r");
      t.is(one.stage(), "shell");
      t.true(output().endsWith("leivos$ "));
    }),
    { numRuns: 200 },
  );
});
