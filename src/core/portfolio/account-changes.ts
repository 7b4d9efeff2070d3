/** Changes of a whole account as `evolve` folds them. */
import { areSameWallets, walletFor, type WalletDeclaration } from '../balance/wallet.ts';
import { BrokenAssertion } from '../broken-assertion.ts';
import type { AccountId, TimeMs } from '../ids.ts';
import type { Order } from '../order/order.ts';
import { isFinished } from '../order/transitions.ts';
import { positionKeyOf, venueOrderKey } from './keys.ts';
import { storeOrder } from './order-changes.ts';
import type { PortfolioState } from './state.ts';

/**
 * The account has these wallets from here on. Balances of wallets that are gone go with them and are read anew; positions
 * and the orders in memory draw on the wallet that now serves their kind of instrument.
 */
export function declareWallets(
  state: PortfolioState,
  account: AccountId,
  wallets: readonly WalletDeclaration[],
): void {
  const books = state.accounts.get(account);
  if (books === undefined)
    throw new BrokenAssertion(`wallets of an account that was never opened: ${account}`);
  if (areSameWallets(books.wallets, wallets)) return;
  state.accounts.set(account, { ...books, wallets, balancesKnown: false, balancesCompared: undefined });
  for (const [key, { accountId, wallet }] of state.balances) {
    if (accountId === account && !wallets.some((declared) => declared.wallet === wallet))
      state.balances.delete(key);
  }
  for (const position of state.positions.values()) {
    const wallet = walletFor(wallets, position.kind);
    if (position.accountId === account && wallet !== null && wallet !== position.wallet)
      state.positions.set(positionKeyOf(position), { ...position, wallet });
  }
  // Finished ones too: an execution may still arrive for them, and moves the balance that is there now.
  for (const order of [...state.unfinished.values(), ...state.finished.values()])
    if (order.accountId === account) storeOrder(state, inWallets(order, wallets));
}

/** The order as one that draws on the wallet which serves its kind of instrument now, its hold along with it. */
export function inWallets(order: Order, wallets: readonly WalletDeclaration[]): Order {
  const wallet = walletFor(wallets, order.kind);
  if (wallet === null || wallet === order.wallet) return order;
  return { ...order, wallet, hold: order.hold === null ? null : { ...order.hold, wallet } };
}

/** The simulator behind a paper account began anew: its orders end, its books go. */
export function resetAccount(state: PortfolioState, account: AccountId, instance: string, at: TimeMs): void {
  const books = state.accounts.get(account);
  if (books === undefined)
    throw new BrokenAssertion(`a reset of an account that was never opened: ${account}`);
  const known = books.instance !== null;
  state.accounts.set(account, {
    ...books,
    instance,
    positionMode: known ? null : books.positionMode,
    balancesKnown: known ? false : books.balancesKnown,
    balancesCompared: known ? undefined : books.balancesCompared,
    positionsKnown: known ? false : books.positionsKnown,
  });
  if (!known) return;
  // The new simulator counts its ids from the start again: the old ones must not lead to the old orders.
  for (const order of [...state.unfinished.values(), ...state.finished.values()]) {
    if (order.accountId !== account) continue;
    for (const id of order.venueOrderIds)
      state.byVenueOrderId.delete(venueOrderKey(account, order.symbol, id));
    if (isFinished(order.status)) {
      storeOrder(state, { ...order, venueOrderIds: [] });
      continue;
    }
    storeOrder(state, {
      ...order,
      status: 'canceled',
      venueOrderIds: [],
      retryAt: null,
      updatedAt: at,
      reason: { code: 'account_reset', detail: 'the simulator began anew and no longer knows this order' },
    });
  }
  for (const [key, position] of state.positions)
    if (position.accountId === account) state.positions.delete(key);
  for (const [key, { position }] of state.strategyBooks)
    if (position.accountId === account) state.strategyBooks.delete(key);
  for (const [key, balance] of state.balances) if (balance.accountId === account) state.balances.delete(key);
  const maps = [
    state.fillsCursors,
    state.externalFills,
    state.recordsSeen,
    state.assetMoves,
    state.dayStarts,
    state.accountResults,
  ];
  for (const map of maps) {
    for (const key of map.keys()) if (key.startsWith(`${account} `)) map.delete(key);
  }
  state.recordsRead.delete(account);
  for (const [key, parked] of state.parkedFills)
    if (parked.accountId === account) state.parkedFills.delete(key);
  for (const [key, drift] of state.drift) if (drift.accountId === account) state.drift.delete(key);
}
