/**
 * The contract account of an HTX user: balance, collateral mode, what moved the balance, transfers to and from spot.
 *
 * Entry points: `accountEndpoints`, `balanceJson`. Sources: "Get Account Balance", "Get Asset Mode" and "Set Asset Mode" of the v5 documentation,
 * "Query account financial records" (the types) of the one before, ccxt's class (the rows of `/v5/account/bills`), and "Transfer margin
 * between Spot account and USDT Margined Contracts account". `available` of a currency is its balance without what positions have won or lost.
 */
import { Decimal } from '../../../core/decimal.ts';
import type { FundingPayment, LedgerEntry } from '../../exchange/account.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import { closesSide, type Fill } from '../../exchange/order.ts';
import { privateEndpoint, tradingEndpoint, type AccountCall, type Endpoint } from '../access.ts';
import { HtxRefusal } from '../errors.ts';
import { listingOf } from '../instruments.ts';
import { recordNumber } from '../numbers.ts';
import { readCount } from '../parameters.ts';
import type { Json } from '../spot/order-json.ts';
import { optionalContract, optionalMarginMode } from './order-requests.ts';
import { fieldInvalid } from './refusals.ts';

const SETTLE = 'USDT';
const MULTI_ASSETS = 1;
const USUAL_SPAN_MS = 48 * 60 * 60 * 1_000;
const RATE_SCALE = 12;

export function accountEndpoints(exchange: Exchange): Endpoint[] {
  return [
    privateEndpoint({ form: 'v5' }, '/v5/account/balance', 'balances', ({ accountId, at }) =>
      balanceJson(exchange, accountId, at),
    ),
    privateEndpoint({ form: 'v5' }, '/v5/account/asset_mode', 'settings', () => ({
      assets_mode: MULTI_ASSETS,
    })),
    tradingEndpoint(
      { form: 'v5' },
      '/v5/account/asset_mode',
      'settings',
      ({ parameters: { parameters } }) => {
        if (parameters.requiredInteger('assets_mode') !== MULTI_ASSETS) throw fieldInvalid('assets_mode');
        return { assets_mode: MULTI_ASSETS };
      },
    ),
    privateEndpoint({ form: 'v5' }, '/v5/account/bills', 'other', (call) => bills(exchange, call)),
  ];
}

/** `POST` of spot, which moves money between its wallet and that of contracts. */
export function transferEndpoint(exchange: Exchange): Endpoint {
  return tradingEndpoint({ form: 'v2', limit: 2 }, '/v2/account/transfer', 'other', (call) => {
    const { parameters } = call.parameters;
    const [from, to] = [parameters.required('from'), parameters.required('to')];
    if (![from, to].every((name) => name === 'spot' || name === 'linear-swap') || from === to)
      throw new HtxRefusal('1315', 'Wrong transfer type.');
    if (parameters.required('margin-account').toUpperCase() !== SETTLE)
      throw new HtxRefusal('1332', "The contract doesn't exist.");
    const { accountId, at } = call;
    const result = exchange.transfer(
      at,
      accountId,
      parameters.required('currency').toUpperCase(),
      parameters.requiredDecimal('amount'),
      from === 'spot' ? 'spot' : 'swap',
      to === 'spot' ? 'spot' : 'swap',
    );
    if (!result.ok) throw new HtxRefusal('1301', 'Insufficient amount available.');
    return exchange.entries(accountId).at(-1)?.number ?? 0;
  });
}

function assetsOf(exchange: Exchange, accountId: string): readonly string[] {
  const held = exchange.balances(accountId, 'swap').filter(({ total }) => !total.isZero());
  return [...new Set([SETTLE, ...held.map(({ asset }) => asset)])];
}

function rate(part: Decimal, whole: Decimal): string {
  return whole.isPositive() ? part.divide(whole, RATE_SCALE, 'half_even').toString() : '0';
}

function detailJson(exchange: Exchange, accountId: string, asset: string, at: number): Json {
  const margin = exchange.margin(accountId, asset);
  const zero = Decimal.zero;
  const equity = margin?.marginBalance ?? zero;
  const initial = (margin?.positionInitialMargin ?? zero).add(margin?.openOrderInitialMargin ?? zero);
  const maintenance = margin?.maintenanceMargin ?? zero;
  const unrealized = margin?.unrealizedPnl ?? zero;
  const isolated = isolatedOf(exchange, accountId, asset);
  return {
    currency: asset,
    equity: equity.toString(),
    available: (margin?.walletBalance ?? zero).toString(),
    profit_unreal: unrealized.toString(),
    initial_margin: initial.toString(),
    maintenance_margin: maintenance.toString(),
    maintenance_margin_rate: rate(maintenance, equity),
    initial_margin_rate: rate(initial, equity),
    voucher: '0',
    voucher_value: '0',
    created_time: String(exchange.account(accountId)?.createdAt ?? at),
    updated_time: String(at),
    isolated_equity: isolated.equity.toString(),
    isolated_profit_unreal: isolated.unrealized.toString(),
    withdraw_available: (margin?.availableBalance ?? zero).toString(),
  };
}

