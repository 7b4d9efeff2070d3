/**
 * A KuCoin account beside its trading: balances of spot, its ledger, its fees, its key, and transfers between its wallets.
 *
 * Entry points: `spotAccountEndpoints`, `accountNumber`. Sources: "Get Account List - Spot", "Get Account Ledgers - Trade_hf", "Get Actual Fee -
 * Spot/Margin", "Get Apikey Info" and "Flex Transfer" of the documentation. The wallet `spot` is the account `trade`, `funding` is `main`.
 */
import type { Decimal } from '../../../core/decimal.ts';
import type { Balance } from '../../exchange/account.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import type { WalletName } from '../../exchange/policy.ts';
import { privateEndpoint, tradingEndpoint, type AccountCall, type Draw, type Endpoint } from '../access.ts';
import { accessDenied, KucoinRefusal, malformed, parameterError } from '../errors.ts';
import { DAY_MS, readSpan } from '../pages.ts';
import { readLimit, readWord } from '../parameters.ts';
import { tradeIdOf } from '../trade-ids.ts';
import { listingNamed, listingOf } from './instruments.ts';
import { fillId, type Json } from './order-json.ts';
import { unknownSymbol } from './refusals.ts';

const MANAGEMENT: Draw = ['management', 5];
const KEY_INFO: Draw = ['management', 20];

export function spotAccountEndpoints(exchange: Exchange): Endpoint[] {
  return [
    privateEndpoint('v1/accounts', 'balances', MANAGEMENT, ({ parameters: { parameters }, accountId }) => {
      const currency = parameters.optional('currency');
      const type = readWord(parameters, 'type', ['main', 'trade', 'option']);
      return accountRows(exchange, accountId).filter(
        (row) =>
          (currency === undefined || row['currency'] === currency) &&
          (type === undefined || row['type'] === type),
      );
    }),
    privateEndpoint('v1/accounts/:accountId', 'balances', MANAGEMENT, (call) => {
      const id = call.parameters.parameters.required('accountId');
      const row = accountRows(exchange, call.accountId).find((one) => one['id'] === id);
      if (row === undefined) throw parameterError('account not exist');
      const { id: _id, type: _type, ...shown } = row;
      return shown;
    }),
    privateEndpoint('v1/hf/accounts/opened', 'other', ['spot', 30], () => true),
    privateEndpoint('v1/hf/accounts/ledgers', 'other', ['spot', 2], (call) => ledger(exchange, call)),
    privateEndpoint('v1/user/api-key', 'other', KEY_INFO, (call) => keyJson(exchange, call)),
    privateEndpoint('v1/base-fee', 'other', ['spot', 3], () => ratesOf(exchange)),
    privateEndpoint('v1/accounts/transferable', 'other', KEY_INFO, (call) => transferable(exchange, call)),
    tradingEndpoint('POST', 'v3/accounts/universal-transfer', 'other', ['management', 4], (call) =>
      transfer(exchange, call),
    ),
  ];
}

/** The fees of the pairs that `symbols` names. */
export function spotFees(exchange: Exchange, symbols: string): Json[] {
  return symbols.split(',').map((id) => {
    if (listingNamed(id) === undefined) throw unknownSymbol();
    return { symbol: id, ...ratesOf(exchange) };
  });
}

function ratesOf(exchange: Exchange): Json {
  const { fees } = exchange.policyOf('spot');
  return { takerFeeRate: fees.taker.toString(), makerFeeRate: fees.maker.toString() };
}

/** Digits by which an account or one of its balances is known. */
export function accountNumber(...names: readonly string[]): string {
  return String(
    BigInt(`0x${Buffer.from(names.join(' '), 'utf8').toString('hex').slice(0, 24)}`) % 10n ** 12n,
  );
}

export function holdsOf({ total, free }: Balance): Decimal {
  return total.subtract(free);
}

const TYPES = { spot: 'trade', funding: 'main' } as const;

function accountRows(exchange: Exchange, accountId: string): Json[] {
  return (['funding', 'spot'] as const).flatMap((wallet) =>
    exchange.balances(accountId, wallet).map((balance) => ({
      id: accountNumber(accountId, TYPES[wallet], balance.asset),
      currency: balance.asset,
      type: TYPES[wallet],
      balance: balance.total.toString(),
      available: balance.free.toString(),
      holds: holdsOf(balance).toString(),
    })),
  );
}

interface LedgerRow {
  readonly id: number;
  readonly at: number;
  readonly row: Json;
}

/** "You can only obtain data from within a 3 * 24 hour time range (i.e., from 3 * 24 hours ago up to now)". */
const LEDGER_MS = 3 * DAY_MS;

