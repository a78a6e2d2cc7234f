// Which fields of TCP's state move: the columns of its tables.
//
// Invariant: every field of a connection is here, in `derived`, or a table of its own; a test holds that.

export const tcpColumns = ["nsalt", "nnextId", "nnextPort", "ncookiesUntil", "ndeadline"];

export const listenerColumns = ["nid", "naddress", "nport", "nbacklog"];

export const connectionColumns = [
  "nid",
  "nlocalAddress",
  "nlocalPort",
  "nremoteAddress",
  "nremotePort",
  "nlistener",
  "nstate",
  "nevents",
  "toutcome",
  "ndetached",
  "ninitialSequence",
  "nunacknowledged",
  "nnextSequence",
  "nsendWindow",
  "nwindowSequence",
  "nwindowAcknowledgment",
  "nlargestWindow",
  "nsendScale",
  "nscaling",
  "nsegmentSize",
  "npacketSize",
  "nmostPacket",
  "nprobeSize",
  "nprobeStart",
  "nprobeEnd",
  "nprobeAt",
  "nprobeMost",
  "nfinQueued",
  "nfinSent",
  "nnoDelay",
  "nwantsRoom",
  "nduplicates",
  "nrecovering",
  "nrecoveryEnd",
  "nafterTimeout",
  "nwindowLimited",
  "nexplicit",
  "nechoCongestion",
  "ntellSlower",
  "nmarkedUntil",
  "nlastSentAt",
  "npaceAt",
  "npaceTimer",
  "npeerInitialSequence",
  "nwindowEdge",
  "nreceiveScale",
  "nwindowMark",
  "nwindowMarkAt",
  "npeerFinished",
  "nfinAhead",
  "nfinAheadAt",
  "nsack",
  "ntimestamps",
  "npeerTimestamp",
  "npeerTimestampAt",
  "ntimestampOffset",
  "nlastAcknowledged",
  "nunreported",
  "nacknowledgeNow",
  "nquickAcks",
  "nchallenges",
  "nchallengedAt",
  "nretransmitAt",
  "tretransmitKind",
  "nwindowProbes",
  "nrackAt",
  "nacknowledgeAt",
  "nstalledSince",
  "nheardAt",
  "nkeepAlive",
  "nkeepAliveProbes",
  "nkeepAliveAt",
  "nexpiresAt",
];

/** Fields of a connection that follow from others, begin anew, or have tables of their own. */
export const derived = [
  "signalled",
  "plainTurns",
  "deadline",
  "outgoing",
  "flight",
  "congestion",
  "roundTrip",
  "rack",
  "reduction",
  "doubt",
  "slowStart",
  "incoming",
];

export const roundTripColumns = ["nsmoothed", "nvariation", "ntimeout", "nbackOff", "nleast"];

export const doubtColumns = [
  "nphase",
  "nagainAt",
  "nwindow",
  "nthreshold",
  "nbefore",
  "nspan",
  "nsince",
];

export const reductionColumns = ["ndelivered", "nout", "nflight"];

export const rackColumns = [
  "nsentAt",
  "nend",
  "nroundTrip",
  "nhighest",
  "nstarted",
  "nreordering",
  "nquarters",
  "nrounds",
  "nroundEnd",
  "nprobing",
  "nprobeEnd",
  "nprobeRepeats",
];

export const congestionColumns = [
  "nwindow",
  "nthreshold",
  "nsegment",
  "nacknowledged",
  "nbefore",
  "nspan",
  "nsince",
  "nrenoWindow",
];

export const slowStartColumns = [
  "nroundEnd",
  "nbefore",
  "nleast",
  "nsamples",
  "ntrainSince",
  "ntrainAt",
  "ncareful",
  "nbaseline",
];

/** A segment begins where the one before it ends; `kind`: 1 reported, 2 lost, 4 sent again. */
export const flightColumns = ["nconnection", "nlength", "nsentAt", "nkind", "ncount"];

export const rangeColumns = ["nconnection", "nstart", "nend", "nrecent"];

/** The rings' bytes, and what `incoming` holds beside them. */
export const bufferColumns = [
  "nnext",
  "nduplicateStart",
  "nduplicateEnd",
  "nreceived",
  "nreceiveLimit",
  "nsendLimit",
  "bincoming",
  "boutgoing",
];
