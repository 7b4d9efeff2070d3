/**
 * The deposits and withdrawals of a KuCoin account, the ledger of its main account, and transfers between its accounts.
 *
 * Entry point: `fundingEndpoints`. Sources: "Get Deposit History", "Get Withdrawal History", "Get Withdrawal History By ID", "Withdraw (V3)", "Cancel
 * Withdrawal", "Get Account Ledgers - Spot/Margin", "Flex Transfer" and "Internal Transfer" of the documentation. A withdrawal has left at once, with
 * its fee, which the chain's list names.
 */
import { decimal, type Decimal } from '../../../core/decimal.ts';
import type { LedgerEntry } from '../../exchange/account.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import type { WalletName } from '../../exchange/policy.ts';
import { depositAddress, networksOf, transactionId } from '../../wire/coin-networks.ts';
import { privateEndpoint, tradingEndpoint, type AccountCall, type Draw, type Endpoint } from '../access.ts';
import { accessDenied, KucoinRefusal, malformed, parameterError } from '../errors.ts';
import { DAY_MS, numberedPage, readSpan } from '../pages.ts';
import { readWord, type Parameters } from '../parameters.ts';
import { chainFrom, chainOf, coinFrom } from './currencies.ts';
import type { Json } from './order-json.ts';

const TWENTY: Draw = ['management', 20];
const FIVE: Draw = ['management', 5];
const PAGE = { usual: 50, most: 500 } as const;
const STATUSES = [
  'PROCESSING',
  'SUCCESS',
  'FAILURE',
  'REVIEW',
  'WALLET_PROCESSING',
  'WAIT_TRAVEL_RULE',
] as const;

/** Names of wallets in transfers. */
export const ACCOUNT_TYPES: Readonly<Record<string, WalletName>> = {
  MAIN: 'funding',
  TRADE: 'spot',
  CONTRACT: 'swap',
};

export function fundingEndpoints(exchange: Exchange): Endpoint[] {
  const page = (kind: 'deposit' | 'withdrawal') => (call: AccountCall) =>
    numberedPage(movements(exchange, call, kind), call.parameters.parameters, PAGE);
  return [
    privateEndpoint('v1/deposits', 'other', FIVE, page('deposit')),
    privateEndpoint('v1/withdrawals', 'other', TWENTY, page('withdrawal')),
    // Before the eighteenth of February 2019, when nobody was here.
    privateEndpoint('v1/hist-deposits', 'other', FIVE, ({ parameters: { parameters } }) =>
      numberedPage([], parameters, PAGE),
    ),
    privateEndpoint('v1/hist-withdrawals', 'other', TWENTY, ({ parameters: { parameters } }) =>
      numberedPage([], parameters, PAGE),
    ),
    privateEndpoint('v1/withdrawals/:withdrawalId', 'other', TWENTY, (call) => {
      const id = call.parameters.parameters.required('withdrawalId');
      const entry = entriesOf(exchange, call.accountId, 'withdrawal').find(
        (one) => withdrawalId(call.accountId, one) === id,
      );
      if (entry === undefined) throw parameterError('The withdrawal does not exist');
      return withdrawalDetail(call.accountId, entry);
    }),
    tradingEndpoint('POST', 'v3/withdrawals', 'other', FIVE, (call) => withdraw(exchange, call)),
    // A withdrawal has left at once.
    tradingEndpoint('DELETE', 'v1/withdrawals/:withdrawalId', 'other', TWENTY, () => {
      throw new KucoinRefusal('260100', 'The withdrawal cannot be canceled');
    }),
    privateEndpoint('v1/accounts/ledgers', 'other', ['management', 2], (call) =>
      numberedPage(mainLedger(exchange, call), call.parameters.parameters, PAGE),
    ),
    tradingEndpoint('POST', 'v3/accounts/universal-transfer', 'other', ['management', 4], (call) => {
      const { parameters } = call.parameters;
      // There are no sub-accounts.
      if (parameters.required('type') !== 'INTERNAL') throw accessDenied();
      return transfer(exchange, call, ACCOUNT_TYPES, ['fromAccountType', 'toAccountType']);
    }),
    tradingEndpoint('POST', 'v2/accounts/inner-transfer', 'other', ['management', 10], (call) =>
      transfer(exchange, call, { main: 'funding', trade: 'spot', contract: 'swap' }, ['from', 'to']),
    ),
    privateEndpoint('v1/transfer-list', 'other', TWENTY, (call) =>
      numberedPage(transfersOut(exchange, call), call.parameters.parameters, PAGE),
    ),
    tradingEndpoint('POST', 'v3/transfer-out', 'other', TWENTY, (call) => {
      const { parameters } = call.parameters;
      const to = readWord(parameters, 'recAccountType', ['MAIN', 'TRADE']) ?? 'MAIN';
      const moved = move(exchange, call, 'swap', ACCOUNT_TYPES[to] ?? 'funding');
      return {
        applyId: moved,
        bizNo: moved,
        payAccountType: 'CONTRACT',
        payTag: 'DEFAULT',
        remark: '',
        recAccountType: to,
        recTag: 'DEFAULT',
        recRemark: '',
        recSystem: 'KUCOIN',
        status: 'PROCESSING',
        currency: parameters.required('currency'),
        amount: parameters.required('amount'),
        fee: '0',
        sn: 1,
        reason: '',
        createdAt: call.clockMs,
        updatedAt: call.clockMs,
      };
    }),
    tradingEndpoint('POST', 'v1/transfer-in', 'other', TWENTY, (call) => {
      const from = readWord(call.parameters.parameters, 'payAccountType', ['MAIN', 'TRADE']) ?? 'MAIN';
      move(exchange, call, ACCOUNT_TYPES[from] ?? 'funding', 'swap');
      return null;
    }),
  ];
}

