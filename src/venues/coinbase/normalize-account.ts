/**
 * Coinbase's balances in our words.
 *
 * Entry points: `currencyAccountsIn`, `balanceFrom`; both throw `MalformedAnswer`. Source: "List Accounts": a currency has an account of its own, and
 * what orders hold of it is not available.
 */
import { asset } from '../../core/ids.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { BalanceReport } from '../../core/venue/report.ts';
import { asObject, figure, text } from '../ccxt/exact-json.ts';

/** The types that hold nothing which can be traded on spot. */
const ELSEWHERE = /VAULT|FUTURES/;

/** The accounts that orders are paid from, one for each currency: its default one, or the first. */
export function currencyAccountsIn(rows: readonly JsonValue[]): readonly JsonObject[] {
  const byCurrency = new Map<string, JsonObject>();
  for (const row of rows) {
    const account = asObject(row, 'account');
    if (ELSEWHERE.test(text(account, 'type'))) continue;
    const currency = text(account, 'currency');
    if (!byCurrency.has(currency) || account['default'] === true) byCurrency.set(currency, account);
  }
  return [...byCurrency.values()];
}

export function balanceFrom(account: JsonObject): BalanceReport {
  const free = figure(asObject(account['available_balance'], 'available_balance'), 'value');
  const held = figure(asObject(account['hold'], 'hold'), 'value');
  return {
    wallet: 'spot',
    asset: asset(text(account, 'currency')),
    total: free.add(held),
    free,
    lockedByOrders: held,
    collateralRate: null,
  };
}
