import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Decimal, decimal } from '../decimal.ts';
import { accountId, asset, type AccountId } from '../ids.ts';
import type { KeptPrice } from './equity-record.ts';
import {
  ACCOUNT,
  accountRecord,
  balanceReport,
  Desk,
  NO_LIMITS,
  SPOT,
  START,
  SWAP,
} from '../testing/fixture.ts';
import { instrumentKey } from '../portfolio/keys.ts';
import { accountEquityOf } from './capital.ts';
import { awaitsWord, awaitingExplanation, EXPLANATION_MS } from './unexplained.ts';
import { MOST_UNEXPLAINED } from './capital-changes.ts';
import { CONVERSION_MAX_AGE_MS } from './conversion.ts';
import { dailyLossOf, drawdownOf, moveEquity } from './equity.ts';
import { MOST_UNCERTAIN_BPS } from './equity-reading.ts';
import { UNPRICED_FOR_MS } from './unpriced.ts';

const USDT = asset('USDT');
const BTC = asset('BTC');
const LIMITS = { ...NO_LIMITS, maxDrawdown: decimal('0.3') };

let desk: Desk;
let btcPrice: string | null;
beforeEach(() => {
  btcPrice = '100';
  desk = new Desk();
  desk.openAccount(null);
});
afterEach(() => {
  desk.expectReplayEqual();
});

/** A reading with the prices of this moment, of the accounts that may join. */
function read(joinable: readonly AccountId[] = [ACCOUNT], more: readonly KeptPrice[] = []): void {
  const { at } = desk;
  const btc = btcPrice === null ? [] : [{ price: decimal(btcPrice), at }];
  const prices = [
    { key: 'USDT', price: Decimal.one, at },
    ...btc.flatMap((price) => [
      { key: 'BTC', ...price },
      { key: instrumentKey(ACCOUNT, SWAP), ...price },
      { key: instrumentKey(ACCOUNT, SPOT), ...price },
    ]),
    ...more,
  ];
  desk.run({ type: 'equity_reading', mode: 'paper', prices, joinable, first: null, limits: LIMITS });
}

/** The account as its venue shows it: USDT for swaps, and BTC on spot. */
function venueShows(usdt: string, btc = '0'): void {
  desk.balances([balanceReport('linear_swap', 'USDT', usdt), balanceReport('spot', 'BTC', btc)]);
}

/** Worth 1,000 USDT. */
function joined(): void {
  venueShows('1000');
  desk.positions([]);
  read();
}

const flow = (amount: string, recordId: string, of = USDT, at = desk.at + 1_000): void => {
  desk.at += 1_000;
  desk.run({
    type: 'flow',
    accountId: ACCOUNT,
    recordId,
    asset: of,
    amount: decimal(amount),
    kind: 'deposit',
    at,
  });
};

const figures = (): Record<string, string | undefined> => ({
  current: desk.equity?.current.toString(),
  capital: desk.equity?.capital.toString(),
  loss: dailyLossOf(desk.equity, desk.at, 'low').toString(),
  drawdown: drawdownOf(desk.equity, 'low').toString(),
});

const reclassifyFirst = (as: 'flow' | 'result'): void => {
  const [{ changeId } = { changeId: '' }] = desk.state.unexplained;
  desk.run({ type: 'reclassify_change', changeId, as, requestedBy: 'ann', why: 'seen at the bank' });
};

/** The account gains or loses that much by trading. */
function trade(pnl: string): void {
  const order = desk.open({ symbol: SWAP, quantity: decimal('5') });
  desk.fill(order, `${desk.journal.length}`);
  const close = desk.open({
    symbol: SWAP,
    side: 'sell',
    quantity: decimal('5'),
    price: decimal('100').add(decimal(pnl).multiply(decimal('0.2'))),
  });
  desk.fill(close, `${desk.journal.length}`);
  desk.at += 5_000;
  read();
}

