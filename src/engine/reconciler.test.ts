import { describe, expect, it } from 'vitest';
import { Decimal, decimal } from '../core/decimal.ts';
import type { Input } from '../core/portfolio/decide.ts';
import { asset, instrumentSymbol } from '../core/ids.ts';
import { balanceKey, positionKey } from '../core/portfolio/keys.ts';
import { positionModeOf } from '../core/portfolio/state.ts';
import { DIFFERENCE_CONFIRMED_AFTER_MS } from '../core/reconcile/differences.ts';
import type { Move } from '../core/reconcile/moves.ts';
import {
  ACCOUNT,
  balanceReport,
  Desk,
  positionReport,
  reportOf,
  setting,
  SWAP,
  SWAP_INSTRUMENT,
} from '../core/testing/fixture.ts';
import type { TradedInstrument } from '../core/venue/account-record.ts';
import type { PositionMode } from '../core/venue/setting.ts';
import type { Gateway } from '../venues/gateway.ts';
import { RECORDS_EVERY_MS } from './record-readings.ts';
import { compareWith, quietGateway } from './testing/compared-desk.ts';
import { read, silentGateway } from './testing/silent-gateway.ts';

it("each comparison takes the account's position mode into the books, before the positions that it reads", async () => {
  const desk = Desk.funded();
  const shown: { mode: PositionMode | null } = { mode: 'hedged' };
  const silent = silentGateway();
  const gateway = quietGateway(desk, {
    connection: () => ({ ...silent.connection(), positionMode: shown.mode }),
  });
  const { compare, submitted } = compareWith(desk, gateway);
  const compared = async (): Promise<readonly string[]> => {
    await compare();
    return submitted.map(({ type }) => type);
  };
  const order = await compared();
  expect(order.indexOf('position_mode')).toBeLessThan(order.indexOf('positions'));
  expect(order).toContain('position_mode');
  expect(positionModeOf(desk.state, ACCOUNT)).toBe('hedged');
  shown.mode = 'one_way';
  await compared();
  expect(positionModeOf(desk.state, ACCOUNT)).toBe('one_way');
  // An account without swaps has no position mode, and none is submitted.
  shown.mode = null;
  expect(await compared()).not.toContain('position_mode');
  expect(positionModeOf(desk.state, ACCOUNT)).toBe('one_way');
});

it('an account that was compared once since the start stays so while its venue does not answer', async () => {
  const desk = Desk.funded();
  let answers = true;
  const gateway = quietGateway(desk, {
    openOrders: async () =>
      answers ? read([]) : { kind: 'failed', reason: 'unreachable', detail: 'no answer' },
  });
  const { reconciler } = compareWith(desk, gateway);
  while (!(await reconciler.compareAnew())) desk.at += DIFFERENCE_CONFIRMED_AFTER_MS;
  expect(reconciler.isCompared).toBe(true);
  answers = false;
  expect(await reconciler.compareAnew()).toBe(false);
  expect(reconciler.isCompared).toBe(true);
  reconciler.stop();
});

it('account records are read when a balance differs, and by themselves once a minute', async () => {
  const desk = Desk.funded();
  const venue = { usdt: '1000000', btc: '1000', reads: [] as number[] };
  const gateway = quietGateway(desk, {
    balances: async () =>
      read([
        balanceReport('spot', 'USDT', venue.usdt),
        ...(venue.btc === '0' ? [] : [balanceReport('spot', 'BTC', venue.btc)]),
        balanceReport('linear_swap', 'USDT', '1000000'),
      ]),
    accountRecords: async (since) => {
      venue.reads.push(since);
      return read({ records: [], unread: [] });
    },
  });
  const { compare, reconciler } = compareWith(desk, gateway);
  const compared = async (): Promise<number> => {
    const before = venue.reads.length;
    await compare();
    return venue.reads.length - before;
  };
  expect(reconciler.isCompared).toBe(false);
  expect(await compared()).toBe(1);
  expect(reconciler.isCompared).toBe(true);
  desk.at += RECORDS_EVERY_MS - 1;
  expect(await compared()).toBe(0);
  desk.at += 1;
  expect(await compared()).toBe(1);
  expect(venue.reads.at(-1)).toBe(desk.at - RECORDS_EVERY_MS - 60_000);
  venue.usdt = '1000005';
  desk.at += 1_000;
  expect(await compared()).toBe(1);
  expect(venue.reads.at(-1)).toBe(desk.at - 1_000 - 60_000);
  desk.at += 1_000;
  expect(await compared()).toBe(0);
  // One that is not listed any more is zero there.
  venue.btc = '0';
  desk.at += 1_000;
  expect(await compared()).toBe(1);
  reconciler.stop();
});

