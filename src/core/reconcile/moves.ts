/**
 * The booked changes of figures that readings of the venue are compared with: what an execution or an account record moved,
 * by `balanceKey` and, of a swap, by `positionKey`.
 *
 * Entry point: `moveOf`.
 */
import { balanceDeltas } from '../balance/balance.ts';
import { walletFor } from '../balance/wallet.ts';
import { Decimal } from '../decimal.ts';
import type { AccountId, TimeMs } from '../ids.ts';
import type { ShownBefore } from '../position/awaited-record.ts';
import { walletResult } from '../portfolio/book-changes.ts';
import type { PortfolioEvent } from '../portfolio/events.ts';
import { balanceKey, positionKey, positionKeyOf } from '../portfolio/keys.ts';
import { orderOf, walletsOf, type PortfolioState } from '../portfolio/state.ts';
import type { VenueFill } from '../venue/report.ts';

/** One change of a figure. */
export interface Change {
  readonly key: string;
  readonly delta: Decimal;
}

export interface Move {
  readonly accountId: AccountId;
  /** The time of it on the venue's clock. */
  readonly at: TimeMs;
  readonly balances: readonly Change[];
  readonly positions: readonly Change[];
}

/** The figures that `event` moved in `state`, which it was folded into; null where it moved none by itself. */
export function moveOf(state: PortfolioState, event: PortfolioEvent): Move | null {
  switch (event.type) {
    case 'fill_booked': {
      const { accountId, fill, positionPnl } = event;
      const order = orderOf(state, event.orderId);
      if (order === undefined) return null;
      const deltas = balanceDeltas(order, fill, walletResult(fill.realizedPnl ?? positionPnl, event.shown));
      const position = order.kind === 'linear_swap' ? positionKeyOf(order) : null;
      return executed(accountId, fill, deltas, position, event.shown);
    }
    case 'external_fill_seen': {
      const { accountId, fill, setting } = event;
      const made = fill.realizedPnl === null ? Decimal.zero : walletResult(fill.realizedPnl, event.shown);
      const deltas = balanceDeltas(setting, fill, made);
      const position =
        setting.kind === 'linear_swap' ? positionKey(accountId, fill.symbol, fill.positionSide) : null;
      return executed(accountId, fill, deltas, position, event.shown);
    }
    case 'funding_booked': {
      const { accountId, funding } = event;
      const wallet = walletFor(walletsOf(state, accountId), 'linear_swap') ?? 'linear_swap';
      const change = { key: balanceKey(accountId, wallet, funding.asset), delta: funding.amount };
      return { accountId, at: funding.at, balances: [change], positions: [] };
    }
    case 'account_record_booked': {
      const { accountId, record } = event;
      const change = { key: balanceKey(accountId, record.wallet, record.asset), delta: record.amount };
      return { accountId, at: record.at, balances: [change], positions: [] };
    }
    default:
      return null;
  }
}

function executed(
  accountId: AccountId,
  fill: VenueFill,
  deltas: ReturnType<typeof balanceDeltas>,
  position: string | null,
  shown: ShownBefore | undefined,
): Move {
  const quantity = fill.quantity.subtract(shown?.quantity ?? Decimal.zero);
  const signed = fill.side === 'buy' ? quantity : quantity.negate();
  return {
    accountId,
    at: fill.executedAt,
    balances: deltas.map(({ wallet, asset, delta }) => ({
      key: balanceKey(accountId, wallet, asset),
      delta,
    })),
    positions: position === null ? [] : [{ key: position, delta: signed }],
  };
}
