import { beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import { asset } from '../ids.ts';
import { ACCOUNT, accountRecord, Desk, NO_LIMITS, START, SWAP } from '../testing/fixture.ts';
import { drawdownOf, realizedToday } from '../risk/equity.ts';
import { equityOf } from '../risk/mode-books.ts';
import { RECORDS_LISTED_LATE_MS, type AccountRecord } from '../venue/account-record.ts';
import { TRANSFER_SIDES_MS } from '../risk/capital-changes.ts';
import { decodeState, encodeState } from './snapshot.ts';

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
  // The first reading: records count from here on.
  desk.records([]);
});

const deposit = (given: Partial<AccountRecord> = {}): AccountRecord =>
  accountRecord({
    recordId: 'deposit 1',
    kind: 'deposit',
    venueKind: 'deposit',
    wallet: 'spot',
    amount: decimal('50000'),
    symbol: null,
    at: desk.at,
    ...given,
  });
const booked = (records: readonly AccountRecord[]): number =>
  desk.records(records).events.filter(({ type }) => type === 'account_record_booked').length;
const total = (wallet: string): string | undefined =>
  desk.state.balances.get(`${ACCOUNT} ${wallet} USDT`)?.total.toString();

describe('an account record', () => {
  it('moves its balance once, whatever is read again', () => {
    expect(booked([deposit(), deposit()])).toBe(1);
    expect(booked([deposit()])).toBe(0);
    expect(total('spot')).toBe('1050000');
  });

  it('is booked once over a restart, from a snapshot too', () => {
    booked([deposit()]);
    desk.state = decodeState(encodeState(desk.state));
    expect(desk.state.recordsRead.get(ACCOUNT)).toEqual({ since: START, until: START });
    expect(booked([deposit()])).toBe(0);
    expect(total('spot')).toBe('1050000');
  });

  it('from before the take-over of the balances is in them already; funding alone is booked', () => {
    const before = { at: desk.at - 1 };
    expect(booked([deposit(before), accountRecord({ ...before, recordId: 'f0' })])).toBe(1);
    expect([total('spot'), total('linear_swap')]).toEqual(['1000000', '999999']);
  });

  it('from while the first balances were read is not lost', () => {
    const fresh = new Desk();
    fresh.openAccount(null);
    fresh.records([]);
    const at = fresh.at;
    fresh.at += 5_000;
    fresh.balances([]);
    fresh.at += 5_000;
    const { events } = fresh.records([deposit({ at })]);
    expect(events.map(({ type }) => type)).toEqual(['account_record_booked']);
  });

  it('that the venue had credited by the take-over never counts, though it states a later time afterwards', () => {
    const fresh = new Desk();
    fresh.openAccount(null);
    const credited = accountRecord({ kind: 'deposit', recordId: 'credited', at: START - 300_000 });
    fresh.records([credited]);
    fresh.balances([]);
    fresh.at += 600_000;
    const later = { at: fresh.at - 10_000 };
    const { events } = fresh.records([
      { ...credited, ...later },
      accountRecord({ kind: 'deposit', recordId: 'credited since', ...later }),
    ]);
    const ids = events.flatMap((event) =>
      event.type === 'account_record_booked' ? [event.record.recordId] : [],
    );
    expect(ids).toEqual(['credited since']);
  });

  it('listed as late as a venue may is booked, and one listed later is not, since it may have been booked', () => {
    desk.at += RECORDS_LISTED_LATE_MS + 1_000;
    desk.records([]);
    expect(booked([deposit({ recordId: 'old', at: desk.at - RECORDS_LISTED_LATE_MS - 1 })])).toBe(0);
    expect(booked([deposit({ recordId: 'late', at: desk.at - RECORDS_LISTED_LATE_MS })])).toBe(1);
  });

  it('is booked once while it may still be listed, however far the readings have gone on', () => {
    booked([deposit()]);
    desk.at += RECORDS_LISTED_LATE_MS;
    desk.records([]);
    expect(booked([deposit({ at: START })])).toBe(0);
    expect(total('spot')).toBe('1050000');
  });

  it('leaves memory when it can be listed no more', () => {
    booked([deposit()]);
    expect(desk.state.recordsSeen.size).toBe(1);
    desk.at += RECORDS_LISTED_LATE_MS + 1_000;
    desk.records([]);
    expect(desk.state.recordsSeen.size).toBe(0);
    expect(booked([deposit({ at: START })])).toBe(0);
  });

  it('read many times journals the moment that readings go on from once in ten minutes', () => {
    const types = (): readonly string[] => desk.records([]).events.map(({ type }) => type);
    desk.at += 599_999;
    expect(types()).toEqual([]);
    desk.at += 1;
    expect(types()).toEqual(['account_records_read']);
    expect(types()).toEqual([]);
  });
});

