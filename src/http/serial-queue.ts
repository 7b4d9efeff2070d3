/** Runs the work on each name one piece after another: each piece sees the effects of the one before it. */
export class SerialQueue {
  /** The last piece of work on each name; an entry is removed when its work has ended. */
  readonly #tails = new Map<string, Promise<unknown>>();

  /** Begins `work` once all earlier work on `name` has ended, however it ended. */
  async take<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#tails.get(name) ?? Promise.resolve();
    const mine = before.then(work, work);
    this.#tails.set(name, mine);
    try {
      return await mine;
    } finally {
      if (this.#tails.get(name) === mine) this.#tails.delete(name);
    }
  }
}
