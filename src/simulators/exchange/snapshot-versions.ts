/**
 * Snapshots of earlier programs, read as today's. Entry point: `upgraded`. Pure.
 *
 * Version 1 (before hedge mode was simulated): one net position per symbol, and no position side on orders, fills and
 * funding payments. It kept which accounts were in hedge mode, where they could have neither orders nor positions.
 * Version 2 (before deposits, withdrawals, transfers and liquidations were kept as entries): accounts without entries.
 */
import type { FundingPayment } from './account.ts';
import { newPosition } from './margin.ts';
import type { Fill } from './order.ts';
import { sidesOf } from './positions.ts';
import type { ExchangeSnapshot, SavedAccount } from './snapshot.ts';
import type { PositionState, WorkingOrder } from './state.ts';

/** The version that `takeSnapshot` writes. */
export const SNAPSHOT_VERSION = 3;

type WithoutSide<Row> = Omit<Row, 'positionSide'>;

type SavedAccount2 = Omit<SavedAccount, 'entries'>;

export type ExchangeSnapshot2 = Omit<ExchangeSnapshot, 'version' | 'accounts'> & {
  readonly version: 2;
  readonly accounts: readonly SavedAccount2[];
};

type SavedAccount1 = Omit<SavedAccount2, 'hedged' | 'positions' | 'funding'> & {
  /** The first snapshots have none: every account was in one-way mode. */
  readonly hedged?: boolean;
  readonly positions: readonly Omit<PositionState, 'side'>[];
  readonly funding: readonly WithoutSide<FundingPayment>[];
};

export type ExchangeSnapshot1 = Omit<
  ExchangeSnapshot,
  'version' | 'accounts' | 'orders' | 'ownOrders' | 'fills'
> & {
  readonly version: 1;
  readonly accounts: readonly SavedAccount1[];
  readonly orders: readonly WithoutSide<WorkingOrder>[];
  readonly ownOrders: readonly WithoutSide<WorkingOrder>[];
  readonly fills: readonly WithoutSide<Fill>[];
};

/** Another release, in all likelihood a newer one, has saved the state. */
export class SnapshotVersionUnknown extends Error {
  constructor(version: unknown) {
    super(
      `saved state has version ${String(version)}, this program reads 1 to ${SNAPSHOT_VERSION}: run the release that saved it or a newer one`,
    );
  }
}

/** Throws `SnapshotVersionUnknown`. */
export function upgraded(saved: ExchangeSnapshot | ExchangeSnapshot1 | ExchangeSnapshot2): ExchangeSnapshot {
  switch (saved.version) {
    case SNAPSHOT_VERSION:
      return saved;
    case 2:
      return {
        ...saved,
        version: SNAPSHOT_VERSION,
        accounts: saved.accounts.map((account) => ({ ...account, entries: [] })),
      };
    case 1:
      return upgraded({
        ...saved,
        version: 2,
        accounts: saved.accounts.map(upgradedAccount),
        orders: saved.orders.map(withSide),
        ownOrders: saved.ownOrders.map(withSide),
        fills: saved.fills.map(withSide),
      });
  }
  const { version } = saved as { readonly version: unknown };
  throw new SnapshotVersionUnknown(version);
}

function withSide<Row extends object>(row: Row): Row & { readonly positionSide: 'net' } {
  return { ...row, positionSide: 'net' };
}

function upgradedAccount(account: SavedAccount1): SavedAccount2 {
  const isFlat = account.positions.every((position) => position.quantity.isZero());
  // A position makes an account one-way whatever its flag says: no other kind existed.
  const hedged = account.hedged === true && isFlat;
  return {
    ...account,
    hedged,
    positions: account.positions.flatMap((position) =>
      hedged
        ? sidesOf({ hedged }).map((side) => newPosition(position.symbol, side, position, position.updatedAt))
        : [{ ...position, side: 'net' as const }],
    ),
    funding: account.funding.map(withSide),
  };
}
