/**
 * The simulated venue's records in the words of `src/venues/gateway.ts`, and our orders in the venue's.
 *
 * Entry points: one function a record. Facts of a world's setting only (trade ids, sides of funding) stay in
 * `simulated-gateway.ts`.
 */
import type { Wallet, WalletDeclaration } from '../../src/core/balance/wallet.ts';
import { Decimal } from '../../src/core/decimal.ts';
import { asset, instrumentSymbol, venueClientOrderId, venueOrderId } from '../../src/core/ids.ts';
import type { Instrument } from '../../src/core/instrument.ts';
import type { AccountRecord } from '../../src/core/venue/account-record.ts';
import type { VenueCapabilities } from '../../src/core/venue/capabilities.ts';
import type { VenueRefusal } from '../../src/core/venue/outcome.ts';
import type { MarginReport, OrderReport, PositionReport } from '../../src/core/venue/report.ts';
import type {
  FundingPayment,
  LedgerEntry,
  MarginSummary,
  Position as VenuePosition,
} from '../../src/simulators/exchange/account.ts';
import type { Instrument as VenueInstrument } from '../../src/simulators/exchange/instrument.ts';
import type {
  Order as VenueOrder,
  OrderReference,
  OrderRequest,
} from '../../src/simulators/exchange/order.ts';
import type { WalletName } from '../../src/simulators/exchange/policy.ts';
import type { Refusal } from '../../src/simulators/exchange/refusal.ts';
import { BINANCE_CAPABILITIES } from '../../src/venues/binance/capabilities.ts';
import type { CancelRequest, LookUpRequest, WireOrder } from '../../src/venues/gateway.ts';
import type { VenueSetting } from './venue.ts';
import type { TermsOnWire } from './wire/venue-on-wire.ts';

/** As Binance's gateway refers to an order: the mark of an id says where the order of that id is. */
export function referenceOf(
  request: CancelRequest | LookUpRequest,
): OrderReference & { readonly conditional: boolean } {
  const { symbol, venueOrderIds: ids } = request;
  const id = ids.findLast((one) => !one.startsWith(CONDITIONAL_MARK)) ?? ids.at(-1);
  return id === undefined
    ? { symbol, clientOrderId: request.venueClientOrderId, conditional: request.conditional }
    : { symbol, venueOrderId: bareId(id), conditional: id.startsWith(CONDITIONAL_MARK) };
}

export function instrumentOf(venue: VenueInstrument): Instrument {
  const isSwap = venue.marketType === 'swap';
  return {
    venue: 'binance',
    symbol: instrumentSymbol(venue.symbol),
    kind: isSwap ? 'linear_swap' : 'spot',
    base: asset(venue.base),
    quote: asset(venue.quote),
    settle: asset(venue.quote),
    tickSize: venue.priceTick,
    lotSize: venue.quantityStep,
    minQuantity: venue.minQuantity,
    maxQuantity: venue.maxQuantity,
    maxMarketQuantity: venue.maxMarketQuantity,
    minNotional: venue.minNotional,
    minPrice: venue.priceTick,
    maxPrice: null,
    priceBand: null,
    contractSize: venue.contractSize,
    makerFeeRate: Decimal.of(isSwap ? 2n : 10n, 4),
    takerFeeRate: Decimal.of(isSwap ? 5n : 10n, 4),
    buyFeeTakenFrom: isSwap ? 'quote' : 'base',
    active: true,
  };
}

/** Conditional orders count their ids apart from the others: marked, no two orders on an instrument share one. */
const CONDITIONAL_MARK = 'c';

export function shownId(order: VenueOrder): string {
  return order.conditional ? CONDITIONAL_MARK + order.venueOrderId : order.venueOrderId;
}

function bareId(id: string): string {
  return id.startsWith(CONDITIONAL_MARK) ? id.slice(CONDITIONAL_MARK.length) : id;
}

