/**
 * Published vectors of the kernels. Each row names its source. RFCs: test vectors are facts, and their code components
 * are under the Simplified BSD License (IETF Trust Legal Provisions, 4); FIPS 180-4's examples are works of the U.S.
 * Government in the public domain.
 */
const bytes = (hex: string): Uint8Array =>
  Uint8Array.from({ length: hex.length / 2 }, (_, i) => parseInt(hex.slice(2 * i, 2 * i + 2), 16));
const text = (t: string): Uint8Array =>
  Uint8Array.from({ length: t.length }, (_, i) => t.charCodeAt(i));

/** RFC 1071, section 3: the sum of these bytes is ddf2. */
export const checksums = [{ data: bytes("0001f203f4f5f6f7"), sum: 0xddf2 ^ 0xffff }] as const;

/** RFC 3720, B.4; the RFC prints sums as bytes, the lowest first. */
export const crcs = [
  { data: new Uint8Array(32), sum: 0x8a9136aa },
  { data: new Uint8Array(32).fill(255), sum: 0x62a8ab43 },
  { data: Uint8Array.from({ length: 32 }, (_, i) => i), sum: 0x46dd794e },
  { data: Uint8Array.from({ length: 32 }, (_, i) => 31 - i), sum: 0x113fdb5c },
] as const;

/** FIPS 180-4's examples (NIST, "SHA-256 Example", one and two blocks). */
export const hashes = [
  {
    data: text("abc"),
    hash: bytes("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
  },
  {
    data: text("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
    hash: bytes("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"),
  },
] as const;

const ladies =
  "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";

/** RFC 8439, section 2.4.2. */
export const ciphers = [
  {
    key: Uint8Array.from({ length: 32 }, (_, i) => i),
    nonce: bytes("000000000000004a00000000"),
    counter: 1,
    plain: text(ladies),
    cipher: bytes(
      "6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0b" +
        "f91b65c5524733ab8f593dabcd62b3571639d624e65152ab8f530c359f0861d8" +
        "07ca0dbf500d6a6156a38e088a22b65e52bc514d16ccf806818ce91ab7793736" +
        "5af90bbf74a35be6b40b8eedf2785e42874d",
    ),
  },
] as const;

const half = (first: string): string => first.padEnd(32, "0");

/** RFC 8439, section 2.5.2 and appendix A.3, numbers 5 to 11: sums at the edges of the prime. */
export const tags = [
  {
    key: bytes("85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b"),
    data: text("Cryptographic Forum Research Group"),
    tag: bytes("a8061dc1305136c6c22b8baf0c0127a9"),
  },
  {
    key: bytes(half("02") + half("")),
    data: bytes("ff".repeat(16)),
    tag: bytes(half("03")),
  },
  {
    key: bytes(half("02") + "ff".repeat(16)),
    data: bytes(half("02")),
    tag: bytes(half("03")),
  },
  {
    key: bytes(half("01") + half("")),
    data: bytes(`${"ff".repeat(16)}f0${"ff".repeat(15)}${half("11")}`),
    tag: bytes(half("05")),
  },
  {
    key: bytes(half("01") + half("")),
    data: bytes(`${"ff".repeat(16)}fb${"fe".repeat(15)}${"01".repeat(16)}`),
    tag: bytes(half("")),
  },
  {
    key: bytes(half("02") + half("")),
    data: bytes(`fd${"ff".repeat(15)}`),
    tag: bytes(`fa${"ff".repeat(15)}`),
  },
  {
    key: bytes("01000000000000000400000000000000" + half("")),
    data: bytes(
      `e33594d7505e43b900000000000000003394d7505e4379cd01${"00".repeat(23)}01${"00".repeat(15)}`,
    ),
    tag: bytes("14000000000000005500000000000000"),
  },
  {
    key: bytes("01000000000000000400000000000000" + half("")),
    data: bytes(`e33594d7505e43b900000000000000003394d7505e4379cd01${"00".repeat(23)}`),
    tag: bytes(half("13")),
  },
] as const;

/** FIPS 197, appendix C.1; `keys` are those of its rounds. */
export const blocks = [
  {
    keys: bytes(
      "000102030405060708090a0b0c0d0e0fd6aa74fdd2af72fadaa678f1d6ab76fe" +
        "b692cf0b643dbdf1be9bc5006830b3feb6ff744ed2c2c9bf6c590cbf0469bf41" +
        "47f7f7bc95353e03f96c32bcfd058dfd3caaa3e8a99f9deb50f3af57adf622aa" +
        "5e390f7df7a69296a7553dc10aa31f6b14f9701ae35fe28c440adf4d4ea9c026" +
        "47438735a41c65b9e016baf4aebf7ad2549932d1f08557681093ed9cbe2c974e" +
        "13111d7fe3944a17f307a78b4d2b30c5",
    ),
    plain: bytes("00112233445566778899aabbccddeeff"),
    cipher: bytes("69c4e0d86a7b0430d8cdb78070b4c55a"),
  },
] as const;