describe('an account joins the equity', () => {
  it('once its balances and its positions are known, and with what it is worth', () => {
    venueShows('1000', '2');
    read();
    expect(desk.equity).toBeNull();
    desk.positions([{ quantity: decimal('3'), entryPrice: decimal('150') }]);
    read();
    // 1,000 and 2 at 100, less 50 on each of 3: the loss of the swap is the owner's, and none of today.
    expect(figures()).toEqual({ current: '1050', capital: '1200', loss: '0', drawdown: '0' });
    expect(accountEquityOf(desk.state, ACCOUNT, desk.at)?.toString()).toBe('1050');
  });

  it('beside others without a gain and without a drawdown less', () => {
    joined();
    trade('-90');
    expect(figures()).toMatchObject({ current: '910', loss: '90', drawdown: '0.09' });
    const second = accountId('acc-9');
    desk.force({ type: 'account_opened', accountId: second, venue: 'binance', mode: 'paper' });
    desk.run({
      type: 'balances',
      accountId: second,
      comparable: true,
      reports: [balanceReport('spot', 'USDT', '9090')],
    });
    desk.run({ type: 'positions', accountId: second, reports: [] });
    read([second]);
    expect(figures()).toMatchObject({ current: '10000', loss: '90', drawdown: '0.09' });
    desk.run({ type: 'detach_account', accountId: second, requestedBy: 'ann', why: 'its keys are gone' });
    expect(figures()).toMatchObject({ current: '910', loss: '90', drawdown: '0.09' });
    read([second]);
    expect(desk.state.capitals.has(second)).toBe(false);
    desk.run({ type: 'attach_account', accountId: second, requestedBy: 'ann', why: 'new keys' });
    read([second]);
    expect(desk.state.capitals.has(second)).toBe(true);
  });

  it.each(['is removed', 'is detached'])(
    'again after it, the only one, %s: what was lost today goes on',
    (how) => {
      joined();
      trade('-275');
      const person = { accountId: ACCOUNT, requestedBy: 'ann', why: 'new keys' };
      if (how === 'is removed') desk.run({ type: 'leave_equity', accountId: ACCOUNT });
      else desk.run({ type: 'detach_account', ...person });
      expect(figures()).toEqual({ current: '0', capital: '0', loss: '275', drawdown: '0.275' });
      const { length } = desk.journal;
      desk.at += 60_000;
      read([]);
      expect(desk.journal.length).toBe(length);
      desk.run({ type: 'attach_account', ...person });
      read();
      expect(figures()).toEqual({ current: '725', capital: '1000', loss: '275', drawdown: '0.275' });
    },
  );

  it('again without the changes that nothing had explained before it was detached', () => {
    joined();
    venueShows('700');
    expect(desk.state.unexplained.length).toBe(1);
    const person = { accountId: ACCOUNT, requestedBy: 'ann', why: 'new keys' };
    desk.run({ type: 'detach_account', ...person });
    expect(desk.state.unexplained).toEqual([]);
    desk.run({ type: 'attach_account', ...person });
    read();
    expect(desk.state.unexplained).toEqual([]);
    expect(figures()).toMatchObject({ current: '700', loss: '300' });
    // A withdrawal of the same amount is another one.
    flow('-300', 'w1');
    expect(figures()).toMatchObject({ current: '400', loss: '300' });
  });

  it('again after its simulator began anew', () => {
    desk.openAccount('one');
    joined();
    trade('-90');
    desk.openAccount('two');
    expect(desk.state.capitals.size).toBe(0);
    venueShows('5000');
    desk.positions([]);
    read();
    expect(figures()).toMatchObject({ current: '5000', loss: '0', drawdown: '0' });
  });
});

