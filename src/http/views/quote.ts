/** A quote as the API shows it: the book and the mark, each with its own time; what is not known is null. */
import { z } from 'zod';
import type { Quote } from '../../core/instrument.ts';
import { decimalOut, isoTime, timeOut } from '../fields.ts';

export const quoteFields = {
  bid: decimalOut.nullable().meta({ description: 'Null where the book has no sound bid.' }),
  bid_quantity: decimalOut.nullable(),
  ask: decimalOut.nullable().meta({ description: 'Null where the book has no sound ask.' }),
  ask_quantity: decimalOut.nullable(),
  mark: decimalOut.nullable().meta({
    description: "The exchange's mark price; for spot the middle of bid and ask. Null where there is none.",
  }),
  mark_source: z.enum(['venue', 'book']).nullable(),
  venue_at: timeOut.nullable().meta({ description: 'When the exchange says that the book was so.' }),
  received_at: timeOut.nullable().meta({ description: 'When the book was last known to be so.' }),
  mark_at: timeOut.nullable().meta({ description: 'When the mark was last known to be so.' }),
};

export function quoteView(quote: Quote): z.infer<z.ZodObject<typeof quoteFields>> {
  return {
    bid: quote.bid?.toString() ?? null,
    bid_quantity: quote.bidQuantity?.toString() ?? null,
    ask: quote.ask?.toString() ?? null,
    ask_quantity: quote.askQuantity?.toString() ?? null,
    mark: quote.mark?.toString() ?? null,
    mark_source: quote.markSource,
    venue_at: timeOrNull(quote.venueAt),
    received_at: timeOrNull(quote.bookAt),
    mark_at: timeOrNull(quote.markAt),
  };
}

function timeOrNull(at: number | null): string | null {
  return at === null ? null : isoTime(at);
}
