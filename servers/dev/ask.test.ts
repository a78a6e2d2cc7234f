// Requests of a host against a session that records what it was asked.
import test from "ava";
import fc from "fast-check";
import { parseAnswer, parseRequest } from "../../sdk/channel/request.ts";
import type { Client } from "../../sdk/contract/client.ts";
import { Failure } from "../../sdk/contract/failure.ts";
import { Session } from "../init/contract.ts";
import { ask, calls } from "./ask.ts";
import { Pushes } from "./pushes.ts";

/** No memory for pushed code. */
const nothing = new Pushes({ create: () => new Failure(5, "no memory"), digest: () => "" });

const noScripts = { ask: async (call: string) => ({ call }) };

function session(answer: (call: string, fields: object) => object) {
  const get = (_target: object, call: string) => async (fields: object) => answer(call, fields);
  return new Proxy({}, { get }) as Client<typeof Session>;
}

test("a reply, a refusal and a fault of the encoder each become an answer with the request's id", async (t) => {
  const good = session((call, fields) => ({ call, fields }));
  const fields = { server: "netd" };
  t.deepEqual(await ask(good, nothing, noScripts, { id: 4, call: "kill", fields }), {
    id: 4,
    reply: { call: "kill", fields },
  });
  const refusing = session(() => new Failure(4, "it may not"));
  t.deepEqual(await ask(refusing, nothing, noScripts, { id: 5, call: "kill", fields }), {
    id: 5,
    failure: { code: 4, sentence: "it may not" },
  });
  const throwing = session(() => {
    throw new TypeError("length of undefined");
  });
  t.like(await ask(throwing, nothing, noScripts, { id: 6, call: "kill", fields: {} }), {
    id: 6,
    failure: { code: 7 },
  });
});

test("calls that hand out channels, end the system or do not exist are not made", async (t) => {
  const asked: string[] = [];
  const recording = session((call) => {
    asked.push(call);
    return {};
  });
  for (const call of ["open", "again", "power", "close", "constructor", "__proto__", ""]) {
    t.like(await ask(recording, nothing, noScripts, { id: 1, call, fields: {} }), {
      failure: { code: 2 },
    });
  }
  t.deepEqual(asked, []);
  for (const call of calls) t.is(Session.methods[call].kind, "call", call);
});

test("any text is a request or none, and never throws", (t) => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      const request = parseRequest(text);
      return request === undefined || typeof request.call === "string";
    }),
  );
  t.is(parseRequest('{"id":-1,"call":"ps","fields":{}}'), undefined);
  t.is(parseRequest('{"id":1,"call":"ps","fields":[]}'), undefined);
  t.is(parseAnswer('{"id":1,"failure":{"code":"x","sentence":""}}'), undefined);
  t.deepEqual(parseAnswer('{"id":1,"reply":{}}'), { id: 1, reply: {} });
});