describe('a flow', () => {
  it.each([
    ['lost 9 %, 70 % withdrawn', '-90', '-637'],
    ['lost 20 %, 200 % deposited', '-200', '1600'],
  ])('changes neither loss nor drawdown: %s', (_name, pnl, moved) => {
    joined();
    trade(pnl);
    const before = figures();
    flow(moved, 'r1');
    const equity = decimal('1000').add(decimal(pnl)).add(decimal(moved)).toString();
    expect(figures()).toEqual({
      ...before,
      current: equity,
      capital: decimal('1000').add(decimal(moved)).toString(),
    });
    expect(desk.ladder.step).toBe('none');
    flow(moved, 'r1');
    expect(desk.equity?.current.toString()).toBe(equity);
  });

  it('leaves every drawdown as it was, to the last digit that is kept', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000_000 }),
        fc.integer({ min: 0, max: 10_000_000 }),
        fc.integer({ min: -9_999_999, max: 100_000_000 }),
        (current, lost, moved) => {
          fc.pre(current + moved > 0);
          const whole = (value: number): Decimal => Decimal.fromInteger(value);
          const before = {
            current: whole(current),
            low: whole(current),
            high: whole(current),
            capital: whole(0),
            peak: whole(current + lost),
            dayStart: whole(current),
            day: START,
            at: START,
            prices: [],
            unpriced: [],
            uncertain: null,
          };
          const after = moveEquity(before, { equity: whole(moved), baseline: whole(moved) });
          const [was, is] = [drawdownOf(before, 'low'), drawdownOf(after, 'low')];
          expect(is.atMost(was)).toBe(true);
          expect(was.subtract(is).atMost(decimal('0.000001'))).toBe(true);
        },
      ),
    );
  });

  it.each(['after', 'before'])(
    'from before the account joined that the balance showed first counts once: its record comes %s it joined',
    (when) => {
      desk.records([]);
      venueShows('1000');
      desk.positions([]);
      desk.at += 5_000;
      const { at } = desk;
      const record = { recordId: 'd1', kind: 'deposit', venueKind: 'deposit', symbol: null } as const;
      const listed = (): void => {
        desk.at += 1_000;
        desk.records([accountRecord({ ...record, wallet: 'linear_swap', amount: decimal('5000'), at })]);
      };
      desk.at += 2_000;
      venueShows('6000');
      if (when === 'before') listed();
      desk.at += 1_000;
      read();
      expect(figures()).toMatchObject({ current: '6000' });
      if (when === 'after') listed();
      venueShows('6000');
      desk.at += 5_000;
      read();
      expect(figures()).toEqual({ current: '6000', capital: '6000', loss: '0', drawdown: '0' });
      expect(desk.state.unexplained).toEqual([]);
      venueShows('1000');
      expect(figures()).toMatchObject({ current: '1000', loss: '5000' });
    },
  );

  it('without a price at the last reading waits for one, and is capital from then on', () => {
    btcPrice = null;
    joined();
    flow('20', 'd1', BTC);
    expect(figures()).toMatchObject({ current: '1000', capital: '1000' });
    read();
    expect([desk.equity?.uncertain, desk.equity?.unpriced.map(({ key }) => key)]).toEqual([null, [BTC]]);
    btcPrice = '100';
    read();
    expect(desk.equity?.uncertain).toBeNull();
    expect(figures()).toEqual({ current: '3000', capital: '3000', loss: '0', drawdown: '0' });
    flow('20', 'd1', BTC);
    flow('-20', 'w1', BTC);
    read();
    expect(figures()).toEqual({ current: '1000', capital: '1000', loss: '0', drawdown: '0' });
    expect(desk.state.unexplained).toEqual([]);
  });

  it.each([
    [CONVERSION_MAX_AGE_MS, '3200', 0],
    [CONVERSION_MAX_AGE_MS + 1, '1200', 1],
  ])('at a last price that is %s ms old counts, or waits for another', (ageMs, current, waiting) => {
    venueShows('1000', '2');
    desk.positions([]);
    read();
    const before = desk.equity?.prices.find(({ key }) => key === BTC);
    expect(before?.price.toString()).toBe('100');
    desk.at = (before?.at ?? 0) + ageMs - 1_000;
    flow('20', 'd1', BTC);
    expect(figures()).toMatchObject({ current });
    expect(desk.state.unexplained.filter(({ unpricedFlow }) => unpricedFlow !== undefined)).toHaveLength(
      waiting,
    );
    read();
    expect(figures()).toMatchObject({ current: '3200', capital: '3200' });
  });

  it('without a price is what an administrator says', () => {
    btcPrice = null;
    joined();
    flow('20', 'd1', BTC);
    const [{ changeId } = { changeId: '' }] = desk.state.unexplained;
    desk.run({
      type: 'reclassify_change',
      changeId,
      as: 'flow',
      requestedBy: 'ann',
      why: 'it is worth nothing',
    });
    read();
    expect(desk.equity?.uncertain).toBeNull();
    expect(figures()).toMatchObject({ current: '1000', capital: '1000' });
  });

  it('into an account that was empty is capital: a loss of a ten-thousandth is no drawdown of everything', () => {
    desk.records([]);
    venueShows('0');
    desk.positions([]);
    read();
    desk.at += 1_000;
    const record = { recordId: 'd1', kind: 'deposit', venueKind: 'deposit', symbol: null } as const;
    desk.records([
      accountRecord({ ...record, wallet: 'linear_swap', amount: decimal('10000'), at: desk.at }),
    ]);
    read();
    trade('-1');
    expect(figures()).toEqual({ current: '9999', capital: '10000', loss: '1', drawdown: '0.0001' });
    expect(desk.ladder.step).toBe('none');
  });

  it('of everything keeps the drawdown that was, and one that comes back goes on from it', () => {
    joined();
    trade('-90');
    flow('-910', 'w1');
    desk.at += 5_000;
    read();
    expect(figures()).toEqual({ current: '0', capital: '90', loss: '90', drawdown: '0.09' });
    expect(desk.ladder.step).toBe('none');
    flow('455', 'd1');
    desk.at += 5_000;
    read();
    expect(figures()).toEqual({ current: '455', capital: '545', loss: '90', drawdown: '0.09' });
  });

  it('between own accounts of one mode is none', () => {
    joined();
    const second = accountId('acc-9');
    desk.force({ type: 'account_opened', accountId: second, venue: 'binance', mode: 'paper' });
    desk.run({ type: 'balances', accountId: second, comparable: true, reports: [] });
    desk.run({ type: 'positions', accountId: second, reports: [] });
    read([second]);
    const peak = desk.equity?.peak.toString();
    flow('-400', 'out');
    desk.run({
      type: 'flow',
      accountId: second,
      recordId: 'in',
      asset: USDT,
      amount: decimal('400'),
      kind: 'transfer_in',
      at: desk.at,
    });
    expect(figures()).toMatchObject({ current: '1000', loss: '0', drawdown: '0' });
    expect(desk.equity?.peak.toString()).toBe(peak);
    expect(accountEquityOf(desk.state, second, desk.at)?.toString()).toBe('400');
  });

  it('from before the account joined is part of what it brought in', () => {
    joined();
    desk.run({
      type: 'flow',
      accountId: ACCOUNT,
      recordId: 'old',
      asset: USDT,
      amount: decimal('-500'),
      kind: 'withdrawal',
      at: START - 1,
    });
    expect(figures()).toMatchObject({ current: '1000' });
  });
});

