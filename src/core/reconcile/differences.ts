/**
 * Differences between our figures and a reading of the venue's that trading overlapped.
 *
 * A reading shows figures as they were at some moment between its request and its answer. Of the executions that were
 * booked from the request on, those up to that moment are in it and the later ones are not. The moment is the one at which the
 * fewest figures differ. A figure that differs even then does so by a real difference, or by an execution that the venue does
 * not list yet. Later readings distinguish the two: the real difference is the same after every execution that has become known in
 * between, and the other one is gone.
 *
 * Entry point: `OpenDifferences`. Times are of one clock that does not go back.
 */
import { Decimal } from '../decimal.ts';
import type { Change } from './moves.ts';

/**
 * How long a difference must have been found, by every reading meanwhile, before it is reported. Longer than any venue takes to
 * list an execution (`readLagMs` of its capabilities).
 */
export const DIFFERENCE_CONFIRMED_AFTER_MS = 5_000;

/** A figure as read, beside ours now. */
export interface ReadFigure {
  readonly key: string;
  /** Figures that one answer of the venue shows, as of one moment, are of one group. */
  readonly group: string;
  readonly ours: Decimal;
  readonly theirs: Decimal;
}

/** Booked changes since the reading was asked for. */
export interface LaterChanges {
  readonly at: number;
  readonly changes: readonly Change[];
}

interface OpenDifference {
  readonly firstFoundAt: number;
  /** Theirs less ours: the values that no reading so far has ruled out. */
  readonly possible: readonly Decimal[];
}

export class OpenDifferences {
  readonly #open = new Map<string, OpenDifference>();

  /** Whether no difference waits to be confirmed. */
  get isEmpty(): boolean {
    return this.#open.size === 0;
  }

  /** The figures of which a difference waits to be confirmed. */
  get keys(): ReadonlySet<string> {
    return new Set(this.#open.keys());
  }

  clear(): void {
    this.#open.clear();
  }

  /**
   * Takes in one reading, asked for at `askedAt`: `later` are the changes that were booked since. Returns the differences
   * that are confirmed, theirs less ours, and forgets them.
   */
  take(
    figures: readonly ReadFigure[],
    later: readonly LaterChanges[],
    askedAt: number,
  ): ReadonlyMap<string, Decimal> {
    const latestFirst = later.toSorted((left, right) => right.at - left.at);
    const confirmed = new Map<string, Decimal>();
    const differing = new Set<string>();
    for (const [key, possible] of possibleDifferences(figures, latestFirst)) {
      differing.add(key);
      const next = carriedOn(this.#open.get(key), possible, askedAt);
      const [only, other] = next.possible;
      if (only !== undefined && other === undefined && isOld(next, askedAt)) {
        confirmed.set(key, only);
        this.#open.delete(key);
      } else this.#open.set(key, next);
    }
    for (const key of this.#open.keys()) if (!differing.has(key)) this.#open.delete(key);
    return confirmed;
  }

  /** Whether a reading asked for at `askedAt` can confirm a difference that is open now. */
  mayConfirm(askedAt: number): boolean {
    return [...this.#open.values()].some((open) => isOld(open, askedAt));
  }
}

function isOld({ firstFoundAt }: OpenDifference, askedAt: number): boolean {
  return askedAt - firstFoundAt >= DIFFERENCE_CONFIRMED_AFTER_MS;
}

/** The differences, by key, at the moments at which the fewest figures of a group differ; without those that differ at none. */
function possibleDifferences(
  figures: readonly ReadFigure[],
  latestFirst: readonly LaterChanges[],
): ReadonlyMap<string, readonly Decimal[]> {
  const possible = new Map<string, readonly Decimal[]>();
  for (const group of new Set(figures.map((figure) => figure.group))) {
    const moments = momentsOf(
      figures.filter((figure) => figure.group === group),
      latestFirst,
    );
    const fewest = Math.min(...moments.map((moment) => moment.size));
    for (const moment of moments) {
      if (moment.size !== fewest) continue;
      for (const [key, difference] of moment) {
        const known = possible.get(key) ?? [];
        if (!known.some((one) => one.equals(difference))) possible.set(key, [...known, difference]);
      }
    }
  }
  return possible;
}

/** The differences at each moment that the reading may have been taken at: now, and before each of the later changes. */
function momentsOf(
  figures: readonly ReadFigure[],
  latestFirst: readonly LaterChanges[],
): readonly ReadonlyMap<string, Decimal>[] {
  const differences = new Map(figures.map(({ key, ours, theirs }) => [key, theirs.subtract(ours)]));
  const differing = (): ReadonlyMap<string, Decimal> =>
    new Map([...differences].filter(([, difference]) => !difference.isZero()));
  const moments = [differing()];
  for (const { changes } of latestFirst) {
    const touching = changes.filter(({ key }) => differences.has(key));
    if (touching.length === 0) continue;
    for (const { key, delta } of touching)
      differences.set(key, (differences.get(key) ?? Decimal.zero).add(delta));
    moments.push(differing());
  }
  return moments;
}

/** The values that both readings allow; a reading that rules out all of the former one's values begins anew. */
function carriedOn(
  before: OpenDifference | undefined,
  possible: readonly Decimal[],
  askedAt: number,
): OpenDifference {
  const both =
    before?.possible.filter((known) => possible.some((difference) => difference.equals(known))) ?? [];
  return before === undefined || both.length === 0
    ? { firstFoundAt: askedAt, possible }
    : { firstFoundAt: before.firstFoundAt, possible: both };
}
