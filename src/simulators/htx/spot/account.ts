/**
 * HTX's spot accounts: their numbers, balances, fees, what moved them, and what a key may do.
 *
 * Entry point: `accountEndpoints`. Sources: "Get all Accounts of the Current User", "Get Account Balance of a Specific Account", "Get Account
 * History", "Get Account Ledger", "Search for Existed Withdraws and Deposits", "Get Current Fee Rate Applied to The User", "API key query" and
 * "Get UID" of the spot documentation.
 */
import type { Decimal } from '../../../core/decimal.ts';
import type { LedgerEntry } from '../../exchange/account.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import type { Fill } from '../../exchange/order.ts';
import { privateEndpoint, type AccountCall, type Endpoint } from '../access.ts';
import { HtxRefusal } from '../errors.ts';
import { longText, plainNumber } from '../figures.ts';
import { listingNamed, listingOf } from '../instruments.ts';
import { recordNumber, spotAccountNumber, userNumber } from '../numbers.ts';
import { readCount } from '../parameters.ts';
import type { UndecidedBehaviour } from '../undecided.ts';
import type { Json } from './order-json.ts';
import { accountUnknown, symbolInvalid } from './refusals.ts';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;

type DepositBehaviour = Pick<UndecidedBehaviour, 'depositSafeAfterMs' | 'updatedAtMoves'>;

export function accountEndpoints(exchange: Exchange, undecided: DepositBehaviour): Endpoint[] {
  return [
    privateEndpoint({ form: 'v1', limit: 100 }, '/v1/account/accounts', 'other', ({ accountId }) => [
      { id: spotAccountNumber(accountId), type: 'spot', subtype: '', state: 'working' },
    ]),
    privateEndpoint({ form: 'v1', limit: 100 }, '/v1/account/accounts/:account/balance', 'balances', (call) =>
      balances(exchange, call),
    ),
    privateEndpoint({ form: 'bare', limit: 5 }, '/v1/account/history', 'other', (call) =>
      history(exchange, call),
    ),
    privateEndpoint({ form: 'v2' }, '/v2/account/ledger', 'other', (call) => ledger(exchange, call)),
    privateEndpoint({ form: 'v1', limit: 20 }, '/v1/query/deposit-withdraw', 'other', (call) =>
      depositsAndWithdrawals(exchange, call, undecided),
    ),
    privateEndpoint({ form: 'v2', limit: 50 }, '/v2/reference/transact-fee-rate', 'other', (call) =>
      feeRates(exchange, call),
    ),
    privateEndpoint({ form: 'v2' }, '/v2/user/uid', 'other', ({ accountId }) => userNumber(accountId)),
    privateEndpoint({ form: 'v2' }, '/v2/user/api-key', 'other', (call) => keys(exchange, call)),
  ];
}

/** Two rows for each currency: what can be traded, and what open orders hold. */
function balances(exchange: Exchange, { accountId, parameters }: AccountCall): unknown {
  const id = spotAccountNumber(accountId);
  if (parameters.path['account'] !== String(id)) throw accountUnknown();
  return {
    id,
    type: 'spot',
    state: 'working',
    list: exchange.balances(accountId, 'spot').flatMap(({ asset, total, free }) => {
      const row = (type: string, balance: Decimal): Json => ({
        currency: asset.toLowerCase(),
        type,
        balance: longText(balance),
        debt: 'invalid',
        available: 'invalid',
        'seq-num': '1',
      });
      return [row('trade', free), row('frozen', total.subtract(free))];
    }),
  };
}

interface Change {
  readonly at: number;
  readonly what: string;
  readonly asset: string;
  readonly amount: Decimal;
  readonly type: string;
}

const ENTRY_TYPES: Readonly<Record<LedgerEntry['kind'], string>> = {
  deposit: 'deposit',
  withdrawal: 'withdraw',
  transfer: 'transfer',
  distribution: 'other-types',
  liquidation_fee: 'liquidation',
  insurance: 'liquidation',
};

