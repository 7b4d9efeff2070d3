/**
 * The accounts of the Coinbase App API, which the same keys open: one for each currency, its addresses, deposits and sends.
 *
 * Entry point: `appAccountEndpoints`. Sources: "Accounts", "Onchain Addresses", "Deposit Fiat", "Withdraw Fiat", "Send Crypto", "Payment Methods" and
 * "Users" of the Coinbase App API. A send has left at once. There are no payment methods, so that no fiat is deposited or withdrawn here.
 */
import { decimal } from '../../core/decimal.ts';
import type { LedgerEntry } from '../exchange/account.ts';
import type { Exchange } from '../exchange/exchange.ts';
import { depositAddress, networksOf, type NetworkName } from '../wire/coin-networks.ts';
import type { AccountCall, Endpoint } from './access.ts';
import { currencyJson } from './app-currencies.ts';
import { invalidArgument, missingScopes, notFound } from './errors.ts';
import { idOf } from './instruments.ts';
import { timeText, userIdOf, type Json } from './order-json.ts';
import { listPage } from './pages.ts';
import { readToken } from './signing.ts';
import { sentKey, transactionJson, transactionsOf } from './transactions.ts';
import { currencyAccounts, isFiat } from './wallet.ts';

type Method = 'GET' | 'POST';

export function appAccountEndpoints(exchange: Exchange): Endpoint[] {
  const endpoint = (
    method: Method,
    path: string,
    answer: (call: AccountCall) => unknown,
    route: 'balances' | 'other' = 'other',
  ): Endpoint => ({
    method,
    path: `/v2${path}`,
    route,
    security: 'signed',
    isPublic: false,
    answer,
  });
  const moves = (kind: 'deposit' | 'withdrawal') => (call: AccountCall) => {
    const { currency, uuid } = accountFrom(exchange, call);
    const rows = exchange
      .entries(call.accountId)
      .filter((entry) => entry.kind === kind && entry.asset === currency && isFiat(currency))
      .toReversed()
      .map((entry) => fiatMoveJson(entry, uuid));
    return listPage(rows, call.parameters.parameters, `/v2/accounts/${uuid}/${kind}s`);
  };
  const none = (kind: string) => (call: AccountCall) =>
    listPage([], call.parameters.parameters, `/v2/accounts/${accountFrom(exchange, call).uuid}/${kind}`);
  return [
    endpoint(
      'GET',
      '/accounts',
      (call) => {
        const rows = currencyAccounts(exchange, call.accountId).map((account) =>
          accountJson(exchange, call.accountId, account),
        );
        return listPage(rows, call.parameters.parameters, '/v2/accounts');
      },
      'balances',
    ),
    endpoint(
      'GET',
      '/accounts/:account_id',
      (call) => ({ data: accountJson(exchange, call.accountId, accountFrom(exchange, call)) }),
      'balances',
    ),
    endpoint('GET', '/accounts/:account_id/addresses', (call) =>
      listPage(
        addresses(exchange, call),
        call.parameters.parameters,
        `/v2/accounts/${accountFrom(exchange, call).uuid}/addresses`,
      ),
    ),
    endpoint('POST', '/accounts/:account_id/addresses', (call) => {
      const [address] = addresses(exchange, call);
      if (address === undefined) throw invalidArgument('the account has no addresses');
      return { data: address };
    }),
    endpoint('GET', '/accounts/:account_id/addresses/:address_id', (call) => {
      const asked = call.parameters.pathParameter('address_id');
      const found = addresses(exchange, call).find(({ id, address }) => id === asked || address === asked);
      if (found === undefined) throw notFound('address');
      return { data: found };
    }),
    endpoint('POST', '/accounts/:account_id/transactions', (call) => send(exchange, call)),
    endpoint('GET', '/accounts/:account_id/deposits', moves('deposit')),
    endpoint('GET', '/accounts/:account_id/withdrawals', moves('withdrawal')),
    endpoint('GET', '/accounts/:account_id/buys', none('buys')),
    endpoint('GET', '/accounts/:account_id/sells', none('sells')),
    endpoint('GET', '/payment-methods', ({ parameters: { parameters } }) =>
      listPage([], parameters, '/v2/payment-methods'),
    ),
    endpoint('GET', '/user', ({ accountId }) => ({
      data: {
        id: userIdOf(accountId),
        name: 'Simulated',
        username: null,
        profile_location: null,
        profile_bio: null,
        profile_url: null,
        avatar_url: '',
        resource: 'user',
        resource_path: '/v2/user',
        time_zone: 'UTC',
        native_currency: 'USD',
        country: { code: 'US', name: 'United States', is_in_europe: false },
        created_at: timeText(exchange.account(accountId)?.createdAt ?? 0),
      },
    })),
    endpoint('GET', '/user/auth', () => ({
      data: { method: 'token', scopes: ['view', 'trade', 'transfer'] },
    })),
  ];
}

interface CurrencyAccount {
  readonly currency: string;
  readonly uuid: string;
}

