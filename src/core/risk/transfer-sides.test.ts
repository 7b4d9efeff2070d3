import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decimal } from '../decimal.ts';
import { accountId, asset, type AccountId, type AccountMode } from '../ids.ts';
import type { AccountRecordKind } from '../venue/account-record.ts';
import { ACCOUNT, accountRecord, balanceReport, Desk, NO_LIMITS } from '../testing/fixture.ts';
import { accountEquityOf } from './capital.ts';
import { dailyLossOf } from './equity.ts';
import { TRANSFER_SIDES_MS } from './capital-changes.ts';
import { equityOf } from './mode-books.ts';
import { awaitsWord } from './unexplained.ts';

const OTHER = accountId('acc-9');
const LIMITS = { ...NO_LIMITS, maxDailyLoss: decimal('300') };

let desk: Desk;
beforeEach(() => {
  desk = new Desk();
  desk.openAccount(null);
  desk.records([]);
  shows('1000', '100');
  desk.positions([]);
  desk.records([]);
  read();
});
afterEach(() => {
  desk.expectReplayEqual();
});

/** USDT on spot and for swaps, as the venue shows it. */
function shows(spot: string, swaps: string, of: AccountId = ACCOUNT): void {
  desk.run({
    type: 'balances',
    accountId: of,
    comparable: true,
    reports: [balanceReport('spot', 'USDT', spot), balanceReport('linear_swap', 'USDT', swaps)],
  });
}

function read(joinable: readonly AccountId[] = [ACCOUNT], mode: AccountMode = 'paper'): void {
  desk.run({ type: 'equity_reading', mode, prices: [], joinable, first: null, limits: LIMITS });
}

function record(
  kind: AccountRecordKind,
  wallet: 'spot' | 'linear_swap',
  amount: string,
  of: AccountId = ACCOUNT,
): void {
  const given = { kind, wallet, symbol: null, at: desk.at, venueKind: 'TRANSFER' } as const;
  const made = accountRecord({ ...given, recordId: `${kind} ${of}`, amount: decimal(amount) });
  desk.run({ type: 'account_records', accountId: of, records: [made], readAt: desk.at });
}

function withOther(mode: AccountMode = 'paper'): void {
  desk.force({ type: 'account_opened', accountId: OTHER, venue: 'binance', mode });
  desk.run({ type: 'account_records', accountId: OTHER, records: [], readAt: desk.at });
  shows('0', '0', OTHER);
  desk.run({ type: 'positions', accountId: OTHER, reports: [] });
  desk.run({ type: 'account_records', accountId: OTHER, records: [], readAt: desk.at });
  read([OTHER], mode);
}

/** Equity, the loss of today at either end, the ladder's step, and the changes that wait for a word. */
const figures = (): readonly unknown[] => [
  desk.equity?.current.toString(),
  dailyLossOf(desk.equity, desk.at, 'low').toString(),
  desk.ladder.step,
  desk.state.unexplained.filter(awaitsWord).length,
];

/** Ten comparisons and readings that show what the venue shows by now, over more than a minute. */
function goOn(show: () => void): void {
  for (let n = 0; n < 10; n += 1) {
    desk.at += 10_000;
    show();
    read();
  }
}

describe('a transfer from spot to swaps of which the venue lists the side of the swaps alone is no loss', () => {
  it('where the record comes first', () => {
    record('transfer_in', 'linear_swap', '800');
    shows('200', '900');
    expect(figures()).toEqual(['1100', '0', 'none', 0]);
    goOn(() => shows('200', '900'));
    expect(figures()).toEqual(['1100', '0', 'none', 0]);
  });

  it('where the change of spot is seen first', () => {
    shows('200', '100');
    expect(figures()).toEqual(['300', '800', 'none', 1]);
    record('transfer_in', 'linear_swap', '800');
    goOn(() => shows('200', '900'));
    expect(figures()).toEqual(['1100', '0', 'none', 0]);
  });

  it('where both changes are seen before the record', () => {
    shows('200', '900');
    record('transfer_in', 'linear_swap', '800');
    goOn(() => shows('200', '900'));
    expect(figures()).toEqual(['1100', '0', 'none', 0]);
  });

  it('nor does one back make the equity less', () => {
    record('transfer_out', 'linear_swap', '-60');
    goOn(() => shows('1060', '40'));
    expect(figures()).toEqual(['1100', '0', 'none', 0]);
  });

  it('nor where the record of the other side comes after all', () => {
    record('transfer_in', 'linear_swap', '800');
    shows('200', '900');
    record('transfer_out', 'spot', '-800');
    goOn(() => shows('200', '900'));
    expect(figures()).toEqual(['1100', '0', 'none', 0]);
  });
});

