/**
 * Carries the market process (market/market-process.ts) into the books: the maker's ladder, the flow account's orders,
 * and the users' orders that a move of the mid reaches. Entry points: `step`, `moveTo`, `quote`.
 */
import { Decimal } from '../../core/decimal.ts';
import { flowOrder, ladder, walk } from '../market/market-process.ts';
import { crosses, opposite } from './book.ts';
import type { OrderRequest } from './order.ts';
import { FLOW_ACCOUNT, MAKER_ACCOUNT, remaining, type QuotedLevel, type SymbolState } from './state.ts';
import type { Trading } from './trading.ts';

export class MarketMaker {
  readonly #trading: Trading;

  constructor(trading: Trading) {
    this.#trading = trading;
  }

  /** One step of one market. */
  step(symbol: SymbolState): void {
    const { instrument, market, random } = symbol;
    const [next, ...later] = market.path;
    if (next !== undefined) {
      market.path = later;
      if (later.length === 0) market.held = market.holdAtEnd;
      this.moveTo(symbol, next);
      return;
    }
    if (market.held) return;
    this.#shift(symbol, walk(instrument, market.mid, random));
    const flow = flowOrder(instrument, market.mid, random);
    if (flow !== null) this.#flow(symbol, { side: flow.side, type: 'market', quantity: flow.quantity });
  }

  /** Moves the mid there and lets the market trade at it, so that stops see it. */
  moveTo(symbol: SymbolState, mid: Decimal): void {
    this.#shift(symbol, mid);
    const quantity = symbol.instrument.minQuantity.max(symbol.instrument.quantityStep);
    // The maker shows the smallest quantity at the mid itself, and the flow account takes it. No user's order stands
    // on the wrong side of the mid by now; one that stands at it was just filled.
    const maker = this.#trading.accept(
      this.#trading.account(MAKER_ACCOUNT),
      symbol,
      this.#internal(symbol, { side: 'sell', type: 'limit', quantity, price: mid }),
      {},
    );
    this.#trading.rest(symbol, maker);
    this.#flow(symbol, { side: 'buy', type: 'limit', timeInForce: 'IOC', quantity, price: mid });
  }

  #shift(symbol: SymbolState, mid: Decimal): void {
    const isMoved = !symbol.market.mid.equals(mid);
    symbol.market.mid = mid;
    this.#trading.markDirty(symbol);
    this.quote(symbol);
    if (isMoved && symbol.instrument.marketType === 'swap') this.#trading.tellMark(symbol);
  }

  #internal(symbol: SymbolState, request: Omit<OrderRequest, 'symbol'>): OrderRequest {
    return { symbol: symbol.instrument.symbol, selfTradePrevention: 'none', ...request };
  }

  #flow(symbol: SymbolState, request: Omit<OrderRequest, 'symbol'>): void {
    const account = this.#trading.account(FLOW_ACCOUNT);
    const order = this.#trading.accept(account, symbol, this.#internal(symbol, request), {});
    this.#trading.start(symbol, account, order);
  }

  /**
   * Shows the maker's ladder around the mid again; users' orders that reach `beyond` past the mid are filled first:
   * zero when the market moves there, a tick when it only shows again what was taken.
   */
  quote(symbol: SymbolState, beyond: Decimal = Decimal.zero): void {
    const { quotes } = symbol;
    const maker = this.#trading.account(MAKER_ACCOUNT);
    const shown = this.#ladder(symbol);
    const wanted = { bids: new Map(shown.bids), asks: new Map(shown.asks) };
    for (const side of ['bids', 'asks'] as const) {
      for (const [price, order] of quotes[side]) {
        const level = wanted[side].get(price);
        if (level?.quantity.equals(remaining(order)) === true) wanted[side].delete(price);
        else this.#trading.withdraw(symbol, order);
      }
    }
    this.#sweep(symbol, beyond);
    for (const side of ['bids', 'asks'] as const) {
      for (const [price, level] of wanted[side]) {
        const request = this.#internal(symbol, {
          side: side === 'bids' ? 'buy' : 'sell',
          type: 'limit',
          ...level,
        });
        const order = this.#trading.accept(maker, symbol, request, {});
        this.#trading.rest(symbol, order);
        quotes[side].set(price, order);
      }
    }
    symbol.quotesHit = false;
  }

  #ladder(symbol: SymbolState): NonNullable<SymbolState['ladder']> {
    const { instrument, market } = symbol;
    if (symbol.ladder === null || !symbol.ladder.mid.equals(market.mid)) {
      const levels = (side: 'bids' | 'asks'): ReadonlyMap<string, QuotedLevel> =>
        new Map(
          ladder(instrument, market.mid, side, this.#trading.seed).map((level) => [
            level.price.toString(),
            level,
          ]),
        );
      symbol.ladder = { mid: market.mid, bids: levels('bids'), asks: levels('asks') };
    }
    return symbol.ladder;
  }

  /** Fills users' orders that reach `beyond` past the mid, each at its own price. */
  #sweep(symbol: SymbolState, beyond: Decimal): void {
    const { mid } = symbol.market;
    for (const side of ['sell', 'buy'] as const) {
      const price = side === 'sell' ? mid.add(beyond) : mid.subtract(beyond);
      // Ends: each round fills at least one resting order or finds none at the mid.
      for (;;) {
        let quantity = Decimal.zero;
        for (const level of opposite(symbol, side).bestFirst()) {
          if (!crosses(side, price, level.price)) break;
          quantity = quantity.add(level.total);
        }
        if (!quantity.isPositive()) break;
        this.#flow(symbol, { side, type: 'limit', timeInForce: 'IOC', quantity, price });
      }
    }
  }
}
