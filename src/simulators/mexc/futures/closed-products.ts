/**
 * Orders of MEXC's contracts that wait for a price (trigger orders, stops of a position, trailing orders): none is ever listed, and what would make
 * or change one is refused as the venue refuses a key that may not trade.
 *
 * Entry point: `closedEndpoints`. Source: the contents of the contract documentation.
 */
import { privateEndpoint, tradingEndpoint, type Endpoint } from './access.ts';
import { mayNotTrade } from './errors.ts';

const PRIVATE = '/api/v1/private';

const LISTS = [
  'planorder/list/orders',
  'stoporder/list/orders',
  'stoporder/open_orders',
  'trackorder/list/orders',
  'account/tiered_fee_rate/v2',
] as const;
const ACTS = [
  'planorder/place',
  'planorder/place/v2',
  'planorder/change_price',
  'planorder/change_stop_order',
  'stoporder/place',
  'stoporder/change_price',
  'stoporder/change_plan_price',
  'trackorder/place',
  'trackorder/change_order',
  'order/chase_limit_order',
  'position/reverse',
  'account/change_risk_level',
] as const;
/** Nothing is there that they could cancel. */
const CANCELS = [
  'planorder/cancel',
  'planorder/cancel_all',
  'stoporder/cancel',
  'stoporder/cancel_all',
  'trackorder/cancel',
] as const;

export function closedEndpoints(): Endpoint[] {
  const refuse = (): never => {
    throw mayNotTrade();
  };
  return [
    ...LISTS.map((path) => privateEndpoint(`${PRIVATE}/${path}`, 'other', () => [])),
    ...ACTS.map((path) => tradingEndpoint(`${PRIVATE}/${path}`, 'other', refuse)),
    ...CANCELS.map((path) => tradingEndpoint(`${PRIVATE}/${path}`, 'other', () => [])),
  ];
}