describe('the result of a record', () => {
  beforeEach(() => {
    desk.fill(desk.open({ symbol: SWAP }), 't1');
  });
  const position = () => desk.state.positions.get(`${ACCOUNT} ${SWAP}`);
  const result = (of: string): string | undefined =>
    desk.state.accountResults.get(`${ACCOUNT} ${of}`)?.amount.toString();

  it('of a liquidation is a charge of its position, and what the insurance fund pays is taken off it', () => {
    const fees = position()?.fees ?? [];
    booked([accountRecord({ recordId: 'a', kind: 'liquidation_fee', amount: decimal('-971.45') })]);
    booked([accountRecord({ recordId: 'b', kind: 'insurance', amount: decimal('1000') })]);
    const before = fees.find((fee) => fee.asset === 'USDT')?.amount ?? decimal('0');
    expect(position()?.fees).toEqual([{ asset: 'USDT', amount: before.subtract(decimal('28.55')) }]);
    expect(desk.state.accountResults.size).toBe(0);
  });

  it.each(['rebate', 'airdrop', 'interest', 'other', 'commission'] as const)(
    'of kind %s without an instrument is one of the account, by asset',
    (kind) => {
      booked([
        accountRecord({ recordId: 'a', kind, symbol: null, asset: asset('BNB'), amount: decimal('0.5') }),
      ]);
      booked([
        accountRecord({ recordId: 'b', kind, symbol: null, asset: asset('BNB'), amount: decimal('-0.2') }),
      ]);
      expect(result('BNB')).toBe('0.3');
    },
  );

  it.each(['deposit', 'withdrawal', 'transfer_in', 'transfer_out', 'conversion'] as const)(
    'of kind %s is neither gain nor loss',
    (kind) => {
      booked([accountRecord({ recordId: 'a', kind, amount: decimal('7') })]);
      expect(desk.state.accountResults.size).toBe(0);
    },
  );

  it('of a conversion that an earlier release booked stays the result that it was', () => {
    const record = accountRecord({ recordId: 'a', kind: 'conversion', symbol: null, amount: decimal('-3') });
    desk.force({ type: 'account_record_booked', accountId: ACCOUNT, record });
    expect(result('USDT')).toBe('-3');
  });

  it('of funding in another asset than its position is quoted in is one of the account, in that asset', () => {
    booked([accountRecord({ recordId: 'a', asset: asset('BNB'), amount: decimal('-2') })]);
    expect([position()?.fundingTotal.toString(), result('BNB')]).toEqual(['0', '-2']);
  });

  it.each(['-3', '3'])(
    'of funding of %s that an earlier release booked is in its position, with its sign',
    (amount) => {
      const funding = {
        symbol: SWAP,
        positionSide: 'net',
        asset: asset('USDT'),
        at: desk.at,
        id: 'f',
      } as const;
      desk.force({
        type: 'funding_booked',
        accountId: ACCOUNT,
        funding: { ...funding, amount: decimal(amount) },
      });
      expect(position()?.fundingTotal.toString()).toBe(amount);
    },
  );

  it('of funding for an instrument that was never traded is one of the account', () => {
    const never = Desk.funded();
    never.records([accountRecord({ amount: decimal('-2') })]);
    expect(never.state.accountResults.get(`${ACCOUNT} USDT`)?.amount.toString()).toBe('-2');
  });
});

