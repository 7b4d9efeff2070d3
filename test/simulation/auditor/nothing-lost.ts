/** I2: what was acknowledged is still so, and every execution counts exactly once. */
import { Decimal } from '../../../src/core/decimal.ts';
import type { Fill, Order } from '../../../src/simulators/exchange/order.ts';
import type { JournaledFill, ShownFill, VenueTruth } from './evidence.ts';
import { executionName, type AuditedRun } from './audited-run.ts';
import { compareOrders } from './order-states.ts';

export function nothingLost(run: AuditedRun): void {
  run.violations.push(...compareOrders(run.evidence.service.all, run.ours, run.evidence.venue.words));
  const seen = new Set<string>();
  for (const [orderId, fills] of run.evidence.service.fillsOf) {
    const symbol = run.shownById.get(orderId)?.symbol ?? '';
    for (const fill of fills) {
      const name = executionName({ ...fill, symbol });
      if (seen.has(name)) run.fail('I2', `execution ${name} is shown twice`);
      seen.add(name);
    }
  }
  for (const order of run.ours) {
    const shown = run.shownByClientId.get(order.clientOrderId ?? '');
    if (shown === undefined || order.conditionalVenueOrderId !== null) continue;
    const theirs = fillsOf(run, order);
    const ours = run.evidence.service.fillsOf.get(shown.orderId) ?? [];
    const ourTexts = ours.map(textOfShown).toSorted();
    const theirTexts = theirs.map((fill) => textOfFill(fill, run.evidence.venue.tradeIdShown)).toSorted();
    if (ourTexts.join('\n') !== theirTexts.join('\n'))
      run.fail(
        'I2',
        `executions of ${shown.orderId} differ: shown [${ourTexts.join('; ')}], at the venue [${theirTexts.join('; ')}]`,
      );
    const filled = theirs.reduce((sum, fill) => sum.add(fill.quantity), Decimal.zero);
    const cost = theirs.reduce((sum, fill) => sum.add(costOf(run, fill)), Decimal.zero);
    if (shown.filledQuantity !== filled.toString() || shown.filledCost !== cost.toString())
      run.fail(
        'I2',
        `${shown.orderId} adds up to ${shown.filledQuantity} for ${shown.filledCost}, at the venue to ${filled.toString()} for ${cost.toString()}`,
      );
    const fees = new Map<string, Decimal>();
    for (const fill of theirs)
      fees.set(fill.feeAsset, (fees.get(fill.feeAsset) ?? Decimal.zero).add(fill.fee));
    const shownFees = new Map(shown.fees.map(({ asset, amount }) => [asset, amount]));
    for (const [asset, amount] of fees)
      if (!amount.isZero() && shownFees.get(asset) !== amount.toString())
        run.fail(
          'I2',
          `${shown.orderId} shows ${shownFees.get(asset) ?? 'no'} ${asset} of fees, not ${amount.toString()}`,
        );
  }
}

function costOf(run: AuditedRun, { cost, marketType, price, quantity }: Fill): Decimal {
  const { showsMovedCost } = run.evidence.venue.words;
  return marketType === 'spot' && showsMovedCost ? cost : price.multiply(quantity);
}

export function nothingTwice(run: AuditedRun): void {
  const seen = new Set<string>();
  for (const { type, payload } of run.evidence.journal) {
    if (type !== 'fill_booked' && type !== 'external_fill_seen') continue;
    const { fill } = payload as { readonly fill: JournaledFill };
    const name = executionName(fill);
    if (seen.has(name)) run.fail('I2', `execution ${name} is journaled twice`);
    seen.add(name);
  }
}

function fillsOf(run: AuditedRun, order: Order): readonly Fill[] {
  const venueOrderId = order.conditional ? order.triggeredVenueOrderId : order.venueOrderId;
  return run.fills.filter((fill) => fill.venueOrderId === venueOrderId && fill.symbol === order.symbol);
}

export function answersHold(run: AuditedRun): void {
  for (const { answer, asked } of run.evidence.calls.places) {
    if (answer.kind === 'broken') run.fail('I2', `${asked.label} was answered with a bug: ${answer.detail}`);
    if (answer.kind !== 'accepted' && answer.kind !== 'denied') continue;
    const shown = run.shownById.get(answer.orderId);
    if (shown === undefined) {
      run.fail(
        'I2',
        `${asked.label} was answered ${answer.kind} ${answer.orderId}, which the service no longer knows`,
      );
      continue;
    }
    if (answer.kind === 'denied' && shown.status !== 'denied')
      run.fail('I2', `${answer.orderId} was answered as denied and is ${shown.status}`);
    if (answer.kind === 'accepted' && shown.status === 'denied')
      run.fail('I2', `${answer.orderId} was answered as accepted and is denied`);
    if (answer.kind === 'accepted' && shown.venueClientOrderId !== answer.venueClientOrderId)
      run.fail('I1', `${answer.orderId} changed its venue client id`);
    const isOther = shown.side !== asked.side || shown.positionSide !== asked.positionSide;
    if (shown.symbol !== asked.symbol || (isOther && answer.kind === 'accepted'))
      run.fail('I2', `${answer.orderId} is not what ${asked.label} asked for`);
  }
}

function textOfShown(fill: ShownFill): string {
  return [fill.tradeId, fill.side, fill.quantity, fill.price, fill.fee, fill.feeAsset ?? ''].join(' ');
}

function textOfFill(fill: Fill, tradeIdShown: VenueTruth['tradeIdShown']): string {
  return [
    tradeIdShown(fill),
    fill.side,
    fill.quantity.toString(),
    fill.price.toString(),
    fill.fee.toString(),
    fill.feeAsset,
  ].join(' ');
}
