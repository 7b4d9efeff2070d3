import { describe, expect, it } from 'vitest';
import { decimal } from '../core/decimal.ts';
import {
  accountId,
  asset,
  instrumentSymbol,
  type AccountId,
  type AccountMode,
  type Asset,
  type InstrumentSymbol,
  type Venue,
} from '../core/ids.ts';
import { instrumentKey } from '../core/portfolio/keys.ts';
import { EQUITY_HAIRCUT, type ConfirmedPrice } from '../core/risk/valuation.ts';
import {
  ACCOUNT,
  balanceReport,
  Desk,
  NO_CONVERSIONS,
  NO_LIMITS,
  quoteAt,
  setting,
  SPOT,
  SWAP,
  SWAP_INSTRUMENT,
} from '../core/testing/fixture.ts';
import { Accounts } from './accounts.ts';
import { AssetPrices } from './asset-prices.ts';
import { silentGateway } from './testing/silent-gateway.ts';

const OTHER = accountId('acc-other');
const ABROAD = accountId('acc-abroad');
const LIVE = accountId('acc-live');
const BTC_ASSET = asset('BTC');
const EURO_MARKET = instrumentSymbol('EUR/USDT');

/** A price that is `ageMs` old. */
type Shown = readonly [price: string, ageMs: number];

interface Known {
  /** Of each account, what its market shows as the mark of the swap; what it has only once is not confirmed. */
  readonly marks?: Readonly<Record<AccountId, Shown | 'unconfirmed'>>;
  /** Of each account, its price of bitcoin. */
  readonly bitcoin?: Readonly<Record<AccountId, Shown>>;
}

/** The prices of a portfolio with an account each: of the fixture, another one there, one abroad, and a live one. */
function pricesOf(desk: Desk, { marks = {}, bitcoin = {} }: Known = {}): AssetPrices {
  const each: readonly (readonly [AccountId, Venue, AccountMode])[] = [
    [ACCOUNT, 'binance', 'paper'],
    [OTHER, 'binance', 'paper'],
    [ABROAD, 'bybit', 'paper'],
    [LIVE, 'binance', 'live'],
  ];
  for (const [owner, venue, mode] of each)
    if (!desk.state.accounts.has(owner))
      desk.force({ type: 'account_opened', accountId: owner, venue, mode });
  const accounts = new Accounts({
    accounts: each.map(([owner, venue, mode]) => ({
      accountId: owner,
      venue,
      mode,
      instance: null,
      connectionId: owner,
      gateway: silentGateway({
        quote: (symbol) => (symbol === SWAP ? quoteOf(desk, marks[owner]) : undefined),
      }),
    })),
    clock: { now: () => desk.at, monotonic: () => desk.at, after: () => () => undefined },
    state: () => desk.state,
    limits: () => NO_LIMITS,
    priceAt: () => null,
    conversions: () => NO_CONVERSIONS,
    halted: () => null,
  });
  const confirmed = (owner: AccountId, of: Asset): ConfirmedPrice | null =>
    of === BTC_ASSET ? priceOf(desk, bitcoin[owner]) : null;
  const markets = new Map<string, readonly InstrumentSymbol[]>([
    ['BTC', [SPOT]],
    ['EUR', [EURO_MARKET]],
  ]);
  const symbolsFor = (_owner: AccountId, of: Asset): readonly InstrumentSymbol[] => markets.get(of) ?? [];
  return new AssetPrices(
    accounts,
    () => desk.state,
    { confirmed, symbolsFor },
    () => desk.at,
  );
}

function priceOf(desk: Desk, shown: Shown | undefined): ConfirmedPrice | null {
  return shown === undefined ? null : { price: decimal(shown[0]), at: desk.at - shown[1] };
}

function quoteOf(desk: Desk, shown: Shown | 'unconfirmed' | undefined) {
  if (shown === undefined) return undefined;
  const quote = quoteAt(SWAP_INSTRUMENT, decimal('777'), desk.at);
  if (shown === 'unconfirmed') return { ...quote, confirmedMark: null, confirmedMarkAt: null };
  const price = priceOf(desk, shown);
  return { ...quote, confirmedMark: price?.price ?? null, confirmedMarkAt: price?.at ?? null };
}

/** An account of the mode holds that much of the swap. */
function holding(desk: Desk, owner: AccountId, mode: AccountMode, quantity: string): void {
  if (!desk.state.accounts.has(owner))
    desk.force({ type: 'account_opened', accountId: owner, venue: 'binance', mode });
  const position = {
    symbol: SWAP,
    positionSide: 'net',
    setting: { ...setting(SWAP_INSTRUMENT), mode },
    netQuantity: decimal(quantity),
    openCost: decimal(quantity).multiply(decimal('100')),
  } as const;
  desk.force({ type: 'positions_observed', accountId: owner, positions: [position] });
}

/** By key: the price, and how old it is. */
function shownOf(
  desk: Desk,
  prices: AssetPrices,
  mode: AccountMode = 'paper',
): Readonly<Record<string, Shown>> {
  return Object.fromEntries(
    prices.confirmed(mode).map(({ key, price, at }) => [key, [price.toString(), desk.at - at] as const]),
  );
}

const SWAP_KEY = instrumentKey(ACCOUNT, SWAP);

