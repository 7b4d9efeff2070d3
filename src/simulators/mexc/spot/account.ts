/**
 * The spot wallet of a MEXC account: balances, fees, what came in and went out, the currencies.
 *
 * Entry point: `accountEndpoints`. Source: "Account Information", "Query Symbol Commission", "Query MX Deduct Status", "Query UID", "User API
 * Default Symbol" and the wallet endpoints of the spot v3 documentation. `canWithdraw` is the account's, not the key's: nothing says what
 * a key may do.
 */
import type { LedgerEntry } from '../../exchange/account.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import { privateEndpoint, tradingEndpoint, type AccountCall, type Endpoint } from './access.ts';
import { malformed } from './errors.ts';
import { coinId, SPOT_LISTINGS, SPOT_POLICY } from './instruments.ts';
import type { Json } from './order-json.ts';
import { listingFrom, readLimit, readSpan, type Parameters } from './parameters.ts';
import { transferId, usualNetwork } from './wallet.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
/** "default return the records of the last 7 days", "can query 90 days data at most". */
const RECORD_SPAN = { usualMs: 7 * DAY_MS, longestMs: 90 * DAY_MS } as const;
/** Of transfers: "Only can query the data for the last six months". */
const TRANSFER_SPAN = { usualMs: 7 * DAY_MS, longestMs: 180 * DAY_MS } as const;

export function accountEndpoints(exchange: Exchange): Endpoint[] {
  return [
    privateEndpoint('/api/v3/account', 'balances', (call) => accountInformation(exchange, call)),
    privateEndpoint('/api/v3/tradeFee', 'other', ({ parameters, clockMs }) => {
      listingFrom(parameters);
      const { maker, taker } = SPOT_POLICY.fees;
      return enveloped(clockMs, {
        makerCommission: maker.toApproximateNumber(),
        takerCommission: taker.toApproximateNumber(),
      });
    }),
    privateEndpoint('/api/v3/mxDeduct/enable', 'other', ({ accountId, clockMs }) =>
      enveloped(clockMs, { mxDeductEnable: exchange.paysFeesInCoin(accountId, 'spot') }),
    ),
    tradingEndpoint(
      'POST',
      '/api/v3/mxDeduct/enable',
      'settings',
      ({ parameters, accountId, at, clockMs }) => {
        const on = parameters.optionalBoolean('mxDeductEnable') === true;
        exchange.setFeeCoin(at, accountId, on, 'spot');
        return enveloped(clockMs, { mxDeductEnable: on });
      },
    ),
    privateEndpoint('/api/v3/uid', 'other', ({ accountId }) => ({ uid: userNumber(accountId) })),
    privateEndpoint('/api/v3/kyc/status', 'other', () => ({ status: '2' })),
    privateEndpoint('/api/v3/selfSymbols', 'other', () => ({ code: 200, data: apiSymbols(), msg: null })),
    privateEndpoint('/api/v3/capital/deposit/hisrec', 'other', (call) => deposits(exchange, call)),
    privateEndpoint('/api/v3/capital/withdraw/history', 'other', (call) => withdrawals(exchange, call)),
    privateEndpoint('/api/v3/capital/transfer', 'other', (call) => transfers(exchange, call)),
  ];
}

/** Symbols that can be traded over the API. */
export function apiSymbols(): readonly string[] {
  return SPOT_LISTINGS.filter(({ symbol }) => symbol.isTradingAllowed).map(({ id }) => id);
}

function enveloped(timestamp: number, data: Json): Json {
  return { data, code: 0, msg: 'success', timestamp };
}

/** A stable number for an account id. */
function userNumber(accountId: string): string {
  let hash = 7;
  for (const character of accountId) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 899_999_999;
  return String(100_000_000 + hash);
}

