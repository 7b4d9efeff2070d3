/**
 * Reading contract orders: from the parameters of "Place Order" to a request for the neutral exchange.
 *
 * Entry points: `contractFrom`, `optionalContract`, `readNewOrder`, `applyMarginMode`, `readMarginMode`. A stop that is attached to an order
 * (`tp_…`, `sl_…`) and a price by the book (`price_match`) are refused. Source: "Place Order" of the v5 documentation.
 */
import type { MarginMode } from '../../exchange/account.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import { closesSide, type OrderRequest, type PositionSide, type Side } from '../../exchange/order.ts';
import { listingNamed, type Listing } from '../instruments.ts';
import type { Parameters } from '../parameters.ts';
import {
  MARGIN_MODE_TAG,
  MARGIN_MODES,
  POSITION_SIDES,
  PREVENTIONS,
  TIMES_IN_FORCE,
  TYPE_WORDS,
  type TypeWord,
} from './order-words.ts';
import {
  contractRefusal,
  contractUnknown,
  fieldInvalid,
  orderTypeWrong,
  sideWrong,
  wrongPositionMode,
} from './refusals.ts';

/** "the value must be in [1, 9223372036854775807]". */
const CLIENT_ORDER_ID = /^[1-9]\d{0,18}$/;
const LARGEST_CLIENT_ORDER_ID = 2n ** 63n - 1n;
const NOT_SERVED = ['price_match', 'tp_trigger_price', 'sl_trigger_price'] as const;

export function contractNamed(name: string): Listing {
  const listing = listingNamed('linear', name);
  if (listing === undefined) throw contractUnknown();
  return listing;
}

export function contractFrom(parameters: Parameters): Listing {
  return contractNamed(parameters.required('contract_code'));
}

export function optionalContract(parameters: Parameters): Listing | undefined {
  const name = parameters.optional('contract_code');
  return name === undefined ? undefined : contractNamed(name);
}

export function readMarginMode(parameters: Parameters): MarginMode {
  return marginModeNamed(parameters.required('margin_mode'));
}

export function optionalMarginMode(parameters: Parameters): MarginMode | undefined {
  const name = parameters.optional('margin_mode');
  return name === undefined ? undefined : marginModeNamed(name);
}

function marginModeNamed(name: string): MarginMode {
  const mode = MARGIN_MODES.find((known) => known === name);
  if (mode === undefined) throw fieldInvalid('margin_mode');
  return mode;
}

export function readSide(parameters: Parameters): Side {
  const side = parameters.required('side');
  if (side !== 'buy' && side !== 'sell') throw sideWrong();
  return side;
}

/** "in Hedge mode, this field is mandatory, and only "long" or "short" can be selected"; one-way takes "both" alone. */
export function readPositionSide(parameters: Parameters, hedged: boolean): PositionSide {
  const word = parameters.optional('position_side') ?? 'both';
  const side = (['net', 'long', 'short'] as const).find((known) => POSITION_SIDES[known] === word);
  if (side === undefined) throw fieldInvalid('position_side');
  if ((side !== 'net') !== hedged) throw wrongPositionMode(hedged);
  return side;
}

export function readClientOrderId(parameters: Parameters): string | undefined {
  const id = parameters.optional('client_order_id');
  if (id === undefined) return undefined;
  if (!CLIENT_ORDER_ID.test(id) || BigInt(id) > LARGEST_CLIENT_ORDER_ID)
    throw fieldInvalid('client_order_id');
  return id;
}

export interface NewOrder {
  readonly request: OrderRequest;
  readonly listing: Listing;
  readonly marginMode: MarginMode;
}

/** The order that the parameters ask for. Throws the refusal. */
export function readNewOrder(exchange: Exchange, accountId: string, parameters: Parameters): NewOrder {
  const listing = contractFrom(parameters);
  const marginMode = readMarginMode(parameters);
  for (const name of NOT_SERVED) if (parameters.has(name)) throw fieldInvalid(name);
  const side = readSide(parameters);
  const type = TYPE_WORDS.find((known) => known === parameters.required('type'));
  if (type === undefined) throw orderTypeWrong();
  const hedged = exchange.isHedged(accountId);
  const positionSide = readPositionSide(parameters, hedged);
  const clientOrderId = readClientOrderId(parameters);
  const prevention = PREVENTIONS[parameters.optional('self_match_prevent') ?? 'cancel_taker'];
  if (prevention === undefined) throw fieldInvalid('self_match_prevent');
  return {
    listing,
    marginMode,
    request: {
      symbol: listing.unified,
      side,
      positionSide,
      reduceOnly: hedged ? closesSide({ side, positionSide }) : readReduceOnly(parameters),
      quantity: parameters.requiredDecimal('volume'),
      ...(clientOrderId === undefined ? {} : { clientOrderId }),
      ...priceTerms(type, parameters),
      selfTradePrevention: prevention,
      tags: { [MARGIN_MODE_TAG]: marginMode },
    },
  };
}

/** "0 is false; 1 is true" of one order, a boolean of a batch. */
function readReduceOnly(parameters: Parameters): boolean {
  const word = parameters.optional('reduce_only') ?? '0';
  if (!['0', '1', 'false', 'true'].includes(word)) throw fieldInvalid('reduce_only');
  return word === '1' || word === 'true';
}

function priceTerms(
  type: TypeWord,
  parameters: Parameters,
): Pick<OrderRequest, 'type' | 'price' | 'timeInForce' | 'postOnly'> {
  const word = (parameters.optional('time_in_force') ?? 'gtc').toLowerCase();
  const timeInForce = TIMES_IN_FORCE[word];
  if (timeInForce === undefined) throw fieldInvalid('time_in_force');
  if (type === 'market') return { type: 'market' };
  const price = parameters.requiredDecimal('price');
  if (type === 'limit') return { type: 'limit', price, timeInForce };
  if (timeInForce !== 'GTC') throw fieldInvalid('time_in_force');
  return { type: 'limit', price, timeInForce, postOnly: true };
}

/** The margin mode that an order names is the contract's from then on. */
export function applyMarginMode(
  exchange: Exchange,
  accountId: string,
  at: number,
  { listing, marginMode }: Pick<NewOrder, 'listing' | 'marginMode'>,
): void {
  const held = exchange.positions(accountId).find(({ symbol }) => symbol === listing.unified);
  if ((held?.marginMode ?? 'cross') === marginMode) return;
  const result = exchange.setMarginMode(at, accountId, listing.unified, marginMode);
  if (!result.ok) throw contractRefusal(result.refusal, exchange.isHedged(accountId));
}
