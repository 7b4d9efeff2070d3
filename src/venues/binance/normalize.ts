/**
 * Binance's orders, trades, balances and positions in our words and units.
 *
 * Entry points: one reader per payload. Each takes the parsed body and throws `MalformedAnswer` where it is not of
 * the documented shape. Sources: rest-api.md and user-data-stream.md of binance-spot-api-docs; "Trade", "Account"
 * and "User Data Streams" of the USD-M futures documentation. USD-M sizes are in base units already.
 */
import { Decimal } from '../../core/decimal.ts';
import { asset, tradeId, venueClientOrderId, venueOrderId } from '../../core/ids.ts';
import type { VenueOrderId } from '../../core/ids.ts';
import type { Side } from '../../core/order/terms.ts';
import type {
  BalanceReport,
  FundingRecord,
  OrderReport,
  PositionReport,
  VenueFill,
} from '../../core/venue/report.ts';
import {
  MalformedAnswer,
  asArray,
  asObject,
  figure,
  flag,
  optionalFigure,
  optionalText,
  text,
  wholeNumber,
} from '../ccxt/exact-json.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { Names } from '../markets.ts';
import type { StreamEvent } from '../private-stream.ts';
import type { TopOfBook } from '../quotes.ts';

const SIDES: Readonly<Record<string, Side>> = { BUY: 'buy', SELL: 'sell' };

function sideOf(object: JsonObject, key: string): Side {
  const side = SIDES[text(object, key)];
  if (side === undefined) throw new MalformedAnswer(`${key} is neither BUY nor SELL`);
  return side;
}

/** Names of orders that the venue itself makes in a liquidation; how far they are, only their figures say. */
const LIQUIDATION_STATUSES: ReadonlySet<string> = new Set(['NEW_INSURANCE', 'NEW_ADL']);

/** enums.md "Order status"; USD-M has a subset. */
const STATUSES: Readonly<Record<string, OrderReport['status']>> = {
  NEW: 'open',
  PENDING_NEW: 'open',
  PARTIALLY_FILLED: 'partially_filled',
  FILLED: 'filled',
  CANCELED: 'canceled',
  PENDING_CANCEL: 'open',
  REJECTED: 'rejected',
  EXPIRED: 'expired',
  EXPIRED_IN_MATCH: 'expired',
};

const CONDITIONAL_TYPES: ReadonlySet<string> = new Set([
  'STOP_LOSS',
  'STOP_LOSS_LIMIT',
  'TAKE_PROFIT',
  'TAKE_PROFIT_LIMIT',
]);

function statusOf(status: string, type: string, working: boolean): OrderReport['status'] {
  const known = STATUSES[status];
  if (known === undefined) throw new MalformedAnswer(`unknown order status ${status}`);
  return known === 'open' && !working && CONDITIONAL_TYPES.has(type) ? 'untriggered' : known;
}

function positiveOrNull(value: Decimal | null): Decimal | null {
  return value !== null && value.isPositive() ? value : null;
}

/** An order of `GET order`, `openOrders`, `allOrders`, and of the answers to create and cancel. */
export function orderFromRest(body: JsonValue, names: Names): OrderReport {
  const order = asObject(body, 'order');
  const client = optionalText(order, 'origClientOrderId') ?? optionalText(order, 'clientOrderId');
  return {
    symbol: names.symbol(text(order, 'symbol')),
    venueOrderId: venueOrderId(text(order, 'orderId')),
    venueClientOrderId: client === null ? null : venueClientOrderId(client),
    // The answer to a create has no `isWorking`; a conditional one that was just taken waits for its trigger.
    status: statusOf(text(order, 'status'), text(order, 'type'), order['isWorking'] === true),
    side: sideOf(order, 'side'),
    quantity: positiveOrNull(optionalFigure(order, 'origQty')),
    price: positiveOrNull(optionalFigure(order, 'price')),
    filledQuantity: figure(order, 'executedQty'),
    triggeredVenueOrderId: null,
    venueReason: optionalText(order, 'expiryReason') ?? '',
    updatedAt: timeOf(order, ['updateTime', 'transactTime', 'time']),
  };
}

