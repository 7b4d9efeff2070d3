/** Differences are shown within a bound, however much the account trades, and nothing that is none is shown. */
import { describe, expect, it } from 'vitest';
import { decimal } from '../../src/core/decimal.ts';
import { DIFFERENCE_CONFIRMED_AFTER_MS } from '../../src/core/reconcile/differences.ts';
import { INTERVAL_MS } from '../../src/engine/comparison-pace.ts';
import { NO_MEMORY_FAULTS } from '../../src/journal/testing/memory-journal.ts';
import { NO_FAULTS } from './faults.ts';
import { OTHER_ACCOUNT, OUR_ACCOUNT, SWAP_SYMBOL } from './venue.ts';
import { Workload } from './workload.ts';
import { settingOf, type WorldSetting } from './world-setting.ts';
import { PORTFOLIO, World } from './world.ts';

const SYMBOL = 'BTC/USDT';
const ONE_WAY_MS = 60;
/** The interval until the first reading, the time until it is confirmed, and a repeated reading or two. */
const SHOWN_WITHIN_MS = INTERVAL_MS + DIFFERENCE_CONFIRMED_AFTER_MS + 5_000;

function world(parts: Partial<WorldSetting> = {}): World {
  const setting = settingOf(1);
  const made = new World(
    {
      ...setting,
      venue: { ...setting.venue, swap: false, textTradeIds: false },
      nodes: ['node-a'],
      rates: NO_FAULTS,
      journal: NO_MEMORY_FAULTS,
      crashes: 0,
      freezes: 0,
      restarts: 0,
      skewMs: 0,
      clockJumps: false,
      pinned: true,
      maxPositionNotional: null,
      ...parts,
    },
    false,
  );
  made.faults.latencyMs = () => ONE_WAY_MS;
  return made;
}

/** Money that somebody pays in; the venue lists a record of it, or does not. */
function payIn(of: World, isRecorded: boolean): void {
  of.venue.exchange.deposit(of.time.now(), OUR_ACCOUNT, 'spot', 'USDT', decimal('17.25'), isRecorded);
}

const records = (of: World): readonly string[] =>
  of.storage
    .records(PORTFOLIO)
    .filter(({ type, payloadText }) => type === 'account_record_booked' && payloadText.includes('deposit'))
    .map(({ payloadText }) => payloadText);

const drift = (of: World): readonly string[] =>
  of.storage
    .records(PORTFOLIO)
    .filter(({ type }) => type === 'drift_opened')
    .map(({ payloadText }) => payloadText);

/** Runs in steps of 250 ms, an order every `everyMs`, until `isDone`; the time that took. */
async function trade(
  of: World,
  workload: Workload,
  everyMs: number,
  mostMs: number,
  isDone: () => boolean,
): Promise<number> {
  const process = of.front();
  if (process === undefined) throw new Error('a process was started');
  const startedAt = of.time.now();
  for (let elapsed = 0; elapsed < mostMs && !isDone(); elapsed += 250) {
    if (everyMs > 0 && elapsed % everyMs === 0) {
      workload.placeResting(process, SYMBOL, decimal('30000.00'));
      // Bought by us at the market, so that the balances move with every order as well.
      workload.placeResting(process, SYMBOL, decimal('61000.00'));
    }
    await of.time.runFor(250);
  }
  return of.time.now() - startedAt;
}

describe('a difference on a busy account', () => {
  it.each([0, 2_000, 1_000, 500, 250])(
    'is shown within the bound, and once, with two orders every %i ms',
    async (everyMs) => {
      const busy = world();
      const workload = new Workload(busy);
      busy.start();
      await busy.time.runFor(8_000);
      await trade(busy, workload, everyMs, 5_000, () => false);
      expect(drift(busy)).toEqual([]);
      payIn(busy, false);
      const tookMs = await trade(busy, workload, everyMs, 120_000, () => drift(busy).length > 0);
      expect(tookMs).toBeLessThanOrEqual(SHOWN_WITHIN_MS);
      await trade(busy, workload, everyMs, 30_000, () => false);
      await busy.time.runFor(30_000);
      const [only, ...more] = drift(busy).map(
        (text) => JSON.parse(text) as { drift: Record<string, string> },
      );
      expect(more).toEqual([]);
      expect(only?.drift).toMatchObject({ kind: 'balance', subject: 'spot USDT' });
      const { ours = '', theirs = '' } = only?.drift ?? {};
      expect(decimal(theirs).subtract(decimal(ours)).toString()).toBe('17.25');
      const total = busy.venue.exchange
        .balances(OUR_ACCOUNT)
        .find(({ asset, wallet }) => asset === 'USDT' && wallet === 'spot')?.total;
      const shown = (await busy.front()?.engine.books.balances('account-1' as never))?.value.find(
        ({ balance }) => balance.asset === 'USDT' && balance.wallet === 'spot',
      );
      expect(shown?.balance.total.toString()).toBe(total?.toString());
    },
  );

  it.each([500, 250])(
    'is none where a record of the venue explains it: the record is booked within the bound, with two orders every %i ms',
    async (everyMs) => {
      const busy = world();
      const workload = new Workload(busy);
      busy.start();
      await busy.time.runFor(8_000);
      payIn(busy, true);
      const tookMs = await trade(busy, workload, everyMs, 120_000, () => records(busy).length > 0);
      expect(tookMs).toBeLessThanOrEqual(SHOWN_WITHIN_MS);
      await trade(busy, workload, everyMs, 30_000, () => false);
      expect(records(busy)).toHaveLength(1);
      expect(drift(busy)).toEqual([]);
    },
  );

  it('nothing is shown of an account that trades all the time, on spot and swaps, with executions that are listed late', async () => {
    const setting = settingOf(1);
    const busy = world({
      venue: {
        ...setting.venue,
        swap: true,
        wallets: 'separate',
        balances: [
          ...setting.venue.balances.filter(({ wallet }) => wallet === 'spot'),
          { wallet: 'swap', asset: 'USDT', amount: '100000' },
        ],
      },
      rates: { ...NO_FAULTS, lag: 0.5 },
    });
    const workload = new Workload(busy);
    busy.start();
    await busy.time.runFor(8_000);
    const process = busy.front();
    if (process === undefined) throw new Error('a process was started');
    for (let elapsed = 0; elapsed < 60_000; elapsed += 250) {
      workload.placeResting(process, elapsed % 500 === 0 ? SYMBOL : SWAP_SYMBOL, decimal('61000.0'));
      busy.venue.exchange.placeOrder(busy.time.now(), OTHER_ACCOUNT, {
        symbol: SYMBOL,
        side: 'sell',
        type: 'market',
        quantity: decimal('0.001'),
      });
      await busy.time.runFor(250);
    }
    expect(drift(busy)).toEqual([]);
  });
});
