// What a server's code has said about hand-overs.
export const hooks = {
  accepts: false,
  dispose: [] as (() => void)[],
  kept: [] as (() => void)[],
  busy: [] as (() => string | undefined)[],
  stopping: [] as ((stops: boolean) => void)[],
};