describe('between two accounts of a mode', () => {
  beforeEach(() => {
    withOther();
  });

  it.each([
    ['the decrease', true],
    ['the increase', false],
  ])('equal opposite changes are a transfer, %s seen first', (_which, isDecreaseFirst) => {
    const showBoth = [() => shows('200', '100'), () => shows('0', '800', OTHER)];
    if (!isDecreaseFirst) showBoth.reverse();
    for (const show of showBoth) {
      show();
      read();
      desk.at += 10_000;
    }
    goOn(() => showBoth.forEach((show) => show()));
    expect(figures()).toEqual(['1100', '0', 'none', 0]);
    expect(accountEquityOf(desk.state, ACCOUNT, desk.at)?.toString()).toBe('300');
    expect(accountEquityOf(desk.state, OTHER, desk.at)?.toString()).toBe('800');
  });

  it('one with a record of the other account alone is none of capital', () => {
    record('transfer_in', 'spot', '800', OTHER);
    shows('200', '100');
    expect(figures()).toEqual(['1100', '0', 'none', 0]);
  });

  it('with a record of each it is two flows, and explains no third change', () => {
    record('transfer_out', 'spot', '-800');
    record('transfer_in', 'spot', '800', OTHER);
    shows('0', '0', OTHER);
    expect(figures()).toEqual(['300', '800', 'none', 1]);
  });
});

describe('the time between a record and the change of the other side', () => {
  const after = (ms: number): readonly unknown[] => {
    record('transfer_in', 'linear_swap', '800');
    desk.at += ms;
    shows('200', '900');
    return figures();
  };
  it('is a minute at most', () => {
    expect(after(TRANSFER_SIDES_MS)).toEqual(['1100', '0', 'none', 0]);
  });
  it('beyond which the change is a loss', () => {
    expect(after(TRANSFER_SIDES_MS + 1)).toEqual(['1100', '800', 'none', 1]);
  });
});

describe('a transfer of a paper account is no other side of what a live account loses', () => {
  const liveFigures = (): readonly unknown[] => {
    const equity = equityOf(desk.state, 'live');
    const changes = desk.state.unexplained.filter(awaitsWord).map(({ lost }) => lost.toString());
    return [equity?.current.toString(), dailyLossOf(equity, desk.at, 'low').toString(), ...changes];
  };
  beforeEach(() => {
    withOther('live');
    record('transfer_in', 'spot', '2000', OTHER);
    expect(liveFigures()).toEqual(['2000', '0']);
    desk.at += TRANSFER_SIDES_MS + 1;
  });

  it('where the transfer comes first', () => {
    record('transfer_in', 'linear_swap', '800');
    shows('1200', '0', OTHER);
    expect(liveFigures()).toEqual(['1200', '800', '800']);
  });

  it('where the change is seen first', () => {
    shows('1200', '0', OTHER);
    record('transfer_in', 'linear_swap', '800');
    expect(liveFigures()).toEqual(['1200', '800', '800']);
  });
});

it('what came to an account before it joined is no other side: its worth is in the equity with the account', () => {
  desk.force({ type: 'account_opened', accountId: OTHER, venue: 'binance', mode: 'paper' });
  desk.run({ type: 'account_records', accountId: OTHER, records: [], readAt: desk.at });
  shows('0', '0', OTHER);
  shows('500', '0', OTHER);
  desk.run({ type: 'positions', accountId: OTHER, reports: [] });
  desk.run({ type: 'account_records', accountId: OTHER, records: [], readAt: desk.at });
  read([OTHER]);
  expect(figures()).toEqual(['1600', '0', 'none', 0]);
  shows('500', '100');
  expect(figures().slice(0, 2)).toEqual(['1100', '500']);
});

it('another asset, or another amount, is no other side', () => {
  record('transfer_in', 'linear_swap', '800');
  shows('201', '900');
  expect(figures()).toEqual(['1101', '799', 'none', 1]);
  expect(desk.state.unexplained[0]?.asset).toBe(asset('USDT'));
});
