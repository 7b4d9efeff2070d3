/** Where a venue's prices come from when its maker does not make them: a recording, or the live exchange. */
import type { Exchange } from '../exchange/exchange.ts';

/** One venue's source, from a start of the venue to its end. */
export interface MarketSource {
  /** Whether the symbol's book comes from here, known at present or not; the venue's maker makes that of any other. */
  covers(symbol: string): boolean;
  /** Shows the exchange what is new at `nowMs`, ms since the epoch. */
  feed(exchange: Exchange, nowMs: number): void;
  /** Why the prices of the whole venue are unknown at `nowMs`; null: they are known. */
  trouble(nowMs: number): string | null;
}
