/** The auditor takes a difference for one where nothing explains it, and for none where the run shows its cause. */
import { describe, expect, it } from 'vitest';
import { decimal } from '../../../src/core/decimal.ts';
import type { Asked, PlaceCall } from '../answers.ts';
import { evidenceOf, TAG, tradingVenue } from '../testing/evidence.ts';
import { OUR_ACCOUNT, SWAP_SYMBOL } from '../venue.ts';
import { START_AT } from '../virtual-time.ts';
import type { CreateOnWire } from '../wire/venue-on-wire.ts';
import { AuditedRun } from './audited-run.ts';
import { driftExplained } from './drift.ts';
import type { Evidence, ShownOrder } from './evidence.ts';
import { termsHold } from './terms.ts';
import { nothingRefusedForBalance } from './within-limits.ts';

const LATER_MS = 60_000;
const LABEL = 'call-1';

function found(check: (run: AuditedRun) => void, evidence: Evidence): readonly string[] {
  const run = new AuditedRun(evidence);
  check(run);
  return run.violations;
}

function shown(clientOrderId: string, change: Partial<ShownOrder>): ShownOrder {
  return {
    orderId: `order of ${clientOrderId}`,
    venueClientOrderId: clientOrderId,
    strategy: LABEL,
    protectionPrice: null,
    price: null,
    ...change,
  } as ShownOrder;
}

function called(change: Partial<Asked>): PlaceCall {
  return { asked: { label: LABEL, positionSide: 'net', ...change } } as PlaceCall;
}

describe('a deposit', () => {
  it('is shown where its record is a transfer into the unified wallet, of its moment', async () => {
    const { venue, time } = tradingVenue();
    await time.runFor(LATER_MS);
    venue.deposit('USDT', decimal('17.25'));
    const faults = (kind: string, at: number): readonly string[] =>
      found(
        driftExplained,
        evidenceOf(venue, [
          { at: START_AT, type: 'balances_observed', payload: {} },
          { at, type: 'account_record_booked', payload: { record: { kind, asset: 'USDT', at } } },
        ]),
      );
    expect(faults('transfer_in', time.now())).toEqual([]);
    expect(faults('deposit', time.now())).toEqual([]);
    expect(faults('transfer_in', time.now() - 1)).toHaveLength(1);
    expect(faults('transfer_out', time.now())).toHaveLength(1);
  });
});

describe('the protection of a market order', () => {
  const CLIENT_ID = `${TAG}1`;
  /** At Bybit spot takes sales down to half a percent below; 200 basis points are the protection without that. */
  const UNBOUNDED = '58799.9';

  function faults(approval: { readonly ageMs: number; readonly reducing: boolean }): readonly string[] {
    const { venue } = tradingVenue({ venue: 'bybit', wallets: 'unified' });
    const asked: Partial<Asked> = {
      symbol: 'BTC/USDT',
      side: 'sell',
      type: 'market',
      quantity: '0.1',
      cost: null,
      stopPrice: null,
      postOnly: false,
      reduceOnly: false,
      marketProtectionBps: null,
    };
    venue.creates.push({
      clientOrderId: CLIENT_ID,
      symbol: 'BTC/USDT',
      terms: {
        type: 'limit',
        quantity: '0.1',
        cost: null,
        price: UNBOUNDED,
        stopPrice: null,
        triggerSource: null,
        timeInForce: 'IOC',
        postOnly: false,
        reduceOnly: false,
      },
    } as CreateOnWire);
    const accepted = {
      at: START_AT + approval.ageMs,
      type: 'order_accepted',
      payload: {
        request: { venueClientOrderId: CLIENT_ID },
        approval: { quoteReceivedAt: START_AT, reducing: approval.reducing },
      },
    };
    const evidence = evidenceOf(venue, [accepted], { all: [shown(CLIENT_ID, {})] });
    return found(termsHold, { ...evidence, calls: { ...evidence.calls, places: [called(asked)] } });
  }

  it('lies within the band, but for a close whose reference is older than a quote may be', () => {
    expect(faults({ ageMs: 5_001, reducing: true })).toEqual([]);
    expect(faults({ ageMs: 5_000, reducing: true })).toHaveLength(1);
    expect(faults({ ageMs: 5_001, reducing: false })).toHaveLength(1);
  });
});

describe('a purchase that the venue refuses for want of money', () => {
  const PURCHASE = `${TAG}purchase`;

  /** Our account closes a swap at a fee while the purchase is on its way, or before it was sent. */
  async function faults(closedBeforeMs: number): Promise<readonly string[]> {
    const { venue, time } = tradingVenue({
      venue: 'bybit',
      wallets: 'unified',
      swap: true,
      balances: [{ wallet: 'unified', asset: 'USDT', amount: '10000' }],
    });
    const trade = (side: 'buy' | 'sell', clientOrderId: string, reduceOnly: boolean): void => {
      const placed = venue.exchange.placeOrder(time.now(), OUR_ACCOUNT, {
        symbol: SWAP_SYMBOL,
        side,
        positionSide: 'net',
        type: 'market',
        quantity: decimal('0.01'),
        clientOrderId,
        reduceOnly,
      });
      if (!placed.ok) throw new Error(`the order was refused: ${placed.refusal.code}`);
    };
    trade('buy', `${TAG}opens`, false);
    await time.runFor(LATER_MS);
    trade('sell', `${TAG}closes`, true);
    const closedAt = time.now();
    venue.creates.push({
      clientOrderId: PURCHASE,
      symbol: 'BTC/USDT',
      signedAt: closedAt + closedBeforeMs,
      arrivedAt: closedAt + 1_000,
      verdict: { kind: 'refused', code: 'insufficient_balance' },
    } as CreateOnWire);
    const evidence = evidenceOf(venue, [], {
      all: [
        shown(`${TAG}closes`, { symbol: SWAP_SYMBOL, side: 'sell' }),
        shown(PURCHASE, { strategy: 'call-2', symbol: 'BTC/USDT', side: 'buy' }),
      ],
    });
    const places = [called({ symbol: SWAP_SYMBOL, side: 'sell', reduceOnly: true })];
    return found(nothingRefusedForBalance, { ...evidence, calls: { ...evidence.calls, places } });
  }

  it('was rightly approved where a close took its fee from the same wallet after the approval, and at no other time', async () => {
    expect(await faults(-500)).toEqual([]);
    expect(await faults(500)).toHaveLength(1);
  });
});