function timeOf(object: JsonObject, keys: readonly string[]): number {
  const key = keys.find((candidate) => object[candidate] !== undefined);
  if (key === undefined) throw new MalformedAnswer(`${keys.join(' or ')} is missing`);
  return wholeNumber(object, key);
}

/** The itemised executions of a spot create with `newOrderRespType=FULL`; a USD-M answer has none. */
export function fillsFromAck(body: JsonValue, names: Names): readonly VenueFill[] {
  const order = asObject(body, 'order');
  const fills = order['fills'];
  if (fills === undefined) return [];
  const client = optionalText(order, 'clientOrderId');
  return (
    asArray(fills, 'fills')
      .map((item) => asObject(item, 'fill'))
      // An allocation of smart routing has no trade id; only trades book.
      .filter((fill) => fill['tradeId'] !== undefined && wholeNumber(fill, 'tradeId') >= 0)
      .map((fill) => ({
        symbol: names.symbol(text(order, 'symbol')),
        tradeId: tradeId(text(fill, 'tradeId')),
        venueOrderId: venueOrderId(text(order, 'orderId')),
        venueClientOrderId: client === null ? null : venueClientOrderId(client),
        side: sideOf(order, 'side'),
        price: figure(fill, 'price'),
        quantity: figure(fill, 'qty'),
        fee: figure(fill, 'commission'),
        feeAsset: asset(text(fill, 'commissionAsset')),
        // What trades at once takes.
        liquidity: 'taker',
        realizedPnl: null,
        executedAt: timeOf(order, ['transactTime', 'updateTime']),
      }))
  );
}

/** One of `myTrades` (spot) or `userTrades` (USD-M). */
export function fillFromTrade(body: JsonValue, names: Names): VenueFill {
  const trade = asObject(body, 'trade');
  const maker = names.kind === 'spot' ? flag(trade, 'isMaker') : flag(trade, 'maker');
  const id = text(trade, 'id');
  // Reading goes on after the highest id, so it must be a number.
  if (!/^\d+$/.test(id)) throw new MalformedAnswer(`trade id ${id} is not a number`);
  return {
    symbol: names.symbol(text(trade, 'symbol')),
    tradeId: tradeId(id),
    venueOrderId: venueOrderId(text(trade, 'orderId')),
    venueClientOrderId: null,
    side: names.kind === 'spot' ? (flag(trade, 'isBuyer') ? 'buy' : 'sell') : sideOf(trade, 'side'),
    price: figure(trade, 'price'),
    quantity: figure(trade, 'qty'),
    fee: figure(trade, 'commission'),
    feeAsset: asset(text(trade, 'commissionAsset')),
    liquidity: maker ? 'maker' : 'taker',
    realizedPnl: names.kind === 'spot' ? null : optionalFigure(trade, 'realizedPnl'),
    executedAt: wholeNumber(trade, 'time'),
  };
}

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

/** "Algo Status" of the USD-M `ALGO_UPDATE` event. */
const ALGO_STATUSES: Readonly<Record<string, OrderReport['status']>> = {
  NEW: 'untriggered',
  // On its way to the matching engine: it has no order there yet.
  TRIGGERING: 'untriggered',
  TRIGGERED: 'triggered',
  // Its order is filled or canceled; what became of it is told by that order.
  FINISHED: 'triggered',
  CANCELED: 'canceled',
  REJECTED: 'rejected',
  EXPIRED: 'expired',
};

function algoStatus(status: string): OrderReport['status'] {
  const known = ALGO_STATUSES[status];
  if (known === undefined) throw new MalformedAnswer(`unknown algo status ${status}`);
  return known;
}

/** Conditional orders are counted in numbers of their own, which may equal an ordinary order's: they are told apart by this. */
const ALGO_MARK = 'algo-';

function markAlgoId(id: string): VenueOrderId {
  return venueOrderId(`${ALGO_MARK}${id}`);
}

/** The id as the venue counts it. */
export function algoIdAtVenue(id: VenueOrderId): string {
  return id.startsWith(ALGO_MARK) ? id.slice(ALGO_MARK.length) : id;
}

