// A person at one terminal: login, shell prompt, commands. The same code for the serial line and the screen.
// Invariant: while something is awaited, input is kept (at most TYPED_AHEAD keys) and only ^C acts at once.

import { type Key, keyReader, keyTake } from "./keys.ts";
import {
  editorBegin,
  editorInsert,
  editorKey,
  editorRefresh,
  editorRemember,
  type LineEditor,
  lineEditor,
  type Outcome,
} from "./line-editor.ts";
import { secretErase, secretInsert, secretKey, secretLine } from "./secret-line.ts";
import { utf8Stream, utf8Take } from "./utf8-stream.ts";

/** Keys that are kept while a command runs; more are dropped with a bell. */
export const TYPED_AHEAD = 1024;

/** What a logged-in person can do: run a line until it is done. */
export interface Shell {
  readonly account: string;
  /** Runs one line; resolves to "logout" when the person leaves. */
  run(line: string, terminal: Terminal): Promise<"logout" | undefined>;
  /** Handles for new code, which stay the shell's own. */
  handles?(): Pick<SavedSession, "session" | "interpreter">;
  close(): void;
}

/** What a running command sees of the terminal. */
export interface Terminal {
  readonly columns: number;
  /** Queues text; `\n` starts a new line. */
  print(text: string): void;
  /** Resolves when the terminal takes more; to be awaited between larger pieces. */
  room(): Promise<void>;
  /** Set once ^C was typed; `onInterrupt` is called then. */
  readonly interrupted: boolean;
  onInterrupt: (() => void) | undefined;
  /** Lets the person edit a line behind `prompt`, with a history apart from the shell's. A ^C before that counts no more. */
  ask(prompt: string): Promise<Asked>;
}

/** A line, or that the person typed ^C or ^D instead. */
export type Asked = { readonly text: string } | "interrupt" | "end";

/** What a person at a terminal sees and has, when new code takes it over (kept.ts). */
export interface SavedSession {
  readonly stage: "account" | "password" | "shell";
  readonly account: string;
  readonly prompt: string;
  readonly text: string;
  readonly cursor: number;
  readonly first: number;
  readonly history: string[];
  /** of a password that is being typed */
  readonly secret: Uint8Array;
  /** handles of the account's session and of its interpreter; undefined where there is none */
  readonly session?: number | undefined;
  readonly interpreter?: number | undefined;
}

/** The world of a session. */
export interface SessionHost {
  readonly hostname: string;
  readonly columns: number;
  /** Queues raw terminal output. */
  write(text: string): void;
  room(): Promise<void>;
  /** Checks a password (the bytes are erased by the caller afterwards): a shell, or why not. */
  login(account: string, password: Uint8Array): Promise<Shell | string>;
  /** The shell of an account that had logged in before new code took over; undefined when its session is gone. */
  resume?(saved: SavedSession): Shell | undefined;
  /** Whether what was written before new code took over still stands there. */
  readonly stands?: boolean;
}

/** One session; feed it with `sessionInput`. */
export interface Session {
  readonly host: SessionHost;
  readonly editor: LineEditor;
  readonly input: (bytes: Uint8Array, count: number) => void;
  /** Shown where it stands; for tests and the screen. */
  readonly stage: () => Stage;
  /** For new code; throws while a command runs. */
  readonly save: () => SavedSession;
}

type Stage = "account" | "password" | "busy" | "shell" | "asked";

/** A command that was told by ^C and does not end is left after so many more. */
const PATIENCE = 2;

/** The command that runs now. */
interface Running {
  interrupted: boolean;
  onInterrupt: (() => void) | undefined;
  /** ^C typed since the one that it was told of */
  repeated: number;
  /** it was told and did not end: the prompt is there again, and it prints nothing more */
  left: boolean;
  readonly leaveIt: () => void;
}

const ACCOUNT_POINTS = 32;

const interruptOr = (outcome: Outcome) => (outcome.kind === "end" ? "end" : "interrupt");

