import { beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../core/decimal.ts';
import { venueOrderId } from '../core/ids.ts';
import type { Order } from '../core/order/order.ts';
import type { PositionSide } from '../core/order/terms.ts';
import type { Input } from '../core/portfolio/decide.ts';
import { positionModeOf } from '../core/portfolio/state.ts';
import { ACCOUNT, Desk, fillOf, SWAP, SWAP_INSTRUMENT } from '../core/testing/fixture.ts';
import { referenceTo } from '../venues/binance/orders.ts';
import type { Parameters } from '../venues/ccxt/exchange.ts';
import type { CancelRequest, Gateway, LookUpRequest, SendRequest } from '../venues/gateway.ts';
import { EffectExecutor } from './effect-executor.ts';
import { FollowUps } from './follow-ups.ts';
import { createIdentity } from './identity.ts';
import { silentLog } from './log.ts';
import { silentGateway } from './testing/silent-gateway.ts';

let desk: Desk;
let executor: EffectExecutor;
let sent: SendRequest[];
let canceled: CancelRequest[];
let lookedUp: LookUpRequest[];
let submitted: Input['type'][];
let answers: Partial<Gateway>;
let gateway: Gateway;
/** Runs the actions that wait for the clock. */
let tick: () => void;

beforeEach(() => {
  desk = Desk.funded();
  desk.hedge();
  [sent, canceled, lookedUp, submitted, answers] = [[], [], [], [], {}];
  tick = () => undefined;
  const silent = silentGateway();
  gateway = silentGateway({
    connection: () => answers.connection?.() ?? silent.connection(),
    send: async (request) => {
      sent.push(request);
      return answers.send?.(request) ?? silent.send(request);
    },
    cancel: async (request) => {
      canceled.push(request);
      return { kind: 'accepted', report: null };
    },
    lookUp: async (request) => {
      lookedUp.push(request);
      return answers.lookUp?.(request) ?? silent.lookUp(request);
    },
    fills: async (symbol, cursor, since) =>
      answers.fills?.(symbol, cursor, since) ?? silent.fills(symbol, cursor, since),
  });
  executor = new EffectExecutor({
    gatewayOf: () => gateway,
    state: () => desk.state,
    mayAct: () => true,
    submit: async (_lane, make) => {
      const input = make();
      submitted.push(input.type);
      return desk.run(input).reply;
    },
    takeFills: async () => undefined,
    clock: clockOf(),
    identity: createIdentity('t', () => 0.5),
    log: silentLog,
  });
});

function clockOf() {
  return {
    now: () => desk.at,
    monotonic: () => desk.at,
    after: (_delayMs: number, action: () => void) => {
      tick = action;
      return () => undefined;
    },
  };
}

const settled = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

/** A short position of 2, and a stop that would buy it back. */
function protectedShort(): Order {
  const short = desk.open({ symbol: SWAP, side: 'sell', positionSide: 'short', quantity: decimal('2') });
  desk.fill(short, 'opened');
  return desk.open({
    symbol: SWAP,
    type: 'stop_market',
    side: 'buy',
    positionSide: 'short',
    quantity: decimal('2'),
    stopPrice: decimal('110'),
    trigger: 'last',
  });
}

describe('a stop at Binance, where a triggered stop is a new order', () => {
  const ALGO = venueOrderId('algo-17');
  const CHILD = venueOrderId('4711');

  function submittingStop(): Order {
    return desk.submitting({
      symbol: SWAP,
      side: 'sell',
      type: 'stop_limit',
      stopPrice: decimal('90'),
      price: decimal('89'),
      trigger: 'mark',
      quantity: decimal('2'),
      positionSide: 'long',
    });
  }

  /** As Binance's adapter names the order in the last cancel and the last look-up. */
  async function named(stop: Order): Promise<readonly Parameters[]> {
    executor.cancel(stop.orderId);
    executor.lookUp(stop.orderId);
    await settled();
    const listed = { instrument: SWAP_INSTRUMENT, venueSymbol: 'BTCUSDT' };
    return [canceled.at(-1), lookedUp.at(-1)].map((request) =>
      request === undefined ? expect.fail('nothing was asked') : referenceTo(listed, request),
    );
  }

  beforeEach(() => {
    desk.fill(
      desk.open({ symbol: SWAP, side: 'buy', positionSide: 'long', quantity: decimal('2') }),
      'opened',
    );
  });

  it('is named among the conditional orders while it waits', async () => {
    const stop = submittingStop();
    desk.outcome(stop, { kind: 'accepted', venueOrderId: ALGO, report: null, fills: [] });
    expect(await named(stop)).toEqual([{ algoId: '17' }, { algoId: '17' }]);
  });

  it('is named as the ordinary order where an earlier release journaled the link alone, also when it is filled in part', async () => {
    const stop = submittingStop();
    desk.outcome(stop, { kind: 'accepted', venueOrderId: ALGO, report: null, fills: [] });
    desk.force({ type: 'venue_order_linked', orderId: stop.orderId, venueOrderId: CHILD });
    const child = { symbol: 'BTCUSDT', orderId: CHILD };
    expect(desk.order(stop.orderId).stopTriggered).toBe(false);
    expect(await named(stop)).toEqual([child, child]);
    desk.fills([fillOf(desk.order(stop.orderId), 't1', { venueOrderId: CHILD, quantity: decimal('1') })]);
    expect(await named(stop)).toEqual([child, child]);
  });

  it('is named as the ordinary order where the stream reported that before the acknowledgement came', async () => {
    const stop = submittingStop();
    desk.report(stop, { venueOrderId: CHILD, status: 'open' });
    desk.outcome(stop, { kind: 'accepted', venueOrderId: ALGO, report: null, fills: [] });
    expect(desk.order(stop.orderId).venueOrderIds).toEqual([CHILD, ALGO]);
    const child = { symbol: 'BTCUSDT', orderId: CHILD };
    expect(await named(stop)).toEqual([child, child]);
  });
});

describe('a stop of a hedged account', () => {
  it('is asked for by every id that the venue gave it, and as a conditional order only until its trigger is reported', async () => {
    const stop = protectedShort();
    executor.lookUp(stop.orderId);
    await settled();
    expect(lookedUp).toMatchObject([{ conditional: true, venueOrderIds: stop.venueOrderIds }]);
    const became = venueOrderId('became');
    desk.report(stop, { status: 'triggered', triggeredVenueOrderId: became });
    executor.lookUp(stop.orderId);
    executor.cancel(stop.orderId);
    await settled();
    expect(lookedUp.at(-1)).toMatchObject({
      conditional: false,
      venueOrderIds: [...stop.venueOrderIds, became],
    });
    expect(canceled).toMatchObject([{ conditional: false, venueOrderIds: [...stop.venueOrderIds, became] }]);
  });

  it('stays among the conditional orders while the venue does not name the order that it became', async () => {
    const stop = protectedShort();
    desk.report(stop, { status: 'triggered' });
    executor.cancel(stop.orderId);
    await settled();
    expect(canceled).toMatchObject([{ conditional: true, venueOrderIds: stop.venueOrderIds }]);
  });

  it.each<readonly [string, PositionSide, number]>([
    ['is looked up for an execution of its side that may be its own', 'short', 1],
    ['is not asked about an execution of the other side', 'long', 0],
  ])('%s', async (_name, positionSide, questions) => {
    const stop = protectedShort();
    const fill = fillOf(stop, 'maybe', {
      venueOrderId: venueOrderId('unknown'),
      venueClientOrderId: null,
      positionSide,
    });
    desk.run({ type: 'fills', accountId: ACCOUNT, symbol: SWAP, fills: [fill], cursor: null });
    const followUps = new FollowUps({
      clock: clockOf(),
      state: () => desk.state,
      effectExecutor: executor,
      isConnected: () => true,
      retry: () => undefined,
    });
    followUps.start();
    tick();
    await settled();
    followUps.stop();
    expect(lookedUp.map(({ venueClientOrderId: id }) => id)).toEqual(
      Array.from({ length: questions }, () => stop.venueClientOrderId),
    );
  });
});

describe('an order of a hedged account', () => {
  it('goes out with its side', async () => {
    const order = desk.submitting({ symbol: SWAP, side: 'sell', positionSide: 'short' });
    executor.execute([{ type: 'send', orderId: order.orderId }]);
    await settled();
    expect(sent).toMatchObject([{ order: { positionSide: 'short', side: 'sell', reduceOnly: false } }]);
  });

  it('that is refused for its side moves the books to the mode of the account, before its own end', async () => {
    const refused = { kind: 'position_mode', venueCode: '-4061', venueMessage: 'does not match' } as const;
    answers = {
      send: async () => ({ kind: 'refused', reason: refused }),
      connection: () => ({ ...silentGateway().connection(), positionMode: 'one_way' }),
    };
    const order = desk.submitting({ symbol: SWAP, side: 'sell', positionSide: 'short' });
    executor.execute([{ type: 'send', orderId: order.orderId }]);
    await settled();
    expect(submitted).toEqual(['position_mode', 'send_outcome']);
    expect(positionModeOf(desk.state, ACCOUNT)).toBe('one_way');
    expect(desk.order(order.orderId).status).toBe('rejected');
  });
});

describe('a look-up', () => {
  it('whose order has finished and left memory meanwhile does not bring back what it was before', async () => {
    const order = desk.submitting({ symbol: SWAP, positionSide: 'long' }, { instrument: SWAP_INSTRUMENT });
    const answer = Promise.withResolvers<Awaited<ReturnType<Gateway['lookUp']>>>();
    answers = { lookUp: () => answer.promise };
    executor.lookUp(order.orderId);
    desk.outcome(order, { kind: 'unknown', detail: 'timeout' });
    desk.fill(order, 't1');
    desk.expectStatus(order.orderId, 'filled');
    desk.at += 1;
    desk.run({ type: 'evict', finishedBefore: desk.at });
    answer.resolve({ kind: 'failed', detail: 'too late' });
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
    expect(submitted).toContain('look_up_answer');
    expect([desk.state.unfinished.size, desk.state.finished.size]).toEqual([0, 0]);
  });
});

describe('a reading of executions', () => {
  it('starts before the first order without a cursor, and goes on from its cursor alone', async () => {
    const order = desk.submitting({ symbol: SWAP, positionSide: 'long' }, { instrument: SWAP_INSTRUMENT });
    const signedAt = order.attempts[0]?.signedAt ?? expect.fail('it was not sent');
    const asked: (readonly [cursor: string | null, since: number])[] = [];
    answers = {
      fills: async (_symbol, cursor, since) => {
        asked.push([cursor, since]);
        return { kind: 'failed', reason: 'unreachable', detail: 'asked' };
      },
    };
    await executor.fetchFills(ACCOUNT, SWAP);
    desk.run({ type: 'fills', accountId: ACCOUNT, symbol: SWAP, fills: [], cursor: 'id:7' });
    await executor.fetchFills(ACCOUNT, SWAP);
    expect(asked).toEqual([
      [null, expect.any(Number)],
      ['id:7', gateway.venueNow()],
    ]);
    expect(asked[0]?.[1]).toBeLessThan(signedAt);
  });
});

describe('a gateway that has stopped', () => {
  type Outcome = Awaited<ReturnType<Gateway['send']>>;

  it('leaves its sends in doubt, and their late answers end no wait for a later send', async () => {
    const sends: PromiseWithResolvers<Outcome>[] = [];
    answers = {
      send: () => {
        const answer = Promise.withResolvers<Outcome>();
        sends.push(answer);
        return answer.promise;
      },
    };
    const sendOne = (): Order => {
      const order = desk.submitting({ symbol: SWAP, positionSide: 'long' }, { instrument: SWAP_INSTRUMENT });
      executor.execute([{ type: 'send', orderId: order.orderId }]);
      return order;
    };
    const first = sendOne();
    executor.endUnanswered(gateway);
    await settled();
    desk.expectStatus(first.orderId, 'unknown');
    sendOne();
    sends[0]?.resolve({ kind: 'accepted', venueOrderId: venueOrderId('1'), report: null, fills: [] });
    await settled();
    let isOver = false;
    const waited = executor.answered(gateway, 1_000).then(() => {
      isOver = true;
    });
    await settled();
    expect(isOver).toBe(false);
    sends[1]?.resolve({ kind: 'accepted', venueOrderId: venueOrderId('2'), report: null, fills: [] });
    await settled();
    tick();
    await waited;
    expect(submitted).toEqual(['send_outcome', 'send_outcome']);
  });
});
