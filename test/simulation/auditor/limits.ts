/**
 * I3: the limits on single orders and on how many there are, from what stands on the wire and in callers' answers alone.
 *
 * Entry points: `limitsHold`, `OpenOrdersWatch`. Orders that only shrink a position may pass most limits, and on the wire they look
 * like those that open one: held against the limits are purchases on spot, which never close anything.
 */
import { Decimal } from '../../../src/core/decimal.ts';
import type { ExchangeEvent } from '../../../src/simulators/exchange/event.ts';
import type { Exchange } from '../../../src/simulators/exchange/exchange.ts';
import type { Asked, PlaceCall } from '../answers.ts';
import type { CreateOnWire } from '../wire/venue-on-wire.ts';
import type { AuditedRun } from './audited-run.ts';

/** Clocks of two processes may differ, and a window is counted on from a restart by the wall clock. */
const WINDOW_ROOM_MS = 1_000;

export function limitsHold(run: AuditedRun): void {
  const { allowedSymbols, maxOrderQuantity, maxLeverage } = run.evidence.strictLimits;
  for (const create of run.evidence.venue.creates) {
    const { clientOrderId, symbol, terms } = create;
    // To close what is held it may do more, and it buys nothing on spot.
    if (run.isOfLadder(clientOrderId) && !isPurchase(create)) continue;
    if (passes(run.evidence.venue.leverage, maxLeverage) && opensAPosition(run, create))
      run.fail('I3', `${clientOrderId} opens a position at a leverage that may not be used`);
    if (!isPurchase(create)) continue;
    if (allowedSymbols?.includes(symbol) === false)
      run.fail('I3', `${clientOrderId} trades ${symbol}, which is not allowed`);
    if (terms.quantity !== null && passes(Decimal.parse(terms.quantity), maxOrderQuantity))
      run.fail('I3', `${clientOrderId} is for ${terms.quantity}, more than an order may be`);
    notionalHolds(run, create);
    collarHolds(run, create);
  }
  rateHolds(run);
  duplicatesHold(run);
}

/** How long before a call the service may have had its figures from. */
const DECIDED_ON_MS = 2_000;

/** Whether an order on a swap could not close anything, from before it was asked for until it was there. */
function opensAPosition(
  run: AuditedRun,
  { arrivedAt, clientOrderId, positionSide, side, symbol, terms }: CreateOnWire,
): boolean {
  if (!symbol.includes(':') || terms.reduceOnly) return false;
  if (positionSide !== 'net') return (positionSide === 'long') === (side === 'buy');
  const label = run.shownByClientId.get(clientOrderId)?.strategy;
  const asked = run.evidence.calls.places.find((call) => call.asked.label === label);
  if (asked === undefined) return false;
  const direction = side === 'buy' ? 1 : -1;
  let held = Decimal.zero;
  let opens = true;
  for (const fill of run.fills) {
    if (fill.symbol !== symbol || fill.positionSide !== 'net' || fill.at > arrivedAt) continue;
    const isBefore = fill.at < asked.at - DECIDED_ON_MS;
    held = fill.side === 'buy' ? held.add(fill.quantity) : held.subtract(fill.quantity);
    if (isBefore) opens = held.multiply(Decimal.fromInteger(direction)).atLeast(Decimal.zero);
    else opens &&= held.multiply(Decimal.fromInteger(direction)).atLeast(Decimal.zero);
  }
  return opens;
}

/** On spot: it never closes anything. */
function isPurchase({ side, symbol }: Pick<Asked, 'side' | 'symbol'>): boolean {
  return side === 'buy' && !symbol.includes(':');
}

function passes(actual: Decimal | null, limit: Decimal | null | undefined): boolean {
  return actual !== null && limit !== null && limit !== undefined && actual.greaterThan(limit);
}

/** At the mark of a market that stands still, or the price that the order names itself. */
function notionalHolds(run: AuditedRun, { clientOrderId, symbol, terms }: CreateOnWire): void {
  if (run.evidence.service.baseCurrency !== 'USDT') return;
  const price = terms.price === null ? markOf(run, symbol) : Decimal.parse(terms.price);
  const ofQuantity =
    price === null || terms.quantity === null ? null : Decimal.parse(terms.quantity).multiply(price);
  const worth = terms.cost === null ? ofQuantity : Decimal.parse(terms.cost);
  if (passes(worth, run.evidence.strictLimits.maxOrderNotional))
    run.fail('I3', `${clientOrderId} is worth ${worth?.toString() ?? ''}, more than an order may be`);
}