function isolatedOf(
  exchange: Exchange,
  accountId: string,
  asset: string,
): { readonly equity: Decimal; readonly unrealized: Decimal } {
  const held = exchange
    .positions(accountId)
    .filter(
      ({ symbol, marginMode }) => marginMode === 'isolated' && listingOf(symbol).symbol.quote === asset,
    );
  const unrealized = held.reduce((sum, { unrealizedPnl }) => sum.add(unrealizedPnl), Decimal.zero);
  const equity = held.reduce((sum, { isolatedMargin }) => sum.add(isolatedMargin), unrealized);
  return { equity, unrealized };
}

/** The figures of the whole account are in USDT. */
export function balanceJson(exchange: Exchange, accountId: string, at: number): Json {
  const details = assetsOf(exchange, accountId).map((asset) => detailJson(exchange, accountId, asset, at));
  const [settle] = details;
  return {
    state: 'normal',
    equity: settle?.['equity'],
    initial_margin: settle?.['initial_margin'],
    maintenance_margin: settle?.['maintenance_margin'],
    maintenance_margin_rate: settle?.['maintenance_margin_rate'],
    profit_unreal: settle?.['profit_unreal'],
    available_margin: settle?.['withdraw_available'],
    voucher_value: '0',
    created_time: settle?.['created_time'],
    updated_time: String(at),
    details,
  };
}

interface Bill {
  readonly at: number;
  readonly what: string;
  readonly type: number;
  readonly asset: string;
  readonly amount: Decimal;
  readonly contract: string;
}

/** "3:close long; 4:close short; 5:fees for open positions-taker; …; 30:Funding fee-income; 31:Funding fee-expenditure". */
function bills(exchange: Exchange, call: AccountCall): unknown {
  const { accountId, clockMs } = call;
  const { parameters } = call.parameters;
  const listing = optionalContract(parameters);
  optionalMarginMode(parameters);
  const types = parameters.optional('type')?.split(',').map(Number);
  const to = parameters.optionalInteger('end_time') ?? clockMs;
  const from = parameters.optionalInteger('start_time') ?? to - USUAL_SPAN_MS;
  if (to < from) throw fieldInvalid('end_time');
  const limit = readCount(parameters, 'limit', 10, 100);
  const rows = [
    ...exchange
      .fills(accountId, {})
      .filter(({ marketType }) => marketType === 'swap')
      .flatMap((fill) => ofFill(exchange, fill)),
    ...exchange.funding(accountId).map((payment) => ofFunding(payment)),
    ...exchange
      .entries(accountId)
      .filter(({ wallet }) => wallet === 'swap')
      .map((entry) => ofEntry(entry)),
  ]
    .filter(
      ({ at, type, contract }) =>
        at >= from &&
        at <= to &&
        (types === undefined || types.includes(type)) &&
        (listing === undefined || contract === listing.id),
    )
    .toSorted((left, right) => right.at - left.at);
  const start = parameters.optional('from') ?? '0';
  const first = start === '0' ? 0 : rows.findIndex((row) => billId(row) === start);
  return (first < 0 ? [] : rows.slice(first, first + limit)).map((row) => ({
    id: billId(row),
    type: String(row.type),
    currency: row.asset,
    amount: row.amount.toString(),
    contract_code: row.contract,
    margin_mode: 'cross',
    created_time: String(row.at),
  }));
}

function billId({ what, type }: Bill): string {
  return String(recordNumber(`bill ${what} ${type}`));
}

function ofFill(exchange: Exchange, fill: Fill): readonly Bill[] {
  const closes = fill.positionSide === 'net' ? !fill.realizedPnl.isZero() : closesSide(fill);
  const common = {
    at: fill.at,
    what: `fill ${fill.symbol} ${fill.tradeId} ${fill.venueOrderId}`,
    asset: fill.feeAsset,
    contract: listingOf(fill.symbol).id,
  };
  const isRisk = exchange.known(fill.at, fill.accountId, fill)?.tags['liquidation'] === 'true';
  const fee = (closes ? 7 : 5) + (fill.liquidity === 'taker' ? 0 : 1);
  return [
    ...(closes
      ? [{ ...common, type: (fill.side === 'sell' ? 3 : 4) + (isRisk ? 9 : 0), amount: fill.realizedPnl }]
      : []),
    { ...common, type: fee, amount: fill.fee.negate() },
  ];
}

function ofFunding({ symbol, positionSide, asset, amount, at }: FundingPayment): Bill {
  return {
    at,
    what: `funding ${symbol} ${positionSide} ${at}`,
    type: amount.isNegative() ? 31 : 30,
    asset,
    amount,
    contract: listingOf(symbol).id,
  };
}

/** Money comes from spot and goes there, whichever way it came to the user. */
const ENTRY_TYPES: Readonly<Record<LedgerEntry['kind'], number>> = {
  deposit: 14,
  withdrawal: 15,
  transfer: 14,
  distribution: 28,
  liquidation_fee: 26,
  insurance: 19,
};

function ofEntry({ kind, amount, number, asset, symbol, at }: LedgerEntry): Bill {
  return {
    at,
    what: `entry ${number}`,
    type: kind === 'transfer' && amount.isNegative() ? 15 : ENTRY_TYPES[kind],
    asset,
    amount,
    contract: symbol === null ? '' : listingOf(symbol).id,
  };
}