function changes(exchange: Exchange, accountId: string): readonly Change[] {
  const ofFills = exchange
    .fills(accountId, {})
    .filter(({ marketType }) => marketType === 'spot')
    .flatMap(changesOf);
  const ofEntries = spotEntries(exchange, accountId).map(({ at, number, asset, amount, kind }): Change => ({
    at,
    what: `entry ${number}`,
    asset,
    amount,
    type: ENTRY_TYPES[kind],
  }));
  return [...ofFills, ...ofEntries].toSorted((left, right) => left.at - right.at);
}

function changesOf(fill: Fill): readonly Change[] {
  const { base, quote } = listingOf(fill.symbol).symbol;
  const isBuy = fill.side === 'buy';
  const what = `fill ${fill.symbol} ${fill.tradeId} ${fill.venueOrderId}`;
  const change = (asset: string, amount: Decimal, type: string): Change => ({
    at: fill.at,
    what: `${what} ${asset} ${type}`,
    asset,
    amount,
    type,
  });
  return [
    change(base, isBuy ? fill.quantity : fill.quantity.negate(), 'trade'),
    change(quote, isBuy ? fill.cost.negate() : fill.cost, 'trade'),
    change(fill.feeAsset, fill.fee.negate(), 'transact-fee'),
  ];
}

function spotEntries(exchange: Exchange, accountId: string): readonly LedgerEntry[] {
  return exchange.entries(accountId).filter(({ wallet }) => wallet === 'spot');
}

/** "The maximum size of the query window is 1 hour." `next-id` stands beside the rows. */
function history(
  exchange: Exchange,
  { accountId, clockMs, parameters: { parameters } }: AccountCall,
): unknown {
  const account = spotAccountNumber(accountId);
  if (parameters.required('account-id') !== String(account)) throw accountUnknown();
  const to = parameters.optionalInteger('end-time') ?? clockMs;
  const from = parameters.optionalInteger('start-time') ?? to - HOUR_MS;
  if (to < from || to - from > HOUR_MS || from < clockMs - 30 * DAY_MS)
    throw new HtxRefusal('invalid-interval', 'Query window is zero, negative or greater than limitation');
  const currency = parameters.optional('currency');
  const types = parameters.optional('transact-types')?.split(',');
  const size = readCount(parameters, 'size', 100, 500);
  const first = parameters.optionalInteger('from-id');
  const rows = changes(exchange, accountId)
    .filter(
      ({ at, asset, type }) =>
        at >= from &&
        at <= to &&
        (currency === undefined || asset.toLowerCase() === currency) &&
        (types === undefined || types.includes(type)),
    )
    .map((change): Json => ({
      'account-id': account,
      currency: change.asset.toLowerCase(),
      'record-id': recordNumber(change.what),
      'transact-amt': longText(change.amount),
      'transact-type': change.type,
      'avail-balance': '0',
      'acct-balance': '0',
      'transact-time': change.at,
    }));
  const inOrder = parameters.optional('sort') === 'desc' ? rows.toReversed() : rows;
  const start = first === undefined ? 0 : inOrder.findIndex((row) => row['record-id'] === first);
  const page = start < 0 ? [] : inOrder.slice(start, start + size);
  const next = start < 0 ? undefined : inOrder[start + size];
  return { status: 'ok', data: page, ...(next === undefined ? {} : { 'next-id': next['record-id'] }) };
}

