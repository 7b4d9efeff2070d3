import { describe, expect, it } from 'vitest';
import { SEPARATE_WALLETS } from '../core/balance/wallet.ts';
import { accountId, type AccountId, type AccountMode } from '../core/ids.ts';
import { Decimal, decimal } from '../core/decimal.ts';
import type { RiskLimits } from '../core/risk/limits.ts';
import { EQUITY_HAIRCUT } from '../core/risk/valuation.ts';
import {
  ACCOUNT,
  balanceReport,
  Desk,
  NO_LIMITS,
  quoteAt,
  SPOT,
  SPOT_INSTRUMENT,
  setting,
  SWAP,
  SWAP_INSTRUMENT,
  NO_CONVERSIONS,
} from '../core/testing/fixture.ts';
import type { Gateway } from '../venues/gateway.ts';
import type { Input, Reply } from '../core/portfolio/decide.ts';
import { Accounts } from './accounts.ts';
import { AssetPrices } from './asset-prices.ts';
import { EngineUnavailable, type PlaceIntent } from './desk.ts';
import {
  CANCEL_CONFIRMED_WITHIN_MS,
  EquityMonitor,
  JOIN_PRICES_MS,
  START_PRICES_MS,
} from './equity-monitor.ts';
import type { InboxLane } from './inbox.ts';
import { START_QUIET_MS } from './start-quiet.ts';
import { silentLog, type Log } from './log.ts';
import { BookNetting } from './strategy-netting.ts';
import { silentGateway } from './testing/silent-gateway.ts';

interface WorldOfMonitor {
  /** Carries on for a second, and gives what was placed meanwhile. */
  readonly second: () => Promise<readonly PlaceIntent[]>;
  readonly monitor: EquityMonitor;
}

