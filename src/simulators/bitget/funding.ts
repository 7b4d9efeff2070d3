/**
 * The deposits and withdrawals of a Bitget account, its addresses, and transfers between its unified and its funding account.
 *
 * Entry point: `fundingEndpoints`. Sources: "Get Deposit Address", "Get Deposit Records", "Withdrawal", "Get Withdrawal Records", "Transfer", "Get
 * Max Transferable", "Get Transferable Coins" and "Get Funding Assets" of the unified account's documentation. A withdrawal has left at once.
 */
import { Decimal, decimal } from '../../core/decimal.ts';
import type { LedgerEntry } from '../exchange/account.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { WalletName } from '../exchange/policy.ts';
import { depositAddress, networksOf, transactionId } from '../wire/coin-networks.ts';
import { privateEndpoint, tradingEndpoint, type AccountCall, type Endpoint } from './access.ts';
import { chainFrom, chainName, coinFrom } from './coins.ts';
import { BitgetRefusal, malformed, mayNotTrade, missing, unsupported } from './errors.ts';
import type { Json } from './order-json.ts';
import { pageOf, readSpan } from './pages.ts';
import type { Parameters } from './parameters.ts';

export function fundingEndpoints(exchange: Exchange): Endpoint[] {
  return [
    privateEndpoint('account/funding-assets', 'balances', ({ parameters: { parameters }, accountId }) => {
      const coin = parameters.optional('coin')?.toUpperCase();
      return exchange
        .balances(accountId, 'funding')
        .filter(({ asset, total }) => !total.isZero() && (coin === undefined || asset === coin))
        .map(({ asset, total, free }) => ({
          coin: asset,
          available: free.toString(),
          frozen: total.subtract(free).toString(),
          balance: total.toString(),
        }));
    }),
    privateEndpoint('account/deposit-address', 'other', ({ parameters: { parameters }, accountId }) => {
      const coin = coinFrom(parameters);
      const network = chainFrom(parameters, coin);
      const { address, memo } = depositAddress(accountId, coin, network);
      return { coin, address, chain: chainName(network.network, coin), tag: memo, url: '' };
    }),
    privateEndpoint('account/deposit-records', 'other', (call) => records(exchange, call, 'deposit')),
    privateEndpoint('account/withdrawal-records', 'other', (call) => records(exchange, call, 'withdrawal')),
    tradingEndpoint('account/withdrawal', 'other', (call) => withdraw(exchange, call)),
    tradingEndpoint('account/transfer', 'other', (call) => transfer(exchange, call)),
    privateEndpoint('account/max-transferable', 'other', ({ parameters: { parameters }, accountId }) => {
      const coin = coinFrom(parameters);
      const free = exchange.balances(accountId, 'unified').find(({ asset }) => asset === coin)?.free;
      const shown = (free ?? Decimal.zero).max(Decimal.zero).toString();
      return { coin, maxTransfer: shown, borrowMaxTransfer: shown };
    }),
    privateEndpoint('account/transferable-coins', 'other', ({ parameters: { parameters }, accountId }) => {
      const from = walletFrom(parameters, 'fromType');
      walletFrom(parameters, 'toType');
      return exchange
        .balances(accountId, from)
        .filter(({ free }) => free.isPositive())
        .map(({ asset }) => asset);
    }),
  ];
}

/** `uta` and the account that deposits come to, which has three names; the accounts of classic mode are not there. */
const WALLETS: Readonly<Record<string, WalletName>> = { uta: 'unified', spot: 'funding', p2p: 'funding' };
const CLASSIC_WALLETS: ReadonlySet<string> = new Set([
  'coin_futures',
  'usdt_futures',
  'usdc_futures',
  'crossed_margin',
  'isolated_margin',
]);

function walletFrom(parameters: Parameters, name: string): WalletName {
  const word = parameters.required(name);
  if (CLASSIC_WALLETS.has(word)) throw unsupported(word);
  const wallet = WALLETS[word];
  if (wallet === undefined) throw malformed(name);
  return wallet;
}

function transfer(exchange: Exchange, { parameters: { parameters }, accountId, at }: AccountCall): Json {
  const from = walletFrom(parameters, 'fromType');
  const to = walletFrom(parameters, 'toType');
  if (from === to) throw malformed('toType');
  const coin = coinFrom(parameters);
  const amount = parameters.requiredDecimal('amount');
  const done = exchange.transfer(at, accountId, coin, amount, from, to);
  if (!done.ok) throw new BitgetRefusal('25202', 'Insufficient balance');
  const number = exchange.entries(accountId).at(-1)?.number ?? 0;
  return { transferId: recordNumber(at, number), clientOid: parameters.optional('clientOid') ?? '' };
}

