/** The explanations of a change of a balance, and what is none: the word of an administrator, a record, a return, a stated price. */
import { beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import { asset } from '../ids.ts';
import { ACCOUNT, accountRecord, balanceReport, Desk, NO_LIMITS } from '../testing/fixture.ts';
import { RECORD_AFTER_CHANGE_MS } from './capital.ts';
import { dailyLossOf, drawdownOf } from './equity.ts';
import type { Reclassified } from './equity-record.ts';
import type { FirstDatum } from './ladder.ts';
import { EXPLANATION_MS, RETURNED_WITHIN_MS } from './unexplained.ts';

const LIMITS = { ...NO_LIMITS, maxDailyLoss: decimal('1000') };
const DAY_MS = 86_400_000;
let desk: Desk;

const readOnce = (first: FirstDatum | null): FirstDatum | null => {
  const prices = [{ key: 'USDT', price: decimal('1'), at: desk.at }];
  const { reply } = desk.run({
    type: 'equity_reading',
    mode: 'paper',
    prices,
    joinable: [ACCOUNT],
    first,
    limits: LIMITS,
  });
  return reply.kind === 'equity' ? reply.second : null;
};

/** A reading five seconds later, with the second ones that a step asks for. */
function read(): void {
  desk.at += 5_000;
  const first = readOnce(null);
  if (first === null) return;
  for (let count = 0; count < 6; count += 1) {
    desk.at += 300;
    readOnce(first);
  }
}

const shows = (usdt: string, other?: { readonly name: string; readonly total: string }): void => {
  const others = other === undefined ? [] : [balanceReport('spot', other.name, other.total)];
  desk.balances([balanceReport('spot', 'USDT', usdt), ...others]);
};

/** A record of the venue, dated now. */
function record(amount: string, { recordId = 'record', ofAsset = 'USDT' } = {}): void {
  const kind = amount.startsWith('-') ? 'withdrawal' : 'deposit';
  const given = { recordId, kind, venueKind: kind, wallet: 'spot', symbol: null, at: desk.at } as const;
  desk.records([accountRecord({ ...given, asset: asset(ofAsset), amount: decimal(amount) })]);
}

/** Readings of the venue until every bound is over. */
function settle(usdt: string): void {
  shows(usdt);
  desk.at += 10_000;
  shows(usdt);
  desk.at += EXPLANATION_MS;
  shows(usdt);
  read();
}

const reclassify = (as: Reclassified): void => {
  const changeId = desk.state.unexplained.at(-1)?.changeId ?? '';
  desk.run({ type: 'reclassify_change', changeId, as, requestedBy: 'ann', why: 'seen at the bank' });
};
const figures = (): readonly unknown[] => [
  desk.equity?.current.toString(),
  dailyLossOf(desk.equity, desk.at, 'high').toString(),
  desk.ladder.step,
];

beforeEach(() => {
  desk = new Desk();
  desk.openAccount(null);
  desk.records([]);
  shows('100000');
  desk.positions([]);
  read();
});

describe('a change that an administrator has called a flow', () => {
  it.each([
    ['a deposit', '150000', '50000'],
    ['a withdrawal', '40000', '-60000'],
  ])('%s counts once, though its record comes later', (_name, total, amount) => {
    shows(total);
    reclassify('flow');
    read();
    expect(figures()).toEqual([total, '0', 'none']);
    desk.at += 1_000;
    record(amount);
    settle(total);
    expect(figures()).toEqual([total, '0', 'none']);
  });

  it.each([
    ['is of the change', RECORD_AFTER_CHANGE_MS, '100500'],
    ['is another one', RECORD_AFTER_CHANGE_MS + 1, '101000'],
  ])('a record that is dated at the bound %s, one later is not', (_name, afterMs, total) => {
    shows('100500');
    const seenAt = desk.at;
    reclassify('flow');
    desk.at = seenAt + afterMs;
    record('500');
    settle(total);
    expect(figures()).toEqual([total, '0', 'none']);
  });
});

describe('a loss that nothing explains', () => {
  it('is no loss of today where a deposit is seen days later, before its record', () => {
    settle('95000');
    desk.run({ type: 'reset_ladder', mode: 'paper', requestedBy: 'ann', why: 'seen' });
    desk.at += 3 * DAY_MS;
    read();
    shows('145000');
    desk.at += 1_000;
    record('50000');
    settle('145000');
    expect(figures()).toEqual(['145000', '0', 'none']);
  });

  it('that records explain in parts is a flow in all, and no drawdown', () => {
    shows('60000');
    record('-10000', { recordId: 'one' });
    record('-30000', { recordId: 'two' });
    expect(figures()).toEqual(['60000', '0', 'none']);
    expect(drawdownOf(desk.equity, 'low').toString()).toBe('0');
  });

  it('of an earlier day carries no step that a loss of trading has made: its explanation leaves that', () => {
    const made = (amount: string): void => {
      const given = { kind: 'commission', wallet: 'spot', symbol: null, at: desk.at } as const;
      desk.records([accountRecord({ ...given, recordId: `made ${amount}`, amount: decimal(amount) })]);
      read();
    };
    settle('95000');
    desk.run({ type: 'reset_ladder', mode: 'paper', requestedBy: 'ann', why: 'seen' });
    desk.at += DAY_MS;
    read();
    made('-2000');
    expect(desk.ladder.step).toBe('flatten');
    made('2000');
    reclassify('flow');
    read();
    expect(figures()).toEqual(['95000', '0', 'flatten']);
  });

  it.each([
    ['a part within the bound', RETURNED_WITHIN_MS, '99700', '99700'],
    ['no part later', RETURNED_WITHIN_MS + 1, '99700', '99500'],
    ['the whole amount at any time', 7 * RETURNED_WITHIN_MS, '100000', '100000'],
  ])('is taken back by %s', (_name, afterMs, total, equity) => {
    shows('99500');
    desk.at += afterMs;
    shows(total);
    expect(desk.equity?.current.toString()).toBe(equity);
  });
});

describe('an asset without a market', () => {
  it('that is missing and was written off keeps nobody from trading, and is journaled once', () => {
    desk = new Desk();
    desk.openAccount(null);
    desk.records([]);
    shows('100000', { name: 'XYZ', total: '5' });
    desk.positions([]);
    read();
    shows('100000', { name: 'XYZ', total: '0' });
    read();
    expect(desk.equity?.uncertain).toBe('5 XYZ are missing without an explanation or a price');
    const price = decimal('0');
    desk.run({
      type: 'state_price',
      mode: 'paper',
      asset: asset('XYZ'),
      price,
      requestedBy: 'ann',
      why: 'worthless',
    });
    const before = desk.journal.filter(({ type }) => type === 'capital_moved').length;
    for (let count = 0; count < 10; count += 1) read();
    expect(desk.equity?.uncertain).toBeNull();
    expect(desk.journal.filter(({ type }) => type === 'capital_moved')).toHaveLength(before + 1);
  });

  it('that was deposited counts for nothing, is listed, and stops nobody', () => {
    const before = desk.journal.filter(({ type }) => type === 'capital_moved').length;
    desk.at += 1_000;
    record('1', { ofAsset: 'FOO' });
    expect(desk.journal.filter(({ type }) => type === 'capital_moved')).toHaveLength(before + 1);
    for (let count = 0; count < 5; count += 1) read();
    expect(figures()).toEqual(['100000', '0', 'none']);
    expect([desk.equity?.uncertain, desk.equity?.unpriced.map(({ key }) => key)]).toEqual([null, ['FOO']]);
    desk.at += 1_000;
    record('-1', { recordId: 'out', ofAsset: 'FOO' });
    for (let count = 0; count < 5; count += 1) read();
    expect(desk.equity?.uncertain).toBeNull();
  });

  it('that was withdrawn is uncertain', () => {
    desk.at += 1_000;
    record('-1', { ofAsset: 'FOO' });
    for (let count = 0; count < 5; count += 1) read();
    expect(desk.equity?.uncertain).toContain('FOO');
  });
});

describe('a receipt for what lies outside of the wallet', () => {
  const receipt = balanceReport('spot', 'LDXYZ', '0', { isReceipt: true });
  const held = { name: 'LDXYZ', total: '20000' };
  const showsReceipt = (usdt: string): void => {
    desk.balances([balanceReport('spot', 'USDT', usdt), receipt]);
  };
  const begin = (): void => {
    desk = new Desk();
    desk.openAccount(null);
    desk.records([]);
    shows('80000', held);
    desk.positions([]);
    read();
  };

  it('changes nothing where the books hold none of it', () => {
    const before = desk.journal.length;
    showsReceipt('100000');
    expect(desk.journal).toHaveLength(before);
    expect([...desk.state.balances.keys()].some((key) => key.endsWith('LDXYZ'))).toBe(false);
  });

  it('that an earlier release has booked goes without being a loss or a drift case', () => {
    begin();
    showsReceipt('80000');
    read();
    expect(desk.state.balances.get(`${ACCOUNT} spot LDXYZ`)?.total.toString()).toBe('0');
    expect([desk.equity?.uncertain, desk.state.unexplained, desk.state.drift.size]).toEqual([null, [], 0]);
    expect(figures()).toEqual(['80000', '0', 'none']);
    // Money that is paid back is a transfer, and the other side of it is none of the books.
    record('5000');
    showsReceipt('85000');
    read();
    expect([desk.equity?.uncertain, desk.state.unexplained]).toEqual([null, []]);
    expect(figures()).toEqual(['85000', '0', 'none']);
  });

  it('goes without being a loss where the difference is confirmed by readings that trading overlapped', () => {
    begin();
    desk.run({
      type: 'balances',
      accountId: ACCOUNT,
      reports: [balanceReport('spot', 'USDT', '80000'), receipt],
      comparable: false,
      confirmed: new Map([[`${ACCOUNT} spot LDXYZ`, decimal('-20000')]]),
      venueAskedAt: desk.at,
    });
    read();
    expect(desk.state.balances.get(`${ACCOUNT} spot LDXYZ`)?.total.toString()).toBe('0');
    expect([desk.equity?.uncertain, desk.state.unexplained, desk.state.drift.size]).toEqual([null, [], 0]);
    expect(figures()).toEqual(['80000', '0', 'none']);
  });

  it('that stands in the capital at a price leaves it as a flow', () => {
    desk = new Desk();
    desk.openAccount(null);
    desk.records([]);
    shows('80000', held);
    desk.positions([]);
    const prices = [
      { key: 'USDT', price: decimal('1'), at: desk.at },
      { key: 'LDXYZ', price: decimal('1'), at: desk.at },
    ];
    const reading = { type: 'equity_reading', mode: 'paper', prices, joinable: [ACCOUNT] } as const;
    desk.run({ ...reading, first: null, limits: LIMITS });
    expect(figures()).toEqual(['100000', '0', 'none']);
    showsReceipt('80000');
    expect(figures()).toEqual(['80000', '0', 'none']);
    expect(desk.state.capitals.get(ACCOUNT)?.holdings).toEqual([]);
    expect(desk.state.unexplained).toEqual([]);
  });
});
