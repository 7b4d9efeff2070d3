/** I1: one request is at most one order at the venue, as it was asked, and journaled before it left. */
import { Decimal } from '../../../src/core/decimal.ts';
import type { Order } from '../../../src/simulators/exchange/order.ts';
import type { PlaceCall } from '../answers.ts';
import type { CreateOnWire, SendOnWire } from '../wire/venue-on-wire.ts';
import type { AuditedRun } from './audited-run.ts';

export function atMostOnce(run: AuditedRun): void {
  const seen = new Set<string>();
  for (const order of run.ours) {
    // The order that a triggered stop became carries its client id; nobody asked for it on its own.
    if (order.conditionalVenueOrderId !== null) continue;
    const id = order.clientOrderId ?? '';
    if (seen.has(id)) run.fail('I1', `the venue has several orders with client id ${id}`);
    seen.add(id);
    const shown = run.shownByClientId.get(id);
    if (shown === undefined) {
      run.fail('I1', `the venue has order ${order.venueOrderId} (${id}), which the service does not know`);
      continue;
    }
    const here = `${shown.side} ${shown.positionSide} ${shown.symbol}`;
    const there = `${order.side} ${order.positionSide} ${order.symbol}`;
    if (here !== there) run.fail('I1', `${id} is ${here} here and ${there} at the venue`);
    if (shown.quantity !== null && !Decimal.parse(shown.quantity).equals(order.quantity))
      run.fail('I1', `${id} is for ${shown.quantity} here and ${order.quantity.toString()} at the venue`);
    const price = shown.price ?? shown.protectionPrice;
    if (!isAtPrice(run, order, price))
      run.fail(
        'I1',
        `${id} is at ${price ?? 'market'} here and ${order.price?.toString() ?? 'market'} there`,
      );
  }
}

/** The very price, or one that the venue moved an order to which does not rest: never a worse one. */
function isAtPrice(run: AuditedRun, order: Order, price: string | null): boolean {
  const { mayMovePrice, priceOf } = run.evidence.venue.words;
  const there = priceOf(order);
  if (there === null || price === null) return there === null && price === null;
  if (there.toString() === price) return true;
  const here = Decimal.parse(price);
  return mayMovePrice(order) && (order.side === 'buy' ? there.lessThan(here) : there.greaterThan(here));
}

export function repeatsAreOne(run: AuditedRun): void {
  const byKey = new Map<string, PlaceCall[]>();
  const byLabel = new Map<string, PlaceCall[]>();
  for (const call of run.evidence.calls.places) {
    const { key, label } = call.asked;
    byLabel.set(label, [...(byLabel.get(label) ?? []), call]);
    if (key !== null) byKey.set(key, [...(byKey.get(key) ?? []), call]);
  }
  for (const [key, calls] of byKey) {
    const orders = new Set<string>();
    const contents = new Set<string>();
    for (const { answer, asked } of calls) {
      if (answer.kind !== 'accepted' && answer.kind !== 'denied') continue;
      orders.add(answer.orderId);
      contents.add(asked.content);
    }
    if (orders.size > 1) run.fail('I1', `key ${key} made several orders: ${[...orders].join(', ')}`);
    if (contents.size > 1) run.fail('I1', `key ${key} was taken for several contents`);
    for (const { answer } of calls)
      if (answer.kind === 'conflict' && orders.size === 1 && !orders.has(answer.orderId))
        run.fail(
          'I1',
          `key ${key} conflicts with ${answer.orderId}, and was answered with ${[...orders].join()}`,
        );
  }
  const shown = new Map<string, string[]>();
  for (const order of run.evidence.service.all) {
    if (run.isOfLadder(order.venueClientOrderId)) continue;
    const label = order.strategy ?? '';
    shown.set(label, [...(shown.get(label) ?? []), order.orderId]);
  }
  for (const [label, orderIds] of shown) {
    const calls = byLabel.get(label) ?? [];
    const requests = new Set(calls.map(({ asked }, index) => asked.key ?? `call ${index}`));
    if (orderIds.length > requests.size)
      run.fail('I1', `${calls.length} calls ${label} made ${orderIds.length} orders: ${orderIds.join(', ')}`);
  }
  for (const [label, calls] of byLabel) {
    const orderIds = shown.get(label) ?? [];
    const isRefusedOnly = calls.every(({ answer }) => answer.kind === 'unavailable' && !answer.isInDoubt);
    const [made] = orderIds;
    if (isRefusedOnly && made !== undefined)
      run.fail('I2', `${label} was answered that nothing was journaled, yet there is order ${made}`);
  }
}

export function writtenAhead(run: AuditedRun): void {
  const orderIds = new Map(
    run.evidence.service.all.map((order) => [order.orderId, order.venueClientOrderId]),
  );
  const step = run.evidence.venue.words.signedTimeStepMs;
  const attempts = new Map<string, number[]>();
  for (const line of run.evidence.journal) {
    if (line.type !== 'send_attempted') continue;
    const { orderId, attempt } = line.payload as {
      readonly orderId: string;
      readonly attempt: { readonly signedAt: number };
    };
    const id = orderIds.get(orderId);
    const signedAt = Math.floor(attempt.signedAt / step) * step;
    if (id !== undefined) attempts.set(id, [...(attempts.get(id) ?? []), signedAt]);
  }
  const sent = new Map<string, CreateOnWire[]>();
  for (const create of run.evidence.venue.creates) {
    if (attempts.get(create.clientOrderId)?.includes(create.signedAt) !== true)
      run.fail(
        'I1',
        `${create.clientOrderId} went out signed at ${create.signedAt}, which no journaled attempt says`,
      );
    if (!create.wasJournaled)
      run.fail('I1', `${create.clientOrderId} left at ${create.departedAt} before its attempt was journaled`);
    const key = `${create.clientOrderId} ${create.signedAt}`;
    sent.set(key, [...(sent.get(key) ?? []), create]);
  }
  for (const [key, creates] of sent) {
    const [{ clientOrderId, signedAt } = { clientOrderId: '', signedAt: 0 }] = creates;
    const made = attempts.get(clientOrderId)?.filter((at) => at === signedAt).length ?? 0;
    if (creates.length > Math.max(1, made)) run.fail('I1', `attempt ${key} went out ${creates.length} times`);
  }
}

/** Where a venue takes every create for another order, one leaves again only once it is certain that it made none before. */
export function secondSendsMakeNone(run: AuditedRun): void {
  const { exchange, sends } = run.evidence.venue;
  const before = new Map<string, SendOnWire[]>();
  for (const send of sends) {
    const { clientOrderId, symbol } = send;
    const earlier = before.get(clientOrderId) ?? [];
    before.set(clientOrderId, [...earlier, send]);
    const marketType = exchange.instrument(symbol)?.marketType ?? 'spot';
    if (exchange.policyOf(marketType).clientOrderId.onDuplicate !== 'accept') continue;
    if (!earlier.every((one) => hasMadeNone(one, send.departedAt)))
      run.fail('I1', `${clientOrderId} left again at ${send.departedAt}, and may have made an order before`);
  }
}

function hasMadeNone({ create, isThrottled }: SendOnWire, by: number): boolean {
  if (isThrottled) return true;
  return create !== null && create.arrivedAt < by && ['timestamp', 'refused'].includes(create.verdict.kind);
}
