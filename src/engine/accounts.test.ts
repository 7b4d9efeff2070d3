import { describe, expect, it } from 'vitest';
import { leverageOf } from '../core/balance/margin.ts';
import { decimal, Decimal } from '../core/decimal.ts';
import { accountId, instrumentSymbol, orderId } from '../core/ids.ts';
import { POSITION_SIDES } from '../core/order/terms.ts';
import { instrumentKey } from '../core/portfolio/keys.ts';
import { initialState, type PortfolioState } from '../core/portfolio/state.ts';
import { closesPosition } from '../core/risk/exposure.ts';
import { DEFAULT_LIMITS } from '../core/risk/limits.ts';
import { openOrdersOf } from '../core/risk/rules/open-orders.ts';
import { crowded } from '../core/testing/crowded-desk.ts';
import {
  balanceReport,
  Desk,
  NO_CONVERSIONS,
  orderRequest,
  quoteAt,
  SPOT_INSTRUMENT,
  START,
  SWAP_INSTRUMENT,
} from '../core/testing/fixture.ts';
import type { PositionReport } from '../core/venue/report.ts';
import type { Gateway } from '../venues/gateway.ts';
import { OLDEST_MARK_MS } from '../core/risk/strategy-limits.ts';
import { Accounts } from './accounts.ts';
import { ConversionPrices } from './conversions.ts';
import { silentGateway } from './testing/silent-gateway.ts';

const ACCOUNT = accountId('acc-1');
const SWAP = instrumentSymbol('BTC/USDT:USDT');

const reading = (leverage: string): readonly PositionReport[] => [
  {
    symbol: SWAP,
    positionSide: 'net',
    quantity: Decimal.zero,
    entryPrice: null,
    markPrice: null,
    leverage: decimal(leverage),
    marginMode: 'cross',
    liquidationPrice: null,
    maintenanceMargin: null,
    isolatedMargin: null,
    unrealizedPnl: null,
  },
];

it('a setting that the venue has confirmed is kept against a reading that began before the confirmation', () => {
  let now = 10;
  const accounts = new Accounts({
    accounts: [],
    clock: { now: () => now, monotonic: () => now, after: () => () => undefined },
    state: initialState,
    limits: () => DEFAULT_LIMITS,
    priceAt: () => null,
    conversions: () => NO_CONVERSIONS,
    halted: () => null,
  });
  const shown = (): readonly (string | null | undefined)[] => {
    const position = accounts.venuePosition(ACCOUNT, SWAP);
    return [position?.leverage?.toString(), position?.marginMode];
  };
  accounts.setVenuePositions(ACCOUNT, reading('4'), 10);
  now = 20;
  accounts.confirmSetting(ACCOUNT, { setting: 'leverage', symbol: SWAP, leverage: decimal('5') });
  accounts.confirmSetting(ACCOUNT, { setting: 'margin_mode', symbol: SWAP, marginMode: 'isolated' });
  expect(shown()).toEqual(['5', 'isolated']);
  accounts.setVenuePositions(ACCOUNT, reading('4'), 15);
  expect(shown()).toEqual(['5', 'isolated']);
  // One that began in the very millisecond may show the value before it.
  accounts.setVenuePositions(ACCOUNT, reading('4'), 20);
  expect(shown()).toEqual(['5', 'isolated']);
  // A reading that began later is current, no matter who changed the setting.
  accounts.setVenuePositions(ACCOUNT, reading('7'), 21);
  expect(shown()).toEqual(['7', 'cross']);
  accounts.setVenuePositions(ACCOUNT, reading('8'), 15);
  expect(shown()).toEqual(['8', 'cross']);
});

const report = (given: Partial<PositionReport>): PositionReport => ({
  symbol: SWAP,
  positionSide: 'net',
  quantity: Decimal.zero,
  entryPrice: null,
  markPrice: null,
  leverage: null,
  marginMode: null,
  liquidationPrice: null,
  maintenanceMargin: null,
  isolatedMargin: null,
  unrealizedPnl: null,
  ...given,
});

