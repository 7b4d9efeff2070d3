/** How many requests came in, by fault route and outcome: the venue's own record of what it was asked. In memory. */
import type { RouteName } from '../faults.ts';

export interface RequestCount {
  readonly route: RouteName;
  /** `ok`, `refused`, `error`, or the kind of the fault that met the request. */
  readonly outcome: string;
  readonly count: number;
}

export class RequestCounter {
  readonly #counts = new Map<string, { route: RouteName; outcome: string; count: number }>();

  add(route: RouteName, outcome: string): void {
    const key = `${route} ${outcome}`;
    const known = this.#counts.get(key);
    if (known === undefined) this.#counts.set(key, { route, outcome, count: 1 });
    else known.count += 1;
  }

  list(): readonly RequestCount[] {
    return [...this.#counts.values()].map((count) => ({ ...count }));
  }

  clear(): void {
    this.#counts.clear();
  }
}
