/**
 * HTX's executions as fills: of the match results and of the stream of clearings of spot, of the execution details of contracts.
 *
 * Entry points: `fillFrom`, `fillFromClearing`, `contractFillFrom`, which throw `MalformedAnswer`. Sources: "Search Match Results" and "Subscribe Trade
 * Details & Order Cancellation post Clearing" of the spot documentation, "Get Execution Details (last 3 days)" of the v5 one. Fees are above zero where they were paid; those that points or a coin of the
 * venue paid for stand apart, in that coin.
 */
import type { Decimal } from '../../core/decimal.ts';
import { asset, tradeId, venueOrderId } from '../../core/ids.ts';
import type { JsonObject, JsonValue } from '../../core/json.ts';
import type { VenueFill } from '../../core/venue/report.ts';
import {
  asObject,
  figure,
  flag,
  optionalFigure,
  optionalText,
  positiveFigure,
  text,
  wholeNumber,
  word,
} from '../ccxt/exact-json.ts';
import type { Names } from '../markets.ts';
import { clientOrderIdIn } from '../report-fields.ts';
import { contractSideOf, contractsIn, positionSideOf, sideOf } from './normalize-orders.ts';

const LIQUIDITY: Readonly<Record<string, 'maker' | 'taker'>> = { maker: 'maker', taker: 'taker' };

/** A row of the match results, which carries no id of ours. */
export function fillFrom(body: JsonValue, names: Names): VenueFill {
  const fill = asObject(body, 'fill');
  return {
    symbol: names.symbol(text(fill, 'symbol')),
    tradeId: tradeId(text(fill, 'trade-id')),
    venueOrderId: venueOrderId(text(fill, 'order-id')),
    venueClientOrderId: null,
    side: sideOf(text(fill, 'type')),
    positionSide: 'net',
    sequence: null,
    price: figure(fill, 'price'),
    quantity: figure(fill, 'filled-amount'),
    ...feeOf(fill, {
      amount: 'filled-fees',
      coin: 'fee-currency',
      deducted: 'filled-points',
      deductedCoin: 'fee-deduct-currency',
    }),
    liquidity: optionalText(fill, 'role') === null ? null : word(fill, 'role', LIQUIDITY),
    realizedPnl: null,
    executedAt: wholeNumber(fill, 'created-at'),
  };
}

/** A message about a clearing. */
export function fillFromClearing(fill: JsonObject, names: Names): VenueFill {
  return {
    symbol: names.symbol(text(fill, 'symbol')),
    tradeId: tradeId(text(fill, 'tradeId')),
    venueOrderId: venueOrderId(text(fill, 'orderId')),
    venueClientOrderId: clientOrderIdIn(fill, 'clientOrderId'),
    side: sideOf(text(fill, 'orderSide')),
    positionSide: 'net',
    sequence: null,
    price: figure(fill, 'tradePrice'),
    quantity: figure(fill, 'tradeVolume'),
    ...feeOf(fill, {
      amount: 'transactFee',
      coin: 'feeCurrency',
      deducted: 'feeDeduct',
      deductedCoin: 'feeDeductType',
    }),
    liquidity: flag(fill, 'aggressor') ? 'taker' : 'maker',
    realizedPnl: null,
    executedAt: wholeNumber(fill, 'tradeTime'),
  };
}

type FeeKeys = Readonly<Record<'amount' | 'coin' | 'deducted' | 'deductedCoin', string>>;

/** The deduction stands for the whole fee where there is one. */
function feeOf(
  fill: JsonObject,
  keys: FeeKeys,
): { readonly fee: Decimal; readonly feeAsset: VenueFill['feeAsset'] } {
  const deducted = positiveFigure(fill, keys.deducted);
  const coin = optionalText(fill, deducted === null ? keys.coin : keys.deductedCoin);
  return {
    fee: deducted ?? figure(fill, keys.amount),
    feeAsset: coin === null ? null : asset(coin.toUpperCase()),
  };
}

/** "Execution Role: Maker, Taker", in capitals in the examples. */
const CONTRACT_ROLES = {
  MAKER: 'maker',
  TAKER: 'taker',
  Maker: 'maker',
  Taker: 'taker',
  maker: 'maker',
  taker: 'taker',
} as const;

/**
 * A row of "Get Execution Details". `id` is unique: "trade_id is not unique, which includes all trade records of a taker order and N maker
 * orders". `trade_fee` is above zero where it was paid.
 */
export function contractFillFrom(body: JsonValue, names: Names): VenueFill {
  const fill = asObject(body, 'execution');
  const venueSymbol = text(fill, 'contract_code');
  return {
    symbol: names.symbol(venueSymbol),
    tradeId: tradeId(text(fill, 'id')),
    venueOrderId: venueOrderId(text(fill, 'order_id')),
    venueClientOrderId: clientOrderIdIn(fill, 'client_order_id'),
    side: contractSideOf(fill),
    positionSide: positionSideOf(fill),
    sequence: null,
    price: figure(fill, 'trade_price'),
    quantity: contractsIn(fill, 'trade_volume', names, venueSymbol),
    ...contractFeeOf(fill),
    liquidity: word(fill, 'role', CONTRACT_ROLES),
    realizedPnl: optionalFigure(fill, 'profit'),
    executedAt: wholeNumber(fill, 'created_time'),
  };
}

/** "Total trading fees in USDT"; several coins that it was paid in are separated by commas, and their parts are not stated. */
function contractFeeOf(fill: JsonObject): Pick<VenueFill, 'fee' | 'feeAsset'> {
  const coin = optionalText(fill, 'fee_currency');
  const isOne = coin !== null && !coin.includes(',');
  return { fee: figure(fill, 'trade_fee'), feeAsset: isOne ? asset(coin.toUpperCase()) : asset('USDT') };
}
