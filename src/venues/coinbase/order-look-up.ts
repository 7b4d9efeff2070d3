/**
 * Looks orders up at Coinbase: by the venue's id, or in its lists by ours, since it has no look-up by client id.
 *
 * Entry points: `orderById`, `findByClientId`, `listOrders`. An order that the venue has just made may be missing from every look-up for a
 * moment. Sources: "Get Order" and "List Orders".
 */
import type { VenueClientOrderId, VenueOrderId } from '../../core/ids.ts';
import type { JsonValue } from '../../core/json.ts';
import type { OrderReport } from '../../core/venue/report.ts';
import { asObject, text } from '../ccxt/exact-json.ts';
import type { Parameters } from '../ccxt/exchange.ts';
import type { Lane } from '../gateway.ts';
import { orNull } from '../look-up.ts';
import type { ListedInstrument } from '../markets.ts';
import type { CoinbaseAccount } from './account.ts';
import { ENDPOINTS } from './endpoints.ts';
import { PAGE_LIMITS, readRows } from './history.ts';
import { QUEUED_STATUSES, orderFrom } from './normalize-orders.ts';

/** How long an order with an id is waited for, in ms: it exists, and is listed soon. */
const WAITS_MS = [100, 200, 400, 800] as const;

/** Null when the venue does not know the id, also after a while. */
export async function orderById(
  account: CoinbaseAccount,
  venueOrderId: VenueOrderId,
): Promise<OrderReport | null> {
  for (const waitMs of [0, ...WAITS_MS]) {
    if (waitMs > 0) await pause(account, waitMs);
    const report = await orNull(readOrder(account, venueOrderId));
    if (report !== null) return report;
  }
  return null;
}

export async function pause({ access }: CoinbaseAccount, waitMs: number): Promise<void> {
  await new Promise<void>((resolve) => {
    access.platform.scheduler.after(waitMs, resolve);
  });
}

async function readOrder(account: CoinbaseAccount, venueOrderId: VenueOrderId): Promise<OrderReport> {
  const answer = await account.requests.read(ENDPOINTS.order, { order_id: venueOrderId }, 'look_up');
  return noted(account, orderFrom(asObject(answer, 'answer')['order'] ?? null, account.names.spot));
}

/** Among the working orders, which are few. */
export async function findByClientId(
  account: CoinbaseAccount,
  { venueSymbol }: ListedInstrument,
  id: VenueClientOrderId,
  lane: Lane,
): Promise<OrderReport | null> {
  const working = await workingOrders(account, { product_ids: venueSymbol }, lane);
  return working.find(({ venueClientOrderId }) => venueClientOrderId === id) ?? null;
}

/** Those that wait first: one that opens between the two questions is in the second answer. */
export async function workingOrders(
  account: CoinbaseAccount,
  which: Parameters,
  lane: Lane,
): Promise<readonly OrderReport[]> {
  const queued = await listOrders(account, { ...which, order_status: QUEUED_STATUSES }, lane);
  const open = await listOrders(account, { ...which, order_status: ['OPEN'] }, lane);
  const ids = new Set(open.map(({ venueOrderId }) => venueOrderId));
  return [...open, ...queued.filter(({ venueOrderId }) => !ids.has(venueOrderId))];
}

/** Orders of products that we do not list are left out: futures of the same key. */
export async function listOrders(
  account: CoinbaseAccount,
  parameters: Parameters,
  lane: Lane,
): Promise<readonly OrderReport[]> {
  const { requests, names } = account;
  const asked = { ...parameters, limit: PAGE_LIMITS.orders };
  const rows = await readRows(requests, ENDPOINTS.orders, asked, 'orders', lane);
  return rows
    .filter((row) => names.spot.known(productOf(row)))
    .map((row) => noted(account, orderFrom(row, names.spot)));
}

function productOf(row: JsonValue): string {
  return text(asObject(row, 'order'), 'product_id');
}

function noted({ ids }: CoinbaseAccount, report: OrderReport): OrderReport {
  ids.note(report.venueClientOrderId, report.venueOrderId);
  return report;
}
