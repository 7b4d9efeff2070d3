/**
 * The accounts beside the first one, and what a run has met at them, as short names.
 *
 * Entry point: `metBeside`.
 */
import type { Callers } from './callers.ts';
import { PORTFOLIO } from './world.ts';

export function metBeside({ all: [, ...others] }: Callers): readonly string[] {
  const met = new Set<string>();
  for (const { seat, workload, trespassing, ownLimit } of others) {
    const isElsewhere = seat.portfolioId !== PORTFOLIO;
    const name = isElsewhere ? 'in another portfolio' : `of mode ${seat.mode}`;
    if (seat.venue.creates.some(({ verdict }) => verdict.kind === 'placed')) met.add(`account ${name}`);
    for (const { what, answer } of trespassing.attempts) met.add(`trespass ${what} ${answer}`);
    const isLimited = workload.places.some(
      ({ answer }) =>
        answer.kind === 'denied' &&
        answer.refusals.some(({ limit }) => limit !== null && limit === ownLimit?.maxOrderNotional),
    );
    if (isLimited) met.add('account limit of its own');
  }
  return [...met];
}
