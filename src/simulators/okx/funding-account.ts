/**
 * The funding account of OKX: currencies and their chains, balances, transfers from and to the trading account, deposits, withdrawals.
 *
 * Entry point: `fundingEndpoints`. Sources: "Get currencies", "Get balance", "Get account asset valuation", "Funds transfer", "Get funds
 * transfer state", "Asset bills details", "Get deposit address", "Get deposit history", "Withdrawal" and "Get withdrawal history" of the v5
 * documentation. A deposit is of the wallet that it was paid into; the venue pays it into the funding account.
 */
import { Decimal } from '../../core/decimal.ts';
import type { LedgerEntry } from '../exchange/account.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { WalletName } from '../exchange/policy.ts';
import { privateEndpoint, tradingEndpoint, type AccountCall, type Endpoint } from './access.ts';
import { priceOf } from './account.ts';
import { addressRows, CURRENCIES, currencyRows, usualChain } from './currencies.ts';
import { eitherMissing, missing, OkxRefusal, parameterError } from './errors.ts';
import type { Json } from './market-data.ts';
import { readLimit, type Parameters } from './parameters.ts';

const MOST_ROWS = 100;
const VALUE_SCALE = 8;

export function fundingEndpoints(exchange: Exchange): Endpoint[] {
  return [
    privateEndpoint('asset/currencies', 'other', ({ parameters: { parameters } }) =>
      currencyRows(currenciesAsked(parameters)),
    ),
    privateEndpoint('asset/balances', 'balances', ({ parameters: { parameters }, accountId }) =>
      balances(exchange, accountId, currenciesAsked(parameters)),
    ),
    privateEndpoint('asset/asset-valuation', 'balances', (call) => [valuation(exchange, call)]),
    privateEndpoint('asset/non-tradable-assets', 'balances', () => []),
    privateEndpoint('asset/deposit-address', 'other', ({ parameters: { parameters }, accountId }) =>
      addressRows(accountId, knownCurrency(parameters)),
    ),
    privateEndpoint('asset/deposit-history', 'other', (call) =>
      entryRows(call, entries(exchange, call, 'deposit'), depositJson),
    ),
    privateEndpoint('asset/withdrawal-history', 'other', (call) =>
      entryRows(call, entries(exchange, call, 'withdrawal'), withdrawalJson),
    ),
    privateEndpoint('asset/deposit-withdraw-status', 'other', () => []),
    privateEndpoint('asset/bills', 'other', (call) => bills(exchange, call)),
    privateEndpoint('asset/bills-history', 'other', (call) => bills(exchange, call)),
    privateEndpoint('asset/transfer-state', 'other', (call) => transferState(exchange, call)),
    tradingEndpoint('asset/transfer', 'other', (call) => transfer(exchange, call)),
    tradingEndpoint('asset/withdrawal', 'other', (call) => withdraw(exchange, call)),
  ];
}

function currenciesAsked(parameters: Parameters): readonly string[] | undefined {
  return parameters.optional('ccy')?.split(',');
}

function knownCurrency(parameters: Parameters): string {
  const currency = parameters.required('ccy');
  if (!CURRENCIES.includes(currency)) throw parameterError('ccy');
  return currency;
}

function balances(exchange: Exchange, accountId: string, asked: readonly string[] | undefined): unknown {
  return exchange
    .balances(accountId, 'funding')
    .filter(({ asset, total }) => (asked === undefined ? !total.isZero() : asked.includes(asset)))
    .map(({ asset, total, free }) => ({
      availBal: free.toString(),
      bal: total.toString(),
      ccy: asset,
      frozenBal: total.subtract(free).toString(),
    }));
}

