import { expect, it } from 'vitest';
import { decimal } from '../core/decimal.ts';
import { Desk, NO_LIMITS, SWAP, SWAP_INSTRUMENT } from '../core/testing/fixture.ts';
import { Accounts } from './accounts.ts';
import { AssetPrices } from './asset-prices.ts';
import type { PlaceIntent } from './desk.ts';
import { EquityMonitor } from './equity-monitor.ts';
import { silentLog } from './log.ts';

/** A monitor of the desk whose next second the test starts. */
function monitorOf(desk: Desk): { readonly second: () => Promise<readonly PlaceIntent[]> } {
  let tick = (): void => undefined;
  const clock = {
    now: () => desk.at,
    monotonic: () => desk.at,
    after: (_delayMs: number, action: () => void) => {
      tick = action;
      return () => undefined;
    },
  };
  const state = () => desk.state;
  const accounts = new Accounts({
    accounts: [],
    clock,
    state,
    limits: () => NO_LIMITS,
    priceAt: () => null,
    halted: () => null,
  });
  let placed: PlaceIntent[] = [];
  const monitor = new EquityMonitor({
    clock,
    log: silentLog,
    isOpen: () => true,
    isPresent: () => true,
    state,
    submit: async (_lane, make) => desk.run(make()),
    limits: () => NO_LIMITS,
    prices: new AssetPrices(accounts, state),
    instrument: () => SWAP_INSTRUMENT,
    freshQuote: async () => null,
    place: async (intent) => placed.push(intent),
  });
  monitor.start();
  return {
    second: async () => {
      placed = [];
      tick();
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      return placed;
    },
  };
}

it('the ladder flattens both sides of a hedged account, each once', async () => {
  const desk = Desk.funded();
  desk.hedge();
  const long = desk.open({ symbol: SWAP, side: 'buy', positionSide: 'long', quantity: decimal('2') });
  desk.fill(long, 'long');
  const short = desk.open({ symbol: SWAP, side: 'sell', positionSide: 'short', quantity: decimal('3') });
  desk.fill(short, 'short');
  desk.state.ladder = { ...desk.state.ladder, step: 'flatten' };
  const { second } = monitorOf(desk);
  const terms = (intents: readonly PlaceIntent[]) =>
    intents.map(({ side, positionSide, quantity, reduceOnly, type }) => [
      side,
      positionSide,
      quantity?.toString(),
      reduceOnly,
      type,
    ]);
  const wanted = [
    ['sell', 'long', '2', false, 'market'],
    ['buy', 'short', '3', false, 'market'],
  ];
  expect(terms(await second())).toEqual(wanted);
  // With the close of one side on its way, the other side is asked for alone.
  desk.submitting({
    symbol: SWAP,
    type: 'market',
    side: 'sell',
    positionSide: 'long',
    quantity: decimal('2'),
  });
  expect(terms(await second())).toEqual(wanted.slice(1));
});