function accountsWith(
  priceOf: (named: string) => string | null = () => null,
  gateway: Gateway | null = null,
  state: () => PortfolioState = initialState,
  now: () => number = () => 10,
): Accounts {
  return new Accounts({
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
    clock: { now, monotonic: () => 10, after: () => () => undefined },
    state,
    limits: () => DEFAULT_LIMITS,
    priceAt: (_accountId, named) => {
      const price = priceOf(named);
      return price === null ? null : decimal(price);
    },
    conversions: () => NO_CONVERSIONS,
    halted: () => null,
  });
}

it('a wall clock that was set back keeps no reading of margin and no confirmed setting from before it', () => {
  let now = 3_600_000;
  const accounts = accountsWith(undefined, silentGateway(), initialState, () => now);
  const margin = (readAt: number) => ({ readAt, margins: [], positions: [], booked: new Map() });
  accounts.setVenuePositions(ACCOUNT, reading('4'), now);
  accounts.confirmSetting(ACCOUNT, { setting: 'leverage', symbol: SWAP, leverage: decimal('5') });
  accounts.setMargins(ACCOUNT, margin(now));
  now = 1_000;
  accounts.setMargins(ACCOUNT, margin(900));
  accounts.setMargins(ACCOUNT, margin(800));
  expect(accounts.margins().get(ACCOUNT)?.readAt).toBe(900);
  accounts.setVenuePositions(ACCOUNT, reading('7'), 900);
  expect(accounts.venuePosition(ACCOUNT, SWAP)?.leverage?.toString()).toBe('7');
});

it('a jump of the mark that nothing has confirmed counts for orders, and not for what the service does by itself', () => {
  const desk = Desk.funded();
  desk.hold(SWAP, '1');
  const quote = {
    ...quoteAt(SWAP_INSTRUMENT, decimal('30000')),
    confirmedMark: decimal('60000'),
    confirmedMarkAt: START - 500,
  };
  const accounts = accountsWith(undefined, silentGateway({ quote: () => quote }), () => desk.state);
  const key = instrumentKey(ACCOUNT, SWAP);
  expect(accounts.marks().get(key)?.toString()).toBe('30000');
  expect(accounts.confirmedMarks().get(key)?.toString()).toBe('60000');
});

it.each([
  [OLDEST_MARK_MS, []],
  [OLDEST_MARK_MS + 1, [instrumentKey(ACCOUNT, SWAP)]],
])('a mark that is %s ms old measures the loss of a strategy, or does not', (ageMs, old) => {
  const desk = Desk.funded();
  desk.hold(SWAP, '1');
  const quote = { ...quoteAt(SWAP_INSTRUMENT, decimal('60000')), markAt: START };
  const gateway = silentGateway({ quote: () => quote, venueNow: () => START });
  const accounts = accountsWith(
    undefined,
    gateway,
    () => desk.state,
    () => START + ageMs,
  );
  const account = accounts.get(ACCOUNT);
  if (account === undefined) throw new Error('no account');
  expect([...accounts.context(account, SWAP_INSTRUMENT, null).oldMarks]).toEqual(old);
});