export function venueRequestOf(order: WireOrder, clientOrderId: string): OrderRequest {
  const isStop = order.type === 'stop_market' || order.type === 'stop_limit';
  const isTakeProfit = isStop && (order.side === 'buy') === (order.stopDirection === 'down');
  const type = !isStop
    ? order.type
    : order.type === 'stop_market'
      ? isTakeProfit
        ? 'take_profit_market'
        : 'stop_market'
      : isTakeProfit
        ? 'take_profit_limit'
        : 'stop_limit';
  return {
    symbol: order.symbol,
    side: order.side,
    positionSide: order.positionSide,
    type,
    clientOrderId,
    ...(order.quantity === null ? {} : { quantity: order.quantity }),
    ...(order.cost === null ? {} : { cost: order.cost }),
    ...(order.price === null ? {} : { price: order.price }),
    ...(order.stopPrice === null ? {} : { stopPrice: order.stopPrice }),
    ...(order.trigger === null || order.trigger === 'index' ? {} : { triggerSource: order.trigger }),
    ...(type === 'market' || type === 'stop_market' || type === 'take_profit_market'
      ? {}
      : { timeInForce: order.timeInForce }),
    postOnly: order.postOnly,
    // Refused by Binance in hedged mode, whatever its value: there the closing side only reduces.
    ...(order.positionSide === 'net' ? { reduceOnly: order.reduceOnly } : {}),
  };
}

/** A request's terms in plain texts, for the record. */
export function termsOf(request: OrderRequest): TermsOnWire {
  return {
    type: request.type,
    quantity: request.quantity?.toString() ?? null,
    cost: request.cost?.toString() ?? null,
    price: request.price?.toString() ?? null,
    stopPrice: request.stopPrice?.toString() ?? null,
    triggerSource: request.triggerSource ?? null,
    timeInForce: request.timeInForce ?? null,
    postOnly: request.postOnly ?? false,
    reduceOnly: request.reduceOnly ?? false,
  };
}

export function reportOf(order: VenueOrder, filledQuantity: Decimal): OrderReport {
  return {
    symbol: instrumentSymbol(order.symbol),
    venueOrderId: venueOrderId(shownId(order)),
    venueClientOrderId: order.clientOrderId === null ? null : venueClientOrderId(order.clientOrderId),
    status: order.status === 'pending' ? 'untriggered' : order.status,
    side: order.side,
    positionSide: order.positionSide,
    quantity: order.cost === null ? order.quantity : null,
    price: order.price,
    filledQuantity,
    triggeredVenueOrderId:
      order.triggeredVenueOrderId === null ? null : venueOrderId(order.triggeredVenueOrderId),
    venueReason: order.endReason === null || order.endReason === 'user_canceled' ? '' : order.endReason,
    updatedAt: order.updatedAt,
  };
}

/** The margin of the cross positions of a wallet of the venue: without that of isolated ones. */
export function marginReportOf(
  wallet: WalletName,
  summary: MarginSummary,
  positions: readonly VenuePosition[],
): MarginReport {
  let { marginBalance, maintenanceMargin } = summary;
  for (const position of positions) {
    if (position.marginMode !== 'isolated') continue;
    marginBalance = marginBalance.subtract(position.isolatedMargin).subtract(position.unrealizedPnl);
    maintenanceMargin = maintenanceMargin.subtract(position.maintenanceMargin);
  }
  return { wallet: walletOf(wallet), marginBalance, maintenanceMargin };
}

export function positionReportOf(position: VenuePosition): PositionReport {
  return {
    symbol: instrumentSymbol(position.symbol),
    positionSide: position.side,
    quantity: position.quantity,
    entryPrice: position.entryPrice,
    markPrice: position.markPrice,
    leverage: Decimal.fromInteger(position.leverage),
    marginMode: position.marginMode,
    liquidationPrice: position.liquidationPrice ?? 'none',
    maintenanceMargin: position.maintenanceMargin,
    isolatedMargin:
      position.marginMode === 'isolated' ? position.isolatedMargin.add(position.unrealizedPnl) : null,
    unrealizedPnl: position.unrealizedPnl,
  };
}

/** A flat net position with the settings of one of a hedged account. */
export function flatNet(position: VenuePosition): VenuePosition {
  const { zero } = Decimal;
  return {
    ...position,
    side: 'net',
    quantity: zero,
    entryPrice: zero,
    unrealizedPnl: zero,
    liquidationPrice: null,
  };
}

