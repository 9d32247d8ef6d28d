export type Turns = <Result>(name: string, work: () => Promise<Result>) => Promise<Result>;

/** Runs one piece of work after another for each name, in the order of the calls; other names go on beside it. */
export function turns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  return async (name, work) => {
    const before = last.get(name) ?? Promise.resolve();
    const mine = before.then(work, work);
    last.set(name, mine);
    try {
      return await mine;
    } finally {
      if (last.get(name) === mine) last.delete(name);
    }
  };
}