/** A conditional order of `algoOrder` or `openAlgoOrders`. */
export function algoOrderFromRest(body: JsonValue, names: Names): OrderReport {
  const order = asObject(body, 'algo order');
  const client = optionalText(order, 'clientAlgoId');
  return {
    symbol: names.symbol(text(order, 'symbol')),
    venueOrderId: markAlgoId(text(order, 'algoId')),
    venueClientOrderId: client === null ? null : venueClientOrderId(client),
    status: algoStatus(text(order, 'algoStatus')),
    side: sideOf(order, 'side'),
    quantity: positiveOrNull(optionalFigure(order, 'quantity')),
    price: positiveOrNull(optionalFigure(order, 'price')),
    filledQuantity: Decimal.zero,
    triggeredVenueOrderId: actualOrder(optionalText(order, 'actualOrderId')),
    venueReason: '',
    updatedAt: timeOf(order, ['updateTime', 'createTime']),
  };
}

function actualOrder(id: string | null): OrderReport['triggeredVenueOrderId'] {
  return id === null || id === '0' ? null : venueOrderId(id);
}

export function spotStreamEvent(event: JsonObject, names: Names): StreamEvent {
  const type = text(event, 'e');
  switch (type) {
    case 'executionReport':
      return names.known(text(event, 's')) ? executionReport(event, names) : { kind: 'ignored' };
    case 'balanceUpdate':
    case 'externalLockUpdate':
      return { kind: 'account' };
    case 'eventStreamTerminated':
    case 'serverShutdown':
      return { kind: 'ended', reason: type };
    // `outboundAccountPosition` follows every order and says nothing of its own; the venue adds types freely.
    default:
      return { kind: 'ignored' };
  }
}

function executionReport(event: JsonObject, names: Names): StreamEvent {
  // On a cancel `c` names the cancel request and `C` the order.
  const client = optionalText(event, 'C') ?? optionalText(event, 'c');
  const symbol = names.symbol(text(event, 's'));
  const id = venueOrderId(text(event, 'i'));
  const rejection = text(event, 'r');
  const report: OrderReport = {
    symbol,
    venueOrderId: id,
    venueClientOrderId: client === null ? null : venueClientOrderId(client),
    status: statusOf(text(event, 'X'), text(event, 'o'), flag(event, 'w')),
    side: sideOf(event, 'S'),
    quantity: positiveOrNull(figure(event, 'q')),
    price: positiveOrNull(figure(event, 'p')),
    filledQuantity: figure(event, 'z'),
    triggeredVenueOrderId: null,
    venueReason: optionalText(event, 'eR') ?? (rejection === 'NONE' ? '' : rejection),
    updatedAt: wholeNumber(event, 'T'),
  };
  return {
    kind: 'order',
    report,
    fill: streamFill(event, report),
  };
}

/**
 * The execution that an event tells, or null. CALCULATED is a liquidation's; one that is only announced has no trade
 * id yet, which both products write as a number below one.
 */
function streamFill(event: JsonObject, report: OrderReport): VenueFill | null {
  const execution = text(event, 'x');
  if (execution !== 'TRADE' && execution !== 'CALCULATED') return null;
  if (!/^[1-9]\d*$/.test(text(event, 't'))) return null;
  const feeAsset = optionalText(event, 'N');
  return {
    symbol: report.symbol,
    tradeId: tradeId(text(event, 't')),
    venueOrderId: report.venueOrderId,
    venueClientOrderId: report.venueClientOrderId,
    side: report.side,
    price: figure(event, 'L'),
    quantity: figure(event, 'l'),
    fee: optionalFigure(event, 'n') ?? Decimal.zero,
    feeAsset: feeAsset === null ? null : asset(feeAsset),
    liquidity: flag(event, 'm') ? 'maker' : 'taker',
    // USD-M only.
    realizedPnl: optionalFigure(event, 'rp'),
    executedAt: wholeNumber(event, 'T'),
  };
}

/** "Expiry Reason" of `ORDER_TRADE_UPDATE`. */
const SWAP_EXPIRY_REASONS: Readonly<Record<string, string>> = {
  '1': 'self-trade prevention',
  '2': 'IOC could not be filled completely',
  '3': 'IOC, self-trade prevention',
  '4': 'knocked out by a higher-priority reduce-only order',
  '5': 'account liquidated',
  '6': 'GTE condition unsatisfied',
  '7': 'symbol delisted',
  '8': 'the stop order was triggered',
  '9': 'market order could not be filled completely',
};

