/**
 * The transactions of a currency's account: what moved its balance, fills among them, newest first. They belong to the Coinbase App API,
 * which the same keys open.
 *
 * Entry points: `transactionEndpoints`; `transactionsOf`, `transactionJson` and `sentKey` are what sending needs of it. Source: "Transactions" of the
 * Coinbase App API.
 */
import { Decimal } from '../../core/decimal.ts';
import type { LedgerEntry } from '../exchange/account.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { Fill } from '../exchange/order.ts';
import { networksOf, transactionId } from '../wire/coin-networks.ts';
import type { AccountCall, Endpoint } from './access.ts';
import { notFound } from './errors.ts';
import { idOf, listingOf } from './instruments.ts';
import { timeText, type Json } from './order-json.ts';
import { sideName } from './order-words.ts';
import { listPage } from './pages.ts';
import { currencyAccounts, isFiat } from './wallet.ts';

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
    {
      method: 'GET',
      path: `${PATH}/:transaction_id`,
      route: 'other',
      security: 'signed',
      isPublic: false,
      answer: (call) => oneTransaction(exchange, call),
    },
  ];
}

export interface Change {
  readonly at: number;
  /** Unique in the account, and rising among those of one time. */
  readonly key: string;
  readonly type: string;
  readonly amount: Decimal;
  readonly more: Json;
}

interface Account {
  readonly currency: string;
  readonly uuid: string;
}

function accountFrom(exchange: Exchange, { accountId, parameters }: AccountCall): Account {
  const asked = parameters.pathParameter('account_id');
  const account = currencyAccounts(exchange, accountId).find(
    ({ uuid, currency }) => uuid === asked || currency === asked,
  );
  if (account === undefined) throw notFound('account');
  return account;
}

function transactions(exchange: Exchange, call: AccountCall): Json {
  const { currency, uuid } = accountFrom(exchange, call);
  const rows = transactionsOf(exchange, call.accountId, currency).map((change) =>
    transactionJson(change, currency, uuid),
  );
  return listPage(rows, call.parameters.parameters, `/v2/accounts/${uuid}/transactions`);
}

function oneTransaction(exchange: Exchange, call: AccountCall): Json {
  const { currency, uuid } = accountFrom(exchange, call);
  const asked = call.parameters.pathParameter('transaction_id');
  const found = transactionsOf(exchange, call.accountId, currency)
    .map((change) => transactionJson(change, currency, uuid))
    .find(({ id }) => id === asked);
  if (found === undefined) throw notFound('transaction');
  return { data: found };
}

/** Newest first. */
export function transactionsOf(exchange: Exchange, accountId: string, currency: string): Change[] {
  return changesOf(exchange, accountId, currency).sort(
    (left, right) => right.at - left.at || (left.key < right.key ? 1 : -1),
  );
}

function changesOf(exchange: Exchange, accountId: string, currency: string): Change[] {
  return [
    ...exchange.fills(accountId, {}).flatMap((fill) => fillChange(fill, currency)),
    ...exchange
      .entries(accountId)
      .filter(({ asset, wallet }) => asset === currency && wallet === 'spot')
      .map((entry) => entryChange(entry, accountId)),
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

/** The record of what was sent over the API: by its `idem`, with its fee and its address. */
export function sentKey(idem: string, fee: Decimal, to: string): string {
  return `send ${idem} ${fee.toString()} ${to}`;
}

const SENT = /^send .* (\d+(?:\.\d+)?) (\S+)$/;

/** The network that crypto came and went by; a deposit has `network` too. */
function onNetwork(entry: LedgerEntry, accountId: string): Json {
  const { asset, amount, number, key } = entry;
  const [, fee = '0', to] = SENT.exec(key ?? '') ?? [];
  const sent = amount.abs().subtract(Decimal.parse(fee));
  return {
    network: {
      status: 'confirmed',
      hash: transactionId(accountId, number),
      network_name: networksOf(asset)[0]?.network ?? '',
      transaction_fee: { amount: fee, currency: asset },
      transaction_amount: { amount: sent, currency: asset },
    },
    ...(to === undefined ? {} : { to: { resource: 'address', address: to } }),
  };
}

function entryChange(entry: LedgerEntry, accountId: string): Change {
  const { kind, asset, amount, number, info, at } = entry;
  const change = { at, key: `entry ${number}`, amount };
  switch (kind) {
    case 'deposit':
      return isFiat(asset)
        ? { ...change, type: 'fiat_deposit', more: {} }
        : { ...change, type: 'receive', more: onNetwork(entry, accountId) };
    case 'withdrawal':
      return isFiat(asset)
        ? { ...change, type: 'fiat_withdrawal', more: {} }
        : { ...change, type: 'send', more: onNetwork(entry, accountId) };
    case 'transfer':
      return { ...change, type: 'transfer', more: {} };
    case 'distribution':
      return { ...change, type: 'incentives_rewards_payout', more: { description: info ?? null } };
    case 'liquidation_fee':
    case 'insurance':
      return { ...change, type: 'tx', more: {} };
  }
}

export function transactionJson(
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
