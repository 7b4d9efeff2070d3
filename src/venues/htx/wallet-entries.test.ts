/** Deposits and withdrawals of HTX as the books take them in, under each reading that the exchange's pages allow. */
import { expect, it } from 'vitest';
import { decimal } from '../../core/decimal.ts';
import { ACCOUNT, balanceReport, Desk, NO_LIMITS, START } from '../../core/testing/fixture.ts';
import type { AccountRecord } from '../../core/venue/account-record.ts';
import { parseExactJson } from '../ccxt/exact-json.ts';
import { walletEntryFrom } from './normalize-records.ts';

const LIMITS = { ...NO_LIMITS, maxDailyLoss: decimal('1000') };

/** Of 50,000 USDT, made at `madeAt`. */
function entry(
  type: 'deposit' | 'withdraw',
  state: string,
  madeAt: number,
  updatedAt: number,
): readonly AccountRecord[] {
  const row = {
    id: 1171,
    type,
    currency: 'usdt',
    amount: 50_000,
    fee: 0,
    state,
    'created-at': madeAt,
    'updated-at': updatedAt,
  };
  return walletEntryFrom(parseExactJson(JSON.stringify(row)));
}

/** An account and what its exchange shows of it. */
class World {
  readonly desk = new Desk();
  /** Every step that the ladder has stood on. */
  readonly #steps = new Set<string>();

  constructor(total: number, records: readonly AccountRecord[] = []) {
    this.desk.openAccount(null);
    this.desk.records(records);
    this.#shows(total);
    this.desk.positions([]);
    this.#read();
  }

  /** A minute later the records are these and the balance is that; both are read for two minutes. */
  goesOn(total: number, records: readonly AccountRecord[]): void {
    this.desk.at += 60_000;
    for (let times = 0; times < 24; times += 1) {
      this.desk.records(records);
      this.#shows(total);
      this.#read();
      this.desk.at += 5_000;
    }
  }

  #shows(total: number): void {
    this.desk.balances([balanceReport('spot', 'USDT', String(total))]);
  }

  /** With its second datum, where the ladder asks for one. */
  #read(): void {
    const reading = { mode: 'paper', prices: [], joinable: [ACCOUNT], limits: LIMITS } as const;
    const { reply } = this.desk.run({ type: 'equity_reading', ...reading, first: null });
    this.desk.at += 300;
    if (reply.kind === 'equity' && reply.second !== null)
      this.desk.run({ type: 'equity_reading', ...reading, first: reply.second });
    this.#steps.add(this.desk.ladder.step);
  }

  get figures() {
    const { equity, state } = this.desk;
    return {
      total: state.balances.get(`${ACCOUNT} spot USDT`)?.total.toString(),
      current: equity?.current.toString(),
      dayStart: equity?.dayStart.toString(),
      peak: equity?.peak.toString(),
      ladder: [...this.#steps],
    };
  }
}

const holding = (amount: string) => ({
  total: amount,
  current: amount,
  dayStart: amount,
  peak: amount,
  ladder: ['none'],
});

it('a deposit that was credited before the take-over and is safe after it counts once', () => {
  const madeAt = START - 900_000;
  const world = new World(50_000, entry('deposit', 'confirmed', madeAt, START - 300_000));
  world.goesOn(50_000, entry('deposit', 'safe', madeAt, START + 50_000));
  expect(world.figures).toEqual(holding('50000'));
});

it.each([
  ['confirmed', 60_000],
  ['safe', 10_000],
])(
  'a deposit that is credited when it is %s is no gain, and no loss afterwards',
  (_state, whileConfirmed) => {
    const world = new World(10_000);
    const madeAt = START + 1_000;
    world.goesOn(whileConfirmed, entry('deposit', 'confirmed', madeAt, madeAt));
    world.goesOn(60_000, entry('deposit', 'safe', madeAt, world.desk.at));
    expect(world.figures).toEqual(holding('60000'));
  },
);

it.each([
  ['when it is asked for', 10_000],
  ['when it is confirmed', 60_000],
])('a withdrawal that leaves the balance %s is no loss', (_when, whileUnderWay) => {
  const world = new World(60_000);
  const madeAt = START + 1_000;
  world.goesOn(whileUnderWay, entry('withdraw', 'wallet-transfer', madeAt, madeAt));
  world.goesOn(10_000, entry('withdraw', 'confirmed', madeAt, world.desk.at));
  expect(world.figures).toEqual(holding('10000'));
});

it.each([
  ['was taken when it was asked for', 10_000],
  ['was never taken', 60_000],
])('a withdrawal that is refused and %s leaves every figure as it was', (_what, whileUnderWay) => {
  const world = new World(60_000);
  const madeAt = START + 1_000;
  world.goesOn(whileUnderWay, entry('withdraw', 'submitted', madeAt, madeAt));
  world.goesOn(60_000, entry('withdraw', 'reject', madeAt, world.desk.at));
  expect(world.figures).toEqual(holding('60000'));
});