it('a node that does not own the portfolio asks the venue nothing, and compares once it does', async () => {
  const desk = Desk.funded();
  let questions = 0;
  let isOpen = false;
  const gateway = quietGateway(desk, {
    openOrders: async () => {
      questions += 1;
      return { ...read([]), startedAt: desk.at };
    },
  });
  const { reconciler } = compareWith(desk, gateway, { isOpen: () => isOpen });
  expect(await reconciler.compareAnew()).toBe(false);
  expect([questions, reconciler.isCompared]).toEqual([0, false]);
  isOpen = true;
  expect(await reconciler.compareAnew()).toBe(true);
  expect(questions).toBeGreaterThan(0);
  reconciler.stop();
});

it('executions of others are read once the records name an instrument that nothing else reads, from the last reading on', async () => {
  const desk = Desk.funded();
  const other = instrumentSymbol('ETH/USDT:USDT');
  const asked: { readonly symbol: string; readonly since: number }[] = [];
  let traded: readonly TradedInstrument[] = [{ symbol: other, at: desk.at - 3_600_000 }];
  const gateway = quietGateway(desk, {
    accountRecords: async () => read({ records: [], traded, unread: [] }),
    fills: async (symbol, _cursor, since) => {
      asked.push({ symbol, since });
      return read({ fills: [], cursor: 'read', hasMore: false });
    },
  });
  const { compare, reconciler } = compareWith(desk, gateway);
  await compare();
  expect(asked).toEqual([]);
  desk.at += RECORDS_EVERY_MS;
  const at = desk.at - 5_000;
  traded = [...traded, { symbol: other, at: at + 1 }, { symbol: other, at }];
  await compare();
  expect(asked).toEqual([{ symbol: other, since: expect.any(Number) as number }]);
  expect(asked[0]?.since).toBeLessThan(at);
  desk.run({ type: 'fills', accountId: ACCOUNT, symbol: other, fills: [], cursor: 'read' });
  desk.at += RECORDS_EVERY_MS;
  await compare();
  expect(asked).toHaveLength(1);
  reconciler.stop();
});

describe('a list of account records that does not answer', () => {
  /** A desk whose venue has a list that answers or not, BTC that may have gone, and the position that is given. */
  function world(desk: Desk) {
    const venue = { listAnswers: true, btc: '1000', usdt: '1000000', swap: '0' };
    const gateway = quietGateway(desk, {
      balances: async () =>
        read([
          balanceReport('spot', 'USDT', venue.usdt),
          balanceReport('spot', 'BTC', venue.btc),
          balanceReport('linear_swap', 'USDT', '1000000'),
        ]),
      positions: async () => read([positionReport({ quantity: decimal(venue.swap) })]),
      margins: async () => read([]),
      accountRecords: async () =>
        venue.listAnswers
          ? read({ records: [], unread: [] })
          : { kind: 'failed', reason: 'unreachable', detail: 'the list does not answer' },
    });
    const seen = { margins: 0, positions: 0 };
    const compared = compareWith(desk, gateway, {
      onMargins: () => (seen.margins += 1),
      onPositions: () => (seen.positions += 1),
    });
    return { venue, seen, ...compared };
  }
  const held = (desk: Desk): readonly (string | undefined)[] => [
    desk.state.positions.get(positionKey(ACCOUNT, SWAP, 'net'))?.netQuantity.toString(),
    desk.state.balances.get(balanceKey(ACCOUNT, 'spot', asset('BTC')))?.total.toString(),
  ];

  it('holds up nothing but the balances that differ, and says so until it answers', async () => {
    const desk = Desk.funded();
    const { compare, reconciler, seen, venue } = world(desk);
    await compare();
    expect([reconciler.awaitsRecords, seen]).toEqual([false, { margins: 1, positions: 1 }]);
    venue.listAnswers = false;
    venue.btc = '990';
    venue.swap = '3';
    desk.at += 1_000;
    await compare();
    expect(held(desk)).toEqual(['3', '1000']);
    expect([reconciler.awaitsRecords, seen]).toEqual([true, { margins: 2, positions: 2 }]);
    expect(desk.state.unexplained).toEqual([]);
    // So it is after a start of the service: what went on before it is not in the books yet.
    const started = world(desk);
    Object.assign(started.venue, venue);
    await started.compare();
    expect([held(desk)[1], started.reconciler.isCompared]).toEqual(['1000', false]);
    started.reconciler.stop();
    venue.swap = '4';
    desk.at += RECORDS_EVERY_MS;
    await compare();
    expect([held(desk), reconciler.awaitsRecords]).toEqual([['4', '1000'], true]);
    venue.listAnswers = true;
    desk.at += 1_000;
    await compare();
    expect([held(desk), reconciler.awaitsRecords]).toEqual([['4', '990'], false]);
    reconciler.stop();
  });

  it('is waited for by no balance that agrees', async () => {
    const desk = Desk.funded();
    const { compare, reconciler, submitted, venue } = world(desk);
    await compare();
    venue.listAnswers = false;
    desk.at += RECORDS_EVERY_MS;
    await compare();
    expect(reconciler.awaitsRecords).toBe(false);
    expect(submitted.flatMap((input) => (input.type === 'balances' ? [input.comparable] : []))).toEqual([
      true,
    ]);
    reconciler.stop();
  });

  it('is waited for with a difference that trading overlaps, however often it is found', async () => {
    const desk = Desk.funded();
    const { compare, reconciler, venue } = world(desk);
    await compare();
    // Its outcome is not known: no reading is compared as it is.
    desk.submitting();
    venue.listAnswers = false;
    venue.btc = '990';
    for (let reading = 0; reading < 3; reading += 1) {
      desk.at += DIFFERENCE_CONFIRMED_AFTER_MS;
      await compare();
    }
    expect([held(desk)[1], reconciler.awaitsRecords]).toEqual(['1000', true]);
    venue.listAnswers = true;
    for (let reading = 0; reading < 3; reading += 1) {
      desk.at += DIFFERENCE_CONFIRMED_AFTER_MS;
      await compare();
    }
    expect([held(desk)[1], reconciler.awaitsRecords]).toEqual(['990', false]);
    reconciler.stop();
  });

  it('is waited for by an account whose records were never read: those of a former release have no time to go on from', async () => {
    const desk = Desk.funded();
    desk.state.recordsRead.delete(ACCOUNT);
    const { compare, reconciler, seen, venue } = world(desk);
    venue.listAnswers = false;
    await compare();
    expect([reconciler.isCompared, seen.positions]).toEqual([false, 0]);
    venue.listAnswers = true;
    await compare();
    expect([reconciler.isCompared, seen.positions]).toEqual([true, 1]);
    reconciler.stop();
  });

  it('is waited for by the take-over of balances, from which on records count', async () => {
    const desk = new Desk();
    desk.openAccount(null);
    const { compare, reconciler, venue } = world(desk);
    venue.listAnswers = false;
    await compare();
    expect([desk.state.accounts.get(ACCOUNT)?.balancesKnown, reconciler.isCompared]).toEqual([false, false]);
    venue.listAnswers = true;
    await compare();
    expect([desk.state.accounts.get(ACCOUNT)?.balancesKnown, reconciler.isCompared]).toEqual([true, true]);
    reconciler.stop();
  });
});

