/**
 * Binance's balances, positions, settings and funding in our words and units.
 *
 * Entry points: one reader per payload. Each takes the parsed body and throws `MalformedAnswer` where it is not of the
 * documented shape. Sources: "Account information" of rest-api.md in binance-spot-api-docs; "Account" and "Trade" of
 * the USD-M futures documentation. USD-M sizes are in base units already.
 */
import { Decimal } from '../../core/decimal.ts';
import { asset } from '../../core/ids.ts';
import type { JsonValue } from '../../core/json.ts';
import type { BalanceReport, FundingRecord, PositionReport } from '../../core/venue/report.ts';
import { asArray, asObject, figure, optionalFigure, text, wholeNumber } from '../ccxt/exact-json.ts';
import type { Names } from '../markets.ts';
import { positiveOrNull } from './normalize-orders.ts';

export function spotBalances(body: JsonValue): readonly BalanceReport[] {
  return asArray(asObject(body, 'account')['balances'], 'balances').map((item) => {
    const balance = asObject(item, 'balance');
    const free = figure(balance, 'free');
    return {
      wallet: 'spot',
      asset: asset(text(balance, 'asset')),
      total: free.add(figure(balance, 'locked')),
      free,
    };
  });
}

/** `/fapi/v3/balance`. */
export function swapBalances(body: JsonValue): readonly BalanceReport[] {
  return asArray(body, 'balances').map((item) => {
    const balance = asObject(item, 'balance');
    return {
      wallet: 'linear_swap',
      asset: asset(text(balance, 'asset')),
      total: figure(balance, 'balance'),
      free: figure(balance, 'availableBalance'),
    };
  });
}

/** What `symbolConfig` adds to a position. */
export interface SymbolSettings {
  readonly leverage: Decimal;
  readonly marginMode: 'cross' | 'isolated';
}

export function symbolSettings(body: JsonValue): ReadonlyMap<string, SymbolSettings> {
  return new Map(
    asArray(body, 'symbol settings').map((item) => {
      const settings = asObject(item, 'symbol settings');
      return [
        text(settings, 'symbol'),
        {
          leverage: figure(settings, 'leverage'),
          marginMode: text(settings, 'marginType').toUpperCase() === 'ISOLATED' ? 'isolated' : 'cross',
        },
      ];
    }),
  );
}

/**
 * `/fapi/v3/positionRisk`; then the flat swaps whose leverage `symbolConfig` tells. In hedge mode, in which we do not
 * trade, an instrument has a row a side: they are shown as one position of what they come to together.
 */
export function swapPositions(
  body: JsonValue,
  names: Names,
  settings: ReadonlyMap<string, SymbolSettings>,
): readonly PositionReport[] {
  const rows = asArray(body, 'positions')
    .map((item) => asObject(item, 'position'))
    .filter((position) => names.known(text(position, 'symbol')) && !figure(position, 'positionAmt').isZero())
    .map((position) => {
      const venueSymbol = text(position, 'symbol');
      const own = settings.get(venueSymbol);
      return {
        symbol: names.symbol(venueSymbol),
        quantity: figure(position, 'positionAmt'),
        entryPrice: positiveOrNull(optionalFigure(position, 'entryPrice')),
        markPrice: positiveOrNull(optionalFigure(position, 'markPrice')),
        leverage: own?.leverage ?? null,
        marginMode: own?.marginMode ?? null,
        liquidationPrice: positiveOrNull(optionalFigure(position, 'liquidationPrice')),
        unrealizedPnl: optionalFigure(position, 'unRealizedProfit'),
      };
    });
  const open = [...Map.groupBy(rows, (row) => row.symbol).values()].flatMap(together);
  const listed = new Set<string>(open.map((report) => report.symbol));
  const flat: PositionReport[] = [];
  for (const [venueSymbol, own] of settings) {
    if (!names.known(venueSymbol) || listed.has(names.symbol(venueSymbol))) continue;
    flat.push({
      symbol: names.symbol(venueSymbol),
      quantity: Decimal.zero,
      entryPrice: null,
      markPrice: null,
      leverage: own.leverage,
      marginMode: own.marginMode,
      liquidationPrice: null,
      unrealizedPnl: null,
    });
  }
  return [...open, ...flat];
}

/** Both sides of one instrument as one; what only a side has is left out. */
function together(sides: readonly PositionReport[]): readonly PositionReport[] {
  const [first, ...others] = sides;
  if (first === undefined || others.length === 0) return sides;
  return [
    {
      ...first,
      quantity: others.reduce((sum, side) => sum.add(side.quantity), first.quantity),
      entryPrice: null,
      liquidationPrice: null,
      unrealizedPnl: others.reduce<Decimal | null>(
        (sum, side) => (sum === null || side.unrealizedPnl === null ? null : sum.add(side.unrealizedPnl)),
        first.unrealizedPnl,
      ),
    },
  ];
}

/** `FUNDING_FEE` entries of `/fapi/v1/income`. */
export function fundingRecords(body: JsonValue, names: Names): readonly FundingRecord[] {
  return asArray(body, 'income')
    .map((item) => asObject(item, 'income'))
    .filter((income) => text(income, 'incomeType') === 'FUNDING_FEE' && names.known(text(income, 'symbol')))
    .map((income) => ({
      id: text(income, 'tranId'),
      symbol: names.symbol(text(income, 'symbol')),
      asset: asset(text(income, 'asset')),
      amount: figure(income, 'income'),
      at: wholeNumber(income, 'time'),
    }));
}