/** A limit price above the mark by more than the collar, with a tick of room, where the market stands still. */
function collarHolds(run: AuditedRun, { clientOrderId, symbol, terms }: CreateOnWire): void {
  const { priceCollarBps } = run.evidence.strictLimits;
  const mark = markOf(run, symbol);
  const touch = run.evidence.venue.exchange.book(symbol, 1)?.asks[0]?.[0];
  const isPlain = terms.type === 'limit' && terms.timeInForce === 'GTC' && terms.stopPrice === null;
  if (priceCollarBps === undefined || priceCollarBps === null || mark === null || !isPlain) return;
  const tick = run.evidence.venue.exchange.instrument(symbol)?.priceTick ?? Decimal.zero;
  const highest = mark.multiply(Decimal.of(BigInt(10_000 + priceCollarBps), 4)).add(tick);
  const price = Decimal.parse(terms.price ?? '0');
  // A price at the touch is inside, and orders of others lift it for a while.
  if (price.greaterThan(highest) && (touch === undefined || price.greaterThan(touch)))
    run.fail(
      'I3',
      `${clientOrderId} buys at ${terms.price ?? ''}, beyond the collar around ${mark.toString()}`,
    );
}

/** Null where the mark moves. */
function markOf(run: AuditedRun, symbol: string): Decimal | null {
  return run.evidence.venue.pinned ? (run.evidence.venue.exchange.market(symbol)?.markPrice ?? null) : null;
}

/** Purchases that were asked for and accepted within one window. */
function rateHolds(run: AuditedRun): void {
  const { maxOrdersPerWindow, orderRateWindowMs } = run.evidence.strictLimits;
  if (maxOrdersPerWindow === undefined || maxOrdersPerWindow === null || orderRateWindowMs === undefined)
    return;
  const accepted = run.evidence.calls.places.filter((call) => isAccepted(call) && isPurchase(call.asked));
  for (const first of accepted) {
    const from = first.arrivedAt ?? 0;
    const within = accepted.filter(
      ({ arrivedAt, answeredAt }) =>
        (arrivedAt ?? 0) >= from && (answeredAt ?? 0) <= from + orderRateWindowMs - WINDOW_ROOM_MS,
    );
    if (within.length > maxOrdersPerWindow) {
      run.fail('I3', `${within.length} orders were accepted within ${orderRateWindowMs} ms from ${from}`);
      return;
    }
  }
}

/** The same purchase twice, without a client id, one answered before the other arrived. */
function duplicatesHold(run: AuditedRun): void {
  const { duplicateWindowMs } = run.evidence.strictLimits;
  if (duplicateWindowMs === undefined) return;
  const before = new Map<string, PlaceCall>();
  for (const call of run.evidence.calls.places) {
    if (!isAccepted(call) || call.asked.key !== null || !isPurchase(call.asked)) continue;
    const { label } = call.asked;
    const first = before.get(label);
    before.set(label, call);
    if (first === undefined || first.process !== call.process) continue;
    const apartMs = (call.answeredAt ?? 0) - (first.arrivedAt ?? 0);
    if ((call.arrivedAt ?? 0) >= (first.answeredAt ?? 0) && apartMs < duplicateWindowMs - WINDOW_ROOM_MS)
      run.fail('I3', `${label} was accepted twice within ${apartMs} ms without a client id`);
  }
}

function isAccepted({ answer, arrivedAt, answeredAt }: PlaceCall): boolean {
  return answer.kind === 'accepted' && !answer.replayed && arrivedAt !== null && answeredAt !== null;
}

/** I3 at every instant: no more purchases of ours are open at the venue than orders may be. */
export class OpenOrdersWatch {
  readonly violations: string[] = [];

  constructor(exchange: Exchange, account: string, tag: string, limit: number) {
    exchange.subscribe((events: readonly ExchangeEvent[]) => {
      if (!events.some((event) => event.kind === 'order' && event.order.accountId === account)) return;
      const open = exchange
        .openOrders(account, {})
        .filter((order) => isPurchase(order) && order.clientOrderId?.startsWith(tag) === true);
      if (open.length > limit)
        this.violations.push(
          `I3: ${open.length} purchases are open at ${exchange.now()}, where ${limit} orders may be`,
        );
    });
  }
}
