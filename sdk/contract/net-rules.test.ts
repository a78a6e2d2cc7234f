// Rules of `net`: what each allows, and that nothing else is.
import test from "ava";
import fc from "fast-check";
import {
  mayKnow,
  mayOpen,
  mayReach,
  readDoor,
  readReach,
  readRules,
  ruleName,
} from "./net-rules.ts";

const address = (text: string) =>
  text.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);

test("names, names below one, addresses, ranges, ports", (t) => {
  const rules = readRules({
    connect: [
      "tcp:*.Example.org:443",
      "tcp:one.test:1-99",
      "tcp:10.0.2.0/24:*",
      "icmp:127.0.0.1",
      "udp:*:53",
    ],
    listen: ["tcp:8080", "udp:5000-5002"],
  });
  const reach = (host: string | number, port = 443, protocol: "tcp" | "udp" | "icmp" = "tcp") =>
    mayReach(rules, protocol, typeof host === "string" ? ruleName(host) : host, port);
  t.true(reach("www.example.ORG"));
  t.true(reach("a.b.example.org."));
  t.false(reach("example.org"));
  t.false(reach("badexample.org"));
  t.false(reach("www.example.org", 80));
  t.false(reach("www.example.org.evil.test"));
  t.true(reach("one.test", 99));
  t.false(reach("one.test", 100));
  t.true(reach(address("10.0.2.255"), 1));
  t.false(reach(address("10.0.3.0"), 1));
  // A rule of addresses says nothing of names, and one of names nothing of addresses.
  t.false(reach("10.0.2.2", 1));
  t.true(reach(address("127.0.0.1"), 0, "icmp"));
  t.false(reach(address("127.0.0.2"), 0, "icmp"));
  t.true(reach("any.name", 53, "udp"));
  t.false(reach(address("8.8.8.8"), 54, "udp"));
  t.true(mayOpen(rules, "tcp", 8080));
  t.false(mayOpen(rules, "udp", 8080));
  t.false(mayOpen(rules, "tcp", 0));
  t.true(mayOpen(rules, "udp", 5002));
  t.true(mayOpen(readRules({ listen: ["tcp:*"] }), "tcp", 0));
  t.true(mayKnow(rules, "one.test"));
  t.true(mayKnow(readRules({ connect: ["tcp:*.a.test:1"] }), "x.a.test"));
  t.false(mayKnow(readRules({ connect: ["tcp:*.a.test:1"] }), "a.test"));
  t.false(mayKnow(readRules({}), "a.test"));
});

test("what is no rule", (t) => {
  for (const text of [
    "",
    "tcp",
    "tcp:*",
    "tcp:*:0",
    "tcp:*:65536",
    "tcp:*:9-8",
    "tcp:*:080",
    "tcp:*:1:2",
    "sctp:*:1",
    "icmp:*:1",
    "icmp:name.test",
    "udp:name.test:53",
    "tcp:1.2.3:80",
    "tcp:1.2.3.256:80",
    "tcp:10.0.2.1/24:80",
    "tcp:10.0.0.0/33:80",
    "tcp:a*.test:80",
    "tcp:*.*.test:80",
    "tcp:*.:80",
    "tcp:-a.test:80",
    "tcp:a..test:80",
    `tcp:${"a".repeat(90)}:80`,
  ])
    t.is(readReach(text), undefined, text);
  for (const text of ["", "tcp", "tcp:", "tcp:0", "icmp:1", "tcp:*:80", "tcp:80:", "udp:1-"])
    t.is(readDoor(text), undefined, text);
});

test("any text is a rule or none, and a sound rule allows nothing of another protocol", (t) => {
  const part = fc.constantFrom("*", "*.", "/8", "-", ".", "10.0.0.0", "a.test", "80", "x");
  const text = fc
    .tuple(fc.constantFrom("tcp:", "udp:", "icmp:"), fc.array(part, { maxLength: 4 }), part)
    .map(([protocol, host, port]) => `${protocol}${host.join("")}:${port}`);
  let rules = 0;
  fc.assert(
    fc.property(text, fc.nat(65_535), (words, port) => {
      const rule = readReach(words);
      readDoor(words);
      if (rule === undefined) return;
      rules += 1;
      const other = rule.protocol === "tcp" ? "udp" : "tcp";
      t.false(mayReach(readRules({ connect: [words] }), other, "a.test", port));
    }),
    { numRuns: 2000 },
  );
  t.true(rules > 20);
});
