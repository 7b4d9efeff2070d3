/**
 * Reading contract orders: from the parameters of "Order" to a request for the neutral exchange, with what it sets beside the order.
 *
 * Entry points: `readNewOrder`, `applySettings`. An order at the market becomes an IOC order at the edge of what prices may be (type 5), or a
 * limit order at the best price of the other side (type 6, "convert market price to current price"); a tag keeps its type. Source: "Order"
 * of the contract documentation.
 */
import type { Decimal } from '../../../core/decimal.ts';
import type { MarginMode } from '../../exchange/account.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import type { OrderRequest, Side } from '../../exchange/order.ts';
import {
  contractNotForApi,
  exchangeRefusal,
  externalIdTooLong,
  leverageWrong,
  openTypeWrong,
  orderTypeWrong,
  parameterError,
  positionTypeWrong,
} from './errors.ts';
import type { ContractListing } from './instruments.ts';
import { directionOf, limitTermsOf, MARKET_TAG, positionSideOf } from './order-words.ts';
import { contractFrom, type Parameters } from './parameters.ts';
import { PRICE_LIMIT_RATE } from './symbols.ts';

const LONGEST_EXTERNAL_ID = 32;
const EXTERNAL_ID = /^[A-Za-z0-9_-]+$/;
const AT_THE_MARKET = 5;
const AT_THE_BEST = 6;

export interface NewOrder {
  readonly request: OrderRequest;
  readonly listing: ContractListing;
  readonly marginMode: MarginMode;
  /** Undefined: as it is set. */
  readonly leverage: number | undefined;
}

/** The order that the parameters ask for. Throws the refusal. */
export function readNewOrder(exchange: Exchange, accountId: string, parameters: Parameters): NewOrder {
  const listing = contractFrom(parameters);
  if (!listing.contract.isApiAllowed) throw contractNotForApi();
  checkAttached(parameters);
  const direction = directionOf(parameters.requiredInteger('side'));
  const type = parameters.requiredInteger('type');
  const quantity = parameters.requiredDecimal('vol');
  const externalId = readExternalId(parameters);
  const hedged = exchange.isHedged(accountId);
  const mode = parameters.optionalInteger('positionMode');
  if (mode !== undefined && (mode === 1) !== hedged) throw positionTypeWrong();
  const reduceOnly = parameters.optionalBoolean('reduceOnly') === true;
  // "two-way positions will not accept this parameter".
  if (hedged && reduceOnly) throw parameterError();
  const { marginMode, leverage } = readMargin(parameters);
  const request: OrderRequest = {
    symbol: listing.unified,
    side: direction.side,
    positionSide: hedged ? positionSideOf(direction) : 'net',
    reduceOnly: hedged ? direction.closes : reduceOnly || direction.closes,
    type: 'limit',
    quantity,
    ...(externalId === undefined ? {} : { clientOrderId: externalId }),
    ...priceTerms(exchange, listing, direction.side, type, parameters),
  };
  return { request, listing, marginMode, leverage };
}

/** Attached take-profits and stops are not served: an order that relies on one is refused, not taken without it. */
function checkAttached(parameters: Parameters): void {
  if (parameters.has('stopLossPrice') || parameters.has('takeProfitPrice')) throw parameterError();
}

function readExternalId(parameters: Parameters): string | undefined {
  const id = parameters.optional('externalOid');
  if (id === undefined) return undefined;
  if (id.length > LONGEST_EXTERNAL_ID) throw externalIdTooLong();
  if (!EXTERNAL_ID.test(id)) throw parameterError();
  return id;
}

function readMargin(parameters: Parameters): Pick<NewOrder, 'marginMode' | 'leverage'> {
  const openType = parameters.requiredInteger('openType');
  if (openType !== 1 && openType !== 2) throw openTypeWrong();
  const leverage = parameters.optionalInteger('leverage');
  // "Leverage is necessary on Isolated Margin".
  if (openType === 1 && leverage === undefined) throw leverageWrong();
  return { marginMode: openType === 1 ? 'isolated' : 'cross', leverage };
}

function priceTerms(
  exchange: Exchange,
  { unified, contract }: ContractListing,
  side: Side,
  type: number,
  parameters: Parameters,
): Pick<OrderRequest, 'price' | 'timeInForce' | 'postOnly' | 'tags'> {
  const limit = limitTermsOf(type);
  if (limit !== undefined) return { price: parameters.requiredDecimal('price'), ...limit };
  if (type !== AT_THE_MARKET && type !== AT_THE_BEST) throw orderTypeWrong();
  const fair = exchange.market(unified)?.markPrice ?? contract.startPrice;
  const edge = edgePrice(fair, side, contract.priceUnit);
  const tags = { [MARKET_TAG]: String(type) };
  if (type === AT_THE_MARKET) return { price: edge, timeInForce: 'IOC', tags };
  const book = exchange.book(unified, 1);
  const best = (side === 'buy' ? book?.asks[0] : book?.bids[0])?.[0];
  return { price: best ?? edge, tags };
}

/** The highest price of a bid, the lowest of an ask. */
export function edgePrice(fair: Decimal, side: Side, unit: Decimal): Decimal {
  const distance = fair.multiply(PRICE_LIMIT_RATE);
  return side === 'buy'
    ? fair.add(distance).roundToMultipleOf(unit, 'down')
    : fair.subtract(distance).roundToMultipleOf(unit, 'up');
}

/** The margin mode and leverage that an order brings are the contract's from then on. */
export function applySettings(exchange: Exchange, accountId: string, at: number, order: NewOrder): void {
  const { listing, marginMode, leverage } = order;
  const held = exchange.positions(accountId).find(({ symbol }) => symbol === listing.unified);
  if ((held?.marginMode ?? 'cross') !== marginMode) {
    const result = exchange.setMarginMode(at, accountId, listing.unified, marginMode);
    if (!result.ok) throw exchangeRefusal(result.refusal);
  }
  const now = held?.leverage ?? exchange.instrument(listing.unified)?.swap?.defaultLeverage;
  if (leverage === undefined || leverage === now) return;
  const result = exchange.setLeverage(at, accountId, listing.unified, leverage);
  if (!result.ok) throw exchangeRefusal(result.refusal);
}