describe('the confirmed price of a position', () => {
  it.each(['2', '-2'])('of %s is the mark of its own account, however old, with its age', (quantity) => {
    const desk = new Desk();
    holding(desk, ACCOUNT, 'paper', quantity);
    const prices = pricesOf(desk, { marks: { [ACCOUNT]: ['100', 70_000], [OTHER]: ['200', 10] } });
    expect(shownOf(desk, prices)).toEqual({ [SWAP_KEY]: ['100', 70_000] });
  });

  it.each([
    ['there is none', undefined],
    ['it has been seen only once', 'unconfirmed'],
  ] as const)(
    'is the newest of other accounts there where %s, and never one of another exchange or mode',
    (_why, own) => {
      const desk = new Desk();
      holding(desk, ACCOUNT, 'paper', '2');
      const marks = {
        ...(own === undefined ? {} : { [ACCOUNT]: own }),
        [ABROAD]: ['300', 0],
        [LIVE]: ['400', 0],
      } as const;
      expect(shownOf(desk, pricesOf(desk, { marks }))).toEqual({});
      expect(shownOf(desk, pricesOf(desk, { marks: { ...marks, [OTHER]: ['200', 5_000] } }))).toEqual({
        [SWAP_KEY]: ['200', 5_000],
      });
    },
  );

  it('is that of its own mode alone, and a closed one has none', () => {
    const desk = new Desk();
    holding(desk, ACCOUNT, 'paper', '0');
    holding(desk, LIVE, 'live', '1');
    const prices = pricesOf(desk, { marks: { [ACCOUNT]: ['100', 0], [LIVE]: ['400', 0] } });
    expect(shownOf(desk, prices)).toEqual({});
    expect(shownOf(desk, prices, 'live')).toEqual({ [instrumentKey(LIVE, SWAP)]: ['400', 0] });
  });
});

describe('the confirmed price of an asset', () => {
  it('is the newest that an account of the mode has of it', () => {
    const desk = Desk.funded();
    const bitcoin = {
      [ACCOUNT]: ['100', 900],
      [OTHER]: ['101', 300],
      [ABROAD]: ['102', 600],
      [LIVE]: ['999', 0],
    } as const;
    expect(shownOf(desk, pricesOf(desk, { bitcoin }))).toEqual({ BTC: ['101', 300] });
  });

  it('is none where only another mode has one', () => {
    const desk = Desk.funded();
    expect(shownOf(desk, pricesOf(desk, { bitcoin: { [LIVE]: ['999', 0] } }))).toEqual({});
  });
});

describe('the valuation of a mode', () => {
  const ends = (prices: AssetPrices, key: string, mode: AccountMode = 'paper'): readonly string[] | null => {
    const price = prices.valuation(mode).priceOf(key);
    return price === null ? null : [price.low.toString(), price.high.toString()];
  };
  /** A reading of a minute ago that has bitcoin at 90. */
  function read(): Desk {
    const desk = Desk.funded();
    desk.records([]);
    desk.balances([balanceReport('spot', 'BTC', '1')]);
    desk.positions([]);
    desk.run({
      type: 'equity_reading',
      mode: 'paper',
      prices: [{ key: 'BTC', price: decimal('90'), at: desk.at }],
      joinable: [ACCOUNT],
      first: null,
      limits: NO_LIMITS,
    });
    desk.at += 60_000;
    return desk;
  }

  it('is at the prices of this moment, and where there is none at those of the last reading by their age', () => {
    const desk = read();
    expect(ends(pricesOf(desk, { bitcoin: { [ACCOUNT]: ['100', 0] } }), 'BTC')).toEqual(['100', '100']);
    // A minute old: 10 bps on either side.
    expect(ends(pricesOf(desk), 'BTC')).toEqual(['89.91', '90.09']);
    expect(ends(pricesOf(desk), 'BTC', 'live')).toBeNull();
    expect(ends(pricesOf(desk), 'BNB')).toBeNull();
  });

  it.each([
    ['at the bound of its freshness', EQUITY_HAIRCUT.freshForMs, ['100', '100']],
    ['past it', EQUITY_HAIRCUT.freshForMs + 1, ['99.9', '100.1']],
  ] as const)('takes a price as it is, or with a haircut: one %s', (_which, ageMs, after) => {
    const desk = Desk.funded();
    expect(ends(pricesOf(desk, { bitcoin: { [ACCOUNT]: ['100', ageMs] } }), 'BTC')).toEqual(after);
  });
});

describe('the instruments that books are valued at', () => {
  it('are those of positions of either side, of what prices their quotes and balances, and of orders', () => {
    const desk = Desk.funded();
    holding(desk, ACCOUNT, 'paper', '-2');
    expect(pricesOf(desk).symbolsValued(ACCOUNT)).toEqual([SWAP, SPOT]);
    expect(pricesOf(desk).symbolsValued(OTHER)).toEqual([]);
  });

  it('are what prices the quote of a position that is open, and nothing of one that is closed', () => {
    const inEuro = { ...SWAP_INSTRUMENT, quote: asset('EUR') };
    for (const [quantity, symbols] of [
      ['1', [SWAP, EURO_MARKET]],
      ['0', []],
    ] as const) {
      const desk = new Desk();
      desk.openAccount(null);
      desk.force({
        type: 'positions_observed',
        accountId: ACCOUNT,
        positions: [
          {
            symbol: SWAP,
            positionSide: 'net',
            setting: setting(inEuro),
            netQuantity: decimal(quantity),
            openCost: decimal('0'),
          },
        ],
      });
      expect(pricesOf(desk).symbolsValued(ACCOUNT)).toEqual(symbols);
    }
  });

  it('are that of an order without a position, and what prices a balance below zero', () => {
    const desk = Desk.funded('1000000', '0');
    desk.open({ symbol: SWAP });
    expect(pricesOf(desk).symbolsValued(ACCOUNT)).toEqual([SWAP]);
    desk.balances([balanceReport('spot', 'BTC', '-1')]);
    expect(pricesOf(desk).symbolsValued(ACCOUNT)).toEqual([SWAP, SPOT]);
  });
});
