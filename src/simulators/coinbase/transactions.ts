/**
 * The transactions of a currency's account: what moved its balance, fills among them, newest first. They belong to the Coinbase App API,
 * which the same keys open.
 *
 * Entry point: `transactionEndpoints`. Source: "Transactions" and "Pagination" of the Coinbase App API: `starting_after` is the id of the last
 * entry that one has. Also its public lists of currencies, which clients read when they start.
 */
import { Decimal } from '../../core/decimal.ts';
import type { LedgerEntry } from '../exchange/account.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { Fill } from '../exchange/order.ts';
import { publicEndpoint, type AccountCall, type Endpoint } from './access.ts';
import { notFound } from './errors.ts';
import { idOf, listingOf } from './instruments.ts';
import { timeText, type Json } from './order-json.ts';
import { sideName } from './order-words.ts';
import { readLimit } from './parameters.ts';
import { COINBASE_PRODUCTS, QUOTE_NAMES } from './symbols.ts';
import { currencyAccounts, isFiat } from './wallet.ts';

const USUAL_PAGE = 25;
const MOST_PAGE = 100;
const PATH = '/v2/accounts/:account_id/transactions';

export function transactionEndpoints(exchange: Exchange): Endpoint[] {
  return [
    {
      method: 'GET',
      path: PATH,
      route: 'other',
      security: 'signed',
      isPublic: false,
      answer: (call) => transactions(exchange, call),
    },
    publicEndpoint('/v2/currencies', 'other', () => ({
      data: Object.entries(QUOTE_NAMES)
        .filter(([id]) => isFiat(id))
        .map(([id, name]) => ({ id, name, min_size: '0.01' })),
    })),
    publicEndpoint('/v2/currencies/crypto', 'other', () => ({ data: cryptoCurrencies() })),
    publicEndpoint('/v2/time', 'other', ({ clockMs }) => ({
      data: { iso: timeText(clockMs), epoch: Math.floor(clockMs / 1000) },
    })),
  ];
}

function cryptoCurrencies(): readonly Json[] {
  const names = new Map<string, string>([
    ...COINBASE_PRODUCTS.map(({ base, baseName }) => [base, baseName] as const),
    ...Object.entries(QUOTE_NAMES).filter(([code]) => !isFiat(code)),
  ]);
  return [...names].map(([code, name], index) => ({
    asset_id: idOf('asset', code),
    code,
    name,
    color: '#000000',
    sort_index: 100 + index,
    exponent: 8,
    type: 'crypto',
    address_regex: '',
  }));
}

interface Change {
  readonly at: number;
  /** Unique in the account, and rising among those of one time. */
  readonly key: string;
  readonly type: string;
  readonly amount: Decimal;
  readonly more: Json;
}

function transactions(exchange: Exchange, call: AccountCall): Json {
  const { accountId, parameters } = call;
  const asked = parameters.pathParameter('account_id');
  const account = currencyAccounts(exchange, accountId).find(
    ({ uuid, currency }) => uuid === asked || currency === asked,
  );
  if (account === undefined) throw notFound('account');
  const { currency, uuid } = account;
  const rows = changesOf(exchange, accountId, currency)
    .sort((left, right) => right.at - left.at || (left.key < right.key ? 1 : -1))
    .map((change) => transactionJson(change, currency, uuid));
  const limit = readLimit(parameters.parameters, USUAL_PAGE, MOST_PAGE);
  const after = parameters.parameters.optional('starting_after');
  const from = after === undefined ? 0 : rows.findIndex(({ id }) => id === after) + 1;
  const page = rows.slice(from, from + limit);
  const next = from + limit < rows.length ? (page.at(-1)?.id ?? null) : null;
  return {
    pagination: {
      ending_before: null,
      starting_after: after ?? null,
      previous_ending_before: null,
      next_starting_after: next,
      limit,
      order: 'desc',
      previous_uri: null,
      next_uri: next === null ? null : `/v2/accounts/${uuid}/transactions?starting_after=${next}`,
    },
    data: page,
  };
}

function changesOf(exchange: Exchange, accountId: string, currency: string): Change[] {
  return [
    ...exchange.fills(accountId, {}).flatMap((fill) => fillChange(fill, currency)),
    ...exchange
      .entries(accountId)
      .filter(({ asset, wallet }) => asset === currency && wallet === 'spot')
      .map(entryChange),
  ];
}

/** Of each of the two currencies of a trade, the fee within that of the quote. */
function fillChange(fill: Fill, currency: string): readonly Change[] {
  const { product, id } = listingOf(fill.symbol);
  if (currency !== product.base && currency !== product.quote) return [];
  const isBuy = fill.side === 'buy';
  const amount =
    currency === product.base
      ? isBuy
        ? fill.quantity
        : fill.quantity.negate()
      : (isBuy ? fill.cost.negate() : fill.cost).subtract(fill.fee);
  const details = {
    fill_price: fill.price,
    product_id: id,
    order_id: fill.venueOrderId,
    commission: fill.fee,
    order_side: sideName(fill.side).toLowerCase(),
  };
  const key = `fill ${fill.symbol} ${fill.tradeId.padStart(16, '0')} ${fill.venueOrderId}`;
  return [{ at: fill.at, key, type: 'advanced_trade_fill', amount, more: { advanced_trade_fill: details } }];
}

function entryChange({ kind, asset, amount, number, info, at }: LedgerEntry): Change {
  const change = { at, key: `entry ${number}`, amount };
  switch (kind) {
    case 'deposit':
      return { ...change, type: isFiat(asset) ? 'fiat_deposit' : 'receive', more: {} };
    case 'withdrawal':
      return { ...change, type: isFiat(asset) ? 'fiat_withdrawal' : 'send', more: {} };
    case 'transfer':
      return { ...change, type: 'transfer', more: {} };
    case 'distribution':
      return { ...change, type: 'incentives_rewards_payout', more: { description: info ?? null } };
    case 'liquidation_fee':
    case 'insurance':
      return { ...change, type: 'tx', more: {} };
  }
}

function transactionJson(
  { at, key, type, amount, more }: Change,
  currency: string,
  uuid: string,
): Json & { readonly id: string } {
  const id = idOf('transaction', uuid, key);
  return {
    id,
    type,
    status: 'completed',
    amount: { amount, currency },
    native_amount: { amount: Decimal.zero, currency: 'USD' },
    description: null,
    created_at: timeText(at),
    updated_at: timeText(at),
    resource: 'transaction',
    resource_path: `/v2/accounts/${uuid}/transactions/${id}`,
    ...more,
  };
}
