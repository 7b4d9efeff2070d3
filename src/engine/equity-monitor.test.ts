import { exactly } from '../core/risk/valuation.ts';
import { expect, it } from 'vitest';
import { decimal } from '../core/decimal.ts';
import type { Quote } from '../core/instrument.ts';
import {
  ACCOUNT,
  Desk,
  NO_LIMITS,
  quoteAt,
  SWAP,
  SWAP_INSTRUMENT,
  NO_CONVERSIONS,
} from '../core/testing/fixture.ts';
import type { Gateway } from '../venues/gateway.ts';
import { Accounts } from './accounts.ts';
import { AssetPrices } from './asset-prices.ts';
import type { PlaceIntent } from './desk.ts';
import { EquityMonitor } from './equity-monitor.ts';
import { silentLog } from './log.ts';
import { silentGateway } from './testing/silent-gateway.ts';

/** A monitor of the desk whose next second the test starts. */
function monitorOf(
  desk: Desk,
  gateway: Gateway | null = null,
): { readonly second: () => Promise<readonly PlaceIntent[]> } {
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
    accounts:
      gateway === null
        ? []
        : [
            {
              accountId: ACCOUNT,
              venue: 'binance',
              mode: 'paper',
              gateway,
              instance: null,
              connectionId: 'one',
            },
          ],
    clock,
    state,
    limits: () => NO_LIMITS,
    priceAt: () => null,
    conversions: () => NO_CONVERSIONS,
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
    prices: new AssetPrices(accounts, state, {
      rate: (_accountId, asset) => (asset === 'USDT' ? exactly(decimal('1')) : null),
      symbolsFor: () => [],
    }),
    instrument: () => SWAP_INSTRUMENT,
    freshQuote: async () => (gateway === null ? null : quoteAt(SWAP_INSTRUMENT, decimal('150'))),
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

it('each order of the ladder for a position is allowed a wider protection, up to a bound, and begins anew after a reset', async () => {
  const desk = Desk.funded();
  desk.hold(SWAP, '2');
  const { second } = monitorOf(desk);
  const protections = async (orders: number): Promise<readonly (number | null)[]> => {
    const seen: (number | null)[] = [];
    for (let order = 0; order < orders; order += 1)
      seen.push(...(await second()).map(({ marketProtectionBps }) => marketProtectionBps));
    return seen;
  };
  desk.state.ladder = { ...desk.state.ladder, step: 'flatten' };
  expect(await protections(6)).toEqual([200, 400, 800, 1_600, 1_600, 1_600]);
  desk.state.ladder = { ...desk.state.ladder, step: 'none' };
  expect(await protections(1)).toEqual([]);
  desk.state.ladder = { ...desk.state.ladder, step: 'flatten' };
  expect(await protections(1)).toEqual([200]);
});

it('the ladder cancels a target of a hedged side before it closes it: the venue lets both close no more than there is', async () => {
  const desk = Desk.funded();
  desk.hedge();
  const long = desk.open({ symbol: SWAP, side: 'buy', positionSide: 'long', quantity: decimal('2') });
  desk.fill(long, 'long');
  const target = desk.open({
    symbol: SWAP,
    side: 'sell',
    positionSide: 'long',
    quantity: decimal('2'),
    price: decimal('120'),
  });
  const stop = desk.open({
    symbol: SWAP,
    type: 'stop_market',
    side: 'sell',
    positionSide: 'long',
    quantity: decimal('2'),
    stopPrice: decimal('90'),
    price: null,
  });
  desk.state.ladder = { ...desk.state.ladder, step: 'flatten' };
  const { second } = monitorOf(desk);
  expect(await second()).toEqual([]);
  expect(desk.order(target.orderId).cancelRequested).toBe(true);
  expect(desk.order(stop.orderId).cancelRequested).toBe(false);
  desk.report(target, { status: 'canceled' });
  expect((await second()).map(({ side, positionSide }) => [side, positionSide])).toEqual([['sell', 'long']]);
});

it('a position whose account is removed keeps its last mark: its gain does not turn into a loss', async () => {
  const desk = Desk.funded();
  desk.hold(SWAP, '2');
  let mark: Quote | undefined = quoteAt(SWAP_INSTRUMENT, decimal('150'));
  const gateway = silentGateway({ quote: () => mark });
  const { second } = monitorOf(desk, gateway);
  desk.at += 10_000;
  await second();
  const before = desk.state.equity?.current.toString();
  expect(before).toBeDefined();
  mark = undefined;
  desk.at += 10_000;
  await second();
  expect(desk.state.equity?.at).toBe(desk.at);
  expect(desk.state.equity?.current.toString()).toBe(before);
});
