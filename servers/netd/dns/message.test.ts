// Names and messages: what is sound, every lie, every truncation, anything at all.
import test from "ava";
import fc from "fast-check";
import { formatIpv6, parseResponse, writeQuery } from "./message.ts";
import { encodeName, randomCase, readName, reverseName } from "./name.ts";
import { response, wireName } from "./testing/response.ts";

const name = encodeName("www.example.org")!;
const query = writeQuery(0xbeef, name, 1);

test("names: letters, digits, dashes, underscores; 63 a label, 255 in all", (t) => {
  t.deepEqual([...encodeName("A.bC.")!], [1, 97, 2, 98, 99, 0]);
  t.deepEqual([...encodeName("_http._tcp.x1")!].length, 15);
  const label = "a".repeat(63);
  t.truthy(encodeName(`${label}.${label}.${label}.${"b".repeat(61)}`));
  t.is(encodeName(`${label}.${label}.${label}.${"b".repeat(62)}`), undefined);
  for (const bad of ["", ".", "a..b", "-a", "a-", "a b", "ä", `${label}a`, "a.b\0c", "1.2.3.256"]) {
    t.is(encodeName(bad), undefined, bad);
  }
  t.is(reverseName(0x0a00020f), "15.2.0.10.in-addr.arpa");
});

test("pointers go backward or the name is refused", (t) => {
  const bytes = Uint8Array.from([1, 97, 0, 1, 98, 0xc0, 0, 0xc0, 3, 0xc0, 9, 0xc0, 13, 1]);
  t.deepEqual(readName(bytes, 3), { text: "b.a", end: 7 });
  t.deepEqual(readName(bytes, 7), { text: "b.a", end: 9 });
  t.is(readName(bytes, 9), undefined);
  t.is(readName(bytes, 11), undefined);
  t.is(readName(bytes, 13), undefined);
  // A chain of pointers, each to the one before, is as long as the message, and no longer.
  const chain = new Uint8Array(2000);
  for (let at = 2; at < 2000; at += 2) {
    chain[at] = 0xc0 | ((at - 2) >> 8);
    chain[at + 1] = (at - 2) & 255;
  }
  t.deepEqual(readName(chain, 1998), { text: "", end: 2000 });
  t.deepEqual(readName(Uint8Array.from([3, 46, 92, 7, 0]), 0)?.text, "\\046\\092\\007");
});

test("a question has one name, recursion, and room for 1,232 bytes", (t) => {
  t.deepEqual([...query.slice(0, 12)], [0xbe, 0xef, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1]);
  t.deepEqual([...query.slice(-15)], [0, 1, 0, 1, 0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0]);
});

test("the case of letters is random, and has to come back", (t) => {
  let state = 1;
  const mixed = randomCase(name, () => (state = (state * 1103515245 + 12345) >>> 0) >>> 3);
  t.notDeepEqual(mixed, name);
  t.is(readName(mixed, 0)?.text, "www.example.org");
  const asked = writeQuery(1, mixed, 1);
  t.truthy(parseResponse(response(asked, []), asked));
  t.is(parseResponse(response(writeQuery(1, name, 1), []), asked), undefined);
});

test("addresses, aliases, names and the time of absence", (t) => {
  const records = [
    { name: "WWW.example.org", type: 5, target: "host.example.org", ttl: 5 },
    { name: "host.example.org", type: 1, address: [10, 1, 2, 3] },
    { name: "x.org", type: 28, address: [32, 1, 13, 184, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1] },
    { name: "x.org", type: 1, address: [1, 2, 3, 4], ttl: 0xffffffff },
  ];
  const authority = [{ name: "org", type: 6, soa: 300, ttl: 60 }];
  const parsed = parseResponse(response(query, records, { authority }), query);
  t.like(parsed?.answers[0], { name: "www.example.org", value: "host.example.org", ttl: 5 });
  t.deepEqual(
    parsed?.answers.slice(1).map((each) => each.value),
    ["10.1.2.3", "2001:db8::1", "1.2.3.4"],
  );
  t.is(parsed?.answers[3]?.ttl, 0);
  t.is(parsed?.negativeTtl, 60);
  const text = (words: number[]) =>
    formatIpv6(new DataView(Uint16Array.from(words, (w) => ((w & 255) << 8) | (w >> 8)).buffer), 0);
  t.is(text([0, 0, 0, 0, 0, 0, 0, 0]), "::");
  t.is(text([0xfe80, 0, 0, 1, 0, 0, 0, 1]), "fe80:0:0:1::1");
  t.is(text([1, 0, 2, 3, 4, 5, 6, 7]), "1:0:2:3:4:5:6:7");
  t.is(text([1, 2, 3, 4, 5, 6, 0, 0]), "1:2:3:4:5:6::");
});

