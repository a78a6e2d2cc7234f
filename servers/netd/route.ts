// Where a packet goes: longest prefix first, through at most 16 routes.
//
// Invariant: routes are kept in order of falling prefix length, those of the first wire first, so that the first match is the best.

/** The wire, or the loop inside this host. */
export type InterfaceName = "wire" | "loopback";

/** One route. */
export interface Route {
  readonly destination: number;
  readonly mask: number;
  /** The next hop, or 0 when the destination itself is on the wire. */
  readonly gateway: number;
  readonly through: InterfaceName;
  /** The address to send from. */
  readonly source: number;
  /** Which wire; of a route to an own address, that whose address it is. */
  readonly wire: number;
}

/** Most routes of the table. */
export const MAX_ROUTES = 16;

/** Adds a route; false when the table is full. */
export function addRoute(routes: Route[], route: Route): boolean {
  if (routes.length >= MAX_ROUTES) return false;
  let index = 0;
  while (index < routes.length && isBefore(routes[index], route)) index++;
  routes.splice(index, 0, route);
  return true;
}

function isBefore(a: Route, b: Route): boolean {
  return a.mask === b.mask ? a.wire <= b.wire : a.mask > b.mask;
}

/** Removes all routes of a wire that send from an address. */
export function removeRoutes(routes: Route[], source: number, wire: number): void {
  for (let index = routes.length - 1; index >= 0; index--) {
    if (routes[index].source === source && routes[index].wire === wire) routes.splice(index, 1);
  }
}

/** The best route to an address; `source`: of those that send from there the best, if there is one (0: any address will do). */
export function findRoute(
  routes: readonly Route[],
  address: number,
  source = 0,
): Route | undefined {
  let best: Route | undefined;
  for (let index = 0; index < routes.length; index++) {
    const route = routes[index];
    if ((address & route.mask) >>> 0 !== route.destination) continue;
    // What stays on this host does so whoever sends it.
    if (source === 0 || route.source === source || route.through === "loopback") {
      return best !== undefined && route.through === "loopback" ? best : route;
    }
    best ??= route;
  }
  return best;
}