/** A monitor of the desk whose seconds the test starts; `isPresent` says which accounts the portfolio has. */
function monitorOf(
  desk: Desk,
  gateway: Gateway | null = null,
  given: {
    readonly isPresent?: (accountId: AccountId) => boolean;
    readonly limits?: RiskLimits;
    readonly place?: (intent: PlaceIntent) => Promise<void>;
    readonly onReading?: (mode: AccountMode) => void;
    readonly isCompared?: () => boolean;
    readonly awaitsRecords?: () => boolean;
    readonly log?: Log;
    /** The price of bitcoin beside positions; without it no market has one. */
    readonly bitcoin?: () => string | null;
  } = {},
): WorldOfMonitor {
  const timers: { at: number; action: () => void }[] = [];
  const clock = {
    now: () => desk.at,
    monotonic: () => desk.at,
    after: (delayMs: number, action: () => void) => {
      timers.push({ at: desk.at + delayMs, action });
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
  const submit = async (_lane: InboxLane, make: () => Input): Promise<Reply> => {
    const input = make();
    if (input.type === 'equity_reading') given.onReading?.(input.mode);
    return desk.run(input).reply;
  };
  const monitor = new EquityMonitor({
    clock,
    log: given.log ?? silentLog,
    isOpen: () => true,
    isPresent: given.isPresent ?? (() => true),
    connection: (accountId) => (accountId === ACCOUNT ? (gateway?.connection() ?? null) : null),
    isCompared: given.isCompared ?? (() => true),
    awaitsRecords: given.awaitsRecords ?? (() => false),
    state,
    submit,
    netting: new BookNetting({ accounts, state, submit, now: () => desk.at }),
    limits: () => given.limits ?? NO_LIMITS,
    prices: new AssetPrices(
      accounts,
      state,
      {
        confirmed: (_accountId, asset) => {
          const price = asset === 'USDT' ? '1' : (given.bitcoin?.() ?? null);
          return price === null ? null : { price: decimal(price), at: desk.at };
        },
        symbolsFor: (_accountId, asset) => (asset === 'BTC' && given.bitcoin !== undefined ? [SPOT] : []),
      },
      () => desk.at,
    ),
    instrument: (_account, symbol) => (symbol === SPOT ? SPOT_INSTRUMENT : SWAP_INSTRUMENT),
    place: async (intent) => {
      await given.place?.(intent);
      placed.push(intent);
      // The answer of the engine concerns the log alone.
      return { kind: 'unknown_instrument' };
    },
  });
  monitor.start();
  return {
    monitor,
    second: async () => {
      placed = [];
      for (let step = 0; step < 10; step += 1) {
        desk.at += 100;
        for (const timer of timers.splice(0).sort((left, right) => left.at - right.at))
          if (timer.at <= desk.at) timer.action();
          else timers.push(timer);
        await new Promise((resolve) => {
          setImmediate(resolve);
        });
      }
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
  desk.state.ladder.set('paper', { step: 'flatten', steppedAt: desk.at, why: 'a test' });
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

describe('what strategies hold against one another', () => {
  /** `grid` long and `trend` short 1, the account flat; and a mark that was seen `ageMs` ago, or none. */
  function offset(ageMs: number | null): { readonly desk: Desk; readonly gateway: Gateway } {
    const desk = Desk.funded();
    for (const [strategy, side] of [
      ['grid', 'buy'],
      ['trend', 'sell'],
    ] as const) {
      const order = desk.open({ symbol: SWAP, side, quantity: decimal('1'), strategy });
      desk.fill(order, strategy);
    }
    desk.state.ladder.set('paper', { step: 'flatten', steppedAt: desk.at, why: 'a test' });
    const gateway = silentGateway({
      instrument: (symbol) => (symbol === SWAP ? SWAP_INSTRUMENT : undefined),
      quote: () => ({
        ...quoteAt(SWAP_INSTRUMENT, decimal('110'), desk.at),
        ...(ageMs === null
          ? { confirmedMark: null, confirmedMarkAt: null }
          : { confirmedMark: decimal('110'), confirmedMarkAt: desk.at - ageMs }),
      }),
    });
    return { desk, gateway };
  }
  const held = (desk: Desk): readonly string[] =>
    [...desk.state.strategyBooks.values()].map(
      ({ position }) => `${position.netQuantity.toString()} ${position.realizedPnl.toString()}`,
    );

  it('is netted by the ladder at the mark, on an account that is flat and has nothing to send', async () => {
    const { desk, gateway } = offset(0);
    const { second } = monitorOf(desk, gateway);
    expect(held(desk)).toEqual(['1 0', '-1 0']);
    expect(await second()).toEqual([]);
    expect(held(desk)).toEqual(['0 10', '0 -10']);
  });

  it.each([
    ['at the bound of its age', NO_LIMITS.staleQuoteMs, ['0 10', '0 -10']],
    ['past it', NO_LIMITS.staleQuoteMs + 1, ['1 0', '-1 0']],
    ['that nobody has seen', null, ['1 0', '-1 0']],
  ] as const)('waits for a mark, and takes none for another: one %s', async (_which, ageMs, after) => {
    const { desk, gateway } = offset(ageMs);
    const { second } = monitorOf(desk, gateway);
    await second();
    await second();
    expect(held(desk)).toEqual(after);
  });

  it('stays as it is where the ladder of another mode flattens', async () => {
    const { desk, gateway } = offset(0);
    desk.state.ladder.delete('paper');
    desk.force({ type: 'account_opened', accountId: accountId('acc-live'), venue: 'binance', mode: 'live' });
    desk.state.ladder.set('live', { step: 'flatten', steppedAt: desk.at, why: 'a test' });
    const { second } = monitorOf(desk, gateway);
    await second();
    expect(desk.state.ladder.get('live')?.step).toBe('flatten');
    expect(held(desk)).toEqual(['1 0', '-1 0']);
  });
});

it('the ladder of one mode closes no position of another', async () => {
  const desk = Desk.funded();
  desk.hold(SWAP, '2');
  const live = accountId('acc-live');
  desk.force({ type: 'account_opened', accountId: live, venue: 'binance', mode: 'live' });
  desk.force({
    type: 'positions_observed',
    accountId: live,
    positions: [
      {
        symbol: SWAP,
        positionSide: 'net',
        setting: { ...setting(SWAP_INSTRUMENT), mode: 'live' },
        netQuantity: decimal('7'),
        openCost: decimal('700'),
      },
    ],
  });
  desk.state.ladder.set('paper', { step: 'flatten', steppedAt: desk.at, why: 'a test' });
  const { second } = monitorOf(desk);
  expect((await second()).map((intent) => intent.accountId)).toEqual([ACCOUNT]);
});

describe('an account that cannot place an order', () => {
  const healthy = accountId('acc-2');
  const live = accountId('acc-live');
  /** Accounts that hold swaps in two modes, of which `paper` is to be flat. */
  function withLadder(): Desk {
    const desk = Desk.funded();
    desk.hold(SWAP, '2');
    for (const [account, mode] of [
      [healthy, 'paper'],
      [live, 'live'],
    ] as const)
      desk.force({ type: 'account_opened', accountId: account, venue: 'binance', mode });
    desk.force({
      type: 'positions_observed',
      accountId: healthy,
      positions: [
        {
          symbol: SWAP,
          positionSide: 'net',
          setting: setting(SWAP_INSTRUMENT),
          netQuantity: decimal('3'),
          openCost: decimal('300'),
        },
      ],
    });
    desk.state.ladder.set('paper', { step: 'flatten', steppedAt: desk.at, why: 'a test' });
    return desk;
  }

  it.each([
    ['that is refused at once', async () => Promise.reject(new Error('not connected'))],
    ['that never gets an answer', async () => new Promise<void>(() => undefined)],
  ])('keeps the ladder from no position of another one: %s', async (_how, place) => {
    const desk = withLadder();
    const world = monitorOf(desk, null, {
      place: async (intent) => (intent.accountId === ACCOUNT ? place() : undefined),
    });
    expect((await world.second()).map((intent) => intent.accountId)).toEqual([healthy]);
  });

  it('keeps no other mode from being read, and is tried again with the same protection', async () => {
    const desk = withLadder();
    const read = new Set<string>();
    const tried: (number | null | undefined)[] = [];
    const world = monitorOf(desk, null, {
      onReading: (mode) => read.add(mode),
      place: async (intent) => {
        if (intent.accountId !== ACCOUNT) return;
        tried.push(intent.marketProtectionBps);
        throw new Error('not connected');
      },
    });
    await seconds(world, 3);
    expect([...read].sort()).toEqual(['live', 'paper']);
    expect(tried).toEqual([200, 200, 200]);
  });
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
  desk.state.ladder.set('paper', { step: 'flatten', steppedAt: desk.at, why: 'a test' });
  expect(await protections(6)).toEqual([200, 400, 800, 1_600, 1_600, 1_600]);
  desk.state.ladder.set('paper', { step: 'none', steppedAt: desk.at, why: 'a test' });
  expect(await protections(1)).toEqual([]);
  desk.state.ladder.set('paper', { step: 'flatten', steppedAt: desk.at, why: 'a test' });
  expect(await protections(1)).toEqual([200]);
});

it('the ladder begins with the narrowest protection again for a position that has been flat', async () => {
  const desk = Desk.funded();
  const hold = (netQuantity: string): void => {
    const openCost = decimal(netQuantity).multiply(decimal('100'));
    const at = { symbol: SWAP, positionSide: 'net', setting: setting(SWAP_INSTRUMENT) } as const;
    const position = { ...at, netQuantity: decimal(netQuantity), openCost };
    desk.force({ type: 'positions_observed', accountId: ACCOUNT, positions: [position] });
  };
  hold('2');
  const { second } = monitorOf(desk);
  desk.state.ladder.set('paper', { step: 'flatten', steppedAt: desk.at, why: 'a test' });
  const protections: (number | null)[] = [];
  for (const held of ['2', '2', '0', '1']) {
    hold(held);
    protections.push(...(await second()).map(({ marketProtectionBps }) => marketProtectionBps));
  }
  expect(protections).toEqual([200, 400, 200]);
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
  desk.state.ladder.set('paper', { step: 'flatten', steppedAt: desk.at, why: 'a test' });
  const { second } = monitorOf(desk);
  expect(await second()).toEqual([]);
  expect(desk.order(target.orderId).cancelRequested).toBe(true);
  expect(desk.order(stop.orderId).cancelRequested).toBe(false);
  desk.report(target, { status: 'canceled' });
  expect((await second()).map(({ side, positionSide }) => [side, positionSide])).toEqual([['sell', 'long']]);
});

/** A gateway on which the swap stands at a price, confirmed at this moment. */
function marketAt(desk: Desk, price: () => string | null, at: () => number = () => desk.at): Gateway {
  return silentGateway({
    quote: (symbol) => {
      const mark = symbol === SWAP ? price() : null;
      return mark === null ? undefined : quoteAt(SWAP_INSTRUMENT, decimal(mark), at());
    },
  });
}

const DRAWDOWN = { ...NO_LIMITS, maxDrawdown: decimal('0.01') };

/** Worth 1,000 USDT with a swap of two at 100, its positions and balances known. */
function invested(): Desk {
  const desk = new Desk();
  desk.openAccount(null);
  desk.balances([balanceReport('linear_swap', 'USDT', '1000')]);
  desk.positions([{ quantity: decimal('2') }]);
  return desk;
}

async function seconds(world: WorldOfMonitor, count: number): Promise<readonly PlaceIntent[]> {
  const placed: PlaceIntent[] = [];
  for (let n = 0; n < count; n += 1) placed.push(...(await world.second()));
  return placed;
}

it('a reading that is asked for shows what was changed just now, although none is due', async () => {
  const desk = new Desk();
  desk.openAccount(null);
  desk.balances([balanceReport('linear_swap', 'USDT', '1000')]);
  desk.positions([]);
  const world = monitorOf(
    desk,
    marketAt(desk, () => '100'),
  );
  await seconds(world, 5);
  desk.balances([balanceReport('linear_swap', 'USDT', '800')]);
  await seconds(world, 6);
  const { low, high } = desk.equity ?? {};
  expect(high?.subtract(low ?? Decimal.zero).toString()).toBe('200');
  const [{ changeId } = { changeId: '' }] = desk.state.unexplained;
  desk.run({ type: 'reclassify_change', changeId, as: 'result', requestedBy: 'ann', why: 'a bad trade' });
  expect(desk.equity?.high).toEqual(high);
  await world.monitor.readNow();
  expect(desk.equity?.high).toEqual(low);
});

describe('a restart', () => {
  it('with an open profit changes nothing: what has no price yet stands at its last confirmed one', async () => {
    const desk = invested();
    let price = '100';
    await seconds(
      monitorOf(
        desk,
        marketAt(desk, () => price),
        { limits: DRAWDOWN },
      ),
      2,
    );
    price = '150';
    await seconds(
      monitorOf(
        desk,
        marketAt(desk, () => price),
        { limits: DRAWDOWN },
      ),
      6,
    );
    expect(desk.equity).toMatchObject({ current: decimal('1100'), peak: decimal('1100') });
    desk.reopen();
    // Nothing has a price after the restart, for longer than the readings wait for one.
    const placed = await seconds(
      monitorOf(
        desk,
        marketAt(desk, () => null),
        { limits: DRAWDOWN },
      ),
      30,
    );
    expect(placed).toEqual([]);
    expect(desk.equity).toMatchObject({ current: decimal('1100'), peak: decimal('1100') });
    expect(desk.equity?.at).toBeGreaterThan(desk.at - 10_000);
    expect(desk.ladder.step).toBe('none');
    expect(desk.equity?.low.lessThan(decimal('1100'))).toBe(true);
  });

  it(`waits ${START_PRICES_MS} ms for the prices of what is held, and goes on without them then`, async () => {
    const desk = invested();
    const withPrices = marketAt(desk, () => '100');
    await seconds(monitorOf(desk, withPrices, { limits: DRAWDOWN }), 2);
    desk.reopen();
    const startedAt = desk.at;
    let readings = 0;
    const world = monitorOf(
      desk,
      marketAt(desk, () => null),
      { onReading: () => (readings += 1) },
    );
    // The first look is a second after the start, and the wait is counted from it.
    await seconds(world, START_PRICES_MS / 1_000);
    expect([readings, desk.at - startedAt]).toEqual([0, START_PRICES_MS]);
    await seconds(world, 2);
    expect(readings).toBeGreaterThan(0);
  });
});

it('a jump of the mark that no second datum has confirmed moves neither equity nor ladder', async () => {
  const desk = invested();
  let jump: string | null = null;
  const world = monitorOf(
    desk,
    silentGateway({
      quote: () => {
        const confirmed = quoteAt(SWAP_INSTRUMENT, decimal('100'), desk.at);
        return jump === null ? confirmed : { ...confirmed, mark: decimal(jump) };
      },
    }),
    { limits: DRAWDOWN },
  );
  await seconds(world, 2);
  jump = '50';
  expect(await seconds(world, 5)).toEqual([]);
  expect(desk.equity).toMatchObject({ current: decimal('1000'), low: decimal('1000') });
  expect(desk.ladder.step).toBe('none');
});

describe('a loss', () => {
  it('flattens on a second price that is later, and on none that is not', async () => {
    const desk = invested();
    let price = '100';
    let pricedAt: number | null = null;
    const gateway = marketAt(
      desk,
      () => price,
      () => pricedAt ?? desk.at,
    );
    const world = monitorOf(desk, gateway, { limits: DRAWDOWN });
    await seconds(world, 2);
    price = '90';
    pricedAt = desk.at;
    expect(await seconds(world, 5)).toEqual([]);
    expect(desk.ladder.step).toBe('no_new_risk');
    expect(world.monitor.unconfirmedStep('paper')).toBe('flatten');
    pricedAt = null;
    expect((await seconds(world, 3)).length).toBeGreaterThan(0);
    expect(desk.ladder.step).toBe('flatten');
    expect(world.monitor.unconfirmedStep('paper')).toBeNull();
  });
});

describe('an account', () => {
  it('that the portfolio has no more leaves the equity, and no loss is made of that', async () => {
    const desk = invested();
    let isPresent = true;
    const world = monitorOf(
      desk,
      marketAt(desk, () => '95'),
      {
        isPresent: () => isPresent,
        limits: DRAWDOWN,
      },
    );
    await seconds(world, 3);
    expect(desk.equity?.current.toString()).toBe('990');
    isPresent = false;
    expect(await seconds(world, 3)).toEqual([]);
    expect(desk.state.capitals.size).toBe(0);
    expect(desk.equity).toMatchObject({ current: Decimal.zero, dayStart: Decimal.zero });
  });

  it('that never connected holds up no reading, and is listed with since when', async () => {
    const desk = invested();
    const world = monitorOf(
      desk,
      marketAt(desk, () => '100'),
      { limits: DRAWDOWN },
    );
    await seconds(world, 2);
    const okx = accountId('acc-okx');
    desk.run({
      type: 'account',
      accountId: okx,
      venue: 'okx',
      mode: 'paper',
      wallets: SEPARATE_WALLETS,
      instance: null,
    });
    const since = desk.at;
    await seconds(world, 600);
    expect(desk.equity?.at).toBeGreaterThan(desk.at - 10_000);
    expect(world.monitor.blind()).toEqual([
      { accountId: okx, mode: 'paper', why: 'not_connected', since: expect.any(Number) as number },
    ]);
    expect(world.monitor.blind()[0]?.since).toBeLessThan(since + 2_000);
    desk.run({ type: 'detach_account', accountId: okx, requestedBy: 'ann', why: 'its keys are gone' });
    await seconds(world, 2);
    expect(world.monitor.blind()).toMatchObject([{ accountId: okx, why: 'detached' }]);
  });

  it('with a coin that trades no more flattens nothing, and its ladder goes on', async () => {
    const desk = invested();
    let price = '100';
    let pricedAt: number | null = null;
    const gateway = marketAt(
      desk,
      () => price,
      () => pricedAt ?? desk.at,
    );
    const world = monitorOf(desk, gateway, { limits: DRAWDOWN });
    await seconds(world, 2);
    pricedAt = desk.at;
    expect(await seconds(world, 3_600)).toEqual([]);
    expect(world.monitor.blind()).toMatchObject([{ accountId: ACCOUNT, why: 'prices_old' }]);
    expect(['none', 'warn', 'no_new_risk']).toContain(desk.ladder.step);
    price = '90';
    pricedAt = null;
    await seconds(world, 3);
    expect(desk.ladder.step).toBe('flatten');
  });

  it('of which a balance waits for the list that may explain it flattens nothing, and its ladder goes on', async () => {
    const desk = invested();
    let price = '100';
    let awaitsRecords = true;
    const gateway = marketAt(
      desk,
      () => price,
      () => desk.at,
    );
    const world = monitorOf(desk, gateway, { limits: DRAWDOWN, awaitsRecords: () => awaitsRecords });
    expect(await seconds(world, 60)).toEqual([]);
    expect(world.monitor.blind()).toMatchObject([{ accountId: ACCOUNT, why: 'records_unread' }]);
    price = '90';
    await seconds(world, 3);
    expect(desk.ladder.step).toBe('flatten');
    awaitsRecords = false;
    await seconds(world, 1);
    expect(world.monitor.blind()).toEqual([]);
  });

  it('whose swap loses at its first connection brings that loss in: it is none of today', async () => {
    const desk = new Desk();
    desk.openAccount(null);
    const world = monitorOf(
      desk,
      marketAt(desk, () => '60'),
      { limits: DRAWDOWN },
    );
    desk.balances([balanceReport('linear_swap', 'USDT', '1000')]);
    await seconds(world, 5);
    expect(desk.equity).toBeNull();
    desk.positions([{ quantity: decimal('2') }]);
    expect(await seconds(world, 5)).toEqual([]);
    expect(desk.equity).toMatchObject({ current: decimal('920'), peak: decimal('920') });
    expect(desk.ladder.step).toBe('none');
  });

  it(`joins ${JOIN_PRICES_MS} ms after its books are known where the market shows no price of what it holds`, async () => {
    const desk = invested();
    const world = monitorOf(
      desk,
      marketAt(desk, () => null),
    );
    // The first look is a second after the start, and the wait is counted from it.
    await seconds(world, JOIN_PRICES_MS / 1_000);
    expect(desk.equity).toBeNull();
    await seconds(world, 2);
    expect(desk.equity).toMatchObject({ current: decimal('1000') });
  });

  it('waits anew for prices where its books were not known in between', async () => {
    const desk = invested();
    let isCompared = true;
    const world = monitorOf(
      desk,
      marketAt(desk, () => null),
      { isCompared: () => isCompared },
    );
    await seconds(world, JOIN_PRICES_MS / 1_000);
    isCompared = false;
    await seconds(world, 1);
    isCompared = true;
    await seconds(world, JOIN_PRICES_MS / 1_000);
    expect(desk.equity).toBeNull();
    await seconds(world, 1);
    expect(desk.equity).toMatchObject({ current: decimal('1000') });
  });

  it('joins once what it holds beside positions is priced, too', async () => {
    const desk = new Desk();
    desk.openAccount(null);
    desk.balances([balanceReport('spot', 'USDT', '1000'), balanceReport('spot', 'BTC', '2')]);
    desk.positions([]);
    let bitcoin: string | null = null;
    const world = monitorOf(desk, silentGateway(), { bitcoin: () => bitcoin });
    await seconds(world, 5);
    expect(desk.equity).toBeNull();
    bitcoin = '100';
    await seconds(world, 2);
    expect(desk.equity).toMatchObject({ current: decimal('1200') });
  });

  it('whose private stream is down, or whose venue does not answer, is listed as unreachable', async () => {
    const desk = invested();
    const gateway = marketAt(desk, () => '100');
    const connected = gateway.connection();
    let connection = connected;
    const world = monitorOf(desk, { ...gateway, connection: () => connection });
    await seconds(world, 2);
    expect(world.monitor.blind()).toEqual([]);
    for (const broken of [{ privateStream: 'connecting' }, { breaker: 'open' }] as const) {
      connection = { ...connected, ...broken };
      const since = desk.at;
      await seconds(world, 2);
      expect(world.monitor.blind()).toMatchObject([{ accountId: ACCOUNT, why: 'unreachable' }]);
      expect(world.monitor.blind()[0]?.since).toBeGreaterThan(since);
      connection = connected;
      await seconds(world, 2);
      expect(world.monitor.blind()).toEqual([]);
    }
  });

  it('is no news while the service starts: the log warns of one that is still not seen after that', async () => {
    const desk = new Desk();
    desk.openAccount(null);
    const words: string[] = [];
    const note = (_fields: unknown, message: string): number => words.push(message);
    let isCompared = false;
    const world = monitorOf(
      desk,
      marketAt(desk, () => '100'),
      { isCompared: () => isCompared, log: { ...silentLog, info: note, warn: note } },
    );
    await seconds(world, START_QUIET_MS / 1_000);
    // It is shown at once all the same.
    expect(world.monitor.blind()).toMatchObject([{ accountId: ACCOUNT, why: 'books_unknown' }]);
    expect(words).toEqual([]);
    await seconds(world, 2);
    expect(words).toEqual(['the equity of an account is not known from its venue']);
    desk.balances([balanceReport('linear_swap', 'USDT', '1000')]);
    desk.positions([]);
    isCompared = true;
    await seconds(world, 5);
    expect(words.at(-1)).toBe('the account is seen again');
  });

  it('that is seen while the service starts leaves no line', async () => {
    const desk = invested();
    const words: string[] = [];
    const note = (_fields: unknown, message: string): number => words.push(message);
    let isCompared = false;
    const world = monitorOf(
      desk,
      marketAt(desk, () => '100'),
      { isCompared: () => isCompared, log: { ...silentLog, info: note, warn: note } },
    );
    await seconds(world, 3);
    expect(world.monitor.blind()).toMatchObject([{ why: 'books_unknown' }]);
    isCompared = true;
    await seconds(world, 30);
    expect(words).toEqual([]);
  });

  it('is no news while a new position awaits its first price: the log warns of one that never comes', async () => {
    const desk = invested();
    const words: string[] = [];
    const note = (_fields: unknown, message: string): number => words.push(message);
    const world = monitorOf(desk, silentGateway(), { log: { ...silentLog, info: note, warn: note } });
    await seconds(world, EQUITY_HAIRCUT.freshForMs / 1_000 - 1);
    expect(world.monitor.blind()).toMatchObject([{ accountId: ACCOUNT, why: 'prices_old' }]);
    expect(words).toEqual([]);
    await seconds(world, 3);
    expect(words).toEqual(['the equity of an account is not known from its venue']);
  });

  it('joins only after a comparison since the start: what was withdrawn while the service was down is no loss', async () => {
    const desk = new Desk();
    desk.openAccount(null);
    desk.balances([balanceReport('linear_swap', 'USDT', '1000')]);
    desk.positions([]);
    let isCompared = false;
    const world = monitorOf(
      desk,
      marketAt(desk, () => '100'),
      { limits: DRAWDOWN, isCompared: () => isCompared },
    );
    await seconds(world, 5);
    expect(desk.equity).toBeNull();
    expect(world.monitor.blind()).toMatchObject([{ accountId: ACCOUNT, why: 'books_unknown' }]);
    desk.balances([balanceReport('linear_swap', 'USDT', '200')]);
    isCompared = true;
    await seconds(world, 5);
    expect(desk.equity).toMatchObject({ current: decimal('200'), dayStart: decimal('200') });
    expect(desk.ladder.step).toBe('none');
    expect(world.monitor.blind()).toEqual([]);
  });
});

describe('the ladder flattens', () => {
  const flattening = (desk: Desk): WorldOfMonitor => {
    desk.state.ladder.set('paper', { step: 'flatten', steppedAt: desk.at, why: 'a test' });
    return monitorOf(desk);
  };
  const closes = (placed: readonly PlaceIntent[]) =>
    placed.map(({ side, quantity }) => `${side} ${quantity?.toString()}`);

  it('a swap at once although the cancel of an entry order there is never confirmed', async () => {
    const desk = Desk.funded();
    desk.hold(SWAP, '2');
    desk.cancel(desk.open({ symbol: SWAP, side: 'buy', quantity: decimal('1'), price: decimal('90') }));
    expect(closes(await flattening(desk).second())).toEqual(['sell 2']);
  });

  it('with a line in the log for each order, and for those that are canceled for it', async () => {
    const desk = Desk.funded('1000000', '0');
    desk.hold(SPOT, '2');
    const resting = desk.open({ side: 'sell', quantity: decimal('0.5'), price: decimal('120') });
    desk.state.ladder.set('paper', { step: 'flatten', steppedAt: desk.at, why: 'a test' });
    const lines: { readonly message: string; readonly fields: Readonly<Record<string, unknown>> }[] = [];
    const warn: Log['warn'] = (fields, message) => lines.push({ fields, message });
    const { second } = monitorOf(desk, null, { log: { ...silentLog, warn } });
    const logged = async () => {
      lines.length = 0;
      await second();
      return lines.filter(({ message }) => message.includes('risk ladder'));
    };
    expect(await logged()).toMatchObject([
      { fields: { accountId: ACCOUNT, symbol: SPOT, canceled: [resting.orderId] } },
    ]);
    expect(desk.order(resting.orderId).cancelCause).toEqual({
      by: 'risk ladder: flatten',
      why: `it is in the way of the close of the position on ${SPOT}`,
    });
    desk.report(desk.order(resting.orderId), { status: 'canceled' });
    expect(await logged()).toMatchObject([
      { fields: { symbol: SPOT, side: 'sell', quantity: '2', marketProtectionBps: 200 } },
    ]);
  });

  it.each([
    [
      'the engine cannot now',
      new EngineUnavailable('not_owner', 'another node owns this portfolio', 1_000),
      'warn',
    ],
    ['something is wrong', new Error('a fault'), 'error'],
  ] as const)('and says a close that failed since %s as what it is', async (_why, failure, level) => {
    const desk = Desk.funded();
    desk.hold(SWAP, '2');
    desk.state.ladder.set('paper', { step: 'flatten', steppedAt: desk.at, why: 'a test' });
    const lines: string[] = [];
    const noteAs =
      (as: string): Log['warn'] =>
      (_fields, message) =>
        lines.push(`${as} ${message}`);
    const place = () => Promise.reject(failure);
    const log = { ...silentLog, warn: noteAs('warn'), error: noteAs('error') };
    await monitorOf(desk, null, { log, place }).second();
    const said = lines.filter((line) => line.includes('could not close a position'));
    expect(said).toEqual([`${level} the ladder could not close a position; it is tried again`]);
  });

  it('of spot without a cancel of the sales of the inventory, where the coins are free', async () => {
    const desk = Desk.funded('1000000', '9');
    const inventory = desk.open({ side: 'sell', quantity: decimal('9'), price: decimal('120') });
    desk.hold(SPOT, '2');
    expect(closes(await flattening(desk).second())).toEqual(['sell 2']);
    expect(desk.order(inventory.orderId).cancelRequested).toBe(false);
  });

  it('of spot with a cancel of the own stop alone, where the sales of the inventory lock the rest', async () => {
    const desk = Desk.funded('1000000', '9');
    const stops = { type: 'stop_market', side: 'sell', price: null } as const;
    const inventory = desk.open({ ...stops, quantity: decimal('9'), stopPrice: decimal('70') });
    desk.at += 1_000;
    desk.hold(SPOT, '2');
    const own = desk.open({ ...stops, quantity: decimal('2'), stopPrice: decimal('90') });
    const world = flattening(desk);
    expect(closes(await world.second())).toEqual([]);
    expect([inventory, own].map((stop) => desk.order(stop.orderId).cancelRequested)).toEqual([false, true]);
    desk.report(desk.order(own.orderId), { status: 'canceled' });
    expect(closes(await world.second())).toEqual(['sell 2']);
  });

  it('a swap after a bound although the cancel of an order that closes it is never confirmed', async () => {
    const desk = Desk.funded();
    desk.hold(SWAP, '2');
    desk.cancel(desk.open({ symbol: SWAP, side: 'sell', quantity: decimal('1'), price: decimal('120') }));
    const world = flattening(desk);
    expect(await seconds(world, CANCEL_CONFIRMED_WITHIN_MS / 1_000)).toEqual([]);
    expect(closes(await world.second())).toEqual(['sell 2']);
  });

  it('of spot what is free, after that bound, where the cancel of a sale is never confirmed', async () => {
    const desk = Desk.funded();
    desk.hold(SPOT, '2');
    desk.cancel(desk.open({ side: 'sell', quantity: decimal('0.5'), price: decimal('120') }));
    const world = flattening(desk);
    expect(await seconds(world, CANCEL_CONFIRMED_WITHIN_MS / 1_000)).toEqual([]);
    expect(closes(await world.second())).toEqual(['sell 1.5']);
  });

  it.each(['buy', 'sell'] as const)(
    'a swap although a market order there can never be proven: %s',
    async (side) => {
      const desk = Desk.funded();
      desk.hold(SWAP, '2');
      const lost = desk.submitting({
        symbol: SWAP,
        type: 'market',
        side,
        quantity: decimal('1'),
        price: null,
      });
      desk.outcome(lost, { kind: 'unknown', detail: 'no answer' });
      const world = flattening(desk);
      if (side === 'sell') expect(await seconds(world, 3)).toEqual([]);
      desk.at += 4 * 86_400_000;
      desk.lookUp(lost, { kind: 'absent', venueTime: desk.at, fills: [] });
      expect([...desk.state.drift.values()].map(({ kind }) => kind)).toEqual(['unprovable_order']);
      expect(closes(await world.second())).toEqual(['sell 2']);
    },
  );

  it('a position larger than the largest order of the venue in several, with one protection', async () => {
    const desk = Desk.funded('100000000');
    for (const quantity of ['8000', '4500']) desk.hold(SWAP, quantity);
    const placed = await flattening(desk).second();
    expect(closes(placed)).toEqual([...Array<string>(11).fill('sell 1000'), 'sell 750', 'sell 750']);
    expect(new Set(placed.map(({ marketProtectionBps }) => marketProtectionBps))).toEqual(new Set([200]));
    for (const { quantity } of placed)
      expect(
        desk.refusalBy('instrument_filters', {
          symbol: SWAP,
          type: 'market',
          side: 'sell',
          quantity,
          reduceOnly: true,
        }),
      ).toBeNull();
  });

  it('a position in several orders with the next protection once all of those have failed, and no wider one', async () => {
    const desk = Desk.funded('100000000');
    desk.hold(SWAP, '2500');
    const { second } = flattening(desk);
    for (const bps of [200, 400, 800]) {
      const placed = await second();
      expect(placed.map(({ marketProtectionBps }) => marketProtectionBps)).toEqual([bps, bps, bps]);
    }
  });

  it('no inventory where a person closes the position while its orders are placed', async () => {
    // 5,000 bitcoin of the owner, and a position of 3,000; the largest order at the market is 1,000.
    const desk = Desk.funded('100000000', '5000');
    desk.hold(SPOT, '3000');
    desk.state.ladder.set('paper', { step: 'flatten', steppedAt: desk.at, why: 'a test' });
    const sell = (quantity: Decimal | null, by: string): void => {
      const { orderId } = desk.place({
        type: 'market',
        side: 'sell',
        quantity,
        timeInForce: 'IOC',
        getsOut: true,
      });
      desk.fill(desk.order(orderId), by);
    };
    const world = monitorOf(desk, null, {
      place: async ({ quantity }) => {
        sell(quantity, 'ladder');
        for (const by of ['person-1', 'person-2']) sell(decimal('1000'), by);
      },
    });
    expect(closes(await world.second())).toEqual(['sell 1000']);
    expect([...desk.state.positions.values()].map(({ netQuantity }) => netQuantity.toString())).toEqual([
      '0',
    ]);
  });

  it('as much as a person leaves, where that is less than its next order', async () => {
    const desk = Desk.funded('100000000', '5000');
    desk.hold(SPOT, '3000');
    desk.state.ladder.set('paper', { step: 'flatten', steppedAt: desk.at, why: 'a test' });
    let sold = 0;
    const world = monitorOf(desk, null, {
      place: async ({ quantity }) => {
        sold += 1;
        desk.submitting({ type: 'market', side: 'sell', quantity, price: null, getsOut: true });
        if (sold > 1) return;
        const person = desk.submitting({
          type: 'market',
          side: 'sell',
          quantity: decimal('700'),
          price: null,
        });
        desk.fill(person, 'person');
      },
    });
    expect(closes(await world.second())).toEqual(['sell 1000', 'sell 1000', 'sell 300']);
  });

  it.each(['IOC', 'FOK'] as const)(
    'no position beside a sale with a limit that trades at once: %s',
    async (timeInForce) => {
      const desk = Desk.funded('1000000', '5000');
      desk.hold(SPOT, '2');
      const quantity = decimal('2');
      desk.submitting({ type: 'limit', side: 'sell', timeInForce, quantity, price: decimal('99') });
      expect(closes(await flattening(desk).second())).toEqual([]);
    },
  );

  it('what a resting sale leaves whose answer is not there yet', async () => {
    const desk = Desk.funded('1000000', '5000');
    desk.hold(SPOT, '2');
    desk.submitting({ side: 'sell', quantity: decimal('1.5'), price: decimal('101') });
    expect(closes(await flattening(desk).second())).toEqual(['sell 0.5']);
    desk.submitting({ side: 'sell', quantity: decimal('0.5'), price: decimal('102') });
    expect(closes(await flattening(desk).second())).toEqual([]);
  });
});
