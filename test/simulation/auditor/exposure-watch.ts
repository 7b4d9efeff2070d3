/** I3 at every instant of a run: worst-case exposure within the limits on a position and on all of them together. */
import { Decimal } from '../../../src/core/decimal.ts';
import type { ExchangeEvent } from '../../../src/simulators/exchange/event.ts';
import type { Exchange } from '../../../src/simulators/exchange/exchange.ts';
import type { Fill } from '../../../src/simulators/exchange/order.ts';
import { heldOf, orderOfFills } from './positions.ts';

/** In quote units; null: there is none. */
export interface ExposureLimits {
  readonly position: Decimal | null;
  readonly total: Decimal | null;
}

/**
 * I3 at every instant: what our orders have bought at the venue and what they still could buy stay within the limit, on each
 * position by itself. Only meaningful while the mark stands still, and on swaps while nobody else trades them.
 */
export class ExposureWatch {
  readonly violations: string[] = [];
  readonly #exchange: Exchange;
  readonly #account: string;
  readonly #tag: string;
  readonly #limits: ExposureLimits;
  /** By position, as last measured. */
  readonly #worst = new Map<string, Decimal>();
  readonly #compare: (left: Fill, right: Fill) => number;
  readonly #traded = new Map<string, Fill[]>();

  constructor(
    exchange: Exchange,
    account: string,
    tag: string,
    limits: ExposureLimits,
    options: { readonly watchesSwaps: boolean; readonly fillsAreSequenced: boolean },
  ) {
    this.#exchange = exchange;
    this.#account = account;
    this.#tag = tag;
    this.#limits = limits;
    this.#compare = orderOfFills(options.fillsAreSequenced);
    exchange.subscribe((events) => this.#look(events, options.watchesSwaps));
  }

  #look(events: readonly ExchangeEvent[], watchesSwaps: boolean): void {
    const touched = new Set<string>();
    for (const event of events) {
      if (event.kind !== 'order' || event.order.accountId !== this.#account) continue;
      const { fill } = event;
      if (fill?.marketType === 'spot')
        this.#traded.set(fill.symbol, [...(this.#traded.get(fill.symbol) ?? []), fill]);
      if (this.#isOurs(event.order)) touched.add(event.order.symbol);
    }
    for (const symbol of touched) {
      const isSwap = this.#exchange.instrument(symbol)?.marketType === 'swap';
      if (!isSwap) this.#measure(symbol, 'net', this.#heldOf(symbol));
      else if (watchesSwaps)
        for (const { side, quantity } of this.#exchange
          .positions(this.#account)
          .filter((position) => position.symbol === symbol))
          this.#measure(symbol, side, quantity);
    }
  }

  #heldOf(symbol: string): Decimal {
    const [base] = symbol.split('/');
    const total = this.#exchange
      .balances(this.#account)
      .filter(({ asset }) => asset === base)
      .reduce((sum, balance) => sum.add(balance.total), Decimal.zero);
    const fills = (this.#traded.get(symbol) ?? []).toSorted(this.#compare);
    return heldOf({ fills, total, isOurs: (fill) => this.#isOurs(fill) });
  }

  #isOurs({ clientOrderId }: Pick<Fill, 'clientOrderId'>): boolean {
    return clientOrderId?.startsWith(this.#tag) === true;
  }

  #measure(symbol: string, positionSide: string, held: Decimal): void {
    const mark = this.#exchange.market(symbol)?.markPrice ?? Decimal.zero;
    const open = [
      ...this.#exchange.openOrders(this.#account, { symbol }),
      ...this.#exchange.openOrders(this.#account, { symbol, conditional: true }),
    ].filter(
      (order) =>
        order.positionSide === positionSide &&
        order.clientOrderId?.startsWith(this.#tag) === true &&
        !order.reduceOnly,
    );
    const worthOf = (side: 'buy' | 'sell'): Decimal =>
      open
        .filter((order) => order.side === side)
        .reduce((sum, order) => sum.add(order.quantity.subtract(order.filled).multiply(mark)), Decimal.zero);
    const isSwap = this.#exchange.instrument(symbol)?.marketType === 'swap';
    const long = held.multiply(mark).add(worthOf('buy'));
    const short = isSwap ? worthOf('sell').subtract(held.multiply(mark)) : Decimal.zero;
    const worst = long.max(short);
    const { position, total } = this.#limits;
    if (position !== null && worst.greaterThan(position))
      this.violations.push(
        `I3: worst case of ${symbol} ${positionSide} is ${worst.toString()} at ${this.#exchange.now()}, the limit ${position.toString()}`,
      );
    const name = `${symbol} ${positionSide}`;
    const grows = worst.greaterThan(this.#worst.get(name) ?? Decimal.zero);
    this.#worst.set(name, worst);
    const sum = [...this.#worst.values()].reduce((left, right) => left.add(right), Decimal.zero);
    if (total !== null && grows && sum.greaterThan(total))
      this.violations.push(
        `I3: worst case of all positions is ${sum.toString()} at ${this.#exchange.now()}, the limit ${total.toString()}`,
      );
  }
}
