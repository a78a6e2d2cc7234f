// Why the stack could not do what its user asked for.
//
// Invariant: an operation that returns one of these had no effect.

/** Stable code to the sentence that says what to do next. */
export const netErrorSentences = {
  "net.link-down": "The network card has no link; plug the cable in, or wait for the link event.",
  "net.no-address": "This host has no address yet; wait for the lease event.",
  "net.no-route": "No route leads there; check the address and the lease's router.",
  "net.bad-address": "This is no address that one can send to; give a host's address.",
  "net.broadcast": "Sending to a broadcast address needs a socket opened with broadcast.",
  "net.too-large":
    "The data is too long; send at most 4,000 bytes at once, or 1,472 in an echo request.",
  "net.busy": "Too many packets wait already; send again after a while.",
  "net.port-in-use": "Another socket has this port; choose another one, or 0 for any.",
  "net.bad-port": "The port is outside 1 .. 65535; choose one inside.",
  "net.too-many-sockets": "You have 16 sockets open, or all clients 64; close one.",
  "net.bad-socket": "The socket is closed or was never open; open one.",
  "net.refused": "Nobody listens at that host and port; check both, or start the service.",
  "net.reset": "The peer has reset the connection; open a new one.",
  "net.timed-out": "The peer did not answer in time; check that it is up, or try again.",
  "net.unreachable": "There is no way to that host now; check the address and the lease.",
  "net.finished": "The connection sends no more; open a new one.",
  "net.too-many-connections": "Too many connections or listeners are open; close one.",
  "net.too-many-sends": "Four sends of this connection wait already; wait for one to end.",
  "net.bad-name": "This is no host's name; write one as in www.example.org.",
  "net.no-name-server": "There is no name server, or it has too much to do; wait for a lease.",
  "net.names-silent": "No name server answered in time; check the network, or try again.",
  "net.names-failed": "Every name server failed or refused; try again, or ask its operator.",
  "net.name-loop": "The name's aliases go in circles; its owner has to mend them.",
  "net.too-many-names": "You are asking for 16 names already; wait for one answer.",
  "net.too-many-pings": "You have 16 echo requests open, or all clients 64; wait for one to end.",
} as const;

/** A stable error code. */
export type NetErrorCode = keyof typeof netErrorSentences;