export function swapStreamEvent(event: JsonObject, names: Names): StreamEvent {
  const type = text(event, 'e');
  switch (type) {
    case 'ORDER_TRADE_UPDATE': {
      const order = asObject(event['o'], 'order');
      return names.known(text(order, 's')) ? orderTradeUpdate(order, names) : { kind: 'ignored' };
    }
    case 'ALGO_UPDATE': {
      const order = asObject(event['o'], 'algo order');
      if (!names.known(text(order, 's'))) return { kind: 'ignored' };
      return { kind: 'order', report: algoUpdate(order, names, wholeNumber(event, 'E')), fill: null };
    }
    case 'ACCOUNT_UPDATE': {
      // "m": the reason; ORDER is told by the order's own event.
      const reason = optionalText(asObject(event['a'], 'account'), 'm');
      return reason === 'ORDER' ? { kind: 'ignored' } : { kind: 'account' };
    }
    case 'ACCOUNT_CONFIG_UPDATE':
    case 'MARGIN_CALL':
      return { kind: 'account' };
    case 'listenKeyExpired':
    case 'serverShutdown':
      return { kind: 'ended', reason: type };
    // TRADE_LITE repeats a trade with less; the venue adds types freely.
    default:
      return { kind: 'ignored' };
  }
}

function orderTradeUpdate(order: JsonObject, names: Names): StreamEvent {
  const client = optionalText(order, 'c');
  const report: OrderReport = {
    symbol: names.symbol(text(order, 's')),
    venueOrderId: venueOrderId(text(order, 'i')),
    venueClientOrderId: client === null ? null : venueClientOrderId(client),
    status: LIQUIDATION_STATUSES.has(text(order, 'X'))
      ? statusByFigures(figure(order, 'z'), figure(order, 'q'))
      : statusOf(text(order, 'X'), text(order, 'o'), true),
    side: sideOf(order, 'S'),
    quantity: positiveOrNull(figure(order, 'q')),
    price: positiveOrNull(figure(order, 'p')),
    filledQuantity: figure(order, 'z'),
    triggeredVenueOrderId: null,
    venueReason: SWAP_EXPIRY_REASONS[optionalText(order, 'er') ?? '0'] ?? '',
    updatedAt: wholeNumber(order, 'T'),
  };
  return { kind: 'order', report, fill: streamFill(order, report) };
}

function statusByFigures(filled: Decimal, quantity: Decimal): OrderReport['status'] {
  if (filled.isZero()) return 'open';
  return filled.atLeast(quantity) ? 'filled' : 'partially_filled';
}

function algoUpdate(order: JsonObject, names: Names, at: number): OrderReport {
  const client = optionalText(order, 'caid');
  return {
    symbol: names.symbol(text(order, 's')),
    venueOrderId: markAlgoId(text(order, 'aid')),
    venueClientOrderId: client === null ? null : venueClientOrderId(client),
    status: algoStatus(text(order, 'X')),
    side: sideOf(order, 'S'),
    quantity: positiveOrNull(optionalFigure(order, 'q')),
    price: positiveOrNull(optionalFigure(order, 'p')),
    filledQuantity: Decimal.zero,
    triggeredVenueOrderId: actualOrder(optionalText(order, 'ai')),
    venueReason: optionalText(order, 'rm') ?? '',
    updatedAt: at,
  };
}

/** From `ticker/bookTicker`. */
export function topFromRest(body: JsonValue): TopOfBook {
  const top = asObject(body, 'bookTicker');
  return {
    bid: figure(top, 'bidPrice'),
    bidQuantity: figure(top, 'bidQty'),
    ask: figure(top, 'askPrice'),
    askQuantity: figure(top, 'askQty'),
    venueAt: top['time'] === undefined ? null : wholeNumber(top, 'time'),
  };
}

/** From the `bookTicker` stream. */
export function topFromStream(top: JsonObject): TopOfBook {
  return {
    bid: figure(top, 'b'),
    bidQuantity: figure(top, 'B'),
    ask: figure(top, 'a'),
    askQuantity: figure(top, 'A'),
    // Spot does not say when.
    venueAt: top['T'] === undefined ? null : wholeNumber(top, 'T'),
  };
}