function accountFrom(exchange: Exchange, { parameters, accountId }: AccountCall): CurrencyAccount {
  const asked = parameters.pathParameter('account_id');
  const account = currencyAccounts(exchange, accountId).find(
    ({ uuid, currency }) => uuid === asked || currency === asked,
  );
  if (account === undefined) throw notFound('account');
  return account;
}

function accountJson(
  exchange: Exchange,
  accountId: string,
  { currency, uuid }: CurrencyAccount,
): Json & { readonly id: string } {
  const balance = exchange.balances(accountId, 'spot').find(({ asset }) => asset === currency);
  const created = timeText(exchange.account(accountId)?.createdAt ?? 0);
  return {
    id: uuid,
    name: `${currency} Wallet`,
    primary: false,
    type: isFiat(currency) ? 'fiat' : 'wallet',
    currency: currencyJson(currency),
    balance: { amount: balance?.total.toString() ?? '0', currency },
    created_at: created,
    updated_at: created,
    resource: 'account',
    resource_path: `/v2/accounts/${uuid}`,
    allow_deposits: true,
    allow_withdrawals: true,
    portfolio_id: null,
  };
}

/** `network` and `uri_scheme` of an address. */
function networkWord(network: NetworkName, coin: string): string {
  switch (network) {
    case 'bitcoin':
    case 'ethereum':
    case 'tron':
    case 'solana':
    case 'ripple':
    case 'dogecoin':
      return network;
    case 'bitcoin_cash':
      return 'bitcoin_cash';
    case 'own':
      return coin.toLowerCase();
  }
}

function addresses(
  exchange: Exchange,
  call: AccountCall,
): readonly (Json & { readonly id: string; readonly address: string })[] {
  const { currency, uuid } = accountFrom(exchange, call);
  if (isFiat(currency)) return [];
  const created = timeText(exchange.account(call.accountId)?.createdAt ?? 0);
  return networksOf(currency).map((one) => {
    const { address, memo } = depositAddress(call.accountId, currency, one);
    const network = networkWord(one.network, currency);
    const id = idOf('address', uuid, network);
    return {
      id,
      address,
      address_info: { address, ...(memo === '' ? {} : { destination_tag: memo }) },
      name: null,
      created_at: created,
      updated_at: created,
      network,
      uri_scheme: network,
      resource: 'address',
      resource_path: `/v2/accounts/${uuid}/addresses/${id}`,
      warnings: [],
      address_label: `${currency} address (${network})`,
      default_receive: true,
      destination_tag: memo,
      deposit_uri: `${network}:${address}`,
      callback_url: null,
    };
  });
}

/** "Send Crypto"; the same `idem` sends once. */
function send(exchange: Exchange, call: AccountCall): Json {
  const { parameters, token } = call.parameters;
  const { accountId, at } = call;
  const { currency, uuid } = accountFrom(exchange, call);
  if (parameters.required('type') !== 'send') throw invalidArgument('type is invalid');
  const to = parameters.required('to');
  const amount = parameters.requiredDecimal('amount');
  if (!amount.isPositive()) throw invalidArgument('amount is invalid');
  const [network] = networksOf(currency);
  if (isFiat(currency) || network === undefined) throw invalidArgument('currency is invalid');
  if (exchange.accountByKey(readToken(token)?.keyName ?? '')?.permissions.withdraw !== true)
    throw missingScopes();
  const fee = decimal(network.withdrawalFee);
  const key = sentKey(parameters.optional('idem') ?? `at ${at}`, fee, to);
  const known = exchange.entries(accountId).find((entry) => entry.key === key);
  if (known === undefined) {
    const done = exchange.deposit(at, accountId, 'spot', currency, amount.add(fee).negate(), true, { key });
    if (!done.ok) throw invalidArgument("You don't have that much.");
  }
  const number = exchange.entries(accountId).find((entry) => entry.key === key)?.number;
  const sent = transactionsOf(exchange, accountId, currency).find(
    (change) => change.key === `entry ${number}`,
  );
  return { data: sent === undefined ? null : transactionJson(sent, currency, uuid) };
}

function fiatMoveJson(entry: LedgerEntry, uuid: string): Json & { readonly id: string } {
  const kind = entry.kind === 'deposit' ? 'deposit' : 'withdrawal';
  const id = idOf(kind, uuid, String(entry.number));
  const amount = { amount: entry.amount.abs().toString(), currency: entry.asset };
  const at = timeText(entry.at);
  const transaction = idOf('transaction', uuid, `entry ${entry.number}`);
  return {
    id,
    status: 'completed',
    payment_method: null,
    transaction: {
      id: transaction,
      resource: 'transaction',
      resource_path: `/v2/accounts/${uuid}/transactions/${transaction}`,
    },
    user_reference: id.slice(0, 8).toUpperCase(),
    created_at: at,
    updated_at: at,
    resource: kind,
    resource_path: `/v2/accounts/${uuid}/${kind}s/${id}`,
    committed: true,
    payout_at: at,
    instant: true,
    fee: { amount: '0.00', currency: entry.asset },
    amount,
    subtotal: amount,
    hold_until: null,
    hold_days: 0,
    next_step: null,
  };
}