describe('positions of a hedged account', () => {
  const long = report({ positionSide: 'long', quantity: decimal('2'), leverage: decimal('7') });
  const short = report({ positionSide: 'short', quantity: decimal('-1'), leverage: decimal('7') });
  const flat = report({ leverage: decimal('7'), marginMode: 'cross' });

  it('are kept by their side; a flat side has the settings of its instrument', () => {
    const accounts = accountsWith();
    accounts.setVenuePositions(ACCOUNT, [long, short, flat], 10);
    expect(accounts.venuePosition(ACCOUNT, SWAP, 'long')).toEqual(long);
    expect(accounts.venuePosition(ACCOUNT, SWAP, 'short')).toEqual(short);
    accounts.setVenuePositions(ACCOUNT, [long, flat], 11);
    expect(accounts.venuePosition(ACCOUNT, SWAP, 'long')).toEqual(long);
    expect(accounts.venuePosition(ACCOUNT, SWAP, 'short')).toEqual(flat);
    expect(accounts.venuePosition(ACCOUNT, SWAP)).toEqual(flat);
  });

  it('margin of a flat side is computed with the leverage of its instrument', () => {
    const accounts = accountsWith();
    accounts.setVenuePositions(ACCOUNT, [long, { ...flat, leverage: decimal('5') }], 10);
    const of = (positionSide: 'net' | 'long' | 'short') =>
      leverageOf(accounts.leverages(), { accountId: ACCOUNT, symbol: SWAP, positionSide })?.toString();
    expect([of('long'), of('short'), of('net')]).toEqual(['7', '5', '5']);
  });

  it('have a leverage that was set on every side at once', () => {
    const accounts = accountsWith();
    accounts.setVenuePositions(ACCOUNT, [long, short, flat], 10);
    accounts.confirmSetting(ACCOUNT, { setting: 'leverage', symbol: SWAP, leverage: decimal('3') });
    for (const side of POSITION_SIDES)
      expect(accounts.venuePosition(ACCOUNT, SWAP, side)?.leverage?.toString()).toBe('3');
  });
});

it('an asset counts as collateral at its price and rate, as far as both are known', () => {
  const prices = new Map([
    ['BTC', '60000'],
    ['USDT', '1'],
    ['ETH', '3000'],
  ]);
  const accounts = accountsWith(
    (named) => prices.get(named) ?? null,
    silentGateway({
      wallets: [{ wallet: 'unified', kinds: ['spot', 'linear_swap'], collateral: 'all_assets' }],
    }),
  );
  accounts.setCollateralRates(ACCOUNT, [
    balanceReport('unified', 'BTC', '1', { collateralRate: decimal('0.95') }),
    balanceReport('unified', 'USDT', '5', { collateralRate: decimal('1') }),
    balanceReport('unified', 'ETH', '5'),
    balanceReport('unified', 'NOPE', '5', { collateralRate: decimal('0.5') }),
  ]);
  const worth = () =>
    Object.fromEntries(
      [...accounts.collateralWorth()].map(([key, { asCollateral }]) => [key, asCollateral.toString()]),
    );
  expect(worth()).toEqual({
    'acc-1 unified BTC': '57000',
    'acc-1 unified USDT': '1',
    'acc-1 unified ETH': '0',
  });
  // The price is that of the moment, the rate that of the last reading; an asset that is listed no more counts no more.
  prices.set('BTC', '70000');
  accounts.setCollateralRates(ACCOUNT, [
    balanceReport('unified', 'BTC', '1', { collateralRate: decimal('0.9') }),
  ]);
  expect(worth()).toEqual({ 'acc-1 unified BTC': '63000' });
  accounts.setCollateralRates(accountId('acc-2'), []);
  expect(worth()).toEqual({ 'acc-1 unified BTC': '63000' });
});

it('where each asset is collateral by itself alone, no price is asked for', () => {
  const accounts = accountsWith(() => '1', silentGateway());
  accounts.setCollateralRates(ACCOUNT, [balanceReport('spot', 'BTC', '1')]);
  expect(accounts.collateralWorth().size).toBe(0);
});

it('an account that goes takes its own readings with it, and those of no other whose id begins alike', () => {
  const accounts = accountsWith();
  const other = accountId('acc-10');
  for (const account of [ACCOUNT, other]) accounts.setVenuePositions(account, reading('4'), 10);
  accounts.remove(ACCOUNT);
  const leverageOn = (account: typeof ACCOUNT): string | undefined =>
    accounts.venuePosition(account, SWAP)?.leverage?.toString();
  expect([leverageOn(ACCOUNT), leverageOn(other)]).toEqual([undefined, '4']);
});