describe('a change of a balance that nothing explains', () => {
  it('is a loss of today at once where it is a decrease, valued at the last price', () => {
    venueShows('1000', '2');
    desk.positions([]);
    read();
    venueShows('900', '1.5');
    expect(figures()).toMatchObject({ current: '1050', loss: '150' });
    expect(desk.state.unexplained.map(({ amount, lost }) => [String(amount), String(lost)])).toEqual([
      ['-100', '100'],
      ['-0.5', '50'],
    ]);
  });

  it('is held by the high end of the equity for a minute, while the venue may still explain it', () => {
    joined();
    venueShows('700');
    desk.at += EXPLANATION_MS - 1;
    read();
    expect([desk.equity?.low.toString(), desk.equity?.high.toString()]).toEqual(['700', '1000']);
    expect(desk.ladder.step).toBe('no_new_risk');
    venueShows('700');
    const waiting = [desk.at, desk.at + 1].map((at) => awaitingExplanation(desk.state, 'paper', at));
    expect(waiting.map(String)).toEqual(['300', '0']);
    desk.at += 5_000;
    read();
    expect(desk.equity?.high.toString()).toBe('700');
  });

  it('is held by the high end until a second reading shows it: one empty answer closes nothing', () => {
    joined();
    desk.balances([]);
    for (let n = 0; n < 30; n += 1) {
      desk.at += 5_000;
      read();
    }
    expect([desk.equity?.low.toString(), desk.equity?.high.toString()]).toEqual(['0', '1000']);
    expect(desk.ladder.step).toBe('no_new_risk');
    desk.balances([]);
    desk.at += 5_000;
    read();
    expect(desk.equity?.high.toString()).toBe('0');
  });

  it('is confirmed by no difference of another moment, which two readings have shown beside traffic', () => {
    joined();
    venueShows('900');
    desk.at += EXPLANATION_MS + 5_000;
    const found = new Map([[`${ACCOUNT} linear_swap USDT`, decimal('-50')]]);
    const balances = { type: 'balances', accountId: ACCOUNT, comparable: false, confirmed: found } as const;
    desk.run({ ...balances, reports: [balanceReport('linear_swap', 'USDT', '850')] });
    const confirmed = desk.state.unexplained.map(({ lost, confirmedAt }) => [String(lost), confirmedAt]);
    expect(confirmed).toEqual([
      ['100', undefined],
      ['50', desk.at],
    ]);
    read();
    // The high end holds the first one until a reading shows it again, and the second for its minute.
    expect([desk.equity?.low.toString(), desk.equity?.high.toString()]).toEqual(['850', '1000']);
  });

  it('counts for nothing where it is an increase', () => {
    joined();
    venueShows('51000');
    read();
    expect(figures()).toMatchObject({ current: '1000', loss: '0' });
    expect(desk.state.unexplained).toMatchObject([{ amount: decimal('50000'), lost: Decimal.zero }]);
  });

  it('is none between wallets of one account', () => {
    joined();
    desk.balances([balanceReport('linear_swap', 'USDT', '400'), balanceReport('spot', 'USDT', '600')]);
    expect(desk.state.unexplained).toEqual([]);
    expect(figures()).toMatchObject({ current: '1000', loss: '0' });
  });

  it('is explained by a record that comes later, and the loss is none any more', () => {
    joined();
    venueShows('300');
    expect(figures()).toMatchObject({ current: '300', loss: '700', drawdown: '0.7' });
    flow('-700', 'w1');
    expect(figures()).toMatchObject({ current: '300', loss: '0', drawdown: '0' });
    // The record moves our balance once more, and the next comparison finds 700 too many: nothing comes of that.
    venueShows('1000');
    expect(desk.state.unexplained).toEqual([]);
    expect(figures()).toMatchObject({ current: '300', loss: '0', drawdown: '0' });
  });

  it('is explained by a deposit that comes later', () => {
    joined();
    venueShows('3000');
    flow('2000', 'd1');
    expect(figures()).toMatchObject({ current: '3000', loss: '0', drawdown: '0' });
  });

  it('takes its loss back as far as it comes back', () => {
    joined();
    venueShows('900');
    venueShows('960');
    expect(figures()).toMatchObject({ current: '960', loss: '40' });
    venueShows('1010');
    expect(figures()).toMatchObject({ current: '1000', loss: '0' });
    expect(desk.state.unexplained.map(({ amount }) => String(amount))).toEqual(['10']);
  });

  it.each([
    ['900', 'flow', '900', '0', '0'],
    ['900', 'result', '900', '100', '0.1'],
    ['1100', 'flow', '1100', '0', '0'],
    ['1100', 'result', '1100', '0', '0'],
  ] as const)('to %s is what an administrator says: a %s', (total, as, current, loss, drawdown) => {
    joined();
    venueShows(total);
    const [change] = desk.state.unexplained;
    desk.run({
      type: 'reclassify_change',
      changeId: change?.changeId ?? '',
      as,
      requestedBy: 'ann',
      why: 'seen at the bank',
    });
    expect(figures()).toMatchObject({ current, loss, drawdown });
    expect(desk.state.unexplained.filter(awaitsWord)).toEqual([]);
    const again = {
      type: 'reclassify_change',
      changeId: change?.changeId ?? '',
      as,
      requestedBy: '',
      why: '',
    };
    expect(desk.run(again as Parameters<Desk['run']>[0]).reply).toMatchObject({
      outcome: { kind: 'unknown_change' },
    });
  });

  describe.each([
    ['a new day', (): void => void (desk.at += 86_400_000)],
    [
      'a reset',
      (): void => void desk.run({ type: 'reset_ladder', mode: 'paper', requestedBy: 'ann', why: '' }),
    ],
  ])('that is explained only after %s hides no loss of later', (_name, begin) => {
    it.each([
      ['a record', '1500', (): void => flow('-500', 'w1', USDT, desk.state.unexplained[0]?.at ?? 0)],
      ['the word of an administrator', '1500', (): void => reclassifyFirst('flow')],
      ['its coming back', '2000', (): void => venueShows('2000')],
    ])('by %s', (_by, current, explain) => {
      venueShows('2000');
      desk.positions([]);
      read();
      venueShows('1500');
      desk.at += 5_000;
      venueShows('1500');
      desk.at += EXPLANATION_MS;
      read();
      begin();
      desk.at += 5_000;
      read();
      expect(figures()).toMatchObject({ current: '1500', loss: '0' });
      explain();
      expect(figures()).toMatchObject({ current, loss: '0', drawdown: '0' });
      trade('-100');
      expect(figures()).toMatchObject({ loss: '100' });
    });
  });

  it('without a price is unknown, takes no new risk, and counts once there is one', () => {
    btcPrice = null;
    venueShows('1000', '2');
    desk.positions([]);
    read();
    venueShows('1000', '1');
    desk.at += 5_000;
    read();
    expect(figures()).toMatchObject({ current: '1000', loss: '0' });
    expect(desk.equity?.uncertain).toBe('1 BTC are missing without an explanation or a price');
    expect(desk.refusalBy('trading_state', {}, { limits: LIMITS })).toMatchObject({
      code: 'trading_reduce_only',
    });
    btcPrice = '100';
    desk.at += 5_000;
    read();
    expect(figures()).toMatchObject({ current: '900', loss: '100' });
    expect(desk.equity?.uncertain).toBeNull();
  });

  it('is kept with others up to a bound', () => {
    joined();
    for (let n = 1; n <= MOST_UNEXPLAINED + 5; n += 1) {
      desk.at += 1;
      venueShows(String(1000 + n));
    }
    expect(desk.state.unexplained.length).toBe(MOST_UNEXPLAINED);
  });
});

