/**
 * Bitget's strategy orders (take-profits, stop-losses and triggers), which are not simulated: their lists are empty, and none is taken.
 *
 * Entry point: `strategyEndpoints`. Sources: "Place Strategy Order", "Cancel Strategy Order", "Modify Strategy Order", "Get Unfilled Strategy Orders"
 * and "Get Strategy Order History" of the unified account's documentation.
 */
import { privateEndpoint, tradingEndpoint, type Endpoint } from './access.ts';
import { orderAbsent, unsupported } from './errors.ts';
import { categoryFrom } from './parameters.ts';

export function strategyEndpoints(): Endpoint[] {
  return [
    privateEndpoint('trade/unfilled-strategy-orders', 'open_orders', ({ parameters: { parameters } }) => {
      categoryFrom(parameters);
      return [];
    }),
    privateEndpoint('trade/history-strategy-orders', 'query_order', ({ parameters: { parameters } }) => {
      categoryFrom(parameters);
      return { list: [], cursor: null };
    }),
    tradingEndpoint('trade/place-strategy-order', 'create_order', ({ parameters: { parameters } }) => {
      throw unsupported(categoryFrom(parameters) ?? 'category');
    }),
    tradingEndpoint('trade/modify-strategy-order', 'create_order', () => {
      throw orderAbsent();
    }),
    tradingEndpoint('trade/cancel-strategy-order', 'cancel_order', () => {
      throw orderAbsent();
    }),
  ];
}
