/**
 * Reading spot orders: from the parameters of "Add Order" to a request for the neutral exchange.
 *
 * Entry points: `readNewOrder`, `listingFrom`, `checkTimeWindow`, `TAGS`. Source: "Add Order" of the documentation. Hidden and iceberg orders
 * rest here in full view.
 */
import type { OrderRequest, TimeInForce } from '../../exchange/order.ts';
import type { SelfTradePrevention } from '../../exchange/policy.ts';
import { KucoinRefusal, malformed, missing, parameterError } from '../errors.ts';
import { readClientId, readWord, type Parameters } from '../parameters.ts';
import { listingNamed, type SpotListing } from './instruments.ts';
import { unknownSymbol } from './refusals.ts';

/** Tags of an order that only its payloads show. */
export const TAGS = {
  remark: 'remark',
  tags: 'tags',
  stp: 'stp',
  cancelAfter: 'cancelAfter',
  hidden: 'hidden',
  iceberg: 'iceberg',
  visibleSize: 'visibleSize',
} as const;

const MOST_CHARACTERS = 20;

export const PREVENTIONS: Readonly<Record<string, SelfTradePrevention>> = {
  CN: 'expire_taker',
  CO: 'expire_maker',
  CB: 'expire_both',
  DC: 'decrement',
};

/** The listing that `symbol` names. */
export function listingFrom(parameters: Parameters): SpotListing {
  const listing = listingNamed(parameters.required('symbol'));
  if (listing === undefined) throw unknownSymbol();
  return listing;
}

/** "If clientTimestamp + allowMaxTimeWindow < Gateway received the message time, this order will fail": with which code is not said. */
export function checkTimeWindow(parameters: Parameters, clockMs: number): void {
  const windowMs = parameters.optionalInteger('allowMaxTimeWindow');
  if (windowMs === undefined) return;
  const timestamp = parameters.optionalInteger('clientTimestamp');
  if (timestamp === undefined) throw missing('clientTimestamp');
  if (timestamp + windowMs < clockMs)
    throw new KucoinRefusal('400100', 'The order has exceeded the allowMaxTimeWindow.');
}

/** `at` is true time, from which `cancelAfter` counts. */
export function readNewOrder(listing: SpotListing, parameters: Parameters, at: number): OrderRequest {
  const side = readWord(parameters, 'side', ['buy', 'sell']);
  if (side === undefined) throw missing('side');
  const type = readWord(parameters, 'type', ['limit', 'market']);
  if (type === undefined) throw missing('type');
  const clientOrderId = readClientId(parameters);
  const stp = readWord(parameters, 'stp', ['CN', 'CO', 'CB', 'DC']);
  const prevention = stp === undefined ? undefined : PREVENTIONS[stp];
  return {
    symbol: listing.unified,
    side,
    ...(clientOrderId === undefined ? {} : { clientOrderId }),
    ...(prevention === undefined ? {} : { selfTradePrevention: prevention }),
    ...(type === 'market' ? marketTerms(parameters) : limitTerms(parameters, at)),
    tags: tagsOf(parameters),
  };
}

function tagsOf(parameters: Parameters): Record<string, string> {
  const tags: Record<string, string> = {};
  for (const name of Object.values(TAGS)) {
    const value = parameters.optional(name);
    if (value !== undefined) tags[name] = value;
  }
  for (const name of [TAGS.remark, TAGS.tags])
    if ((tags[name]?.length ?? 0) > MOST_CHARACTERS) throw malformed(name);
  return tags;
}

/** "When type is market, select one out of two: size or funds". */
function marketTerms(parameters: Parameters): Pick<OrderRequest, 'type' | 'quantity' | 'cost'> {
  const size = parameters.optionalDecimal('size');
  const funds = parameters.optionalDecimal('funds');
  if (size === undefined && funds === undefined) throw parameterError('size or funds is required');
  if (size !== undefined && funds !== undefined) throw parameterError('size and funds cannot both be sent');
  return {
    type: 'market',
    ...(size === undefined ? {} : { quantity: size }),
    ...(funds === undefined ? {} : { cost: funds }),
  };
}

function limitTerms(
  parameters: Parameters,
  at: number,
): Pick<OrderRequest, 'type' | 'quantity' | 'price' | 'timeInForce' | 'expiresAt' | 'postOnly'> {
  const word = readWord(parameters, 'timeInForce', ['GTC', 'GTT', 'IOC', 'FOK']) ?? 'GTC';
  const seconds = parameters.optionalInteger('cancelAfter') ?? -1;
  const isTimed = word === 'GTT' && seconds > 0;
  if (word === 'GTT' && !isTimed && seconds !== -1) throw malformed('cancelAfter');
  const timeInForce: TimeInForce = word === 'GTT' ? (isTimed ? 'GTD' : 'GTC') : word;
  const isImmediate = timeInForce === 'IOC' || timeInForce === 'FOK';
  return {
    type: 'limit',
    quantity: parameters.requiredDecimal('size'),
    price: parameters.requiredDecimal('price'),
    timeInForce,
    ...(isTimed ? { expiresAt: at + seconds * 1_000 } : {}),
    // "this is disabled when the order timing strategy is IOC or FOK".
    postOnly: parameters.optionalBoolean('postOnly') === true && !isImmediate,
  };
}
