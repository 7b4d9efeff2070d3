/** The part of the desk that reads markets; see desk.ts. */
import type { AccountId, InstrumentSymbol } from '../core/ids.ts';
import type { Instrument, Quote } from '../core/instrument.ts';
import type { PositionSide } from '../core/order/terms.ts';
import type {
  Candle,
  CandleInterval,
  CandleSpan,
  DayFigures,
  OrderBook,
  PublicTrade,
} from '../core/venue/market.ts';
import type { SwapSettings } from '../core/venue/setting.ts';
import type { ReadAnswer } from '../venues/gateway.ts';

/** The instruments that the accounts may trade, and their prices. */
export interface Markets {
  instrument(accountId: AccountId, symbol: InstrumentSymbol): Instrument | undefined;
  instruments(accountId: AccountId): readonly Instrument[];
  /** No older than orders may be placed on; null when none can be had. */
  quote(accountId: AccountId, symbol: InstrumentSymbol): Promise<Quote | null>;
  /** The last quote, however old; undefined before the first. The call subscribes to the instrument's quotes. */
  knownQuote(accountId: AccountId, symbol: InstrumentSymbol): Quote | undefined;
  /**
   * Calls `listener` with every quote as it comes; the returned function ends it. A listener keeps the quote and works
   * on it later: it is called from the venue's stream.
   */
  watchQuote(accountId: AccountId, symbol: InstrumentSymbol, listener: (quote: Quote) => void): () => void;
  /** The age at which a quote is too old to decide on; undefined for an account that the portfolio does not have. */
  staleQuoteMs(accountId: AccountId, symbol: InstrumentSymbol): number | undefined;
  /** Leverage and margin mode as the venue last showed them; null for spot and where it did not. Bare lookup. `side` is `net` unless given. */
  swapSettings(accountId: AccountId, symbol: InstrumentSymbol, side?: PositionSide): SwapSettings | null;
  /** Leverage and margin mode, read from the venue now. Fails as `not_listed` for spot, which has neither. */
  readSwapSettings(accountId: AccountId, symbol: InstrumentSymbol): Promise<ReadAnswer<SwapSettings>>;
  /** The last price and the figures of the last 24 hours, a second old at the most. */
  dayFigures(accountId: AccountId, symbol: InstrumentSymbol): Promise<ReadAnswer<DayFigures>>;
  /** At most `depth` levels a side. */
  book(accountId: AccountId, symbol: InstrumentSymbol, depth: number): Promise<ReadAnswer<OrderBook>>;
  /** The last `limit`, oldest first. */
  trades(
    accountId: AccountId,
    symbol: InstrumentSymbol,
    limit: number,
  ): Promise<ReadAnswer<readonly PublicTrade[]>>;
  /** Oldest first. */
  candles(
    accountId: AccountId,
    symbol: InstrumentSymbol,
    interval: CandleInterval,
    span: CandleSpan,
  ): Promise<ReadAnswer<readonly Candle[]>>;
}
