/**
 * Which accounts are in hedge mode. An account can be put into it and out of it again as at the venue; orders in it are
 * not simulated and are refused. The mode is part of the account's state: it outlives a restart, and ends with a reset.
 *
 * Entry point: `PositionModes`. Source: "Change Position Mode" of the USD-M futures documentation.
 */
import type { Exchange } from '../../exchange/exchange.ts';
import { usdmRefusal } from '../errors.ts';
import type { Parameters } from '../parameters.ts';

export class PositionModes {
  readonly #exchange: Exchange;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
  }

  isHedged(accountId: string): boolean {
    return this.#exchange.isHedged(accountId);
  }

  /** `at`: ms since the epoch. Throws as the venue refuses: no change, or orders or positions that stand in its way. */
  set(at: number, accountId: string, hedged: boolean): void {
    if (hedged === this.isHedged(accountId)) throw usdmRefusal(-4059, 'No need to change position side.');
    const open = [
      ...this.#exchange.openOrders(accountId, { marketType: 'swap' }),
      ...this.#exchange.openOrders(accountId, { marketType: 'swap', conditional: true }),
    ];
    if (open.length > 0)
      throw usdmRefusal(-4067, 'Position side cannot be changed if there exists open orders.');
    if (this.#exchange.positions(accountId).some((position) => !position.quantity.isZero()))
      throw usdmRefusal(-4068, 'Position side cannot be changed if there exists position.');
    this.#exchange.setHedged(at, accountId, hedged);
  }

  /** Refuses every order of an account in hedge mode: one without a side as the venue does, one with a side as not simulated. */
  checkOrder(accountId: string, parameters: Parameters): void {
    if (!this.isHedged(accountId)) return;
    const side = parameters.optional('positionSide') ?? 'BOTH';
    if (side === 'BOTH') throw usdmRefusal(-4061, "Order's position side does not match user's setting.");
    throw usdmRefusal(-4084, 'Method is not allowed currently. Upcoming soon.');
  }
}
