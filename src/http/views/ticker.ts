/** A ticker as the API shows it: the quote, with the last price and the figures of the last 24 hours; what is not known is null. */
import { z } from 'zod';
import { VENUES, type InstrumentSymbol, type Venue } from '../../core/ids.ts';
import type { Quote } from '../../core/instrument.ts';
import type { DayFigures } from '../../core/venue/market.ts';
import { decimalOut, isoTime, timeOut } from '../fields.ts';
import { quoteFields, quoteView } from './quote.ts';

export const tickerView = z
  .object({
    exchange: z.enum(VENUES),
    symbol: z.string(),
    ...quoteFields,
    last_price: decimalOut.nullable().meta({ description: 'Of the last trade of anybody.' }),
    open_24h: decimalOut.nullable().meta({ description: 'The price 24 hours before `figures_at`.' }),
    high_24h: decimalOut.nullable(),
    low_24h: decimalOut.nullable(),
    volume_24h: decimalOut.nullable().meta({ description: 'Base units.' }),
    quote_volume_24h: decimalOut.nullable().meta({ description: 'Quote units.' }),
    change_24h: decimalOut.nullable().meta({ description: 'From `open_24h` to `last_price`.' }),
    change_percent_24h: decimalOut.nullable(),
    figures_at: timeOut.nullable().meta({
      description: 'When the exchange says that the last price and the figures of 24 hours were so.',
    }),
  })
  .meta({ id: 'Ticker' });

export type TickerView = z.output<typeof tickerView>;

export function toTickerView(
  exchange: Venue,
  symbol: InstrumentSymbol,
  quote: Quote | null,
  day: DayFigures | null,
): TickerView {
  const text = (figure: { toString(): string } | null | undefined): string | null =>
    figure?.toString() ?? null;
  const at = day?.closesAt ?? null;
  return {
    exchange,
    symbol,
    ...(quote === null ? NO_QUOTE : quoteView(quote)),
    last_price: text(day?.last),
    open_24h: text(day?.open),
    high_24h: text(day?.high),
    low_24h: text(day?.low),
    volume_24h: text(day?.volume),
    quote_volume_24h: text(day?.quoteVolume),
    change_24h: text(day?.change),
    change_percent_24h: text(day?.changePercent),
    figures_at: at === null ? null : isoTime(at),
  };
}

const NO_QUOTE: ReturnType<typeof quoteView> = {
  bid: null,
  bid_quantity: null,
  ask: null,
  ask_quantity: null,
  mark: null,
  mark_source: null,
  venue_at: null,
  received_at: null,
  mark_at: null,
};
