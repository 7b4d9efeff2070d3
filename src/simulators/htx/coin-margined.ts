/**
 * HTX's products that are margined in coins, which are not simulated: clients ask for their lists when they start.
 *
 * Entry point: `coinMarginedEndpoints`. Sources: "[General] Query Swap Info" and "[General] Query a Batch of Funding Rate" of the coin-margined swap
 * documentation, "Get Contract Info" of the futures documentation.
 */
import { publicEndpoint, type Endpoint } from './access.ts';

/** Suspended: none of them is traded here. An empty list is an error to clients that were written against the venue. */
const SUSPENDED = 3;
const COMMON = { price_tick: 0.1, contract_size: 100, delivery_time: '', contract_status: SUSPENDED };

const SWAPS = [
  {
    symbol: 'BTC',
    contract_code: 'BTC-USD',
    ...COMMON,
    create_date: '20200325',
    settlement_date: '1585123200000',
  },
];

export function coinMarginedEndpoints(): Endpoint[] {
  const list = (path: string, data: readonly unknown[]): Endpoint =>
    publicEndpoint('bare', path, ({ clockMs }) => ({ status: 'ok', data, ts: clockMs }));
  return [
    list('/swap-api/v1/swap_contract_info', SWAPS),
    list('/swap-api/v1/swap_batch_funding_rate', []),
    publicEndpoint('bare', '/api/v1/contract_contract_info', ({ clockMs }) => ({
      status: 'ok',
      data: [quarterly(clockMs)],
      ts: clockMs,
    })),
  ];
}

const DAY_MS = 24 * 60 * 60 * 1000;
const FRIDAY = 5;
const DELIVERY_HOUR = 8;

/** The contract that is delivered on the last Friday of the quarter, or of the next one where that day is over. */
function quarterly(nowMs: number): Readonly<Record<string, unknown>> {
  const now = new Date(nowMs);
  const quarter = Math.floor(now.getUTCMonth() / 3);
  const own = lastFriday(now.getUTCFullYear(), quarter);
  const deliveryAt = own > nowMs ? own : lastFriday(now.getUTCFullYear(), quarter + 1);
  const date = new Date(deliveryAt).toISOString().slice(0, 10).replaceAll('-', '');
  return {
    symbol: 'BTC',
    contract_code: `BTC${date.slice(2)}`,
    contract_type: 'quarter',
    ...COMMON,
    delivery_date: date,
    delivery_time: String(deliveryAt),
    create_date: new Date(deliveryAt - 180 * DAY_MS).toISOString().slice(0, 10).replaceAll('-', ''),
    settlement_time: String(deliveryAt),
  };
}

/** 08:00 UTC of the last Friday of a quarter, counted from zero. */
function lastFriday(year: number, quarter: number): number {
  const lastDay = new Date(Date.UTC(year, quarter * 3 + 3, 0, DELIVERY_HOUR));
  const past = (lastDay.getUTCDay() - FRIDAY + 7) % 7;
  return lastDay.getTime() - past * DAY_MS;
}