it('an execution that was booked before the positions were asked for does not hide that they differ', async () => {
  const desk = Desk.funded();
  desk.positions([{ quantity: decimal('1') }]);
  const state = () => desk.state;
  const listeners = new Set<(move: Move) => void>();
  const key = positionKey(ACCOUNT, SWAP, 'net');
  const gateway = quietGateway(desk, {
    // One more is bought, and booked, while the balances are on their way.
    balances: async () => {
      const held = state().positions.get(key)?.netQuantity ?? Decimal.zero;
      desk.force({
        type: 'positions_observed',
        accountId: ACCOUNT,
        positions: [
          {
            symbol: SWAP,
            positionSide: 'net',
            setting: setting(SWAP_INSTRUMENT),
            netQuantity: held.add(Decimal.one),
            openCost: decimal('100'),
          },
        ],
      });
      const changes = [{ key, delta: Decimal.one }];
      for (const listener of listeners)
        listener({ accountId: ACCOUNT, at: desk.at, balances: [], positions: changes });
      return read([
        balanceReport('spot', 'USDT', '1000000'),
        balanceReport('spot', 'BTC', '1000'),
        balanceReport('linear_swap', 'USDT', '1000000'),
      ]);
    },
    // Somebody else has sold one.
    positions: async () => {
      const held = state().positions.get(key)?.netQuantity ?? Decimal.zero;
      return read([positionReport({ quantity: held.subtract(Decimal.one) })]);
    },
  });
  const { compare, reconciler, submitted } = compareWith(desk, gateway, {
    onMove: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  });
  const compared = async (): Promise<readonly Input[]> => {
    await compare();
    return submitted.filter(({ type }) => type === 'positions');
  };
  expect(await compared()).toEqual([]);
  desk.at += DIFFERENCE_CONFIRMED_AFTER_MS;
  expect(await compared()).toMatchObject([{ confirmed: new Map([[key, decimal('-1')]]) }]);
  reconciler.stop();
});