test("mail, services and texts", (t) => {
  const letters = (text: string) => [...text].map((letter) => letter.charCodeAt(0));
  const records = [
    { name: "x.org", type: 15, address: [0, 10, ...wireName("Mail.x.org")] },
    { name: "x.org", type: 15, address: [0, 0, 0] },
    { name: "x.org", type: 33, address: [0, 1, 0, 2, 19, 196, ...wireName("sip.x.org")] },
    { name: "x.org", type: 16, address: [3, ...letters("v=1"), 0, 4, ...letters(' "\\'), 200] },
  ];
  t.deepEqual(
    parseResponse(response(query, records), query)?.answers.map((each) => each.value),
    ["10 mail.x.org", "0 .", "1 2 5060 sip.x.org", 'v=1 "\\\\\\200'],
  );
  const lies = [
    { name: "x.org", type: 15, address: [0] },
    { name: "x.org", type: 15, address: [0, 10, ...wireName("a"), 0] },
    { name: "x.org", type: 15, address: [0, 10, 0xc0, 200] },
    { name: "x.org", type: 33, address: [0, 1, 0, 2, 19] },
    { name: "x.org", type: 33, address: [0, 1, 0, 2, 19, 196, 1] },
    { name: "x.org", type: 16, address: [] },
    { name: "x.org", type: 16, address: [4, 65, 65, 65] },
  ];
  for (const lie of lies) t.is(parseResponse(response(query, [lie]), query), undefined);
  const long = {
    name: "x.org",
    type: 16,
    address: new Array(30).fill([255, ...new Array(255).fill(65)]).flat(),
  };
  t.is(parseResponse(response(query, [long]), query)?.answers[0]?.value.length, 1024);
});

test("a server without EDNS: the same question without it", (t) => {
  const plain = writeQuery(7, name, 1, false);
  t.is(plain.length, query.length - 11);
  t.truthy(parseResponse(response(plain, []), plain));
});

test("what does not answer the question, or lies about lengths, is refused", (t) => {
  const sound = response(query, [{ name: "www.example.org", type: 1, address: [1, 2, 3, 4] }]);
  const bent = (at: number, value: number) => {
    const copy = sound.slice();
    copy[at] = value;
    return parseResponse(copy, query);
  };
  t.truthy(parseResponse(sound, query));
  t.is(bent(0, 0), undefined);
  t.is(bent(2, 0x01), undefined);
  t.is(bent(2, 0x89), undefined);
  t.is(bent(5, 2), undefined);
  t.is(bent(14, 0x7a), undefined);
  t.is(bent(sound.length - 5, 5), undefined);
  t.is(bent(sound.length - 5, 3), undefined);
  t.is(bent(7, 2), undefined);
  for (let length = 0; length < sound.length; length++) {
    t.is(parseResponse(sound.slice(0, length), query), undefined);
  }
  const cut = response(query, [{ name: "a", type: 1, address: [1, 2, 3, 4] }], { flags: 0x8380 });
  t.like(parseResponse(cut.slice(0, -3), query), { truncated: true, answers: [] });
  const odd = response(query, [{ name: "a.b", type: 5, target: "c" }]);
  odd[odd.length - 1] = 1;
  t.is(parseResponse(odd, query), undefined);
});

test("any bytes behind the right question: a refusal, or records within bounds", (t) => {
  const head = response(query, []);
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.nat({ max: 65_535 }),
      fc.nat({ max: 65_535 }),
      (rest, answers, others) => {
        const bytes = Uint8Array.from([...head, ...rest, ...wireName("x")]);
        new DataView(bytes.buffer).setUint16(6, answers);
        new DataView(bytes.buffer).setUint16(8, others);
        const parsed = parseResponse(bytes, query);
        return parsed === undefined || parsed.answers.length <= 200;
      },
    ),
    { numRuns: 3000 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat({ max: 300 }), (bytes, at) => {
      const read = readName(bytes, at);
      return (
        read === undefined ||
        (read.end > at && read.end <= bytes.length && read.text.length <= 1020)
      );
    }),
    { numRuns: 5000 },
  );
  t.pass();
});
