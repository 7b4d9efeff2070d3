/**
 * Assets of a Bybit account beside trading: coins, the funding wallet, transfers between it and the unified one, deposits, withdrawals.
 *
 * Entry point: `assetEndpoints`. Sources: "Get Coin Info", "Get All Coins Balance", "Get Single Coin Balance", "Get Transferable Coin", "Create
 * Internal Transfer", "Get Internal Transfer Records", "Get Deposit Records", "Get Master Deposit Address", "Get Withdrawal Records", "Get
 * Withdrawable Amount" and "Withdraw" of the v5 documentation.
 */
import { Decimal } from '../../core/decimal.ts';
import type { Balance, LedgerEntry } from '../exchange/account.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { WalletName } from '../exchange/policy.ts';
import { privateEndpoint, tradingEndpoint, type AccountCall, type Endpoint } from './access.ts';
import { addressRows, coinRows, COINS, usualChain } from './coins.ts';
import { BybitRefusal, malformed, missing, permissionDenied } from './errors.ts';
import type { Json } from './order-json.ts';
import { pageOf } from './pages.ts';
import type { Parameters } from './parameters.ts';

const WALLETS: Readonly<Record<string, WalletName>> = { UNIFIED: 'unified', FUND: 'funding' };
/** Records are shown for thirty days, and not for the seven of the trading lists. */
const RECORD_DAYS_MS = 30 * 24 * 60 * 60 * 1_000;

export function assetEndpoints(exchange: Exchange): Endpoint[] {
  const get = (path: string, answer: (call: AccountCall) => unknown): Endpoint =>
    privateEndpoint(`/v5/asset/${path}`, 'other', answer);
  return [
    get('coin/query-info', ({ parameters: { parameters } }) => ({
      rows: coinRows(parameters.optional('coin')),
    })),
    privateEndpoint('/v5/asset/transfer/query-account-coins-balance', 'balances', (call) =>
      allBalances(exchange, call),
    ),
    privateEndpoint('/v5/asset/transfer/query-account-coin-balance', 'balances', (call) =>
      oneBalance(exchange, call),
    ),
    get('transfer/query-transfer-coin-list', () => ({ list: COINS })),
    get('transfer/query-inter-transfer-list', (call) => ({
      ...records(exchange, call, 'transfer', transferJson, ({ amount }) => amount.isNegative()),
    })),
    get('transfer/query-universal-transfer-list', () => ({ list: [], nextPageCursor: '' })),
    tradingEndpoint('/v5/asset/transfer/inter-transfer', 'other', (call) => transfer(exchange, call)),
    get('deposit/query-allowed-list', () => ({ configList: [], nextPageCursor: '' })),
    get('deposit/query-record', (call) => rowsOf(records(exchange, call, 'deposit', depositJson))),
    get('deposit/query-internal-record', () => ({ rows: [], nextPageCursor: '' })),
    get('deposit/query-address', ({ parameters: { parameters }, accountId }) => {
      const coin = knownCoin(parameters);
      return { coin, chains: addressRows(accountId, coin, parameters.optional('chainType')) };
    }),
    get('withdraw/query-record', (call) => rowsOf(records(exchange, call, 'withdrawal', withdrawalJson))),
    get('withdraw/withdrawable-amount', (call) => withdrawable(exchange, call)),
    get('withdraw/query-address', () => ({ rows: [], nextPageCursor: '' })),
    tradingEndpoint('/v5/asset/withdraw/create', 'other', (call) => withdraw(exchange, call)),
    privateEndpoint('/v5/account/withdrawal', 'balances', ({ parameters: { parameters }, accountId }) => {
      const coins = parameters.required('coinName').split(',');
      const free = (coin: string): string =>
        freeOf(balanceOf(exchange, accountId, 'unified', coin)).toString();
      return {
        availableWithdrawal: free(coins[0] ?? ''),
        availableWithdrawalMap: Object.fromEntries(coins.map((coin) => [coin, free(coin)])),
      };
    }),
  ];
}

function rowsOf({
  list,
  nextPageCursor,
}: {
  readonly list: readonly Json[];
  readonly nextPageCursor: string;
}): Json {
  return { rows: list, nextPageCursor };
}

function knownCoin(parameters: Parameters): string {
  const coin = parameters.required('coin');
  if (!COINS.includes(coin)) throw malformed('coin');
  return coin;
}

function readWallet(parameters: Parameters, name: string): WalletName {
  const wallet = WALLETS[parameters.required(name)];
  if (wallet === undefined) throw malformed(name);
  return wallet;
}

function nameOf(wallet: WalletName | null): string {
  return wallet === 'funding' ? 'FUND' : 'UNIFIED';
}

function balanceOf(
  exchange: Exchange,
  accountId: string,
  wallet: WalletName,
  coin: string,
): Pick<Balance, 'asset' | 'total' | 'free'> {
  const held = exchange.balances(accountId, wallet).find(({ asset }) => asset === coin);
  return held ?? { asset: coin, total: Decimal.zero, free: Decimal.zero };
}

function freeOf({ total, free }: Pick<Balance, 'total' | 'free'>): Decimal {
  return free.min(total).max(Decimal.zero);
}

function balanceJson(balance: Pick<Balance, 'asset' | 'total' | 'free'>): Json {
  return {
    coin: balance.asset,
    walletBalance: balance.total.toString(),
    transferBalance: freeOf(balance).toString(),
    bonus: '0',
  };
}

