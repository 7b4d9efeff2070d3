/** The answer to an input whose records the journal refuses. Entry points: `describeInput`, `recordRefused`. */
import type { PortfolioEvent } from '../core/portfolio/events.ts';
import { EngineUnavailable } from './desk.ts';
import type { InboxItem } from './inbox.ts';

/** For the log: the type of the input, the orders that it places, and the types of its records. */
export function describeInput(item: InboxItem, events: readonly PortfolioEvent[]) {
  return { input: item.make().type, places: item.places, records: events.map(({ type }) => type) };
}

/** Names the input, its orders, its records and the reason of the database. */
export function recordRefused(
  item: InboxItem,
  events: readonly PortfolioEvent[],
  detail: string,
): EngineUnavailable {
  const { input, places, records } = describeInput(item, events);
  const subject = [input, ...places].join(' ');
  return new EngineUnavailable(
    'record_refused',
    `${subject}: its records (${records.join(', ')}): ${detail}`,
    0,
  );
}
