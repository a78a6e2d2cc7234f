// The columns of the stack's tables: their kind, then their name (table-writer.ts).

/** The name of a wire's own table: the first one's is as it was when there was no other. */
export function wireTable(name: string, wire: number): string {
  return wire === 0 ? name : `${name}.${wire}`;
}

export const linkColumns = ["nup", "nmac", "nstartedAt", "ncutUntil"];
export const localColumns = ["naddress", "nmask", "nbroadcast"];
export const watchColumns = ["nprobesLeft", "nannouncementsLeft", "ndeadline", "ndefendedAt"];
export const leaseColumns = [
  "naddress",
  "nmask",
  "nrouter",
  "tnameServers",
  "nserver",
  "nrenewAt",
  "nrebindAt",
  "nexpiresAt",
];
export const dhcpColumns = [
  "tphase",
  "nmac",
  "ntransaction",
  "nsince",
  "nseconds",
  "nsent",
  "nrequestedAt",
  "ndeadline",
];
export const offerColumns = ["naddress", "nserver"];
export const routeColumns = ["ndestination", "nmask", "ngateway", "tthrough", "nsource", "nwire"];
export const neighbourColumns = ["nip", "nmac", "nclaimed", "nasked", "nuntil"];
export const socketColumns = ["nid", "naddress", "nport", "nbroadcast"];
export const datagramColumns = ["nsocket", "nsource", "nsourcePort", "ndestination", "bdata"];
export const pingTableColumns = ["nnextToken", "nnextSequence", "nidentifier"];
export const pingColumns = [
  "ntoken",
  "ndestination",
  "nidentifier",
  "nsequence",
  "nsentAt",
  "ndeadline",
];
export const partialColumns = [
  "nsource",
  "ndestination",
  "nprotocol",
  "nidentification",
  "nuntil",
  "nbytes",
  "nlength",
  "bheader",
  "ncongestion",
];
export const pathColumns = ["ndestination", "nmtu", "nnarrow", "nuntil"];
export const limitColumns = ["ntokens", "nupdatedAt"];
export const counterColumns = ["nframesReceived", "nbytesReceived", "nframesSent", "nbytesSent"];