describe('equity that is not known to the last digit', () => {
  it('stands at its last prices, and takes no new risk once its width passes a bound', () => {
    venueShows('1000');
    desk.positions([{ quantity: decimal('10') }]);
    read();
    // 10 at 100 may be off by 1,000 x 2.5 % on either side at most while the width is 5 % of a capital of 1,000.
    expect(MOST_UNCERTAIN_BPS).toBe(500);
    btcPrice = null;
    desk.at += 10_000 + 25 * 60_000;
    read();
    expect([desk.equity?.low.toString(), desk.equity?.high.toString()]).toEqual(['975', '1025']);
    expect(desk.equity?.uncertain).toBeNull();
    desk.at += 1;
    read();
    expect(desk.equity?.current.toString()).toBe('1000');
    expect(desk.equity?.uncertain).toBe('prices are old: it is known to 52 only');
    expect(desk.refusalBy('trading_state', { symbol: SWAP }, { limits: LIMITS })).not.toBeNull();
    const close = { symbol: SWAP, side: 'sell', reduceOnly: true } as const;
    expect(desk.refusalBy('trading_state', close, { limits: LIMITS })).toBeNull();
  });

  /** Buys that many swaps at 100 and is charged in an asset that no market prices. */
  const chargedIn = (quantity: string, fee = '0.01', feeAsset = 'BNB'): void => {
    const order = desk.open({ symbol: SWAP, quantity: decimal(quantity) });
    desk.fill(order, `charged ${desk.journal.length}`, { fee: decimal(fee), feeAsset: asset(feeAsset) });
  };

  it('takes no fee for nothing: one in an asset without a price is unknown', () => {
    joined();
    chargedIn('6');
    read();
    expect(desk.equity?.unpriced).toMatchObject([{ key: 'BNB', since: desk.at }]);
    desk.at += UNPRICED_FOR_MS - 1;
    read();
    expect(desk.equity?.uncertain).toBeNull();
    desk.at += 1;
    read();
    expect(desk.equity?.uncertain).toBe('results or fees are in BNB, which has no price');
    // A hundredth of the 600 that were traded, at most.
    expect([desk.equity?.low.toString(), desk.equity?.high.toString()]).toEqual(['994', '1000']);
    const { peak } = desk.equity ?? { peak: null };
    read([], [{ key: 'BNB', price: decimal('600'), at: desk.at }]);
    expect(desk.equity).toMatchObject({ uncertain: null, unpriced: [], peak });
    expect(figures()).toMatchObject({ current: '994', loss: '6' });
  });

  it.each([
    ['5', null],
    ['5.01', 'results or fees are in BNB, which has no price'],
  ])(
    'lists a fee without a price for %s BTC traded, and leaves it out while it can be no more than half a percent',
    (quantity, why) => {
      joined();
      chargedIn(quantity);
      read();
      desk.at += UNPRICED_FOR_MS;
      read();
      expect(desk.equity?.unpriced.map(({ key }) => key)).toEqual(['BNB']);
      expect(desk.equity?.uncertain).toBe(why);
      // Also long after the order has left memory.
      desk.run({ type: 'evict', finishedBefore: desk.at + 1 });
      desk.at += 600_000;
      read();
      expect(desk.equity?.uncertain).toBe(why);
      expect(desk.equity?.unpriced[0]?.ceiling).toEqual(decimal('100').multiply(decimal(quantity)));
    },
  );

  it('counts what is charged later in the same asset with it', () => {
    joined();
    chargedIn('4');
    read();
    chargedIn('1.1', '0.00275');
    read();
    desk.at += UNPRICED_FOR_MS;
    read();
    // 0.01275 at 400 each, the most that one was charged for.
    expect(desk.equity?.low.toString()).toBe('994.9');
    expect(desk.equity?.uncertain).not.toBeNull();
  });

  it('adds up what has no price: positions and fees that are little each are not left out together', () => {
    joined();
    chargedIn('3', '0.01');
    chargedIn('3', '0.01', 'XYZ');
    read();
    desk.at += UNPRICED_FOR_MS;
    read();
    expect(desk.equity?.uncertain).toBe('results or fees are in BNB, XYZ, which has no price');
  });

  it('a fee of an order that is not known any more is unknown, whatever it is', () => {
    joined();
    chargedIn('0.1', '0.0001');
    desk.run({ type: 'evict', finishedBefore: desk.at + 1 });
    read();
    desk.at += UNPRICED_FOR_MS;
    read();
    expect(desk.equity?.uncertain).toBe('results or fees are in BNB, which has no price');
  });

  describe('the price that an administrator states', () => {
    const state = (price: string, named = 'BNB') =>
      desk.run({
        type: 'state_price',
        mode: 'paper',
        asset: asset(named),
        price: decimal(price),
        requestedBy: 'ann',
        why: 'no market lists it',
      }).reply;

    beforeEach(() => {
      joined();
      chargedIn('6');
      read();
      desk.at += UNPRICED_FOR_MS;
      read();
    });

    it.each([
      ['0', '1000'],
      ['50', '999.5'],
    ])('of %s makes the equity known, and it is kept', (price, current) => {
      expect(state(price)).toEqual({ kind: 'control', outcome: { kind: 'price_stated' } });
      read();
      expect(desk.equity).toMatchObject({ uncertain: null, unpriced: [] });
      expect(desk.equity?.current.toString()).toBe(current);
      desk.at += 3_600_000;
      read();
      expect(desk.equity?.uncertain).toBeNull();
    });

    it("gives way to a market's own, and is refused while there is one", () => {
      state('50');
      desk.at += 5_000;
      read([], [{ key: 'BNB', price: decimal('600'), at: desk.at }]);
      expect(desk.equity?.current.toString()).toBe('994');
      expect(state('0')).toMatchObject({ outcome: { kind: 'price_known' } });
    });

    it('is refused for what the equity does not rest on', () => {
      expect(state('1', 'DOGE')).toMatchObject({ outcome: { kind: 'price_not_needed' } });
      expect(state('1', 'USDT')).toMatchObject({ outcome: { kind: 'price_not_needed' } });
    });
  });

  it.each([
    ['0.05', null],
    ['0.051', 'no market has priced BTC/USDT:USDT yet'],
  ])(
    'lists %s BTC without a price, and leaves out what costs no more than half a percent',
    (quantity, why) => {
      btcPrice = null;
      venueShows('1000');
      desk.positions([{ quantity: decimal(quantity) }]);
      read();
      desk.at += UNPRICED_FOR_MS - 1;
      read();
      expect(desk.equity?.uncertain).toBeNull();
      desk.at += 1;
      read();
      expect(desk.equity?.current.toString()).toBe('1000');
      expect(desk.equity?.unpriced.map(({ key }) => key)).toEqual([instrumentKey(ACCOUNT, SWAP)]);
      expect(desk.equity?.uncertain).toBe(why);
    },
  );
});

