/**
 * Reading futures orders: from the parameters of "Add Order" to a request for the neutral exchange.
 *
 * Entry points: `readNewOrder`, `TAGS`. Source: "Add Order" of the futures documentation. A size is in lots (`size`), in base (`qty`) or in quote
 * (`valueQty`). In cross mode the leverage of an order is passed over.
 */
import type { Decimal } from '../../../core/decimal.ts';
import type { Position } from '../../exchange/account.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import type { OrderRequest, OrderType, PositionSide, Side } from '../../exchange/order.ts';
import { missing, parameterError } from '../errors.ts';
import { readClientId, readWord, type Parameters } from '../parameters.ts';
import { PREVENTIONS } from '../spot/order-requests.ts';
import type { Contract } from './instruments.ts';
import { futuresRefusal, invalid, wrongPositionMode } from './refusals.ts';

/** Tags of an order that only its payloads show. */
export const TAGS = {
  remark: 'remark',
  stp: 'stp',
  stop: 'stop',
  stopPriceType: 'stopPriceType',
  closeOrder: 'closeOrder',
  forceHold: 'forceHold',
  leverage: 'leverage',
  marginMode: 'marginMode',
} as const;

export interface Asker {
  readonly exchange: Exchange;
  readonly accountId: string;
  readonly at: number;
}

export function readNewOrder(asker: Asker, contract: Contract, parameters: Parameters): OrderRequest {
  const clientOrderId = readClientId(parameters);
  if (clientOrderId === undefined) throw missing('clientOid');
  const type = readWord(parameters, 'type', ['limit', 'market']) ?? 'limit';
  const { side, positionSide, quantity, reduceOnly, closes } = readAim(asker, contract, parameters);
  const stop = readWord(parameters, 'stop', ['up', 'down']);
  const stp = readWord(parameters, 'stp', ['CN', 'CO', 'CB']);
  const prevention = stp === undefined ? undefined : PREVENTIONS[stp];
  return {
    symbol: contract.unified,
    side,
    positionSide,
    clientOrderId,
    quantity,
    ...(reduceOnly || closes ? { reduceOnly: true } : {}),
    ...(prevention === undefined ? {} : { selfTradePrevention: prevention }),
    ...terms(parameters, type, side, stop),
    tags: tagsOf(parameters, closes),
  };
}

interface Aim {
  readonly side: Side;
  readonly positionSide: PositionSide;
  readonly quantity: Decimal;
  readonly reduceOnly: boolean;
  readonly closes: boolean;
}

const SIDES = { BOTH: 'net', LONG: 'long', SHORT: 'short' } as const;

function readAim(asker: Asker, contract: Contract, parameters: Parameters): Aim {
  const { exchange, accountId } = asker;
  const isHedged = exchange.isHedged(accountId);
  const word = readWord(parameters, 'positionSide', ['BOTH', 'LONG', 'SHORT']) ?? 'BOTH';
  if ((word === 'BOTH') === isHedged) throw wrongPositionMode();
  const positionSide = SIDES[word];
  const given = readWord(parameters, 'side', ['buy', 'sell']);
  const reduceOnly = parameters.optionalBoolean('reduceOnly') === true;
  // "If closeOrder is set to TRUE, the system will close the position ... Side, Size and Leverage fields can be left empty".
  if (parameters.optionalBoolean('closeOrder') === true) {
    const held = heldOf(exchange, accountId, contract, positionSide);
    if (held === undefined) throw futuresRefusal({ code: 'no_position' });
    const side = held.quantity.isPositive() ? 'sell' : 'buy';
    return { side, positionSide, quantity: held.quantity.abs(), reduceOnly, closes: true };
  }
  if (given === undefined) throw missing('side');
  return {
    side: given,
    positionSide,
    quantity: lotsOf(asker, contract, parameters),
    reduceOnly,
    closes: false,
  };
}

function heldOf(
  exchange: Exchange,
  accountId: string,
  { unified }: Contract,
  side: PositionSide,
): Position | undefined {
  return exchange
    .positions(accountId)
    .find((position) => position.symbol === unified && position.side === side && !position.quantity.isZero());
}

/** "Choose one of size, qty, valueQty": an amount of base has to be whole lots, one of quote is rounded down to them. */
function lotsOf({ exchange }: Asker, { symbol, unified }: Contract, parameters: Parameters): Decimal {
  const size = parameters.optionalDecimal('size');
  if (size !== undefined) return size;
  const base = parameters.optionalDecimal('qty');
  if (base !== undefined) return base.divide(symbol.multiplier, 0, 'down');
  const value = parameters.optionalDecimal('valueQty');
  if (value === undefined) throw missing('size');
  const price =
    parameters.optionalDecimal('price') ?? exchange.market(unified)?.markPrice ?? symbol.startPrice;
  return value.divide(price.multiply(symbol.multiplier), 0, 'down');
}

type Terms = Pick<
  OrderRequest,
  'type' | 'price' | 'timeInForce' | 'postOnly' | 'stopPrice' | 'triggerSource'
>;

/** A stop waits for the price to come `up` or `down`; with the side that makes a stop or a target of it. */
function terms(
  parameters: Parameters,
  type: 'limit' | 'market',
  side: Side,
  stop: 'up' | 'down' | undefined,
): Terms {
  const postOnly = parameters.optionalBoolean('postOnly') === true;
  const timeInForce = readWord(parameters, 'timeInForce', ['GTC', 'IOC', 'RPI']) ?? 'GTC';
  if (timeInForce === 'RPI') throw invalid('timeInForce');
  const isLimit = type === 'limit';
  const price = isLimit ? { price: parameters.requiredDecimal('price') } : {};
  if (isLimit && postOnly && timeInForce === 'IOC')
    throw parameterError('postOnly and IOC exclude each other.');
  const limited = isLimit ? { timeInForce, postOnly } : {};
  if (stop === undefined) return { type, ...price, ...limited };
  const source = readWord(parameters, 'stopPriceType', ['TP', 'MP', 'IP']);
  if (source === undefined) throw missing('stopPriceType');
  const isWithMove = (stop === 'up') === (side === 'buy');
  const kind: OrderType = isWithMove
    ? isLimit
      ? 'stop_limit'
      : 'stop_market'
    : isLimit
      ? 'take_profit_limit'
      : 'take_profit_market';
  return {
    type: kind,
    ...price,
    ...limited,
    stopPrice: parameters.requiredDecimal('stopPrice'),
    triggerSource: source === 'TP' ? 'last' : 'mark',
  };
}

function tagsOf(parameters: Parameters, closes: boolean): Record<string, string> {
  const tags: Record<string, string> = { [TAGS.closeOrder]: String(closes) };
  for (const name of Object.values(TAGS)) {
    const value = parameters.optional(name);
    if (value !== undefined) tags[name] = value;
  }
  return tags;
}
