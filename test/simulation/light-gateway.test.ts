/**
 * The light gateway answers as the real one does: both are asked the same over the same venue, and everything but ids, times and a
 * venue's words has to agree.
 */
import { describe, expect, it } from 'vitest';
import { decimal } from '../../src/core/decimal.ts';
import { instrumentSymbol, venueClientOrderId } from '../../src/core/ids.ts';
import type { SendOutcome } from '../../src/core/venue/outcome.ts';
import type { RequestFault } from './faults.ts';
import { shown, Stage } from './testing/gateway-stage.ts';

const SPOT = 'BTC/USDT';
const SWAP = 'BTC/USDT:USDT';
const symbolOf = instrumentSymbol;

/** The questions to both, each with the part of the answers that is compared. */
const CASES: Readonly<Record<string, (stage: Stage) => Promise<unknown>>> = {
  'the terms of an instrument': async ({ gateway }) =>
    [SPOT, 'ETH/USDT', SWAP].map((symbol) => {
      const found = gateway.instrument(symbolOf(symbol));
      return found === undefined
        ? null
        : [found.kind, found.base, found.quote, found.settle, found.tickSize, found.lotSize].concat([
            found.minQuantity,
            found.minNotional,
            found.contractSize,
            found.active,
          ] as never);
    }),
  'a limit order that rests': async (stage) => {
    const { outcome } = await stage.send(SPOT, 'buy', { price: decimal('58000') });
    return [outcome, [...stage.reports.values()]];
  },
  'a limit order that takes': async (stage) => {
    const { outcome } = await stage.send(SPOT, 'buy', { price: decimal('60500') });
    return [kindAndStatus(outcome), [...stage.reports.values()], stage.fills];
  },
  'an order that rests and is taken': async (stage) => {
    await stage.send(SPOT, 'sell', { price: decimal('60000.5') });
    stage.takeAt(SPOT, 'buy', '60000.5', '50');
    await stage.time.runFor(500);
    return [[...stage.reports.values()], stage.fills];
  },
  'a market order': async (stage) => {
    const { outcome } = await stage.send(SPOT, 'sell', { type: 'market' });
    return [kindAndStatus(outcome), stage.fills];
  },
  'a market order by cost': async (stage) => {
    const { outcome } = await stage.send(SPOT, 'buy', {
      type: 'market',
      quantity: null,
      cost: decimal('500'),
    });
    return [kindAndStatus(outcome), stage.fills.map(({ price, quantity }) => [price, quantity])];
  },
  'an IOC order without a match': async (stage) => {
    const { outcome } = await stage.send(SPOT, 'buy', { price: decimal('58000'), timeInForce: 'IOC' });
    return kindAndStatus(outcome);
  },
  'a post-only order': async (stage) => {
    const { outcome } = await stage.send(SPOT, 'buy', { price: decimal('58000'), postOnly: true });
    return outcome;
  },
  refusals: async (stage) => {
    const outcomes = [
      await stage.send(SPOT, 'buy', { price: decimal('60500'), postOnly: true }),
      await stage.send(SPOT, 'buy', { price: decimal('58000'), quantity: decimal('50') }),
      await stage.send(SPOT, 'buy', { price: decimal('58000'), quantity: decimal('0.00001') }),
      await stage.send(SPOT, 'buy', { price: decimal('58000.001') }),
      await stage.send(SWAP, 'buy', { price: decimal('58000'), quantity: decimal('900') }),
      await stage.send(SWAP, 'sell', { price: decimal('62000'), reduceOnly: true }),
      await stage.send(SWAP, 'buy', { price: decimal('58000'), positionSide: 'long' }),
    ].map(({ outcome }) => outcome);
    return outcomes.map((outcome) => (outcome.kind === 'refused' ? outcome.reason.kind : outcome.kind));
  },
  'a client id that is used twice': async (stage) => {
    const request = { venueClientOrderId: venueClientOrderId('ptwice') };
    await stage.send(SPOT, 'buy', { price: decimal('58000') }, request);
    const { outcome } = await stage.send(SPOT, 'buy', { price: decimal('58000') }, request);
    return outcome;
  },
  'a request whose time has passed, and one that lies ahead': async (stage) => {
    const now = stage.gateway.venueNow();
    const [past, ahead] = [now - 10_000, now + 10_000];
    return [
      (await stage.send(SPOT, 'buy', { price: decimal('58000') }, { signedAt: past })).outcome,
      (await stage.send(SPOT, 'buy', { price: decimal('58000') }, { signedAt: ahead })).outcome,
    ];
  },
  'cancels of a working, a finished and an unknown order': async (stage) => {
    const { reference } = await stage.send(SPOT, 'buy', { price: decimal('58000') });
    const swap = await stage.send(SWAP, 'buy', { price: decimal('58000') });
    const unknown = { ...reference, venueClientOrderId: venueClientOrderId('pnobody'), venueOrderIds: [] };
    const outcomes: unknown[] = [];
    for (const asked of [reference, reference, unknown, swap.reference, swap.reference])
      outcomes.push(await stage.answered(stage.gateway.cancel(asked)));
    return [outcomes, [...stage.reports.values()]];
  },
  'look-ups of a working, a filled and an absent order': async (stage) => {
    const { gateway, time } = stage;
    const working = await stage.send(SPOT, 'buy', { price: decimal('58000') });
    const filled = await stage.send(SWAP, 'buy', { type: 'market' });
    const absent = {
      ...working.reference,
      venueClientOrderId: venueClientOrderId('pnobody'),
      venueOrderIds: [],
    };
    const answers: unknown[] = [];
    for (const asked of [working.reference, filled.reference, absent])
      answers.push(
        await stage.answered(gateway.lookUp({ ...asked, thorough: true, since: time.now() - 60_000 })),
      );
    return answers;
  },
  'open orders of both kinds': async (stage) => {
    await stage.send(SPOT, 'buy', { price: decimal('58000') });
    await stage.send(SWAP, 'sell', { price: decimal('62000') });
    await stage.send(SWAP, 'sell', stopAt('59000', 'down'));
    const answer = await stage.answered(stage.gateway.openOrders());
    return answer.kind === 'ok' ? sorted(answer.value) : answer;
  },
  'executions, and those after the last': async (stage) => {
    await stage.send(SPOT, 'buy', { type: 'market' });
    await stage.send(SPOT, 'sell', { type: 'market' });
    const read = async (cursor: string | null): Promise<{ fills: unknown[]; cursor: string | null }> => {
      const fills: unknown[] = [];
      for (let next = cursor, isMore = true; ;) {
        const since = stage.time.now() - 3_600_000;
        const page = await stage.answered(stage.gateway.fills(symbolOf(SPOT), next, since));
        if (page.kind === 'failed') throw new Error(page.detail);
        fills.push(...page.value.fills);
        ({ cursor: next, hasMore: isMore } = page.value);
        if (!isMore) return { fills, cursor: next };
      }
    };
    const first = await read(null);
    await stage.send(SPOT, 'buy', { type: 'market' });
    const second = await read(first.cursor);
    return [first.fills, second.fills];
  },
  'balances and the margin of swaps': async (stage) => {
    await stage.send(SPOT, 'buy', { price: decimal('58000') });
    await stage.send(SWAP, 'buy', { type: 'market' });
    const balances = await stage.answered(stage.gateway.balances());
    const margins = await stage.answered(stage.gateway.margins());
    return [
      balances.kind === 'ok'
        ? sorted(
            balances.value
              .filter(({ total }) => !total.isZero())
              .map(({ wallet, asset, total }) => [wallet, asset, total]),
          )
        : balances,
      margins.kind === 'ok'
        ? margins.value.map(({ wallet, maintenanceMargin }) => [wallet, maintenanceMargin])
        : margins,
    ];
  },
  'positions of one-way and hedged mode, and the change between them': async (stage) => {
    const { gateway } = stage;
    const answers: unknown[] = [];
    const positions = async (): Promise<void> => {
      const answer = await stage.answered(gateway.positions());
      answers.push(
        answer.kind === 'ok'
          ? answer.value
              .filter(({ quantity }) => !quantity.isZero())
              .map(({ symbol, positionSide, quantity, entryPrice }) => [
                symbol,
                positionSide,
                quantity,
                entryPrice,
              ])
          : answer,
      );
    };
    await stage.send(SWAP, 'sell', { type: 'market' });
    await positions();
    await stage.send(SWAP, 'buy', { type: 'market', reduceOnly: true });
    answers.push(await stage.answered(gateway.setPositionMode('hedged')));
    answers.push(await stage.answered(gateway.positionMode()));
    const { outcome } = await stage.send(SWAP, 'buy', { price: decimal('58000') });
    answers.push(outcome.kind === 'refused' ? outcome.reason.kind : outcome.kind);
    await stage.send(SWAP, 'buy', { type: 'market', positionSide: 'long' });
    await stage.send(SWAP, 'sell', { type: 'market', positionSide: 'short' });
    await positions();
    answers.push((await stage.answered(gateway.setPositionMode('one_way'))).kind);
    return answers;
  },
  'a stop that waits, is triggered and fills': async (stage) => {
    const spot = await stage.send(SPOT, 'sell', stopAt('59000', 'down'));
    const swap = await stage.send(SWAP, 'sell', stopAt('59000', 'down'));
    const waiting = [...stage.reports.values()].map(({ status }) => status);
    for (const symbol of [SPOT, SWAP])
      stage.venue.exchange.movePrice(stage.time.now(), symbol, [decimal('58900')], true);
    await stage.time.runFor(3_000);
    const looked: unknown[] = [];
    for (const { reference } of [spot, swap]) {
      const answer = await stage.answered(
        stage.gateway.lookUp({ ...reference, thorough: false, since: stage.time.now() - 60_000 }),
      );
      looked.push(
        answer.kind === 'found'
          ? [answer.report.status, answer.report.triggeredVenueOrderId !== null]
          : answer,
      );
    }
    return [
      kindAndStatus(spot.outcome),
      swap.outcome.kind,
      waiting,
      looked,
      stage.fills.map(({ symbol, side, quantity }) => [symbol, side, quantity]),
    ];
  },
  'what becomes of requests under faults': async (stage) => {
    const faults: readonly RequestFault[] = [
      { kind: 'drop_request' },
      { kind: 'drop_response' },
      { kind: 'delay_request', delayMs: 3_000 },
      { kind: 'delay_response', delayMs: 7_000 },
      { kind: 'error_before' },
      { kind: 'error_after' },
      { kind: 'truncated' },
      { kind: 'rate_limit' },
    ];
    const outcomes: unknown[] = [];
    for (const fault of faults) {
      stage.faults.next = fault;
      const { outcome } = await stage.send(SPOT, 'buy', { price: decimal('58000') });
      outcomes.push([fault.kind, outcome.kind, outcome.kind === 'not_sent' ? outcome.reason : null]);
      await stage.time.runFor(10_000);
    }
    return [outcomes, stage.venue.creates.map(({ verdict }) => verdict.kind)];
  },
};

describe('the light gateway answers as the real one', () => {
  it.each(Object.entries(CASES))('%s', async (_name, ask) => {
    const [light, real] = [await Stage.open('light'), await Stage.open('real')];
    expect(shown(await ask(light))).toEqual(shown(await ask(real)));
  });
});

function stopAt(price: string, stopDirection: 'up' | 'down') {
  return { type: 'stop_market', stopPrice: decimal(price), stopDirection } as const;
}

/** The proof in an answer to a create; how much of the order it shows is the venue's choice. */
function kindAndStatus(outcome: SendOutcome): unknown {
  return [outcome.kind, outcome.kind === 'accepted' ? outcome.report?.status : null];
}

function sorted(items: readonly unknown[]): readonly unknown[] {
  return items.map((item) => JSON.stringify(shown(item))).toSorted();
}
