/**
 * Refusals of the neutral exchange in the words of HTX's contracts. Source: "Details of Each Error Code" of the USDT-margined documentation.
 *
 * Entry points: `contractRefusal`, and one function for each refusal that the endpoints make themselves.
 */
import type { Refusal } from '../../exchange/refusal.ts';
import { HtxRefusal } from '../errors.ts';

export const contractUnknown = (): HtxRefusal => new HtxRefusal('1014', "This contract doesn't exist.");

export const orderUnknown = (): HtxRefusal => new HtxRefusal('1017', "Order doesn't exist.");

export const orderTypeWrong = (): HtxRefusal =>
  new HtxRefusal('1034', 'Incorrect field of order price type.');

export const sideWrong = (): HtxRefusal => new HtxRefusal('1035', 'Incorrect field of form direction.');

export const tooMany = (): HtxRefusal => new HtxRefusal('1052', 'The number exceeds the batch limit.');

export const fieldInvalid = (name: string): HtxRefusal =>
  new HtxRefusal('1067', `The ${name} field is invalid. Please re-enter.`);

/** `hedged`: the mode that the account is in. */
export const wrongPositionMode = (hedged: boolean): HtxRefusal =>
  hedged
    ? new HtxRefusal('1499', 'Hedge mode currently; Unavailable to place orders in one-way mode.')
    : new HtxRefusal('1500', 'One-way mode currently; Unavailable to place orders in hedge mode.');

/** `hedged`: the mode of the account, as too large a closing order has another code in each. */
export function contractRefusal(refusal: Refusal, hedged: boolean): HtxRefusal {
  const refused = (code: string, text: string): HtxRefusal => new HtxRefusal(code, text);
  switch (refusal.code) {
    case 'unknown_account':
      return refused('1010', "Account doesn't exist.");
    case 'unknown_symbol':
      return contractUnknown();
    case 'bad_field':
      return fieldInvalid(refusal.field);
    case 'price_off_tick':
      return refused('1038', 'The order price exceeds the precision limit, please modify and order again.');
    case 'price_outside_band':
      return refused(
        '1039',
        `Buy price must be lower than ${refusal.highest.toString()}USDT. Sell price must exceed ${refusal.lowest.toString()}USDT.`,
      );
    case 'quantity_off_step':
    case 'quantity_too_small':
    case 'notional_too_small':
      return refused('1040', 'Invalid amount, please modify and order again.');
    case 'quantity_too_large':
      return refused(
        '1041',
        `The order amount exceeds the limit (${refusal.maxQuantity.toString()}Cont), please modify and order again.`,
      );
    case 'insufficient_balance':
      return refused('1047', 'Insufficient margin available.');
    case 'duplicate_client_order_id':
      return refused('1050', "Customer's order number is repeated. Please try again later.");
    case 'too_many_open_orders':
      return refused(
        '1234',
        `The number of the position-opening orders which are not fully filled cannot exceed ${refusal.limit}.`,
      );
    case 'reduce_only_refused':
      return hedged
        ? refused('1048', 'Insufficient close amount available.')
        : refused('1492', 'Amount of Reduce Only order exceeds the amount available to close.');
    case 'leverage_out_of_range':
      return refused('1037', 'The leverage is invalid. Please contact the customer service.');
    case 'margin_mode_in_use':
      return refused(
        '1421',
        'There are open orders or positions of the current contract, please cancel these orders or close these positions first.',
      );
    case 'position_side_mismatch':
      return wrongPositionMode(hedged);
    case 'position_mode_in_use':
      return refusal.by === 'orders'
        ? refused('1493', 'Position mode cannot be adjusted for open orders.')
        : refused('1494', 'Position mode cannot be adjusted for existing positions.');
    case 'symbol_not_trading':
      return refusal.status === 'reduce_only'
        ? refused('1105', 'Only Close is available due to contracts trading constraints.')
        : refused('1058', 'Your order can’t be placed due to trade suspension.');
    case 'order_not_found':
      return refused('1061', "This order doesn't exist.");
    case 'order_not_open':
      return refused('1071', 'Repeated cancellation. Your order has been canceled.');
    case 'post_only_would_take':
    case 'would_trigger_immediately':
    case 'list_prices_refused':
    case 'margin_not_isolated':
    case 'no_position':
    case 'isolated_margin_needed':
    case 'amend_refused':
      return refused('1030', 'Input error.');
  }
}