/** A gateway whose venue has the balances of the books, no positions and no orders. */
function agreeingGateway(desk: Desk): Gateway {
  const balances = (): readonly ReturnType<typeof balanceReport>[] =>
    [...desk.state.balances.values()].map(({ wallet, asset, total }) =>
      balanceReport(wallet, asset, total.toString()),
    );
  const now = () => ({ startedAt: desk.at, finishedAt: desk.at });
  return quietGateway(desk, {
    balances: async () => ({ ...read(balances()), ...now() }),
    positions: async () => ({ ...read([]), ...now() }),
  });
}

it('figures are not compared as they are while it is not known whether an order is there', async () => {
  const desk = Desk.funded();
  const { compare, reconciler, submitted } = compareWith(desk, agreeingGateway(desk));
  const isComparable = async (): Promise<readonly unknown[]> => {
    await compare();
    return submitted.flatMap((input) => (input.type === 'balances' ? [input.comparable] : []));
  };
  expect(await isComparable()).toEqual([true]);
  const lost = desk.submitting();
  expect(await isComparable()).toEqual([false]);
  desk.outcome(lost, { kind: 'unknown', detail: 'no answer' });
  expect(await isComparable()).toEqual([false]);
  reconciler.stop();
});

it('an order that traded after the working orders were read has moved the balances, and is no difference', async () => {
  const desk = Desk.funded();
  const order = desk.open();
  const agreeing = agreeingGateway(desk);
  const venue = { hasTraded: false };
  const gateway = quietGateway(desk, {
    ...agreeing,
    // The execution that goes with it is listed later still.
    openOrders: async () => read(venue.hasTraded ? [] : [reportOf(order)]),
    balances: async () => {
      const answer = await agreeing.balances();
      venue.hasTraded = true;
      if (answer.kind === 'failed') return answer;
      const value = answer.value.map((report) =>
        report.asset === 'BTC' ? { ...report, total: report.total.add(Decimal.one) } : report,
      );
      return { ...answer, value };
    },
  });
  const { compare, reconciler, submitted } = compareWith(desk, gateway);
  await compare();
  expect(submitted.flatMap((input) => (input.type === 'balances' ? [input.comparable] : []))).toEqual([
    false,
  ]);
  expect(desk.state.unexplained).toEqual([]);
  reconciler.stop();
});

it('two readings that show a stop without its position are of one gateway', async () => {
  const desk = Desk.funded();
  desk.hold(SWAP, '1');
  const stop = desk.open({
    symbol: SWAP,
    side: 'sell',
    type: 'stop_market',
    stopPrice: decimal('90'),
    price: null,
    trigger: 'mark',
    reduceOnly: true,
  });
  desk.hold(SWAP, '-1');
  desk.at += 60_000;
  let gateway = agreeingGateway(desk);
  const { compare, reconciler, submitted } = compareWith(desk, gateway, { gateway: () => gateway });
  const readings = async (): Promise<readonly number[]> => {
    await compare();
    return submitted.flatMap((input) => (input.type === 'position_readings' ? [input.readings.length] : []));
  };
  expect(await readings()).toEqual([1]);
  // Another gateway may be of other keys.
  gateway = agreeingGateway(desk);
  expect(await readings()).toEqual([1]);
  expect(desk.order(stop.orderId).cancelRequested).toBe(false);
  desk.at += 10_000;
  expect(await readings()).toEqual([2]);
  reconciler.stop();
});

it('a reading has to show a swap as flat whose stop may have outlived its position, and no other', async () => {
  const desk = Desk.funded();
  desk.hold(SWAP, '1');
  const stop = desk.open({
    symbol: SWAP,
    side: 'sell',
    type: 'stop_market',
    stopPrice: decimal('90'),
    price: null,
    trigger: 'mark',
    reduceOnly: true,
  });
  const asked: (readonly string[])[] = [];
  const now = () => ({ startedAt: desk.at, finishedAt: desk.at });
  const gateway = quietGateway(desk, {
    ...agreeingGateway(desk),
    // A venue that lists open positions alone.
    positions: async (flatToo = []) => {
      asked.push(flatToo);
      const held = [...desk.state.positions.values()].filter(({ netQuantity }) => !netQuantity.isZero());
      const open = held.map(({ netQuantity }) => positionReport({ quantity: netQuantity }));
      const flat = flatToo.map((symbol) => positionReport({ symbol, quantity: Decimal.zero }));
      return { ...read([...open, ...flat]), ...now() };
    },
  });
  const { compare, reconciler } = compareWith(desk, gateway);
  await compare();
  desk.hold(SWAP, '-1');
  for (const afterMs of [10_000, 10_000]) {
    desk.at += afterMs;
    await compare();
  }
  expect(asked).toEqual([[], [SWAP], [SWAP]]);
  expect(desk.order(stop.orderId).cancelRequested).toBe(true);
  reconciler.stop();
});
