/**
 * A venue's market as it is at the live exchange now: `--market mirror`.
 *
 * Entry point: `MirroredMarket`, over a `LiveMarket`. Symbols that the simulator lists and the exchange has are shown with the exchange's book,
 * trades and marks, several times a second. No price is made up: a symbol that is not mirrored, or whose stream broke, has an empty book and
 * takes cancels alone until it is known again. While a kind of market is silent for `MIRROR_STALE_AFTER_MS`, nothing of the venue is known.
 */
import { Decimal } from '../../core/decimal.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { Instrument } from '../exchange/instrument.ts';
import { gridLevels, gridTrade, isCrossed } from './grid-levels.ts';
import type { LiveMarket, LiveSymbol } from './live-market.ts';
import type { MarketSource } from './market-source.ts';

/**
 * A kind of market of which nothing comes for so long, in ms, is stale. Of the symbols that are always mirrored, books and marks come
 * every second.
 */
export const MIRROR_STALE_AFTER_MS = 10_000;

/** Digits of a ratio of contract sizes. */
const RATIO_SCALE = 18;

export class MirroredMarket implements MarketSource {
  readonly #live: LiveMarket;
  /** The version that each symbol was shown in; null: it is blank. */
  readonly #shown = new Map<string, number | null>();

  constructor(live: LiveMarket) {
    this.#live = live;
  }

  /** A symbol that is not mirrored is blank. */
  covers(): boolean {
    return true;
  }

  trouble(nowMs: number): string | null {
    const { unlisted } = this.#live;
    if (unlisted !== null) return unlisted;
    for (const [marketType, at] of this.#live.receivedAt()) {
      const what = marketType === 'spot' ? 'spot' : 'swaps';
      if (at === null) return `nothing has come of ${what} yet`;
      if (nowMs - at > MIRROR_STALE_AFTER_MS) return `nothing comes of ${what} any more`;
      const symbols = this.#live.symbols().filter((symbol) => symbol.marketType === marketType);
      if (!symbols.some(({ isKnown }) => isKnown)) return `no book of ${what} is known`;
    }
    return null;
  }

  feed(exchange: Exchange, nowMs: number): void {
    const isKnown = this.trouble(nowMs) === null;
    const live = new Map(this.#live.symbols().map((symbol) => [symbol.symbol, symbol]));
    for (const instrument of exchange.instruments()) {
      if (instrument.sharesBookOf !== undefined) continue;
      const symbol = live.get(instrument.symbol);
      if (!isKnown || symbol?.isKnown !== true) this.#blank(exchange, nowMs, instrument.symbol);
      else if (this.#shown.get(instrument.symbol) !== symbol.version)
        this.#show(exchange, nowMs, instrument, symbol);
    }
  }

  #blank(exchange: Exchange, nowMs: number, symbol: string): void {
    if (this.#shown.get(symbol) === null) return;
    this.#shown.set(symbol, null);
    exchange.blankMarket(nowMs, symbol);
  }

  #show(exchange: Exchange, nowMs: number, instrument: Instrument, symbol: LiveSymbol): void {
    const units = unitsPerUnit(instrument, symbol);
    const [bids, asks] = (['bids', 'asks'] as const).map((side) =>
      gridLevels(instrument, side, this.#live.levels(symbol.symbol, side) ?? [], units),
    );
    const book = { bids: bids ?? [], asks: asks ?? [] };
    // Torn by changes that have not all come; the next ones mend it.
    if (isCrossed(book)) return;
    this.#shown.set(symbol.symbol, symbol.version);
    const { trades, last } = this.#live.takeTrades(symbol.symbol);
    const shown = {
      ...book,
      trades: trades.map((trade) => gridTrade(instrument, trade, units)).filter((trade) => trade !== null),
      last,
      mark: symbol.mark,
      index: symbol.index,
    };
    exchange.showMarket(nowMs, symbol.symbol, shown);
  }
}

/** Our units of quantity in one of the exchange's, where the two count contracts of different sizes. */
function unitsPerUnit({ marketType, contractSize }: Instrument, symbol: LiveSymbol): Decimal {
  return marketType === 'spot' || symbol.contractSize === null
    ? Decimal.one
    : symbol.contractSize.divide(contractSize, RATIO_SCALE, 'half_even');
}
