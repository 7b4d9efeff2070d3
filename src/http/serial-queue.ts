/** Work on one thing, one piece after another: each sees what the one before it did. */
export class SerialQueue {
  /** The last piece of work on each thing; entries go when they are done. */
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