/** The world moves nothing to the wallets that are not traded from. */
const WALLETS: Readonly<Record<Exclude<WalletName, 'funding' | 'earn'>, Wallet>> = {
  spot: 'spot',
  swap: 'linear_swap',
  unified: 'unified',
};

export function walletOf(name: WalletName): Wallet {
  if (name === 'funding' || name === 'earn') throw new Error(`the world has no wallet ${name}`);
  return WALLETS[name];
}

/** The simulated venue backs swaps with their settle asset alone. */
export const UNIFIED_WALLET: readonly WalletDeclaration[] = [
  { wallet: 'unified', kinds: ['spot', 'linear_swap'], collateral: 'settle_asset' },
];

export const SIDE_UNKNOWN: VenueRefusal = {
  kind: 'position_mode',
  venueCode: 'here',
  venueMessage: 'the mode of the account has no such position',
};

/** A funding payment as an account record; which venue names its side is the world's setting. */
export function fundingRecord(
  { symbol, positionSide, asset: paidIn, amount, at }: FundingPayment,
  { fundingNamesSide, wallets }: Pick<VenueSetting, 'fundingNamesSide' | 'wallets'>,
): AccountRecord {
  return {
    recordId: `${symbol} ${positionSide} ${at}`,
    kind: 'funding',
    venueKind: 'funding',
    wallet: wallets === 'unified' ? 'unified' : 'linear_swap',
    asset: asset(paidIn),
    amount,
    symbol: instrumentSymbol(symbol),
    positionSide: fundingNamesSide ? positionSide : 'net',
    tradeId: null,
    at,
  };
}

/** Any other entry of the venue's ledger. */
export function entryRecord(
  entry: LedgerEntry,
  { fundingNamesSide }: Pick<VenueSetting, 'fundingNamesSide'>,
): AccountRecord {
  const { amount, symbol, positionSide } = entry;
  const transfer = amount.isNegative() ? 'transfer_out' : 'transfer_in';
  return {
    recordId: `${entry.kind} ${entry.number} ${entry.wallet}`,
    kind: entry.kind === 'transfer' ? transfer : entry.kind === 'distribution' ? 'airdrop' : entry.kind,
    venueKind: entry.kind,
    wallet: walletOf(entry.wallet),
    asset: asset(entry.asset),
    amount,
    symbol: symbol === null ? null : instrumentSymbol(symbol),
    positionSide: fundingNamesSide && positionSide !== null ? positionSide : 'net',
    tradeId: null,
    at: entry.at,
  };
}

export function capabilitiesOf({ stopsKeepId }: VenueSetting): VenueCapabilities {
  const { kinds } = BINANCE_CAPABILITIES;
  if (!stopsKeepId || kinds.linear_swap === null) return BINANCE_CAPABILITIES;
  return {
    ...BINANCE_CAPABILITIES,
    kinds: { ...kinds, linear_swap: { ...kinds.linear_swap, triggeredStopIsNewOrder: false } },
  };
}

const REFUSAL_KINDS: Partial<Record<Refusal['code'], VenueRefusal['kind']>> = {
  insufficient_balance: 'insufficient_balance',
  duplicate_client_order_id: 'duplicate_client_order_id',
  post_only_would_take: 'would_take',
  would_trigger_immediately: 'would_trigger',
  too_many_open_orders: 'too_many_orders',
  reduce_only_refused: 'reduce_only',
  position_side_mismatch: 'position_mode',
  price_outside_band: 'price_band',
  price_off_tick: 'filter',
  quantity_off_step: 'filter',
  quantity_too_small: 'filter',
  quantity_too_large: 'filter',
  notional_too_small: 'filter',
};

export function refusalOf(refusal: Refusal): VenueRefusal {
  return { kind: REFUSAL_KINDS[refusal.code] ?? 'other', venueCode: refusal.code, venueMessage: '' };
}

export function describe(order: WireOrder): string {
  const size = order.quantity?.toString() ?? `cost ${order.cost?.toString() ?? '?'}`;
  const position = order.positionSide === 'net' ? '' : `${order.positionSide} `;
  return `${position}${order.side} ${size} ${order.symbol} ${order.type} ${order.price?.toString() ?? ''} ${order.timeInForce}`;
}
