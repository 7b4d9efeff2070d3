import type { Quote } from '../../instrument.ts';
import type { OrderRequest } from '../../order/order.ts';
import { oldestAt, takenPrice, valuationPrice } from '../../quote.ts';
import { refusal } from '../refusal.ts';
import { PASSED, passed, refused, type RiskRule } from '../rule.ts';

/** A market order that takes new risk needs the side of the book that it takes; every other order a price to be valued at. */
function hasPriceFor(quote: Quote, { type, side }: OrderRequest, reducing: boolean): boolean {
  return type === 'market' && !reducing
    ? takenPrice(quote, side) !== null
    : valuationPrice(quote, side) !== null;
}

/** The sides of the book that keep the order from being priced: of a book with one side, the side that it takes. */
function missingFrom(quote: Quote | null, { side }: OrderRequest): string {
  if (quote === null || (quote.bid === null && quote.ask === null)) return 'bid and ask';
  return side === 'buy' ? 'ask' : 'bid';
}

/**
 * Refuses new risk on an old price, and on none. An order that shrinks exposure passes on an old price, and one that closes
 * a position without any, a stop too: its direction is said with it, and the venue decides whether it would trigger at once.
 */
export const marketData: RiskRule = ({ request, context, closing, reducing, netQuantity }) => {
  const { quote, limits, at, instrument } = context;
  const knownAt = quote === null ? null : oldestAt(quote);
  if (quote === null || knownAt === null || !hasPriceFor(quote, request, reducing)) {
    if (closing && !netQuantity.isZero()) return PASSED;
    return refused(
      refusal(
        'market_data',
        'market_data_missing',
        `no ${missingFrom(quote, request)} of ${instrument.symbol} could be read`,
      ),
    );
  }
  const ageMs = at - knownAt;
  if (ageMs > limits.staleQuoteMs && !reducing) {
    return refused(
      refusal(
        'market_data',
        'market_data_stale',
        `the last quote of ${instrument.symbol} is ${ageMs} ms old`,
        {
          limit: limits.staleQuoteMs,
          actual: ageMs,
        },
      ),
    );
  }
  return passed(limits.staleQuoteMs, Math.max(ageMs, 0));
};