/** Transfers alone, ten days at a time; amounts are JSON numbers. */
function ledger(
  exchange: Exchange,
  { accountId, clockMs, parameters: { parameters } }: AccountCall,
): unknown {
  const account = spotAccountNumber(accountId);
  if (parameters.required('accountId') !== String(account))
    throw new HtxRefusal('2002', 'invalid field value in accountId');
  const to = parameters.optionalInteger('endTime') ?? clockMs;
  const from = parameters.optionalInteger('startTime') ?? to - 10 * DAY_MS;
  if (from < clockMs - 180 * DAY_MS) throw new HtxRefusal('2002', 'value in startTime exceeded valid range');
  if (to < from || to - from > 10 * DAY_MS)
    throw new HtxRefusal('2002', 'value in endTime exceeded valid range');
  const limit = readCount(parameters, 'limit', 100, 500);
  return spotEntries(exchange, accountId)
    .filter(({ kind, at }) => kind === 'transfer' && at >= from && at <= to)
    .toReversed()
    .slice(0, limit)
    .map(({ asset, amount, number, at }) => ({
      accountId: account,
      currency: asset.toLowerCase(),
      transactAmt: plainNumber(amount),
      transactType: 'transfer',
      transferType: amount.isNegative() ? 'spot-to-linear-swap' : 'linear-swap-to-spot',
      transactId: number,
      transactTime: at,
      transferer: account,
      transferee: account,
    }));
}

/** Newest first, from a number on; no span can be asked for. */
function depositsAndWithdrawals(
  exchange: Exchange,
  { accountId, clockMs, parameters }: AccountCall,
  { depositSafeAfterMs, updatedAtMoves }: DepositBehaviour,
): unknown {
  const { parameters: asked } = parameters;
  const type = asked.required('type');
  if (type !== 'deposit' && type !== 'withdraw')
    throw new HtxRefusal('validation-format-error', 'Format Error: type.');
  const kind = type === 'deposit' ? 'deposit' : 'withdrawal';
  const size = readCount(asked, 'size', 50, 500);
  const from = asked.optionalInteger('from');
  const currency = asked.optional('currency');
  return spotEntries(exchange, accountId)
    .filter(
      (entry) =>
        entry.kind === kind &&
        (from === undefined || entry.number <= from) &&
        (currency === undefined || entry.asset.toLowerCase() === currency),
    )
    .toReversed()
    .slice(0, size)
    .map(({ asset, amount, number, at }) => ({ asset, amount, number, at, safeAt: at + depositSafeAfterMs }))
    .map(({ asset, amount, number, at, safeAt }) => ({
      id: number,
      type,
      currency: asset.toLowerCase(),
      chain: asset.toLowerCase(),
      'tx-hash': '',
      amount: plainNumber(amount.abs()),
      address: '',
      'address-tag': '',
      fee: 0,
      state: type === 'deposit' && clockMs >= safeAt ? 'safe' : 'confirmed',
      'created-at': at,
      'updated-at': type === 'deposit' && clockMs >= safeAt && updatedAtMoves ? safeAt : at,
    }));
}

function feeRates(exchange: Exchange, { parameters: { parameters } }: AccountCall): unknown {
  const { fees } = exchange.policyOf('spot');
  return parameters
    .required('symbols')
    .split(',')
    .map((symbol) => {
      if (listingNamed('spot', symbol) === undefined) throw symbolInvalid();
      return {
        symbol,
        actualMakerRate: fees.maker.toString(),
        actualTakerRate: fees.taker.toString(),
        takerFeeRate: fees.taker.toString(),
        makerFeeRate: fees.maker.toString(),
      };
    });
}

/** The keys of the user, or the one that is named. */
function keys(exchange: Exchange, { accountId, clockMs, parameters: { parameters } }: AccountCall): unknown {
  if (parameters.required('uid') !== String(userNumber(accountId))) throw new HtxRefusal('1002', 'forbidden');
  const account = exchange.account(accountId);
  const named = parameters.optional('accessKey');
  const all = [...(account === null ? [] : [account]), ...exchange.furtherKeys(accountId)];
  return all
    .filter(({ credentials }) => named === undefined || credentials.key === named)
    .map(({ credentials, permissions }) => ({
      accessKey: credentials.key,
      status: 'normal',
      note: 'simulated',
      permission: [
        'readOnly',
        ...(permissions.trade ? ['trade'] : []),
        ...(permissions.withdraw ? ['withdraw'] : []),
      ].join(),
      ipAddresses: '',
      validDays: 90,
      createTime: account?.createdAt ?? clockMs,
      updateTime: account?.createdAt ?? clockMs,
    }));
}