/** Digits, rising with time. */
function recordNumber(at: number, number: number): string {
  return `${at}${String(number % 1_000_000).padStart(6, '0')}`;
}

/** The fee, the address and the client's id of a withdrawal that was asked for over the API stand in its record. */
const KEY = /^withdrawal (\d+(?:\.\d+)?) (\S+) (\S*)$/;

interface Asked {
  readonly fee: string;
  readonly address: string | undefined;
  readonly clientOid: string;
}

function askedOf({ key }: LedgerEntry): Asked {
  const [, fee = '0', address, clientOid = ''] = KEY.exec(key ?? '') ?? [];
  return { fee, address, clientOid };
}

/** Newest first. */
function records(
  exchange: Exchange,
  { parameters: { parameters }, accountId, clockMs }: AccountCall,
  kind: 'deposit' | 'withdrawal',
): unknown {
  for (const name of ['startTime', 'endTime']) if (!parameters.has(name)) throw missing(name);
  const { from, to } = readSpan(parameters, clockMs);
  const [coin, orderId, clientOid] = ['coin', 'orderId', 'clientOid'].map((name) =>
    parameters.optional(name),
  );
  const rows = exchange
    .entries(accountId)
    .filter(
      (entry) =>
        entry.kind === kind &&
        entry.at >= from &&
        entry.at <= to &&
        (coin === undefined || entry.asset === coin) &&
        (clientOid === undefined || askedOf(entry).clientOid === clientOid) &&
        (orderId === undefined || recordNumber(entry.at, entry.number) === orderId),
    )
    .map((entry) => ({
      at: entry.at,
      id: recordNumber(entry.at, entry.number),
      row: recordJson(accountId, entry),
    }));
  return pageOf(rows, parameters).list;
}

function recordJson(accountId: string, entry: LedgerEntry): Json {
  const { asset, amount, at, number, kind } = entry;
  const [network] = networksOf(asset);
  const isWithdrawal = kind === 'withdrawal';
  const { fee, address, clientOid } = askedOf(entry);
  const own = network === undefined ? '' : depositAddress(accountId, asset, network).address;
  return {
    orderId: recordNumber(at, number),
    recordId: transactionId(accountId, number),
    coin: asset,
    type: isWithdrawal ? 'withdraw' : 'deposit',
    dest: 'on_chain',
    size: amount.abs().toString(),
    status: 'success',
    fromAddress: null,
    toAddress: address ?? own,
    chain: network === undefined ? '' : chainName(network.network, asset),
    createdTime: String(at),
    updatedTime: String(at),
    clientOid: clientOid === '' ? null : clientOid,
    ...(isWithdrawal
      ? { fee: decimal(fee).negate().toString(), confirm: String(network?.confirmations ?? 0) }
      : {}),
  };
}

/** Of a key that may withdraw. The fee is within the size. The unified account pays, `accountType` `funding` the other one. */
function withdraw(exchange: Exchange, { parameters: { parameters }, accountId, at }: AccountCall): Json {
  const coin = coinFrom(parameters);
  const transferType = parameters.required('transferType');
  if (transferType !== 'on_chain' && transferType !== 'internal_transfer') throw malformed('transferType');
  const address = parameters.required('address');
  const size = parameters.requiredDecimal('size');
  const network = chainFrom(parameters, coin);
  const clientOid = parameters.optional('clientOid') ?? '';
  if (exchange.account(accountId)?.permissions.withdraw !== true) throw mayNotTrade();
  if (size.lessThan(decimal(network.leastWithdrawal)))
    throw new BitgetRefusal('47001', 'Less than the minimum withdrawal amount');
  const wallet = parameters.optional('accountType') === 'funding' ? 'funding' : 'unified';
  const done = exchange.deposit(at, accountId, wallet, coin, size.negate(), true, {
    key: `withdrawal ${network.withdrawalFee} ${address} ${clientOid}`,
  });
  if (!done.ok) throw new BitgetRefusal('25202', 'Insufficient balance');
  return { orderId: recordNumber(at, exchange.entries(accountId).at(-1)?.number ?? 0), clientOid };
}