/** Starts a session: prints the login prompt, or goes on with one that was saved. */
export function session(host: SessionHost, saved?: SavedSession): Session {
  const utf8 = utf8Stream();
  const reader = keyReader();
  const editor = lineEditor(host.columns);
  const secret = secretLine();
  const ahead: (Key | number)[] = [];
  let stage: Stage = "account";
  let account = "";
  let shell: Shell | undefined;
  let running: Running | undefined;
  /** Who waits for the line that is edited on behalf of a command, and such lines so far. */
  let answer: ((asked: Asked) => void) | undefined;
  let answers: string[] = [];

  const flush = () => {
    editorRefresh(editor);
    if (editor.output !== "") {
      host.write(editor.output);
      editor.output = "";
    }
  };

  const askAccount = () => {
    stage = "account";
    editor.history = [];
    answers = [];
    editorBegin(editor, `${host.hostname} login: `);
  };

  const askCommand = () => {
    stage = "shell";
    editorBegin(editor, `${host.hostname}$ `);
  };

  const askPassword = (name: string) => {
    account = name;
    stage = "password";
    secretErase(secret);
    editor.output += "Password: ";
  };

  /** Goes on with the keys that were typed meanwhile. */
  const resume = () => {
    while (ahead.length > 0 && stage !== "busy") take(ahead.shift() as Key | number);
    flush();
  };

  const checkPassword = async () => {
    stage = "busy";
    const password = secret.bytes.slice(0, secret.length);
    const tooLong = secret.tooLong;
    secretErase(secret);
    const answer = tooLong
      ? "the password is longer than 256 bytes"
      : await host.login(account, password);
    password.fill(0);
    if (typeof answer === "string") {
      editor.output += `${answer}\r\n`;
      askAccount();
    } else {
      shell = answer;
      askCommand();
    }
    resume();
  };

  const runLine = async (line: string) => {
    stage = "busy";
    flush();
    let leaveIt = () => {};
    const left = new Promise<"left">((resolve) => {
      leaveIt = () => resolve("left");
    });
    const state: Running = {
      interrupted: false,
      onInterrupt: undefined,
      repeated: 0,
      left: false,
      leaveIt,
    };
    running = state;
    const commands = editor.history;
    const terminal: Terminal = {
      columns: host.columns,
      print: (text) => {
        if (!state.left) host.write(text.replaceAll("\n", "\r\n"));
      },
      room: () => host.room(),
      get interrupted() {
        return state.interrupted;
      },
      set onInterrupt(handler: (() => void) | undefined) {
        state.onInterrupt = handler;
      },
      ask: (prompt) =>
        new Promise((resolve) => {
          if (state.left) return resolve("interrupt");
          answer = resolve;
          state.interrupted = false;
          stage = "asked";
          editor.history = answers;
          editorBegin(editor, prompt);
          resume();
        }),
    };
    const end = await Promise.race([(shell as Shell).run(line, terminal), left]);
    running = undefined;
    editor.history = commands;
    if (end === "logout") leave();
    else askCommand();
    resume();
  };

  const leave = () => {
    shell?.close();
    shell = undefined;
    askAccount();
  };

  /** The line that a command asked for. */
  const answered = (outcome: Outcome) => {
    stage = "busy";
    if (outcome.kind === "line") editorRemember(editor, outcome.text);
    if (outcome.kind === "end") editor.output += "\r\n";
    flush();
    answer?.(outcome.kind === "line" ? { text: outcome.text } : interruptOr(outcome));
  };

  const finished = (outcome: Outcome) => {
    if (stage === "asked" && outcome.kind !== "too-long") answered(outcome);
    else if (outcome.kind === "too-long") {
      editor.output += `the line has ${outcome.points} characters; 4096 are the most, it was not run\r\n`;
      if (stage === "asked") editorBegin(editor, editor.prompt);
      else if (stage === "shell") askCommand();
      else askAccount();
    } else if (stage === "account") {
      const name = outcome.kind === "line" ? outcome.text.trim() : "";
      if (outcome.kind === "end") editor.output += "\r\n";
      if (name === "") askAccount();
      else if (Array.from(name).length > ACCOUNT_POINTS) {
        editor.output += `an account's name has at most ${ACCOUNT_POINTS} characters\r\n`;
        askAccount();
      } else askPassword(name);
    } else if (outcome.kind === "end") {
      editor.output += "logout\r\n";
      leave();
    } else if (outcome.kind === "interrupt" || outcome.text.trim() === "") {
      askCommand();
    } else {
      editorRemember(editor, outcome.text);
      void runLine(outcome.text);
    }
  };

  const takePassword = (key: Key | number) => {
    if (typeof key === "number") {
      secretInsert(secret, key);
      return;
    }
    const end = secretKey(secret, key);
    if (end === undefined) return;
    editor.output += "\r\n";
    if (end === "enter") {
      flush();
      void checkPassword();
    } else {
      secretErase(secret);
      askAccount();
    }
  };

  const take = (key: Key | number) => {
    if (stage === "password") takePassword(key);
    else if (typeof key === "number") editorInsert(editor, key);
    else {
      const outcome = editorKey(editor, key);
      if (outcome !== undefined) finished(outcome);
    }
  };

  const takeBusy = (key: Key | number) => {
    if (key === "interrupt") {
      ahead.length = 0;
      if (running === undefined) return;
      if (!running.interrupted) {
        running.interrupted = true;
        running.repeated = 0;
        host.write("^C\r\n");
        running.onInterrupt?.();
      } else if (++running.repeated === PATIENCE) {
        host.write("^C\r\nthe command does not end; it is left to itself\r\n");
        running.left = true;
        running.leaveIt();
      }
    } else if (ahead.length < TYPED_AHEAD) ahead.push(key);
    else if (ahead.length === TYPED_AHEAD) host.write("\x07");
  };

  const input = (bytes: Uint8Array, count: number) => {
    for (let index = 0; index < count; index += 1) {
      const point = utf8Take(utf8, bytes[index] as number);
      if (point < 0) continue;
      const key = keyTake(reader, point);
      if (key === undefined) continue;
      if (stage === "busy") takeBusy(key);
      else take(key);
    }
    flush();
  };

  const save = (): SavedSession => {
    if (stage === "busy" || stage === "asked") throw new Error("a command runs at the terminal");
    return {
      stage,
      account,
      prompt: editor.prompt,
      text: editor.cells.join(""),
      cursor: editor.cursor,
      first: editor.first,
      history: [...editor.history],
      secret: secret.bytes.slice(0, secret.length),
      ...shell?.handles?.(),
    };
  };

  const goOn = (from: SavedSession): boolean => {
    account = from.account;
    shell = from.stage === "shell" ? host.resume?.(from) : undefined;
    if (from.stage === "shell" && shell === undefined) return false;
    stage = from.stage;
    editor.prompt = from.prompt;
    editor.cells = Array.from(from.text);
    editor.cursor = from.cursor;
    editor.first = from.first;
    editor.history = [...from.history];
    editor.recalled = editor.history.length;
    secret.bytes.set(from.secret);
    secret.length = from.secret.length;
    if (host.stands !== true && stage === "password") editor.output += "Password: ";
    else editor.dirty = host.stands !== true;
    return true;
  };

  if (saved === undefined || !goOn(saved)) askAccount();
  flush();
  return { host, editor, input, stage: () => stage, save };
}