/** In USDT, or in BTC where none was asked for. */
function valuation(
  exchange: Exchange,
  { parameters: { parameters }, accountId, clockMs }: AccountCall,
): Json {
  const unit = parameters.optional('ccy') ?? 'BTC';
  const unitPrice = unit === 'USD' ? Decimal.one : priceOf(exchange, unit);
  if (unitPrice.isZero()) throw parameterError('ccy');
  const worth = (wallet: WalletName): Decimal =>
    exchange
      .balances(accountId, wallet)
      .reduce((sum, { asset, total }) => sum.add(total.multiply(priceOf(exchange, asset))), Decimal.zero);
  const shown = (value: Decimal): string => value.divide(unitPrice, VALUE_SCALE, 'down').toString();
  const [funding, trading, earn] = [worth('funding'), worth('unified'), worth('earn')];
  return {
    details: { classic: '0', earn: shown(earn), funding: shown(funding), trading: shown(trading) },
    totalBal: shown(funding.add(trading).add(earn)),
    ts: String(clockMs),
  };
}

/** Newest first. */
function entries(
  exchange: Exchange,
  { parameters: { parameters }, accountId }: AccountCall,
  kind: LedgerEntry['kind'],
): readonly LedgerEntry[] {
  const currency = parameters.optional('ccy');
  return exchange
    .entries(accountId)
    .filter((entry) => entry.kind === kind && (currency === undefined || entry.asset === currency))
    .toReversed();
}

/** `after` and `before` are times here. */
function entryRows(
  { parameters: { parameters } }: AccountCall,
  found: readonly LedgerEntry[],
  row: (entry: LedgerEntry) => Json,
): readonly Json[] {
  const after = parameters.optionalInteger('after') ?? Number.MAX_SAFE_INTEGER;
  const before = parameters.optionalInteger('before') ?? 0;
  return found
    .filter(({ at }) => at < after && at > before)
    .slice(0, readLimit(parameters, MOST_ROWS, MOST_ROWS))
    .map(row);
}

function depositJson({ number, asset, amount, at }: LedgerEntry): Json {
  return {
    actualDepBlkConfirm: '12',
    amt: amount.toString(),
    areaCodeFrom: '',
    ccy: asset,
    chain: usualChain(asset),
    depId: String(number),
    from: '',
    fromWdId: '',
    // Credited and withdrawable.
    state: '2',
    to: '',
    ts: String(at),
    txId: `deposit-${number}`,
  };
}

function withdrawalJson({ number, asset, amount, at }: LedgerEntry): Json {
  return {
    addrEx: null,
    amt: amount.abs().toString(),
    areaCodeFrom: '',
    areaCodeTo: '',
    ccy: asset,
    chain: usualChain(asset),
    clientId: '',
    fee: '0',
    feeCcy: asset,
    from: '',
    nonTradableAsset: false,
    note: '',
    // Sent.
    state: '2',
    to: '',
    ts: String(at),
    txId: `withdrawal-${number}`,
    wdId: String(number),
  };
}

function bills(exchange: Exchange, call: AccountCall): unknown {
  const { parameters } = call.parameters;
  const currency = parameters.optional('ccy');
  const type = parameters.optional('type');
  const found = exchange
    .entries(call.accountId)
    .filter((entry) => entry.wallet === 'funding' && (currency === undefined || entry.asset === currency))
    .toReversed();
  let balance = new Map(
    exchange.balances(call.accountId, 'funding').map(({ asset, total }) => [asset, total]),
  );
  const rows = found.map((entry) => {
    const after = balance.get(entry.asset) ?? Decimal.zero;
    balance = new Map(balance).set(entry.asset, after.subtract(entry.amount));
    return { entry, row: billJson(entry, after) };
  });
  const rowOf = new Map(rows.map(({ entry, row }) => [entry, row]));
  return entryRows(
    call,
    rows.filter(({ row }) => type === undefined || row['type'] === type).map(({ entry }) => entry),
    (entry) => rowOf.get(entry) ?? {},
  );
}

