/**
 * HTX's spot account and its balances in our words.
 *
 * Entry points: `spotAccountIn`, `balancesFrom`, which throw `MalformedAnswer`. Sources: "Get all Accounts of the Current User" and "Get
 * Account Balance of a Specific Account" of the spot documentation.
 */
import { Decimal } from '../../core/decimal.ts';
import { asset } from '../../core/ids.ts';
import type { JsonValue } from '../../core/json.ts';
import type { BalanceReport } from '../../core/venue/report.ts';
import { asArray, asObject, figure, text } from '../ccxt/exact-json.ts';
import { dataOf } from './classify.ts';

/** The number of the spot account; null where there is none that works. */
export function spotAccountIn(body: JsonValue): string | null {
  const account = asArray(dataOf(body), 'accounts')
    .map((row) => asObject(row, 'account'))
    .find((row) => text(row, 'type') === 'spot' && text(row, 'state') === 'working');
  return account === undefined ? null : text(account, 'id');
}

/** Two rows for each coin: `trade` is free, `frozen` is held by orders. Others (`lock`) are of products that an order cannot use. */
export function balancesFrom(body: JsonValue): readonly BalanceReport[] {
  const parts = new Map<string, { free: Decimal; held: Decimal }>();
  for (const item of asArray(asObject(dataOf(body), 'account')['list'], 'balances')) {
    const row = asObject(item, 'balance');
    const name = text(row, 'currency').toUpperCase();
    const part = parts.get(name) ?? { free: Decimal.zero, held: Decimal.zero };
    parts.set(name, part);
    const type = text(row, 'type');
    if (type === 'trade') part.free = part.free.add(figure(row, 'balance'));
    if (type === 'frozen') part.held = part.held.add(figure(row, 'balance'));
  }
  return [...parts].map(([name, { free, held }]) => ({
    wallet: 'spot',
    asset: asset(name),
    total: free.add(held),
    free,
    lockedByOrders: held,
    collateralRate: null,
  }));
}