describe('records and equity', () => {
  /** Equity, capital and peak after a reading, and the drawdown that they leave. */
  const figures = (): readonly string[] => {
    const equity = equityOf(desk.state, 'paper');
    if (equity === null) throw new Error('no equity is known');
    return [equity.current.toString(), equity.capital.toString(), drawdownOf(equity, 'low').toString()];
  };

  const readEquity = (): void => {
    const prices = ['USDT', 'BTC'].map((key) => ({ key, price: decimal('1'), at: desk.at }));
    const reading = { mode: 'paper', prices, joinable: [ACCOUNT], first: null, limits: NO_LIMITS } as const;
    desk.run({ type: 'equity_reading', ...reading });
  };

  beforeEach(() => {
    desk.positions([]);
    readEquity();
  });

  it('a deposit of 50,000 raises equity and capital by 50,000 and changes no drawdown', () => {
    const [equity = '', capital = '', drawdown = ''] = figures();
    booked([deposit()]);
    readEquity();
    const fifty = decimal('50000');
    expect(figures()).toEqual([
      decimal(equity).add(fifty).toString(),
      decimal(capital).add(fifty).toString(),
      drawdown,
    ]);
  });

  const sides = (apartMs: number, into: Partial<AccountRecord> = {}): readonly AccountRecord[] => {
    const transfer = { symbol: null, at: desk.at };
    return [
      accountRecord({
        ...transfer,
        recordId: 'o',
        kind: 'transfer_out',
        wallet: 'spot',
        amount: decimal('-700'),
      }),
      accountRecord({
        ...transfer,
        recordId: 'i',
        kind: 'transfer_in',
        amount: decimal('700'),
        at: desk.at + apartMs,
        ...into,
      }),
    ];
  };
  const flows = (records: readonly AccountRecord[]): number =>
    desk.records(records).events.filter(({ type }) => type === 'capital_moved').length;

  it('a transfer between wallets of the account is no flow, and moves both balances', () => {
    expect(flows(sides(TRANSFER_SIDES_MS))).toBe(0);
    expect([total('spot'), total('linear_swap')]).toEqual(['999300', '1000700']);
  });

  it.each<[string, Partial<AccountRecord>]>([
    ['of one wallet', { wallet: 'spot' }],
    ['of two assets', { asset: asset('BTC') }],
    ['of two amounts', { amount: decimal('699') }],
    ['that are no transfer in', { kind: 'deposit' }],
  ])('sides %s are no transfer within the account: each is a flow', (_which, into) => {
    expect(flows(sides(0, into))).toBe(2);
  });

  it('sides that are dated further apart are two flows, which add up to nothing', () => {
    const before = figures();
    expect(flows(sides(TRANSFER_SIDES_MS + 1))).toBe(2);
    readEquity();
    expect(figures()).toEqual(before);
  });

  it('conversions are paired by the word for their kind and by their moment: each side is worth what it was exchanged for', () => {
    const side = (
      recordId: string,
      of: string,
      amount: string,
      given: Partial<AccountRecord>,
    ): AccountRecord =>
      accountRecord({
        recordId,
        kind: 'conversion',
        wallet: 'spot',
        symbol: null,
        asset: asset(of),
        amount: decimal(amount),
        at: desk.at,
        ...given,
      });
    const dust = { venueKind: 'DUST', at: desk.at + 1 };
    const convert = { venueKind: 'CONVERT', at: desk.at + 1 };
    const later = { venueKind: 'CONVERT', at: desk.at + 2 };
    const { events } = desk.records([
      // The other side of it is not listed.
      side('0', 'USDT', '-99', { venueKind: 'CONVERT' }),
      side('a', 'USDT', '-10', convert),
      side('b', 'USDT', '-20', dust),
      side('c', 'USDT', '-30', later),
      // Listed in another order than what they were exchanged for.
      side('d', 'XYZ', '3', later),
      side('e', 'XYZ', '2', dust),
      side('f', 'XYZ', '1', convert),
    ]);
    const worth = events.flatMap((event) =>
      event.type === 'capital_moved' && event.asset === 'XYZ'
        ? [`${event.amount?.toString()} for ${event.capital.toString()}`]
        : [],
    );
    expect(new Set(worth)).toEqual(new Set(['1 for 10', '2 for 20', '3 for 30']));
  });

  it('a rebate is a result of today, by its asset', () => {
    booked([accountRecord({ recordId: 'r', kind: 'rebate', symbol: null, amount: decimal('12.5') })]);
    const valuation = { priceOf: () => null };
    expect(realizedToday(desk.state, ACCOUNT, desk.at, valuation)?.toString()).toBe('12.5');
  });

  it('a rebate of yesterday is no result of today', () => {
    const rebate = (recordId: string, amount: string): void =>
      void booked([
        accountRecord({ recordId, kind: 'rebate', symbol: null, amount: decimal(amount), at: desk.at }),
      ]);
    const today = (): string | undefined =>
      realizedToday(desk.state, ACCOUNT, desk.at, { priceOf: () => null })?.toString();
    rebate('yesterday', '12.5');
    desk.at += 86_400_000;
    expect(today()).toBe('0');
    rebate('today', '3');
    rebate('today again', '0.25');
    expect(today()).toBe('3.25');
  });
});