describe('a wall clock that was set back by an hour', () => {
  const HOUR_MS = 3_600_000;
  const setBack = (): void => {
    desk.at -= HOUR_MS;
    desk.run({ type: 'clock_stepped', stepMs: -HOUR_MS });
  };

  it('freezes no equity: what is held stands at the prices of now', () => {
    venueShows('1000');
    desk.positions([{ quantity: decimal('5') }]);
    read();
    setBack();
    btcPrice = '10';
    read();
    expect(figures()).toMatchObject({ current: '550', loss: '450' });
  });

  it('freezes none before its step is on record either', () => {
    venueShows('1000');
    desk.positions([{ quantity: decimal('5') }]);
    read();
    desk.at -= HOUR_MS;
    btcPrice = '10';
    read();
    expect(desk.equity?.current.toString()).toBe('550');
  });

  it('leaves an old price as old as it is', () => {
    venueShows('1000');
    desk.positions([{ quantity: decimal('10') }]);
    read();
    btcPrice = null;
    desk.at += 5_000;
    setBack();
    desk.at += 5_000;
    read();
    expect(desk.equity?.low.toString()).toBe('1000');
    desk.at += 5_001;
    read();
    // Older than ten seconds: 10 basis points of 1,000 on either side.
    expect([desk.equity?.low.toString(), desk.equity?.high.toString()]).toEqual(['999', '1001']);
  });

  it('holds a decrease for an explanation no longer, and a fee without a price is late as it was', () => {
    joined();
    const order = desk.open({ symbol: SWAP, quantity: decimal('6') });
    desk.fill(order, 't1', { fee: decimal('0.01'), feeAsset: asset('BNB') });
    venueShows('800');
    read();
    const shown = Number(desk.equity?.high.toString()) - Number(desk.equity?.low.toString());
    expect(shown).toBe(200);
    setBack();
    desk.at += EXPLANATION_MS;
    venueShows('800');
    desk.at += EXPLANATION_MS;
    read();
    // The most that the fee can be is all that is left between them.
    expect([desk.equity?.low.toString(), desk.equity?.high.toString()]).toEqual(['794', '800']);
    expect(desk.equity?.uncertain).toBe('results or fees are in BNB, which has no price');
  });
});

it('prices are kept of what is held alone', () => {
  venueShows('1000', '1');
  desk.positions([{ quantity: decimal('1') }]);
  read([ACCOUNT], [{ key: 'DOGE', price: Decimal.one, at: desk.at }]);
  expect(desk.equity?.prices.map(({ key }) => key)).toEqual(['USDT', 'BTC', instrumentKey(ACCOUNT, SWAP)]);
});