/** Entries of the accounts beside futures, newest first. */
function entriesOf(
  exchange: Exchange,
  accountId: string,
  kind: 'deposit' | 'withdrawal',
): readonly LedgerEntry[] {
  return exchange
    .entries(accountId)
    .filter((entry) => entry.kind === kind)
    .toReversed();
}

function withdrawalId(accountId: string, { number }: LedgerEntry): string {
  return transactionId(accountId, number).slice(0, 24);
}

function movements(
  exchange: Exchange,
  { parameters: { parameters }, accountId, clockMs }: AccountCall,
  kind: 'deposit' | 'withdrawal',
): Json[] {
  const currency = parameters.optional('currency');
  const status = readWord(parameters, 'status', STATUSES);
  const { from, to } =
    parameters.has('startAt') || parameters.has('endAt')
      ? readSpan(parameters, clockMs, { longestMs: 90 * DAY_MS })
      : { from: 0, to: Number.MAX_SAFE_INTEGER };
  return entriesOf(exchange, accountId, kind)
    .filter(
      ({ asset, at }) =>
        (currency === undefined || asset === currency) &&
        (status === undefined || status === 'SUCCESS') &&
        at >= from &&
        at <= to,
    )
    .map((entry) => movementJson(accountId, entry));
}

function movementJson(accountId: string, entry: LedgerEntry): Json {
  const { asset, at, number, amount, kind } = entry;
  const [network] = networksOf(asset);
  const isWithdrawal = kind === 'withdrawal';
  const { address, memo } =
    network === undefined ? { address: '', memo: '' } : depositAddress(accountId, asset, network);
  const named = withdrawalKey(entry);
  return {
    ...(isWithdrawal ? { id: withdrawalId(accountId, entry) } : {}),
    currency: asset,
    chain: network === undefined ? '' : chainOf(network.network, asset)[0],
    status: 'SUCCESS',
    address: named?.address ?? address,
    memo,
    isInner: false,
    amount: amount
      .abs()
      .subtract(named?.fee ?? decimal('0'))
      .toString(),
    fee: named?.fee.toString() ?? '0',
    walletTxId: transactionId(accountId, number),
    createdAt: at,
    updatedAt: at,
    remark: '',
    ...(isWithdrawal ? {} : { arrears: false }),
  };
}

function withdrawalDetail(accountId: string, entry: LedgerEntry): Json {
  const { chain, ...row } = movementJson(accountId, entry);
  const [network] = networksOf(entry.asset);
  return {
    ...row,
    uid: 0,
    chainId: chain,
    chainName: network === undefined ? '' : chainOf(network.network, entry.asset)[1],
    currencyName: entry.asset,
    failureReason: '',
    failureReasonMsg: null,
    addressRemark: null,
    cancelType: 'NON_CANCELABLE',
    taxes: null,
    taxDescription: null,
    returnStatus: 'NOT_RETURN',
    returnAmount: null,
    returnCurrency: entry.asset,
  };
}

/** The address and the fee of a withdrawal that was asked for over the API stand in its record. */
const KEY = /^withdrawal \d+ (\d+(?:\.\d+)?) (\S+)$/;

function withdrawalKey({
  key,
}: LedgerEntry): { readonly fee: Decimal; readonly address: string } | undefined {
  const [, fee, address] = KEY.exec(key ?? '') ?? [];
  return fee === undefined || address === undefined ? undefined : { fee: decimal(fee), address };
}

