// Where a packet goes: longest prefix first, through at most 16 routes.
//
// Invariant: routes are kept in order of falling prefix length, so that the first match is the best.

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
}

/** Most routes of the table. */
export const MAX_ROUTES = 16;

/** Adds a route; false when the table is full. */
export function addRoute(routes: Route[], route: Route): boolean {
  if (routes.length >= MAX_ROUTES) return false;
  let index = 0;
  while (index < routes.length && routes[index].mask >= route.mask) index++;
  routes.splice(index, 0, route);
  return true;
}

/** Removes all routes that send from an address. */
export function removeRoutes(routes: Route[], source: number): void {
  for (let index = routes.length - 1; index >= 0; index--) {
    if (routes[index].source === source) routes.splice(index, 1);
  }
}

/** The best route to an address. */
export function findRoute(routes: readonly Route[], address: number): Route | undefined {
  for (let index = 0; index < routes.length; index++) {
    const route = routes[index];
    if ((address & route.mask) >>> 0 === route.destination) return route;
  }
  return undefined;
}
