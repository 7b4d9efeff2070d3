/** USD-M futures on the shared port. */
import { Door } from '../door.ts';
import type { Product, ProductSettings } from '../product.ts';
import { OrderCounts, RequestWeights } from '../rate-limits.ts';
import { usdmMarketEndpoints } from './market-data.ts';
import { Countdowns, usdmTradingEndpoints } from './trading.ts';

const WEIGHT_PER_MINUTE = 2400;

const ORDER_INTERVALS = [
  { interval: 'SECOND', intervalNum: 10, limit: 300 },
  { interval: 'MINUTE', intervalNum: 1, limit: 1200 },
] as const;

export function usdmProduct(settings: ProductSettings): Product {
  const { exchange, clock, signal, limits, history } = settings;
  const weights = new RequestWeights(WEIGHT_PER_MINUTE);
  const counts = new OrderCounts(ORDER_INTERVALS);
  const door = new Door({ exchange, weights, counts, limits, refusesUnread: false });
  const countdowns = new Countdowns(exchange, clock, signal);
  const endpoints = [
    ...usdmMarketEndpoints({ exchange, history }),
    ...usdmTradingEndpoints({ exchange, counts, limits, countdowns }),
  ];
  return { routes: endpoints.map((endpoint) => door.route(endpoint)), sockets: [] };
}