/** "Withdraw" of a key with the permission to; the fee goes on top (`feeDeductType` `INTERNAL`) or comes off (`EXTERNAL`). */
function withdraw(exchange: Exchange, call: AccountCall): Json {
  const { parameters, key } = call.parameters;
  const { accountId, at } = call;
  const coin = coinFrom(parameters);
  const network = chainFrom(parameters, coin);
  const address = parameters.required('toAddress');
  const amount = parameters.requiredDecimal('amount');
  readWord(parameters, 'withdrawType', ['ADDRESS', 'UID', 'MAIL', 'PHONE']);
  if (exchange.accountByKey(key)?.permissions.withdraw !== true) throw accessDenied();
  if (amount.lessThan(decimal(network.leastWithdrawal)))
    throw new KucoinRefusal('260000', 'The amount is below the minimum withdrawal amount');
  const fee = decimal(network.withdrawalFee);
  const isWithin = readWord(parameters, 'feeDeductType', ['INTERNAL', 'EXTERNAL']) === 'EXTERNAL';
  const all = isWithin ? amount : amount.add(fee);
  const done = exchange.deposit(at, accountId, 'funding', coin, all.negate(), true, {
    key: `withdrawal ${at} ${fee.toString()} ${address}`,
  });
  if (!done.ok) throw new KucoinRefusal('260210', 'Account Balance Insufficient');
  const [entry] = entriesOf(exchange, accountId, 'withdrawal');
  return { withdrawalId: entry === undefined ? '' : withdrawalId(accountId, entry) };
}

const BUSINESS: Readonly<Record<LedgerEntry['kind'], string>> = {
  deposit: 'Deposit',
  withdrawal: 'Withdrawal',
  transfer: 'Transfer',
  distribution: 'Rewards',
  liquidation_fee: 'Other',
  insurance: 'Other',
};

/** Entries of the main account, newest first, each with what was left after it. */
function mainLedger(
  exchange: Exchange,
  { parameters: { parameters }, accountId, clockMs }: AccountCall,
): Json[] {
  const currencies = parameters.optional('currency')?.split(',');
  const direction = readWord(parameters, 'direction', ['in', 'out']);
  const bizType = parameters.optional('bizType')?.toLowerCase();
  const { from, to } = readSpan(parameters, clockMs, { usualMs: DAY_MS, longestMs: DAY_MS });
  const left = new Map(exchange.balances(accountId, 'funding').map(({ asset, total }) => [asset, total]));
  return exchange
    .entries(accountId)
    .filter(({ wallet }) => wallet === 'funding')
    .toReversed()
    .map((entry): { readonly at: number; readonly row: Json } => {
      const { asset, amount, at, number, kind } = entry;
      const balance = left.get(asset) ?? decimal('0');
      left.set(asset, balance.subtract(amount));
      return {
        at,
        row: {
          id: transactionId(accountId, number).slice(24, 48),
          currency: asset,
          amount: amount.abs().toString(),
          fee: withdrawalKey(entry)?.fee.toString() ?? '0',
          balance: balance.toString(),
          accountType: 'MAIN',
          bizType: BUSINESS[kind],
          direction: amount.isNegative() ? 'out' : 'in',
          createdAt: at,
          context: '',
        },
      };
    })
    .filter(
      ({ at, row }) =>
        at >= from &&
        at <= to &&
        (currencies === undefined || currencies.includes(String(row['currency']))) &&
        (direction === undefined || row['direction'] === direction) &&
        (bizType === undefined || String(row['bizType']).toLowerCase() === bizType),
    )
    .map(({ row }) => row);
}

function transfersOut(exchange: Exchange, { parameters: { parameters }, accountId }: AccountCall): Json[] {
  const currency = parameters.optional('currency');
  return exchange
    .entries(accountId)
    .filter(
      ({ kind, wallet, amount, asset }) =>
        kind === 'transfer' &&
        wallet === 'swap' &&
        amount.isNegative() &&
        (currency === undefined || asset === currency),
    )
    .toReversed()
    .map(({ number, asset, amount, at }) => ({
      applyId: transactionId(accountId, number).slice(0, 24),
      currency: asset,
      recRemark: '',
      recSystem: 'KUCOIN',
      status: 'SUCCESS',
      amount: amount.abs().toString(),
      reason: '',
      offset: number,
      createdAt: at,
      remark: '',
    }));
}

function transfer(
  exchange: Exchange,
  call: AccountCall,
  names: Readonly<Record<string, WalletName>>,
  [from, to]: readonly [string, string],
): Json {
  const walletFrom = (name: string, parameters: Parameters): WalletName => {
    const wallet = names[parameters.required(name)];
    if (wallet === undefined) throw malformed(name);
    return wallet;
  };
  const { parameters } = call.parameters;
  const source = walletFrom(from, parameters);
  const target = walletFrom(to, parameters);
  if (source === target) throw malformed(to);
  return { orderId: move(exchange, call, source, target) };
}

/** The id of the transfer. */
function move(
  exchange: Exchange,
  { parameters: { parameters }, accountId, at }: AccountCall,
  from: WalletName,
  to: WalletName,
): string {
  const amount = parameters.requiredDecimal('amount');
  const done = exchange.transfer(at, accountId, parameters.required('currency'), amount, from, to);
  if (!done.ok) throw new KucoinRefusal('230003', 'Balance insufficient!');
  return transactionId(accountId, exchange.entries(accountId).at(-1)?.number ?? 0).slice(0, 24);
}
