/** The record of a withdrawal that is listed after its balance: every figure is as if it had come in time. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decimal, type Decimal } from '../decimal.ts';
import { asset } from '../ids.ts';
import { instrumentKey } from '../portfolio/keys.ts';
import { ACCOUNT, accountRecord, balanceReport, Desk, NO_LIMITS, SWAP } from '../testing/fixture.ts';
import type { AccountRecord } from '../venue/account-record.ts';
import { dailyLossOf, drawdownOf } from './equity.ts';
import { READING_NEAR_MS } from './reading-times.ts';

const LIMITS = { ...NO_LIMITS, maxDrawdown: decimal('0.3'), maxDailyLoss: decimal('400') };
const DAY_MS = 86_400_000;

/** An account with 1,000 USDT, its trading, and what its venue shows of it. */
class World {
  readonly desk = new Desk();
  #total = 1_000;
  #records = 0;

  constructor() {
    this.desk.openAccount(null);
    this.desk.records([]);
    this.shows();
    this.desk.positions([]);
    this.read();
  }

  shows(): void {
    this.desk.balances([balanceReport('linear_swap', 'USDT', String(this.#total))]);
  }

  read(): void {
    const { at } = this.desk;
    const prices = ['USDT', instrumentKey(ACCOUNT, SWAP)].map((key) => ({
      key,
      price: decimal(key === 'USDT' ? '1' : '100'),
      at,
    }));
    const reading = { mode: 'paper', prices, joinable: [ACCOUNT], first: null, limits: LIMITS } as const;
    this.desk.run({ type: 'equity_reading', ...reading });
  }

  /** A gain or a loss, whatever the ladder says. */
  trade(made: number): void {
    this.#total += made;
    this.desk.records([this.#record('interest', made)]);
  }

  /** The coins leave; the record of it can be listed from now on. */
  withdraw(amount: number): () => void {
    this.#total -= amount;
    const record = this.#record('withdrawal', -amount);
    return () => void this.desk.records([record]);
  }

  #record(kind: 'withdrawal' | 'interest', amount: number): AccountRecord {
    this.#records += 1;
    return accountRecord({
      recordId: `r${this.#records}`,
      kind,
      venueKind: kind,
      asset: asset('USDT'),
      amount: decimal(String(amount)),
      symbol: null,
      at: this.desk.at,
    });
  }

  /** Five seconds go by, at the end of which books and equity are read. */
  pass(ms = 5_000): void {
    this.desk.at += ms;
    this.shows();
    this.read();
  }

  get total(): number {
    return this.#total;
  }

  get figures(): readonly unknown[] {
    const { equity, at, ladder } = this.desk;
    const rounded = (figure: Decimal | undefined): number => Number(figure?.toString());
    return [
      equity?.current.toString(),
      equity?.capital.toString(),
      rounded(dailyLossOf(equity, at, 'low')),
      rounded(drawdownOf(equity, 'low')),
      ladder.step,
    ];
  }
}

it('two withdrawals that one comparison has found are explained by their records, one by one', () => {
  const world = new World();
  const list = [world.withdraw(350), world.withdraw(350)];
  world.pass();
  expect(world.figures).toEqual(['300', '300', 700, 0.7, 'no_new_risk']);
  for (const one of list) {
    one();
    world.read();
  }
  expect(world.figures).toEqual(['300', '300', 0, 0, 'none']);
  world.pass();
  expect(world.figures).toEqual(['300', '300', 0, 0, 'none']);
  expect(world.desk.state.unexplained).toEqual([]);
});

it.each([
  ['a loss since', [-90], ['210', '300', 90, 0.3, 'no_new_risk']],
  ['a gain since that was lost again', [300, -300], ['300', '300', 0, 0.5, 'no_new_risk']],
] as const)('%s is measured on what the withdrawal has left', (_name, trades, figures) => {
  const world = new World();
  const list = world.withdraw(700);
  world.pass();
  for (const made of trades) {
    world.trade(made);
    world.pass();
  }
  list();
  world.pass();
  expect(world.figures).toEqual(figures);
});

it('a gain that was lost while an amount was missing is no gain of the peak that it came back to', () => {
  const world = new World();
  world.withdraw(700);
  world.pass();
  world.trade(300);
  world.pass();
  world.trade(-300);
  world.pass();
  world.withdraw(-700);
  world.pass();
  // 1,000, 1,300 and 1,000 again.
  expect(world.figures).toEqual(['1000', '1000', 0, 0.23077, 'no_new_risk']);
});

it('a loss that a comparison finds before the first reading of a day is one of that day', () => {
  const world = new World();
  world.desk.at += DAY_MS;
  world.withdraw(300);
  world.pass();
  expect(world.figures).toEqual(['700', '700', 300, 0.3, 'no_new_risk']);
});

it('a withdrawal of the same amount that was made after a loss was seen does not explain it', () => {
  const world = new World();
  world.withdraw(100);
  world.pass();
  world.desk.at += DAY_MS / 4;
  world.read();
  world.withdraw(100)();
  world.pass();
  expect(world.figures).toEqual(['800', '800', 100, 0.1, 'none']);
});

it.each([READING_NEAR_MS, READING_NEAR_MS + 1])(
  'a withdrawal while the last reading is %s ms old leaves the drawdown that the next reading finds',
  (ageMs) => {
    const world = new World();
    world.trade(-500);
    world.desk.at += ageMs;
    world.withdraw(400)();
    world.read();
    // 500 of 1,000 were lost, or 500 of the 600 that the withdrawal had left by the last reading.
    expect(world.figures[3]).toBe(ageMs > READING_NEAR_MS ? 0.5 : 0.833334);
  },
);

const step = fc.oneof(
  fc.record({ kind: fc.constant('trade' as const), made: fc.integer({ min: -60, max: 60 }) }),
  fc.record({
    kind: fc.constant('withdraw' as const),
    amount: fc.integer({ min: 1, max: 250 }),
    late: fc.integer({ min: 1, max: 4 }),
  }),
  fc.record({ kind: fc.constant('day' as const) }),
);

it('whatever comes in between: losses, drawdown and step are those of a record in time', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
      const inTime = new World();
      const late = new World();
      const listed: { readonly at: number; readonly list: () => void }[] = [];
      for (const [index, given] of [...steps, ...Array.from({ length: 5 }, () => null)].entries()) {
        for (const { list } of listed.filter(({ at }) => at === index)) list();
        if (given?.kind === 'trade' && inTime.total + given.made > 50)
          for (const world of [inTime, late]) world.trade(given.made);
        if (given?.kind === 'withdraw' && inTime.total - given.amount > 50) {
          inTime.withdraw(given.amount)();
          listed.push({ at: index + given.late, list: late.withdraw(given.amount) });
        }
        for (const world of [inTime, late]) world.pass(given?.kind === 'day' ? DAY_MS : 5_000);
      }
      expect(late.figures).toEqual(inTime.figures);
      expect(late.desk.state.unexplained).toEqual([]);
      for (const { desk } of [inTime, late]) desk.expectReplayEqual();
    }),
    { numRuns: 200 },
  );
});