function billJson(entry: LedgerEntry, balance: Decimal): Json {
  return {
    bal: balance.toString(),
    balChg: entry.amount.toString(),
    billId: String(entry.number),
    ccy: entry.asset,
    clientId: '',
    notes: '',
    ts: String(entry.at),
    type: billType(entry),
  };
}

function billType({ kind, amount }: LedgerEntry): string {
  switch (kind) {
    case 'deposit':
      return '1';
    case 'withdrawal':
      return '2';
    case 'transfer':
      // From and to the trading account.
      return amount.isNegative() ? '131' : '130';
    case 'distribution':
    case 'liquidation_fee':
    case 'insurance':
      return '47';
  }
}

/** "6: Funding account; 18: Trading account". */
const ACCOUNTS: Readonly<Record<string, WalletName>> = { '6': 'funding', '18': 'unified' };

function readAccount(parameters: Parameters, name: string): WalletName {
  const wallet = ACCOUNTS[parameters.required(name)];
  if (wallet === undefined) throw parameterError(name);
  return wallet;
}

function transfer(exchange: Exchange, { parameters: { parameters }, accountId, at }: AccountCall): unknown {
  const currency = knownCurrency(parameters);
  const amount = parameters.requiredDecimal('amt');
  const from = readAccount(parameters, 'from');
  const to = readAccount(parameters, 'to');
  // Sub-accounts there are none.
  if ((parameters.optional('type') ?? '0') !== '0') throw parameterError('type');
  if (from === to) throw parameterError('to');
  const moved = exchange.transfer(at, accountId, currency, amount, from, to);
  if (!moved.ok) {
    if (moved.refusal.code === 'insufficient_balance') throw new OkxRefusal(58350, 'Insufficient balance');
    throw parameterError('amt');
  }
  const number = exchange.entries(accountId).at(-1)?.number ?? 0;
  return [
    {
      amt: amount.toString(),
      ccy: currency,
      clientId: parameters.optional('clientId') ?? '',
      from: parameters.required('from'),
      to: parameters.required('to'),
      transId: String(number),
    },
  ];
}

function transferState(exchange: Exchange, { parameters: { parameters }, accountId }: AccountCall): unknown {
  const transId = parameters.optional('transId');
  if (transId === undefined && !parameters.has('clientId')) throw eitherMissing('transId', 'clientId');
  const entry = exchange
    .entries(accountId)
    .find(
      ({ kind, number, amount }) => kind === 'transfer' && String(number) === transId && amount.isNegative(),
    );
  if (entry === undefined) throw parameterError('transId');
  const numberOf = (wallet: WalletName | null): string => (wallet === 'funding' ? '6' : '18');
  return [
    {
      amt: entry.amount.abs().toString(),
      ccy: entry.asset,
      clientId: '',
      from: numberOf(entry.wallet),
      instId: '',
      state: 'success',
      subAcct: '',
      to: numberOf(entry.otherWallet),
      toInstId: '',
      transId: String(entry.number),
      type: '0',
    },
  ];
}

/** To an address, by a key that may withdraw; the fee of the chain is left out. */
function withdraw(exchange: Exchange, { parameters: { parameters }, accountId, at }: AccountCall): unknown {
  if (exchange.account(accountId)?.permissions.withdraw !== true)
    throw new OkxRefusal(50120, "This API key doesn't have permission to use this function");
  const currency = knownCurrency(parameters);
  const amount = parameters.requiredDecimal('amt');
  if (!parameters.has('toAddr')) throw missing('toAddr');
  if (!amount.isPositive()) throw parameterError('amt');
  const taken = exchange.deposit(at, accountId, 'funding', currency, amount.negate());
  if (!taken.ok) throw new OkxRefusal(58350, 'Insufficient balance');
  return [
    {
      amt: amount.toString(),
      ccy: currency,
      chain: parameters.optional('chain') ?? usualChain(currency),
      clientId: parameters.optional('clientId') ?? '',
      wdId: String(exchange.entries(accountId).at(-1)?.number ?? 0),
    },
  ];
}
