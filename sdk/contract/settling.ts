// Promises of calls: the engine of the nucleus makes and settles one without its two functions, which are more than half of what it takes; other
// worlds keep the function that settles it with the promise. Invariant: what a promise is settled with has no `then`.

interface Native {
  promise?(): Promise<object>;
  settle?(promise: Promise<object>, value: object): void;
}

const native = (globalThis as unknown as { uusi?: Native }).uusi;

type Settled = Promise<object> & { settle?: ((value: object) => void) | undefined };

let resolve: (value: object) => void;
const keep = (given: (value: object) => void) => {
  resolve = given;
};

/** A promise that `settle` settles. */
export const newPromise: () => Promise<object> =
  native?.promise ??
  (() => {
    const promise: Settled = new Promise<object>(keep);
    promise.settle = resolve;
    return promise;
  });

function settleByFunction(promise: Settled, value: object): void {
  const resolve = promise.settle;
  // the function holds the promise, too: nothing but a collection would free the two of them
  promise.settle = undefined;
  if (resolve !== undefined) resolve(value);
}

/** Settles a promise that `newPromise` made; nothing when that was done before. */
export const settle: (promise: Promise<object>, value: object) => void =
  native?.settle ?? settleByFunction;
