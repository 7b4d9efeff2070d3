/**
 * Best bids and asks as HTX prints them in its tickers and streams: each a price with its size.
 *
 * Entry point: `bestIn`.
 */
import type { TimeMs } from '../../core/ids.ts';
import type { Instrument } from '../../core/instrument.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { TopOfBook } from '../../core/quote.ts';
import { topOf } from '../market-data.ts';

/** A side that nobody quotes is empty, null or left out. Sizes of contracts become base units. */
export function bestIn(tick: JsonObject, venueAt: TimeMs, instrument: Instrument): TopOfBook {
  return topOf({ bids: sideIn(tick, 'bid'), asks: sideIn(tick, 'ask') }, venueAt, instrument);
}

function sideIn(tick: JsonObject, key: string): JsonValue {
  const level = tick[key];
  return Array.isArray(level) && level.length > 0 ? [level] : [];
}
