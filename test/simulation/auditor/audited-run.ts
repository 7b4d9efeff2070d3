/** One run under audit. */
import type { Fill, Order } from '../../../src/simulators/exchange/order.ts';
import type { Evidence, ShownOrder } from './evidence.ts';
import { orderOfFills } from './positions.ts';

const LADDER = 'risk ladder: flatten';

/** A run that is audited: its evidence with what most checks look up in it, and what was found. */
export class AuditedRun {
  readonly violations: string[] = [];
  readonly evidence: Evidence;
  readonly orders: readonly Order[];
  readonly ours: readonly Order[];
  readonly external: readonly Order[];
  readonly fills: readonly Fill[];
  readonly externalFills: readonly Fill[];
  readonly shownByClientId: ReadonlyMap<string, ShownOrder>;
  readonly shownById: ReadonlyMap<string, ShownOrder>;

  constructor(evidence: Evidence) {
    this.evidence = evidence;
    const { exchange, ourAccount, tag } = evidence.venue;
    this.orders = exchange.allOrders().filter((order) => order.accountId === ourAccount);
    this.ours = this.orders.filter((order) => order.clientOrderId?.startsWith(tag) === true);
    this.external = this.orders.filter((order) => order.clientOrderId?.startsWith(tag) !== true);
    this.fills = exchange
      .allFills()
      .filter((fill) => fill.accountId === ourAccount)
      .toSorted(orderOfFills(evidence.venue.fillsAreSequenced));
    this.externalFills = this.fills.filter((fill) => fill.clientOrderId?.startsWith(tag) !== true);
    this.shownByClientId = new Map(evidence.service.all.map((order) => [order.venueClientOrderId, order]));
    this.shownById = new Map(evidence.service.all.map((order) => [order.orderId, order]));
  }

  /** Whether the service placed an order by itself, to close what is held. */
  isOfLadder(clientOrderId: string | null): boolean {
    return this.shownByClientId.get(clientOrderId ?? '')?.requestedBy === LADDER;
  }

  fail(promise: string, what: string): void {
    this.violations.push(`${promise}: ${what}`);
  }

  /** The name of an execution at the venue, as `executionName` makes it of what the service says. */
  nameOf(fill: Fill): string {
    return executionName({ ...fill, tradeId: this.evidence.venue.tradeIdShown(fill) });
  }
}

/** The name of an execution. The venue counts orders and trades by market, so that the ids alone may be those of two. */
export function executionName({
  symbol,
  venueOrderId,
  tradeId,
}: {
  readonly symbol: string;
  readonly venueOrderId: string;
  readonly tradeId: string;
}): string {
  return `${symbol} ${venueOrderId} ${tradeId}`;
}
