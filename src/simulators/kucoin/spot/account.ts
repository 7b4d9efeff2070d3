/**
 * A KuCoin account beside its trading: balances of spot, its ledger, its fees and its key.
 *
 * Entry points: `spotAccountEndpoints`, `accountNumber`. Sources: "Get Account List - Spot", "Get Account Ledgers - Trade_hf", "Get Actual Fee -
 * Spot/Margin", "Get Account Summary Info" and "Get Apikey Info" of the documentation. The wallet `spot` is the account `trade`, `funding` is
 * `main`.
 */
import { Decimal } from '../../../core/decimal.ts';
import type { Balance } from '../../exchange/account.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import { privateEndpoint, type AccountCall, type Draw, type Endpoint } from '../access.ts';
import { malformed, parameterError } from '../errors.ts';
import { DAY_MS, readSpan } from '../pages.ts';
import { readLimit, readWord } from '../parameters.ts';
import { tradeIdOf } from '../trade-ids.ts';
import { listingNamed, listingOf } from './instruments.ts';
import { ACCOUNT_TYPES } from './funding.ts';
import { fillId, type Json } from './order-json.ts';
import { unknownSymbol } from './refusals.ts';

const MANAGEMENT: Draw = ['management', 5];
const KEY_INFO: Draw = ['management', 20];

export function spotAccountEndpoints(exchange: Exchange): Endpoint[] {
  return [
    privateEndpoint('v1/accounts', 'balances', MANAGEMENT, ({ parameters: { parameters }, accountId }) => {
      const currency = parameters.optional('currency');
      const type = readWord(parameters, 'type', ['main', 'trade', 'trade_hf', 'option']);
      return accountRows(exchange, accountId)
        .filter((row) => currency === undefined || row['currency'] === currency)
        .flatMap((row) => {
          if (type === undefined || row['type'] === type) return [row];
          // The account of the high-frequency endpoints is that of trading, by the name that is asked for.
          return type === 'trade_hf' && row['type'] === 'trade' ? [{ ...row, type }] : [];
        });
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
    privateEndpoint('v2/user-info', 'other', KEY_INFO, () => ({
      level: 0,
      subQuantity: 0,
      spotSubQuantity: 0,
      marginSubQuantity: 0,
      futuresSubQuantity: 0,
      optionSubQuantity: 0,
      maxSubQuantity: 5,
      maxDefaultSubQuantity: 5,
      maxSpotSubQuantity: 0,
      maxMarginSubQuantity: 0,
      maxFuturesSubQuantity: 0,
      maxOptionSubQuantity: 0,
    })),
    // "CLASSIC" or "UNIFIED".
    privateEndpoint('ua/v1/account/mode', 'other', ['spot', 5], () => ({ selfAccountMode: 'CLASSIC' })),
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
  /** Below zero: left the account. */
  readonly amount: Decimal;
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
  const rows = [...tradeRows(exchange, accountId), ...entryRows(exchange, accountId)].toSorted(
    (left, right) => right.id - left.id,
  );
  return withBalances(rows, exchange.balances(accountId, 'spot'))
    .filter(
      ({ id, at, row }) =>
        id < lastId &&
        at >= Math.max(from, clockMs - LEDGER_MS) &&
        at <= to &&
        (currencies === undefined || currencies.includes(String(row['currency']))) &&
        (direction === undefined || row['direction'] === direction) &&
        (bizType === undefined || row['bizType'] === bizType),
    )
    .slice(0, limit)
    .map(({ row }) => row);
}

/** Each row, newest first, with what was left after it, counted back from the present. */
function withBalances(rows: readonly LedgerRow[], balances: readonly Balance[]): LedgerRow[] {
  const left = new Map(balances.map(({ asset, total }) => [asset, total]));
  return rows.map((entry) => {
    const asset = String(entry.row['currency']);
    const balance = left.get(asset) ?? Decimal.zero;
    left.set(asset, balance.subtract(entry.amount));
    return { ...entry, row: { ...entry.row, balance: balance.toString() } };
  });
}

/** Rises with time, and keeps rows of one millisecond apart. */
function ledgerId(at: number, number: number): number {
  return (at - 1_600_000_000_000) * 1_000 + (number % 1_000);
}

function ledgerRow(id: number, at: number, amount: Decimal, more: Json): LedgerRow {
  return {
    id,
    at,
    amount,
    row: {
      id: String(id),
      amount: amount.abs().toString(),
      fee: '0',
      tax: '0',
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
