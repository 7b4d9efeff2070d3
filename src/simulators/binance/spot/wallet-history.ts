/**
 * The lists of the wallet (`/sapi`) that say how money came into the spot wallet and left it.
 *
 * Entry point: `walletHistoryEndpoints`. Sources: "Deposit History", "Withdraw History", "Query User Universal Transfer
 * History", "Asset Dividend Record" and "DustLog" of the wallet documentation, "Get Flexible Subscription Record" and "Get
 * Flexible Redemption Record" of Simple Earn. Nothing is converted here: that list is empty.
 */
import type { LedgerEntry } from '../../exchange/account.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import type { WalletName } from '../../exchange/policy.ts';
import { signedEndpoint, type AccountCall, type Endpoint } from '../authentication.ts';
import { BinanceRefusal, invalidParameter } from '../errors.ts';
import { eight } from '../figures.ts';

const DAY_MS = 86_400_000;
/** The longest and the usual window of deposits and withdrawals. */
const LONGEST_MS = 90 * DAY_MS;
/** The usual window of transfers. */
const WEEK_MS = 7 * DAY_MS;
const MOST_ROWS = 1_000;
const MOST_TRANSFERS = 100;
const USUAL_TRANSFERS = 10;
const HALF_A_YEAR_MS = 180 * DAY_MS;
const USUAL_DISTRIBUTIONS = 20;
const MOST_DISTRIBUTIONS = 500;

export function walletHistoryEndpoints(exchange: Exchange): Endpoint[] {
  const spot = (call: AccountCall, kind: LedgerEntry['kind']): readonly LedgerEntry[] =>
    exchange.entries(call.accountId).filter((entry) => entry.wallet === 'spot' && entry.kind === kind);
  return [
    signedEndpoint('/sapi/v1/capital/deposit/hisrec', 'other', 1, (call) =>
      newestOf(call, spot(call, 'deposit')).map(depositJson),
    ),
    signedEndpoint('/sapi/v1/capital/withdraw/history', 'other', 1, (call) =>
      newestOf(call, spot(call, 'withdrawal')).map(withdrawalJson),
    ),
    signedEndpoint('/sapi/v1/asset/transfer', 'other', 1, (call) =>
      transfers(
        call,
        exchange.entries(call.accountId).filter(({ kind }) => kind === 'transfer'),
      ),
    ),
    signedEndpoint('/sapi/v1/asset/assetDividend', 'other', 10, (call) =>
      distributions(call, spot(call, 'distribution')),
    ),
    signedEndpoint('/sapi/v1/simple-earn/flexible/history/subscriptionRecord', 'other', 150, (call) =>
      earnMoves(call, spot(call, 'transfer'), 'subscription'),
    ),
    signedEndpoint('/sapi/v1/simple-earn/flexible/history/redemptionRecord', 'other', 150, (call) =>
      earnMoves(call, spot(call, 'transfer'), 'redemption'),
    ),
    signedEndpoint('/sapi/v1/asset/dribblet', 'other', 1, () => ({ total: 0, userAssetDribblets: [] })),
  ];
}

/** Newest first, as the venue lists both. */
function newestOf(call: AccountCall, entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
  const { parameters } = call;
  const endMs = parameters.optionalInteger('endTime') ?? call.at;
  const startMs = parameters.optionalInteger('startTime') ?? endMs - LONGEST_MS;
  if (endMs - startMs > LONGEST_MS)
    throw new BinanceRefusal(400, -1127, 'Data duration of more than 90 days is not supported.');
  const offset = parameters.optionalInteger('offset') ?? 0;
  const limit = Math.min(parameters.optionalInteger('limit') ?? MOST_ROWS, MOST_ROWS);
  return entries
    .filter(({ at }) => at >= startMs && at <= endMs)
    .toReversed()
    .slice(offset, offset + limit);
}

function depositJson(entry: LedgerEntry): unknown {
  return {
    id: String(entry.number),
    amount: entry.amount.toString(),
    coin: entry.asset,
    network: entry.asset,
    status: 1,
    address: 'simulated',
    addressTag: '',
    txId: `simulated-${entry.number}`,
    insertTime: entry.at,
    completeTime: entry.at,
    transferType: 0,
    confirmTimes: '1/1',
    unlockConfirm: 0,
    walletType: 0,
  };
}

function withdrawalJson(entry: LedgerEntry): unknown {
  return {
    id: String(entry.number),
    amount: entry.amount.negate().toString(),
    transactionFee: '0',
    coin: entry.asset,
    status: 6,
    address: 'simulated',
    txId: `simulated-${entry.number}`,
    // Whole seconds of UTC, as the venue prints them.
    applyTime: new Date(entry.at).toISOString().slice(0, 19).replace('T', ' '),
    network: entry.asset,
    transferType: 0,
    walletType: 0,
  };
}

