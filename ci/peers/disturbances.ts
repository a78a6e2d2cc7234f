// What happens to the network's servers while something is on its way.

/** As many swaps of netd and deaths of the card's driver as wanted, the deaths spread among the swaps. */
export function disturbances(swaps: number, kills: number): ("swap" | "kill")[] {
  const steps = Array.from({ length: swaps }, (): "swap" | "kill" => "swap");
  for (let i = kills; i > 0; i--) steps.splice(Math.round((swaps * i) / (kills + 1)), 0, "kill");
  return steps;
}