function allBalances(exchange: Exchange, { parameters: { parameters }, accountId }: AccountCall): unknown {
  const wallet = readWallet(parameters, 'accountType');
  const asked = parameters.optional('coin')?.split(',');
  // "coin is required when accountType is UNIFIED".
  if (wallet === 'unified' && asked === undefined) throw missing('coin');
  const held = exchange.balances(accountId, wallet).filter(({ total }) => !total.isZero());
  const shown = asked?.map((coin) => balanceOf(exchange, accountId, wallet, coin)) ?? held;
  return { memberId: '1', accountType: nameOf(wallet), balance: shown.map(balanceJson) };
}

function oneBalance(exchange: Exchange, { parameters: { parameters }, accountId }: AccountCall): unknown {
  const wallet = readWallet(parameters, 'accountType');
  const balance = balanceOf(exchange, accountId, wallet, knownCoin(parameters));
  return {
    accountType: nameOf(wallet),
    bizType: 1,
    accountId: '1',
    memberId: '1',
    balance: { ...balanceJson(balance), transferSafeAmount: '', ltvTransferSafeAmount: '' },
  };
}

/** Newest first. */
function records(
  exchange: Exchange,
  { parameters: { parameters }, accountId, clockMs }: AccountCall,
  kind: LedgerEntry['kind'],
  row: (entry: LedgerEntry) => Json,
  belongs: (entry: LedgerEntry) => boolean = () => true,
): { readonly list: readonly Json[]; readonly nextPageCursor: string } {
  const coin = parameters.optional('coin');
  const from = parameters.optionalInteger('startTime') ?? clockMs - RECORD_DAYS_MS;
  const to = parameters.optionalInteger('endTime') ?? clockMs;
  const found = exchange
    .entries(accountId)
    .filter(
      (entry) =>
        entry.kind === kind &&
        belongs(entry) &&
        (coin === undefined || entry.asset === coin) &&
        entry.at >= from &&
        entry.at <= to,
    )
    .map((entry) => ({ at: entry.at, id: String(entry.number).padStart(12, '0'), row: row(entry) }));
  const page = pageOf(found, parameters, 50, 50);
  return { list: page.rows, nextPageCursor: page.nextPageCursor };
}

function depositJson({ number, asset, amount, at }: LedgerEntry): Json {
  return {
    id: String(number),
    coin: asset,
    chain: usualChain(asset),
    amount: amount.toString(),
    txID: `deposit-${number}`,
    // Success.
    status: 3,
    toAddress: '',
    tag: '',
    depositFee: '',
    successAt: String(at),
    confirmations: '6',
    txIndex: '0',
    blockHash: '',
    batchReleaseLimit: '-1',
    depositType: '0',
    fromAddress: '',
    taxDepositRecordsId: '',
    taxStatus: 0,
  };
}

function withdrawalJson({ number, asset, amount, at }: LedgerEntry): Json {
  return {
    coin: asset,
    chain: usualChain(asset),
    amount: amount.abs().toString(),
    txID: `withdrawal-${number}`,
    status: 'success',
    toAddress: '',
    tag: '',
    withdrawFee: '0',
    createTime: String(at),
    updateTime: String(at),
    withdrawId: String(number),
    withdrawType: 0,
    fee: '',
    tax: '',
    taxRate: '',
    taxType: '',
  };
}

/** Ids are chosen by the client; a transfer of another origin has its number. */
function transferJson({ number, asset, amount, at, wallet, otherWallet, key }: LedgerEntry): Json {
  return {
    transferId: key ?? String(number),
    coin: asset,
    amount: amount.abs().toString(),
    fromAccountType: nameOf(wallet),
    toAccountType: nameOf(otherWallet),
    timestamp: String(at),
    status: 'SUCCESS',
  };
}

function transfer(exchange: Exchange, { parameters: { parameters }, accountId, at }: AccountCall): unknown {
  const transferId = parameters.required('transferId');
  if (!/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(transferId)) throw malformed('transferId');
  const coin = knownCoin(parameters);
  const amount = parameters.requiredDecimal('amount');
  const from = readWallet(parameters, 'fromAccountType');
  const to = readWallet(parameters, 'toAccountType');
  if (from === to) throw new BybitRefusal(131200, 'Service error: fromAccountType equals toAccountType');
  const moved = exchange.transfer(at, accountId, coin, amount, from, to);
  if (!moved.ok) {
    if (moved.refusal.code === 'insufficient_balance')
      throw new BybitRefusal(131212, 'user insufficient balance');
    throw malformed('amount');
  }
  return { transferId, status: 'SUCCESS' };
}

function withdrawable(exchange: Exchange, { parameters: { parameters }, accountId }: AccountCall): unknown {
  const coin = knownCoin(parameters);
  const of = (wallet: WalletName): Json => ({
    coin,
    withdrawableAmount: freeOf(balanceOf(exchange, accountId, wallet, coin)).toString(),
    availableBalance: freeOf(balanceOf(exchange, accountId, wallet, coin)).toString(),
  });
  return {
    limitAmountUsd: '10000000',
    withdrawableAmount: { FUND: of('funding'), UTA: of('unified') },
  };
}

/** By a key that may withdraw; the fee of the chain is left out. */
function withdraw(exchange: Exchange, { parameters: { parameters }, accountId, at }: AccountCall): unknown {
  if (exchange.account(accountId)?.permissions.withdraw !== true) throw permissionDenied();
  const coin = knownCoin(parameters);
  if (!parameters.has('address')) throw missing('address');
  const amount = parameters.requiredDecimal('amount');
  if (!amount.isPositive()) throw malformed('amount');
  const wallet = WALLETS[parameters.optional('accountType') ?? 'FUND'] ?? 'funding';
  const taken = exchange.deposit(at, accountId, wallet, coin, amount.negate());
  if (!taken.ok) throw new BybitRefusal(131001, 'openapi svc error: insufficient balance');
  return { id: String(exchange.entries(accountId).at(-1)?.number ?? 0) };
}
