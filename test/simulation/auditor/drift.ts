/** I4: a drift case for what the world did on its own, and for nothing else. */
import { Decimal } from '../../../src/core/decimal.ts';
import type { Fill, Order } from '../../../src/simulators/exchange/order.ts';
import type { AuditedRun } from './audited-run.ts';
import type { ShownDrift } from './evidence.ts';
import { isWorking } from './order-states.ts';

/** Of results of a run, which the venue books at eight digits each. */
const MOST_ROUNDED = Decimal.parse('0.000001');

export function driftExplained(run: AuditedRun): void {
  const { drift } = run.evidence.service;
  const {
    exchange,
    ourAccount,
    staleAnswers,
    deposits: deposited,
    movedOut,
    sidesAreNamed,
  } = run.evidence.venue;
  const externalFills = run.externalFills;
  const isSwapMovedByOthers = externalFills.some(({ marketType }) => marketType === 'swap');
  for (const found of drift) {
    const text = `${found.kind} ${found.subject}: ${found.ours} against ${found.theirs} (${found.detail})`;
    switch (found.kind) {
      case 'external_order':
        if (!run.external.some((order) => isWorking(order) && isShownAs(order, found)))
          run.fail('I4', `a drift case without a cause: ${text}`);
        break;
      case 'external_fill':
        if (!externalFills.some((fill) => fill.symbol === found.symbol))
          run.fail('I4', `a drift case without a cause: ${text}`);
        break;
      case 'balance': {
        const [wallet, asset = ''] = found.subject.split(' ');
        const isMoved = externalFills.some(
          (fill) => drawsOn(fill, wallet) && [...fill.symbol.split(/[/:]/), fill.feeAsset].includes(asset),
        );
        const isPaidIn = wallet !== 'linear_swap' && deposited.has(asset);
        const isMovedOut = movedOut.has(`${wallet === 'linear_swap' ? 'swap' : (wallet ?? '')} ${asset}`);
        const isComputed = wallet === 'linear_swap' && isComputedOtherwise(run, found);
        if (!isPaidIn && !isMoved && !isMovedOut && !isComputed)
          run.fail('I4', `a drift case without a cause: ${text}`);
        break;
      }
      case 'position': {
        const isMoved = externalFills.some(
          ({ marketType, symbol, positionSide }) =>
            found.subject === (positionSide === 'net' ? symbol : `${symbol} ${positionSide}`) ||
            // One that came while the mode was not known yet is booked to another position, until the positions are read.
            (!sidesAreNamed && marketType === 'swap' && found.symbol === symbol),
        );
        if (!isMoved) run.fail('I4', `a drift case without a cause: ${text}`);
        break;
      }
      case 'order_contradiction': {
        const shown = run.shownById.get(found.orderId ?? '');
        if (shown === undefined || !staleAnswers.has(shown.venueClientOrderId))
          run.fail('I4', `a drift case without a cause: ${text}`);
        break;
      }
      default:
        run.fail('I4', `a drift case without a cause: ${text}`);
    }
  }
  // Also one that has resolved itself by the end: funding read at another moment than the balance is no difference.
  for (const { type, payload } of run.evidence.journal) {
    const answer = type === 'drift_opened' ? JSON.stringify(payload) : '';
    if (
      answer.includes('"kind":"balance"') &&
      answer.includes('linear_swap ') &&
      !isSwapMovedByOthers &&
      !isComputedOtherwise(run, (payload as { readonly drift: ShownDrift }).drift) &&
      !movedOut.has('swap USDT')
    )
      run.fail('I4', `a drift case of the swap wallet, which nobody else moves: ${answer}`);
  }
  for (const order of exchange.openOrders(ourAccount, {})) {
    if (
      !run.external.some(
        (other) => other.venueOrderId === order.venueOrderId && other.symbol === order.symbol,
      )
    )
      continue;
    if (!drift.some((found) => found.kind === 'external_order' && isShownAs(order, found)))
      run.fail(
        'I4',
        `an order works at the venue that no drift case shows: ${order.symbol} ${order.venueOrderId}`,
      );
  }
  const firstReading = run.evidence.journal.find(({ type }) => type === 'balances_observed')?.at ?? Infinity;
  const FIRST_READING_MARGIN_MS = 10_000;
  for (const [asset, at] of deposited) {
    if (at < firstReading + FIRST_READING_MARGIN_MS) continue;
    const isBooked = run.evidence.journal.some(
      ({ type, payload }) => type === 'account_record_booked' && isDepositOf(payload, asset, at),
    );
    if (!isBooked && !drift.some(({ kind, subject }) => kind === 'balance' && isSpotBalance(subject, asset)))
      run.fail('I4', `a deposit of ${asset} was hidden`);
  }
  for (const fill of externalFills) {
    if (fill.at < firstReading + FIRST_READING_MARGIN_MS) continue;
    const [base = ''] = fill.symbol.split('/');
    const isShown = drift.some(
      ({ kind, subject }) =>
        (kind === 'external_fill' && subject === fill.symbol) ||
        (kind === 'balance' && isSpotBalance(subject, base)) ||
        // Trades of others that open and close while no process runs show in the balance alone.
        (kind === 'balance' && fill.marketType === 'swap' && subject.endsWith(' USDT')) ||
        (kind === 'position' && fill.marketType === 'swap' && subject.startsWith(fill.symbol)),
    );
    if (!isShown) run.fail('I4', `an execution on ${fill.symbol} that is not ours was hidden`);
  }
}

/**
 * Whether a difference of the wallet of swaps comes of how the service computes results: at a venue that states no results it divides them out at
 * more digits than the venue books, and splits them otherwise once executions were booked in another order than they took place in.
 */
function isComputedOtherwise(
  run: AuditedRun,
  { ours, theirs }: Pick<ShownDrift, 'ours' | 'theirs'>,
): boolean {
  if (run.evidence.venue.words.statesResults) return false;
  const booked = run.evidence.journal.flatMap(({ type, payload }) => {
    const { fill } = payload as { readonly fill?: { readonly executedAt: number; readonly symbol: string } };
    return type === 'fill_booked' && fill?.symbol.includes(':') === true ? [fill.executedAt] : [];
  });
  const isOutOfOrder = booked.some((at, index) => index > 0 && at <= (booked[index - 1] ?? 0));
  return isOutOfOrder || Decimal.parse(ours).subtract(Decimal.parse(theirs)).abs().atMost(MOST_ROUNDED);
}

/** The venue counts orders by market: two may have one id. */
function isShownAs({ symbol, venueOrderId }: Order, found: ShownDrift): boolean {
  return found.symbol === symbol && found.subject === venueOrderId;
}

/** A unified account of a venue that keeps deposits in another wallet is paid by a transfer out of that one. */
const PAYMENTS: ReadonlySet<string> = new Set(['deposit', 'transfer_in']);

function isDepositOf(payload: unknown, asset: string, at: number): boolean {
  const { record } = payload as {
    readonly record: { readonly kind: string; readonly asset: string; readonly at: number };
  };
  return PAYMENTS.has(record.kind) && record.asset === asset && record.at === at;
}

function drawsOn({ marketType }: Fill, wallet: string | undefined): boolean {
  return wallet === 'unified' || wallet === (marketType === 'swap' ? 'linear_swap' : 'spot');
}

function isSpotBalance(subject: string, asset: string): boolean {
  return subject === `spot ${asset}` || subject === `unified ${asset}`;
}
