/**
 * Refusals of futures orders in KuCoin's words.
 *
 * Entry points: `futuresRefusal`, `absentOrder`, `notCancelable`, `unknownContract`. Source: "Errors" of the futures documentation; texts that clients of
 * the venue recorded.
 */
import type { Side } from '../../exchange/order.ts';
import type { Refusal } from '../../exchange/refusal.ts';
import { KucoinRefusal } from '../errors.ts';

const no = (code: string, text: string): KucoinRefusal => new KucoinRefusal(code, text);

export const absentOrder = (): KucoinRefusal => no('100001', 'error.getOrder.orderNotExist');

export const notCancelable = (): KucoinRefusal => no('100004', 'The order cannot be canceled.');

export const unknownContract = (): KucoinRefusal => no('100003', 'Contract parameter invalid.');

export const invalid = (name: string): KucoinRefusal => no('100001', `Parameter ${name} invalid.`);

export const wrongMarginMode = (): KucoinRefusal =>
  no('330005', "The order's margin mode does not match the selected one. Please switch and try again.");

export const wrongPositionMode = (): KucoinRefusal =>
  no('330011', "The order's position mode does not match the selected one. Please switch and try again.");

const FIELD_NAMES: Readonly<Record<string, string>> = { quantity: 'size' };

/** A refusal of the neutral exchange; `side` words a price beyond the limit. */
export function futuresRefusal(refusal: Refusal, side: Side = 'buy'): KucoinRefusal {
  switch (refusal.code) {
    case 'unknown_account':
      return no('400003', 'KC-API-KEY does not exist.');
    case 'unknown_symbol':
      return unknownContract();
    case 'bad_field':
      return invalid(FIELD_NAMES[refusal.field] ?? refusal.field);
    case 'price_off_tick':
      return invalid(refusal.field);
    case 'quantity_off_step':
    case 'quantity_too_small':
    case 'notional_too_small':
      return no('100001', 'Quantity parameter invalid.');
    case 'quantity_too_large':
      return no('100001', `The order quantity exceeds the maximum of ${refusal.maxQuantity.toString()}.`);
    case 'price_outside_band':
      return side === 'buy'
        ? no('300011', `Order price cannot be higher than ${refusal.highest.toString()}.`)
        : no('300012', `Order price cannot be lower than ${refusal.lowest.toString()}.`);
    case 'insufficient_balance':
      return no(
        '300003',
        'Balance not enough, please first deposit at least 2 USDT before you start the battle.',
      );
    case 'duplicate_client_order_id':
      return no('300018', 'clientOid parameter repeated.');
    case 'too_many_open_orders':
      return no('300001', `Active order quantity limit exceeded (limit: ${refusal.limit}).`);
    case 'reduce_only_refused':
    case 'no_position':
      return no('300009', 'No open positions to close.');
    case 'leverage_out_of_range':
      return no('300016', `The leverage cannot be greater than ${refusal.maxLeverage}.`);
    case 'would_trigger_immediately':
      return no('300012', 'The stop price has been passed already.');
    case 'margin_mode_in_use':
      return no('50002', 'exist.order.or.position');
    case 'position_side_mismatch':
      return wrongPositionMode();
    case 'position_mode_in_use':
      return no(
        refusal.by === 'orders' ? '330013' : '330012',
        'Position mode cannot be switched with open orders or positions.',
      );
    case 'symbol_not_trading':
      return no('300002', 'Order placement/cancellation suspended.');
    case 'order_not_found':
    case 'order_not_open':
      return notCancelable();
    case 'amend_refused':
      return no('100001', refusal.detail);
    case 'margin_not_isolated':
    case 'isolated_margin_needed':
      return no('300003', 'Balance not enough.');
    case 'post_only_would_take':
    case 'list_prices_refused':
      // Of venues that refuse what would take, and of lists.
      throw new Error(`futures have no ${refusal.code}`);
  }
}
