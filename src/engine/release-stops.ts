/** Ends that stops which were canceled to make room for another order are to be put back. Entry points: `releaseStopsOf`, `releaseStops`. */
import type { OrderId } from '../core/ids.ts';
import type { Order } from '../core/order/order.ts';
import { orderOf } from '../core/portfolio/state.ts';
import type { Background } from './background.ts';
import type { PortfolioBooks } from './books.ts';
import type { PortfolioWriter } from './writer.ts';

/** How long a caller waits for the journal to have it, in milliseconds; it goes on after that. */
const RELEASED_WITHIN_MS = 2_000;

interface Releasing {
  readonly background: Pick<Background, 'unlessLate'>;
  readonly books: Pick<PortfolioBooks, 'stored'>;
  readonly writer: Pick<PortfolioWriter, 'state' | 'submit'>;
}

/** The order itself where it is such a stop, and the stop that it was placed for. */
export async function releaseStopsOf(
  given: Releasing,
  order: Pick<Order, 'orderId' | 'replaces'>,
): Promise<void> {
  await releaseStop(given, order.orderId);
  if (order.replaces !== undefined) await releaseStop(given, order.replaces);
}

/** One that is not to be put back is left as it is. */
async function releaseStop({ background, writer }: Releasing, orderId: OrderId): Promise<void> {
  if (!writer.state.keptStops.has(orderId)) return;
  const released = writer.submit('cancel', () => ({ type: 'release_stop', orderId }));
  await background.unlessLate(released, RELEASED_WITHIN_MS);
}

/** Each that `which` is true of, and each whose terms are not known any more. */
export async function releaseStops(given: Releasing, which: (stop: Order) => boolean): Promise<void> {
  const { books, writer } = given;
  await Promise.all(
    [...writer.state.keptStops.keys()].map(async (orderId) => {
      const stop = orderOf(writer.state, orderId) ?? (await books.stored(orderId));
      if (stop === null || which(stop)) await releaseStop(given, orderId);
    }),
  );
}