it('what strategies hold is marked also where it nets to nothing on the account', () => {
  const desk = Desk.funded();
  for (const [side, strategy] of [
    ['buy', 'trend'],
    ['sell', 'grid'],
  ] as const)
    desk.fill(desk.open({ symbol: SWAP, side, strategy }), strategy);
  const key = instrumentKey(ACCOUNT, SWAP);
  expect(desk.state.positions.get(key)?.netQuantity.isZero()).toBe(true);
  const quote = quoteAt(SWAP_INSTRUMENT, decimal('100'));
  const accounts = accountsWith(undefined, silentGateway({ quote: () => quote }), () => desk.state);
  expect(accounts.marks().get(key)?.toString()).toBe('100');
});

it('what an order is decided on is found without a look at each open order, with accounts of two modes', () => {
  const { desk, looks } = crowded(50);
  const conversions = new ConversionPrices({
    state: () => desk.state,
    now: () => desk.at,
    lists: () => false,
    knownQuote: () => undefined,
    read: () => Promise.resolve(),
  });
  const gateway = silentGateway({ quote: () => quoteAt(SPOT_INSTRUMENT, decimal('100')) });
  const account = {
    accountId: ACCOUNT,
    venue: 'binance' as const,
    mode: 'paper' as const,
    connectionId: '',
    instance: null,
    gateway,
  };
  const accounts = new Accounts({
    accounts: [account],
    clock: { now: () => desk.at, monotonic: () => desk.at, after: () => () => undefined },
    state: () => desk.state,
    limits: () => DEFAULT_LIMITS,
    priceAt: () => null,
    conversions: (of, quote) => conversions.conversions(of, quote),
    halted: () => null,
  });
  const [books] = desk.state.accounts.values();
  if (books === undefined) throw new TypeError('the desk has an account');
  desk.state.accounts.set(accountId('other'), { ...books, mode: 'live' });
  const request = orderRequest({ orderId: orderId('another') });
  const ask = (): void => {
    const active = accounts.get(ACCOUNT);
    if (active === undefined) throw new TypeError('the account is there');
    expect(accounts.context(active, SPOT_INSTRUMENT, null).marks.size).toBe(1);
    expect(openOrdersOf(desk.state, 'paper')).toBe(50);
    expect(openOrdersOf(desk.state, 'live')).toBe(0);
    expect(closesPosition(desk.state, request)).toBe(false);
  };
  ask();
  expect(looks.count).toBeGreaterThan(50);
  looks.count = 0;
  ask();
  expect(looks.count).toBe(0);
});

it('an account that is being removed takes no new orders, while requests under way still find its gateway', () => {
  const gateway = silentGateway();
  const accounts = accountsWith(() => null, gateway);
  const account = accounts.get(ACCOUNT);
  if (account === undefined) throw new RangeError('there is no account');
  expect(accounts.startedGateway(ACCOUNT)).toBeUndefined();
  account.started = true;
  accounts.beginRemoval(ACCOUNT);
  expect([accounts.get(ACCOUNT), accounts.all()]).toEqual([undefined, []]);
  expect([accounts.has(ACCOUNT), accounts.startedGateway(ACCOUNT)]).toEqual([true, gateway]);
  accounts.endRemoval(ACCOUNT);
  expect(accounts.all().map(({ accountId: id }) => id)).toEqual([ACCOUNT]);
  accounts.remove(ACCOUNT);
  expect([accounts.has(ACCOUNT), accounts.startedGateway(ACCOUNT)]).toEqual([false, undefined]);
});

it('only an account that was removed is one whose positions count no more, until it is added anew', () => {
  const gateway = silentGateway();
  const accounts = accountsWith(() => null, gateway);
  const account = accounts.get(ACCOUNT);
  if (account === undefined) throw new RangeError('there is no account');
  // Neither one that has not connected yet nor one in the middle of its removal.
  expect([...accounts.removed]).toEqual([]);
  accounts.beginRemoval(ACCOUNT);
  expect([...accounts.removed]).toEqual([]);
  accounts.remove(ACCOUNT);
  expect([...accounts.removed]).toEqual([ACCOUNT]);
  accounts.put(account);
  expect([...accounts.removed]).toEqual([]);
});