/** Assets with a balance alone. */
function accountInformation(exchange: Exchange, { accountId }: AccountCall): unknown {
  const account = exchange.account(accountId);
  return {
    makerCommission: null,
    takerCommission: null,
    buyerCommission: null,
    sellerCommission: null,
    canTrade: account?.permissions.trade ?? false,
    canWithdraw: true,
    canDeposit: true,
    updateTime: null,
    accountType: 'SPOT',
    balances: exchange
      .balances(accountId, 'spot')
      .filter(({ total }) => !total.isZero())
      .map(({ asset, total, free }) => ({
        asset,
        free: free.toString(),
        locked: total.subtract(free).toString(),
        available: free.toString(),
      })),
    permissions: ['SPOT'],
  };
}

/** Entries of the spot wallet of one kind, newest first, as the parameters ask for them. */
function entriesOf(
  exchange: Exchange,
  { accountId, parameters, clockMs }: AccountCall,
  kinds: readonly LedgerEntry['kind'][],
): readonly LedgerEntry[] {
  const coin = parameters.optional('coin');
  const { from, to } = readSpan(parameters, clockMs, RECORD_SPAN);
  const limit = readLimit(parameters, 1000, 1000);
  return exchange
    .entries(accountId)
    .filter(
      ({ wallet, kind, asset, at }) =>
        wallet === 'spot' &&
        kinds.includes(kind) &&
        (coin === undefined || asset === coin) &&
        at >= from &&
        at <= to,
    )
    .toReversed()
    .slice(0, limit);
}

function deposits(exchange: Exchange, call: AccountCall): unknown {
  return entriesOf(exchange, call, ['deposit', 'distribution']).map((entry) => ({
    amount: entry.amount.toString(),
    coin: entry.asset,
    network: usualNetwork(entry.asset),
    status: 5,
    address: coinId(entry.asset),
    txId: String(entry.number),
    insertTime: entry.at,
    unlockConfirm: '1',
    confirmTimes: '1',
    memo: '',
  }));
}

function withdrawals(exchange: Exchange, call: AccountCall): unknown {
  return entriesOf(exchange, call, ['withdrawal']).map((entry) => ({
    id: coinId(String(entry.number)),
    txId: null,
    coin: entry.asset,
    network: usualNetwork(entry.asset),
    address: coinId(entry.asset),
    amount: entry.amount.negate().toString(),
    transferType: 0,
    status: 7,
    transactionFee: '0',
    confirmNo: null,
    applyTime: entry.at,
    remark: '',
    memo: '',
    transHash: String(entry.number),
    updateTime: entry.at,
    coinId: coinId(entry.asset),
    vcoinId: coinId(entry.asset),
  }));
}

function readAccountType(parameters: Parameters, name: string): 'SPOT' | 'FUTURES' {
  const type = parameters.required(name);
  if (type !== 'SPOT' && type !== 'FUTURES') throw malformed(name);
  return type;
}

/** Transfers between spot and contracts in the direction that is asked for, newest first, page by page. */
function transfers(exchange: Exchange, { accountId, parameters, clockMs }: AccountCall): unknown {
  const from = readAccountType(parameters, 'fromAccountType');
  const to = readAccountType(parameters, 'toAccountType');
  const span = readSpan(parameters, clockMs, TRANSFER_SPAN);
  const page = parameters.optionalInteger('page') ?? 1;
  const size = Math.min(parameters.optionalInteger('size') ?? 10, 100);
  const leaves = from === 'SPOT' && to === 'FUTURES';
  const found = exchange
    .entries(accountId)
    .filter(
      ({ kind, wallet, otherWallet, amount, at }) =>
        kind === 'transfer' &&
        wallet === 'spot' &&
        otherWallet === 'swap' &&
        amount.isNegative() === leaves &&
        at >= span.from &&
        at <= span.to,
    )
    .toReversed();
  return {
    rows: found.slice((page - 1) * size, page * size).map((entry) => ({
      tranId: transferId(entry.number),
      clientTranId: '',
      asset: entry.asset,
      amount: entry.amount.abs().toString(),
      fromAccountType: from,
      toAccountType: to,
      fromSymbol: from,
      toSymbol: to,
      status: 'SUCCESS',
      timestamp: entry.at,
    })),
    total: found.length,
  };
}
