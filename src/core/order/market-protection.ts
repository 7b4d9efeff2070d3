/**
 * The limit that a market order is sent with, and the band of prices that a venue takes.
 *
 * Entry points: `protectedPrice`, `bandOf`, `withinBand`. Pure.
 */
import { Decimal } from '../decimal.ts';
import type { TimeMs } from '../ids.ts';
import type { Instrument, Quote } from '../instrument.ts';
import type { Side } from './terms.ts';

/** How far inside the venue's band a clamped price stays, in basis points: its reference moves until the order arrives. */
export const PRICE_BAND_MARGIN_BPS = 10;

/** The prices that the venue takes for one side; null where it sets no bound. */
export interface PriceRange {
  readonly lowest: Decimal | null;
  readonly highest: Decimal | null;
}

/**
 * `touch` x (1 +- protection), where `touch` is the price that the order takes: rounded to the tick toward filling, never
 * inside the touch, and not past the venue's least and greatest price.
 */
export function protectedPrice(
  side: Side,
  touch: Decimal,
  protectionBps: number,
  { tickSize, minPrice, maxPrice }: Pick<Instrument, 'tickSize' | 'minPrice' | 'maxPrice'>,
): Decimal {
  if (side === 'buy') {
    const price = touch.multiply(bps(10_000 + protectionBps)).roundToMultipleOf(tickSize, 'up');
    return maxPrice === null ? price : price.min(maxPrice);
  }
  const price = touch.multiply(bps(10_000 - protectionBps)).roundToMultipleOf(tickSize, 'down');
  return price.max(minPrice ?? tickSize);
}

/**
 * The band that the venue takes prices of this side in, in whole ticks, `marginBps` inside its own bounds. Null where the
 * instrument has none, or its reference price is not known or older than `maxAgeMs` at `at`.
 */
export function bandOf(
  { priceBand, tickSize }: Pick<Instrument, 'priceBand' | 'tickSize'>,
  quote: Quote | null,
  side: Side,
  { at, maxAgeMs, marginBps }: { readonly at: TimeMs; readonly maxAgeMs: number; readonly marginBps: number },
): PriceRange | null {
  if (priceBand === null || quote === null) return null;
  const [reference, knownAt] =
    priceBand.reference === 'mark' ? [quote.mark, quote.markAt] : [quote.averagePrice, quote.averagePriceAt];
  if (reference === null || knownAt === null || at - knownAt > maxAgeMs) return null;
  const { down, up } = priceBand[side];
  return {
    lowest:
      down === null
        ? null
        : reference
            .multiply(down)
            .multiply(bps(10_000 + marginBps))
            .roundToMultipleOf(tickSize, 'up'),
    highest:
      up === null
        ? null
        : reference
            .multiply(up)
            .multiply(bps(10_000 - marginBps))
            .roundToMultipleOf(tickSize, 'down'),
  };
}

/** The price moved into the band from the aggressive side: a purchase down, a sale up. It is never moved the other way. */
export function withinBand(side: Side, price: Decimal, band: PriceRange | null): Decimal {
  if (band === null) return price;
  if (side === 'buy') return band.highest === null ? price : price.min(band.highest);
  return band.lowest === null ? price : price.max(band.lowest);
}

function bps(count: number): Decimal {
  return Decimal.of(BigInt(count), 4);
}
