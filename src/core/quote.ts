/**
 * Sound sides of a book, its mark, and the prices that an order takes and is valued at.
 *
 * Entry points: `soundTop` and `bookMark` for what a venue states; `takenPrice` and `valuationPrice` for an order that is
 * decided on a quote. Pure: ages are judged by those who have a clock.
 */
import { Decimal } from './decimal.ts';
import type { TimeMs } from './ids.ts';
import type { Quote } from './instrument.ts';
import type { Side } from './order/terms.ts';

/** A best bid and ask. */
export type TopOfBook = Pick<Quote, 'bid' | 'bidQuantity' | 'ask' | 'askQuantity' | 'venueAt'>;

const HALF = Decimal.parse('0.5');

/**
 * The book without the sides that nothing can be measured by: a side without a price or quantity above zero is absent, and
 * of a book whose bid is at or above its ask both are, since nothing says which of them is wrong.
 */
export function soundTop(top: TopOfBook): TopOfBook {
  const bid = soundSide(top.bid, top.bidQuantity);
  const ask = soundSide(top.ask, top.askQuantity);
  const isCrossed = bid !== null && ask !== null && bid.price.atLeast(ask.price);
  return {
    bid: isCrossed ? null : (bid?.price ?? null),
    bidQuantity: isCrossed ? null : (bid?.quantity ?? null),
    ask: isCrossed ? null : (ask?.price ?? null),
    askQuantity: isCrossed ? null : (ask?.quantity ?? null),
    venueAt: top.venueAt,
  };
}

function soundSide(
  price: Decimal | null,
  quantity: Decimal | null,
): { readonly price: Decimal; readonly quantity: Decimal } | null {
  return price?.isPositive() === true && quantity?.isPositive() === true ? { price, quantity } : null;
}

/** The middle of a sound book; null unless both sides are there. */
export function middleOf({ bid, ask }: Pick<TopOfBook, 'bid' | 'ask'>): Decimal | null {
  return bid === null || ask === null ? null : bid.add(ask).multiply(HALF);
}

/** The widest book whose middle is a mark, in basis points of the middle. */
export const MARK_SPREAD_BPS = 2_000;
/** A book this many ticks wide gives a mark however coarse its ticks are. */
export const MARK_SPREAD_TICKS = 2;

/**
 * The mark of an instrument whose venue states none: the middle of a sound book. Null without both sides, and where they
 * lie so far apart that nothing trades at their middle: a book that was swept and holds one far order on a side.
 */
export function bookMark({ bid, ask }: Pick<TopOfBook, 'bid' | 'ask'>, tickSize: Decimal): Decimal | null {
  const middle = middleOf({ bid, ask });
  if (bid === null || ask === null || middle === null) return null;
  const widest = middle
    .multiply(Decimal.of(BigInt(MARK_SPREAD_BPS), 4))
    .max(tickSize.multiply(Decimal.of(BigInt(MARK_SPREAD_TICKS))));
  return ask.subtract(bid).atMost(widest) ? middle : null;
}

/** The price that an order of this side takes: the ask for a buy, the bid for a sale; null where that side is absent. */
export function takenPrice({ bid, ask }: Pick<Quote, 'bid' | 'ask'>, side: Side): Decimal | null {
  return side === 'buy' ? ask : bid;
}

/**
 * The price that an order is valued at, with when it was known: the mark; without one the side of the book that the order
 * takes, and without that the other. Null where the quote has no price at all.
 */
export function valuationPrice(
  quote: Pick<Quote, 'bid' | 'ask' | 'mark' | 'bookAt' | 'markAt'>,
  side: Side,
): { readonly price: Decimal; readonly at: TimeMs } | null {
  if (quote.mark !== null) return { price: quote.mark, at: quote.markAt ?? 0 };
  const touch = takenPrice(quote, side) ?? quote.bid ?? quote.ask;
  return touch === null ? null : { price: touch, at: quote.bookAt ?? 0 };
}

/** When the older of the data that a quote has was known, on our own clock; null for a quote without any. */
export function oldestAt({ bookAt, markAt }: Pick<Quote, 'bookAt' | 'markAt'>): TimeMs | null {
  if (bookAt === null || markAt === null) return bookAt ?? markAt;
  return Math.min(bookAt, markAt);
}