/** Newest first, older than `lastId`: what trades moved, and what came in and went out otherwise. */
function ledger(
  exchange: Exchange,
  { parameters: { parameters }, accountId, clockMs }: AccountCall,
): unknown {
  const limit = readLimit(parameters, 'limit', 100, 200);
  const lastId = parameters.optionalInteger('lastId') ?? Number.MAX_SAFE_INTEGER;
  const { from, to } = readSpan(parameters, clockMs, { usualMs: LEDGER_MS, longestMs: LEDGER_MS });
  const currencies = parameters.optional('currency')?.split(',');
  const direction = readWord(parameters, 'direction', ['in', 'out']);
  const bizType = parameters.optional('bizType');
  return [...tradeRows(exchange, accountId), ...entryRows(exchange, accountId)]
    .filter(
      ({ id, at, row }) =>
        id < lastId &&
        at >= Math.max(from, clockMs - LEDGER_MS) &&
        at <= to &&
        (currencies === undefined || currencies.includes(String(row['currency']))) &&
        (direction === undefined || row['direction'] === direction) &&
        (bizType === undefined || row['bizType'] === bizType),
    )
    .toSorted((left, right) => right.id - left.id)
    .slice(0, limit)
    .map(({ row }) => row);
}

/** Rises with time, and keeps rows of one millisecond apart. */
function ledgerId(at: number, number: number): number {
  return (at - 1_600_000_000_000) * 1_000 + (number % 1_000);
}

function ledgerRow(id: number, at: number, amount: Decimal, more: Json): LedgerRow {
  return {
    id,
    at,
    row: {
      id: String(id),
      amount: amount.abs().toString(),
      fee: '0',
      tax: '0',
      balance: '0',
      accountType: 'TRADE_HF',
      direction: amount.isNegative() ? 'out' : 'in',
      createdAt: String(at),
      context: '',
      ...more,
    },
  };
}

function tradeRows(exchange: Exchange, accountId: string): LedgerRow[] {
  return exchange
    .fills(accountId, {})
    .filter(({ marketType }) => marketType === 'spot')
    .flatMap((fill) => {
      const { id: symbol, symbol: figures } = listingOf(fill.symbol);
      const context = JSON.stringify({ symbol, orderId: fill.venueOrderId, tradeId: tradeIdOf(fill) });
      const isBuy = fill.side === 'buy';
      const base = isBuy ? fill.quantity : fill.quantity.negate();
      const quote = (isBuy ? fill.cost.negate() : fill.cost).subtract(fill.fee);
      const common = { bizType: 'TRADE_EXCHANGE', context };
      const number = fillId(fill) * 2;
      return [
        ledgerRow(ledgerId(fill.at, number), fill.at, base, { ...common, currency: figures.base }),
        ledgerRow(ledgerId(fill.at, number + 1), fill.at, quote, {
          ...common,
          currency: figures.quote,
          fee: fill.fee.toString(),
        }),
      ];
    });
}

/** Money that is no trade. Deposits reach the trading account by a transfer from the main one. */
function entryRows(exchange: Exchange, accountId: string): LedgerRow[] {
  return exchange
    .entries(accountId)
    .filter(({ wallet }) => wallet === 'spot')
    .map(({ number, at, amount, asset, kind }) =>
      ledgerRow(ledgerId(at, 500 + number), at, amount, {
        currency: asset,
        bizType: kind === 'distribution' ? 'OTHER' : 'TRANSFER',
      }),
    );
}

function keyJson(exchange: Exchange, { accountId, parameters: { key } }: AccountCall): Json {
  const account = exchange.accountByKey(key);
  const { trade, withdraw } = account?.permissions ?? { trade: false, withdraw: false };
  const permissions = [
    'General',
    ...(trade ? ['Spot', 'Futures'] : []),
    // "Transfer" may withdraw.
    ...(withdraw ? ['Transfer'] : []),
  ];
  return {
    remark: 'simulated',
    apiKey: key,
    apiVersion: 3,
    permission: permissions.join(','),
    ipWhitelist: '',
    createdAt: account?.createdAt ?? 0,
    uid: Number(accountNumber(accountId)) % 1_000_000_000,
    isMaster: true,
  };
}

/** Names of wallets in transfers. */
const ACCOUNT_TYPES: Readonly<Record<string, WalletName>> = {
  MAIN: 'funding',
  TRADE: 'spot',
  CONTRACT: 'swap',
};

function transferable(exchange: Exchange, { parameters: { parameters }, accountId }: AccountCall): Json {
  const currency = parameters.required('currency');
  const wallet = ACCOUNT_TYPES[parameters.required('type')];
  if (wallet === undefined) throw malformed('type');
  const balance = exchange.balances(accountId, wallet).find(({ asset }) => asset === currency);
  const free = balance?.free.toString() ?? '0';
  return {
    currency,
    balance: balance?.total.toString() ?? '0',
    available: free,
    holds: balance === undefined ? '0' : holdsOf(balance).toString(),
    transferable: free,
  };
}

/** `INTERNAL` alone: there are no sub-accounts. */
function transfer(exchange: Exchange, { parameters: { parameters }, accountId, at }: AccountCall): Json {
  if (parameters.required('type') !== 'INTERNAL') throw accessDenied();
  const [from, to] = (['fromAccountType', 'toAccountType'] as const).map((name) => {
    const wallet = ACCOUNT_TYPES[parameters.required(name)];
    if (wallet === undefined) throw malformed(name);
    return wallet;
  });
  const amount = parameters.requiredDecimal('amount');
  if (from === undefined || to === undefined || from === to) throw malformed('toAccountType');
  const done = exchange.transfer(at, accountId, parameters.required('currency'), amount, from, to);
  if (!done.ok) throw new KucoinRefusal('230003', 'Balance insufficient!');
  return { orderId: '6705f7248c6954000733ecac' };
}