/** The words that name a wallet in the type of a transfer; those of wallets that no account has here have none. */
export const TRANSFER_WALLETS: ReadonlyMap<string, WalletName | null> = new Map<string, WalletName | null>([
  ['MAIN', 'spot'],
  ['UMFUTURE', 'swap'],
  ['FUNDING', 'funding'],
  ['CMFUTURE', null],
  ['MARGIN', null],
  ['ISOLATEDMARGIN', null],
  ['OPTION', null],
  ['PORTFOLIO', null],
]);

/** The wallets of a type such as `MAIN_UMFUTURE`; undefined where the account has not both of them. */
export function walletsOfTransfer(
  type: string,
): { readonly from: WalletName; readonly to: WalletName } | undefined {
  const [from, to, ...more] = type.split('_').map((word) => TRANSFER_WALLETS.get(word) ?? null);
  const isKnown = more.length === 0 && from !== to;
  return isKnown && from !== null && from !== undefined && to !== null && to !== undefined
    ? { from, to }
    : undefined;
}

/** Between two wallets of the account. Newest first. */
function transfers(call: AccountCall, entries: readonly LedgerEntry[]): unknown {
  const { parameters } = call;
  const type = parameters.required('type');
  if (!/^[A-Z]+_[A-Z]+$/.test(type)) throw invalidParameter('type');
  const endMs = parameters.optionalInteger('endTime') ?? call.at;
  const startMs = parameters.optionalInteger('startTime') ?? endMs - WEEK_MS;
  const size = Math.min(parameters.optionalInteger('size') ?? USUAL_TRANSFERS, MOST_TRANSFERS);
  const current = Math.max(1, parameters.optionalInteger('current') ?? 1);
  const wallets = walletsOfTransfer(type);
  const found = entries.filter(
    ({ wallet, otherWallet, amount, at }) =>
      // Each transfer stands on both sides; the list shows it once, from the wallet that it left.
      amount.isNegative() &&
      wallet === wallets?.from &&
      otherWallet === wallets.to &&
      at >= startMs &&
      at <= endMs,
  );
  const rows = found
    .toReversed()
    .slice((current - 1) * size, current * size)
    .map((entry) => ({
      asset: entry.asset,
      amount: eight(entry.amount.abs()),
      type,
      status: 'CONFIRMED',
      tranId: entry.number,
      timestamp: entry.at,
    }));
  // The venue leaves the list out where there is nothing.
  return rows.length === 0 ? { total: found.length } : { total: found.length, rows };
}

/** Airdrops, interest and rebates. Newest first. */
function distributions(call: AccountCall, entries: readonly LedgerEntry[]): unknown {
  const { parameters } = call;
  const asset = parameters.optional('asset');
  const endMs = parameters.optionalInteger('endTime') ?? call.at;
  const startMs = parameters.optionalInteger('startTime') ?? endMs - HALF_A_YEAR_MS;
  const limit = Math.min(parameters.optionalInteger('limit') ?? USUAL_DISTRIBUTIONS, MOST_DISTRIBUTIONS);
  const found = entries
    .filter(
      (entry) => (asset === undefined || entry.asset === asset) && entry.at >= startMs && entry.at <= endMs,
    )
    .toReversed();
  const rows = found.slice(0, limit).map((entry) => ({
    id: entry.number,
    amount: entry.amount.toString(),
    asset: entry.asset,
    divTime: entry.at,
    enInfo: entry.info ?? '',
    tranId: entry.number,
    direction: 1,
  }));
  return { rows, total: found.length };
}

/** Money that went into flexible products or came back. Newest first. */
function earnMoves(
  call: AccountCall,
  entries: readonly LedgerEntry[],
  kind: 'subscription' | 'redemption',
): unknown {
  const { parameters } = call;
  const asset = parameters.optional('asset');
  const endMs = parameters.optionalInteger('endTime') ?? call.at;
  const startMs = parameters.optionalInteger('startTime') ?? endMs - LONGEST_MS;
  const size = Math.min(parameters.optionalInteger('size') ?? USUAL_TRANSFERS, MOST_TRANSFERS);
  const current = Math.max(1, parameters.optionalInteger('current') ?? 1);
  const found = entries
    .filter(
      (entry) =>
        entry.otherWallet === 'earn' &&
        entry.amount.isNegative() === (kind === 'subscription') &&
        (asset === undefined || entry.asset === asset) &&
        entry.at >= startMs &&
        entry.at <= endMs,
    )
    .toReversed();
  const rows = found.slice((current - 1) * size, current * size).map((entry) => {
    const common = {
      amount: entry.amount.abs().toString(),
      asset: entry.asset,
      time: entry.at,
      productId: `${entry.asset}001`,
    };
    return kind === 'subscription'
      ? { ...common, purchaseId: entry.number, type: 'NORMAL', sourceAccount: 'SPOT', status: 'SUCCESS' }
      : { ...common, redeemId: entry.number, destAccount: 'SPOT', status: 'PAID' };
  });
  return { rows, total: found.length };
}
