/**
 * The changes of an account's wallet: `GET /fapi/v1/income`, made from its fills, its funding payments and its ledger's entries.
 * Source: "Get Income History" of the USD-M futures documentation.
 */
import type { Decimal } from '../../../core/decimal.ts';
import type { FundingPayment, LedgerEntry } from '../../exchange/account.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import type { Fill } from '../../exchange/order.ts';
import type { AccountCall } from '../authentication.ts';
import { eight } from '../figures.ts';
import { usdmSymbolOf } from './instruments.ts';
import { usdmSymbolFrom } from './order-requests.ts';

const WEEK_MS = 7 * 24 * 3_600_000;
const MOST_ENTRIES = 1000;
const IDS_PER_MS = 1000;

type Income = {
  readonly symbol: string;
  readonly incomeType: string;
  readonly income: string;
  readonly asset: string;
  readonly info: string;
  readonly time: number;
  readonly tranId: number;
  readonly tradeId: string;
};

/** Commissions and realised profit come from the fills, funding from the payments, everything else from the entries. */
export function income(exchange: Exchange, call: AccountCall): unknown {
  const { parameters } = call;
  const id = parameters.optional('symbol');
  const symbol = id === undefined ? undefined : usdmSymbolFrom(id);
  const type = parameters.optional('incomeType');
  const start = parameters.optionalInteger('startTime');
  const end = parameters.optionalInteger('endTime');
  const limit = Math.min(parameters.optionalInteger('limit') ?? 100, MOST_ENTRIES);
  const pageNumber = Math.max(1, parameters.optionalInteger('page') ?? 1);
  const endMs = end ?? call.at;
  const startMs = start ?? endMs - WEEK_MS;
  const fills = exchange
    .fills(call.accountId, { sinceMs: startMs, untilMs: endMs })
    .filter((fill) => fill.marketType === 'swap');
  const entries = [
    ...fills.flatMap((fill) => incomeOfFill(fill)),
    ...exchange
      .funding(call.accountId)
      .map(incomeOfFunding)
      .filter((entry) => entry.time >= startMs && entry.time <= endMs),
    ...exchange
      .entries(call.accountId)
      .filter(({ wallet, at }) => wallet === 'swap' && at >= startMs && at <= endMs)
      .map(incomeOfEntry),
  ]
    .filter(
      (entry) =>
        (symbol === undefined || entry.symbol === symbol.id) &&
        (type === undefined || entry.incomeType === type),
    )
    .sort((left, right) => left.time - right.time);
  return start === undefined
    ? entries.slice(-limit)
    : entries.slice((pageNumber - 1) * limit, pageNumber * limit);
}

function incomeOfFill(fill: Fill): Income[] {
  const symbol = usdmSymbolOf(fill.symbol);
  const entry = (incomeType: string, amount: Decimal, asset: string): Income => ({
    symbol: symbol?.id ?? fill.symbol,
    incomeType,
    income: eight(amount),
    asset,
    info: fill.tradeId,
    time: fill.at,
    tranId: Number(fill.tradeId),
    tradeId: fill.tradeId,
  });
  const commission = entry('COMMISSION', fill.fee.negate(), fill.feeAsset);
  if (fill.realizedPnl.isZero()) return [commission];
  return [entry('REALIZED_PNL', fill.realizedPnl, symbol?.quote ?? fill.feeAsset), commission];
}

/** Money from outside comes into this wallet by a transfer from another one. */
const INCOME_TYPES = {
  deposit: 'TRANSFER',
  withdrawal: 'TRANSFER',
  transfer: 'TRANSFER',
  distribution: 'WELCOME_BONUS',
  liquidation_fee: 'INSURANCE_CLEAR',
  insurance: 'INSURANCE_CLEAR',
} as const satisfies Record<LedgerEntry['kind'], string>;

function incomeOfEntry(entry: LedgerEntry): Income {
  const incomeType = INCOME_TYPES[entry.kind];
  return {
    symbol: entry.symbol === null ? '' : (usdmSymbolOf(entry.symbol)?.id ?? entry.symbol),
    incomeType,
    income: eight(entry.amount),
    asset: entry.asset,
    info: incomeType,
    time: entry.at,
    tranId: entry.number,
    tradeId: '',
  };
}

/** Of several payments at one time the first has the time for its id; the others must have ids of their own. */
function incomeOfFunding(
  payment: FundingPayment,
  index: number,
  payments: readonly FundingPayment[],
): Income {
  const sameTime = index - payments.findIndex((other) => other.at === payment.at);
  return {
    symbol: usdmSymbolOf(payment.symbol)?.id ?? payment.symbol,
    incomeType: 'FUNDING_FEE',
    income: eight(payment.amount),
    asset: payment.asset,
    info: 'FUNDING_FEE',
    time: payment.at,
    tranId: sameTime === 0 ? payment.at : payment.at * IDS_PER_MS + sameTime,
    tradeId: '',
  };
}
