/**
 * Refusals of spot orders in KuCoin's words.
 *
 * Entry points: `spotRefusal`, `nothingToCancel`, `absentAnswer`. Sources: "Errors Code" of the spot documentation; texts that clients of
 * the venue recorded (ccxt's table of errors), and codes of high-frequency accounts as Kucoin.Net has them.
 */
import type { Refusal } from '../../exchange/refusal.ts';
import type { Side } from '../../exchange/order.ts';
import { KucoinRefusal, parameterError } from '../errors.ts';
import type { UndecidedBehaviour } from '../undecided.ts';

/** "order_not_exist_or_not_allow_to_cancel": of an order that is done, and of one that never was. */
export const nothingToCancel = (): KucoinRefusal => parameterError('order_not_exist_or_not_allow_to_cancel');

export const unknownSymbol = (): KucoinRefusal => new KucoinRefusal('900001', 'symbol not exists');

/** The answer to a look-up of an order that is not there: the data of a success, or a refusal. */
export function absentAnswer(absent: UndecidedBehaviour['absentSpotOrder']): null {
  switch (absent) {
    case 'nothing':
      return null;
    case 'code':
      throw new KucoinRefusal('102436', 'Order does not exist.');
    case 'text':
      throw parameterError('order not exist.');
  }
}

/** Names of the neutral exchange's fields in requests. */
const FIELD_NAMES: Readonly<Record<string, string>> = {
  quantity: 'size',
  cost: 'funds',
  timeInForce: 'timeInForce',
  expiresAt: 'cancelAfter',
};

/** A refusal of the neutral exchange; `side` words a price beyond the threshold. */
export function spotRefusal(refusal: Refusal, side: Side = 'buy'): KucoinRefusal {
  const no = (code: string, text: string): KucoinRefusal => new KucoinRefusal(code, text);
  switch (refusal.code) {
    case 'unknown_account':
      return no('400003', 'KC-API-KEY does not exist.');
    case 'unknown_symbol':
      return unknownSymbol();
    case 'bad_field':
      return parameterError(`${FIELD_NAMES[refusal.field] ?? refusal.field} not in the given range!`);
    case 'price_off_tick':
      return no('600100', 'Price increment invalid.');
    case 'quantity_off_step':
      return no('600100', 'Order size increment invalid.');
    case 'price_outside_band':
      return side === 'buy'
        ? no('400370', `Max. price: ${refusal.highest.toString()}`)
        : no('400760', `order price should be more than ${refusal.lowest.toString()}`);
    case 'quantity_too_small':
      return parameterError('Order size below the minimum requirement.');
    case 'quantity_too_large':
      return no('102434', 'Order size above the maximum limit.');
    case 'notional_too_small':
      return no('600101', `The order funds should more then ${refusal.minNotional.toString()} USDT.`);
    case 'insufficient_balance':
      return no('200004', 'Balance insufficient!');
    case 'duplicate_client_order_id':
      return no('102426', 'clientOid duplicate.');
    case 'too_many_open_orders':
      return no('200003', 'Number of orders breached the limit');
    case 'symbol_not_trading':
      return no('200001', 'Order creation for this pair suspended');
    case 'order_not_found':
    case 'order_not_open':
      return nothingToCancel();
    case 'amend_refused':
      return parameterError(refusal.detail);
    case 'post_only_would_take':
    case 'would_trigger_immediately':
    case 'list_prices_refused':
    case 'reduce_only_refused':
    case 'leverage_out_of_range':
    case 'margin_mode_in_use':
    case 'margin_not_isolated':
    case 'no_position':
    case 'isolated_margin_needed':
    case 'position_side_mismatch':
    case 'position_mode_in_use':
      // Of stops, lists, swaps, and of venues that refuse what would take.
      throw new Error(`spot has no ${refusal.code}`);
  }
}
