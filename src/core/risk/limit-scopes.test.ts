import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { Decimal, decimal } from '../decimal.ts';
import { accountId, instrumentSymbol } from '../ids.ts';
import type { JsonObject } from '../json.ts';
import { decodeEvent } from '../portfolio/codec.ts';
import { evolve } from '../portfolio/evolve.ts';
import { decodeState, encodeState } from '../portfolio/snapshot.ts';
import { initialState } from '../portfolio/state.ts';
import { ACCOUNT, Desk, SPOT, START, SWAP } from '../testing/fixture.ts';
import type { LimitChange, LimitReply } from './change-limits.ts';
import {
  LIMITS_OF_SCOPE,
  limitsInForce,
  MOST_LIMIT_SCOPES,
  PORTFOLIO_SCOPE,
  scopeKey,
  type LimitScope,
  type StoredLimits,
} from './limit-scopes.ts';
import { DEFAULT_LIMITS, NOTHING_SET, type RiskLimits, type SetLimits } from './limits.ts';

const SUBJECT = { accountId: ACCOUNT, venue: 'binance', symbol: SPOT } as const;
const ON_ACCOUNT: LimitScope = { kind: 'account', accountId: ACCOUNT };
const ON_INSTRUMENT = { kind: 'instrument', venue: 'binance', symbol: SPOT } as const satisfies LimitScope;

let desk: Desk;
beforeEach(() => {
  desk = Desk.funded();
});

function change(scope: LimitScope, expectedVersion: number, figures: LimitChange['figures']): LimitReply {
  const { reply } = desk.run({
    type: 'change_limits',
    scope,
    expectedVersion,
    figures,
    requestedBy: 'ann',
    why: 'smaller',
  });
  desk.expectReplayEqual();
  if (reply.kind !== 'control') throw new RangeError(reply.kind);
  return reply.outcome as LimitReply;
}

const inForce = (
  environment: SetLimits = NOTHING_SET,
  subject: typeof SUBJECT | null = SUBJECT,
): RiskLimits => limitsInForce(desk.state.storedLimits, environment, subject);

describe('a change of limits', () => {
  it('is journaled with its version, who and why, and keeps what it does not name', () => {
    change(PORTFOLIO_SCOPE, 0, { maxOpenOrders: 5 });
    expect(change(PORTFOLIO_SCOPE, 1, { maxDailyLoss: decimal('100') })).toEqual({
      kind: 'limits_changed',
      stored: {
        scope: PORTFOLIO_SCOPE,
        limits: { ...NOTHING_SET, maxOpenOrders: 5, maxDailyLoss: decimal('100') },
        version: 2,
        requestedBy: 'ann',
        why: 'smaller',
        at: START,
      },
    });
  });

  it('from an older version is refused, and journals nothing', () => {
    change(ON_ACCOUNT, 0, { maxOrderNotional: decimal('10') });
    const journaled = desk.journal.length;
    expect(change(ON_ACCOUNT, 0, { maxOrderNotional: decimal('999') })).toEqual({
      kind: 'limits_version_conflict',
      version: 1,
    });
    expect(change(ON_INSTRUMENT, 1, { maxOrderNotional: decimal('999') })).toMatchObject({ version: 0 });
    expect(desk.journal.length).toBe(journaled);
  });

  it('clears a figure by null, and the default holds again', () => {
    change(PORTFOLIO_SCOPE, 0, { maxOpenOrders: 5 });
    expect(inForce().maxOpenOrders).toBe(5);
    change(PORTFOLIO_SCOPE, 1, { maxOpenOrders: null });
    expect(inForce().maxOpenOrders).toBe(DEFAULT_LIMITS.maxOpenOrders);
  });

  it.each([
    [ON_ACCOUNT, 'maxDailyLoss'],
    [ON_ACCOUNT, 'maxOpenOrders'],
    [ON_INSTRUMENT, 'allowedSymbols'],
    [ON_INSTRUMENT, 'maxTotalExposure'],
    [PORTFOLIO_SCOPE, 'checksEnabled'],
  ] as const)('of %j does not take %s', (scope, name) => {
    expect(change(scope, 0, { [name]: null })).toEqual({ kind: 'limit_of_another_scope', name });
  });

  it('is bounded in scopes, but not in changes', () => {
    for (let n = 0; n < MOST_LIMIT_SCOPES; n += 1) {
      const scope = { kind: 'instrument', venue: 'binance', symbol: instrumentSymbol(`A${n}/USDT`) } as const;
      desk.run({
        type: 'change_limits',
        scope,
        expectedVersion: 0,
        figures: {},
        requestedBy: 'ann',
        why: 'many',
      });
    }
    expect(change(PORTFOLIO_SCOPE, 0, { maxOpenOrders: 1 })).toEqual({ kind: 'too_many_limit_scopes' });
    const known = { kind: 'instrument', venue: 'binance', symbol: instrumentSymbol('A7/USDT') } as const;
    expect(change(known, 1, { maxLeverage: decimal('2') }).kind).toBe('limits_changed');
  });

  it('is what orders are held against from then on, on that account and instrument alone', () => {
    change(ON_INSTRUMENT, 0, { maxOrderNotional: decimal('50') });
    const refused = (symbol: typeof SPOT): boolean =>
      desk.refusalBy(
        'order_size',
        { symbol },
        { limits: limitsInForce(desk.state.storedLimits, NOTHING_SET, { ...SUBJECT, symbol }) },
      ) !== null;
    expect([refused(SPOT), refused(SWAP)]).toEqual([true, false]);
  });
});

describe('the limits in force', () => {
  it('are the strictest of environment, portfolio, account and instrument', () => {
    const environment = { ...NOTHING_SET, maxPositionNotional: decimal('900') };
    change(PORTFOLIO_SCOPE, 0, { maxPositionNotional: decimal('1000'), maxLeverage: decimal('5') });
    expect(inForce(environment)).toMatchObject({
      maxPositionNotional: decimal('900'),
      maxLeverage: decimal('5'),
    });
    change(ON_ACCOUNT, 0, { maxPositionNotional: decimal('800'), maxLeverage: decimal('9') });
    change(ON_INSTRUMENT, 0, { maxPositionNotional: decimal('700') });
    expect(inForce(environment)).toMatchObject({
      maxPositionNotional: decimal('700'),
      maxLeverage: decimal('5'),
    });
    expect(inForce(environment, null).maxPositionNotional).toEqual(decimal('900'));
    const elsewhere = { ...SUBJECT, accountId: accountId('other'), symbol: SWAP };
    expect(limitsInForce(desk.state.storedLimits, environment, elsewhere).maxPositionNotional).toEqual(
      decimal('900'),
    );
  });

  it('let the portfolio raise a default, but nothing within it', () => {
    change(ON_ACCOUNT, 0, { maxOrderNotional: decimal('5000000') });
    expect(inForce().maxOrderNotional).toEqual(DEFAULT_LIMITS.maxOrderNotional);
    change(PORTFOLIO_SCOPE, 0, { maxOrderNotional: decimal('7000000') });
    expect(inForce().maxOrderNotional).toEqual(decimal('5000000'));
  });
});

const figure = fc.integer({ min: 0, max: 3_000 }).map((value) => Decimal.fromInteger(value));
const count = fc.integer({ min: 0, max: 20 });
const maybe = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> => fc.option(value);
const setLimits: fc.Arbitrary<SetLimits> = fc.record({
  checksEnabled: fc.constantFrom(true, null),
  maxPositionNotional: maybe(figure),
  maxTotalExposure: maybe(figure),
  maxOrderNotional: maybe(figure),
  maxOrderQuantity: maybe(figure),
  maxOpenOrders: maybe(count),
  maxOrdersPerWindow: maybe(count),
  orderRateWindowMs: maybe(count),
  maxLeverage: maybe(figure),
  maxDailyLoss: maybe(figure),
  maxDrawdown: maybe(figure),
  maxMarginRatio: maybe(figure),
  minLiquidationDistance: maybe(figure),
  priceCollarBps: maybe(count),
  staleQuoteMs: maybe(count),
  duplicateWindowMs: maybe(count),
  allowedSymbols: maybe(fc.subarray<string>([SPOT, SWAP, 'ETH/USDT'])),
});

/** Whether `left` allows no more than `right`, figure by figure. */
function isAtLeastAsStrict(left: RiskLimits, right: RiskLimits): boolean {
  const least = (a: Decimal | number | null, b: Decimal | number | null): boolean =>
    b === null || (a !== null && (a instanceof Decimal ? a.atMost(b as Decimal) : a <= (b as number)));
  const { allowedSymbols: wide } = right;
  return (
    least(left.maxPositionNotional, right.maxPositionNotional) &&
    least(left.maxTotalExposure, right.maxTotalExposure) &&
    least(left.maxOrderNotional, right.maxOrderNotional) &&
    least(left.maxOrderQuantity, right.maxOrderQuantity) &&
    least(left.maxOpenOrders, right.maxOpenOrders) &&
    least(left.maxOrdersPerWindow, right.maxOrdersPerWindow) &&
    left.orderRateWindowMs >= right.orderRateWindowMs &&
    least(left.maxLeverage, right.maxLeverage) &&
    least(left.maxDailyLoss, right.maxDailyLoss) &&
    least(left.maxDrawdown, right.maxDrawdown) &&
    least(left.maxMarginRatio, right.maxMarginRatio) &&
    least(right.minLiquidationDistance ?? Decimal.zero, left.minLiquidationDistance ?? Decimal.zero) &&
    least(left.priceCollarBps, right.priceCollarBps) &&
    left.staleQuoteMs <= right.staleQuoteMs &&
    left.duplicateWindowMs >= right.duplicateWindowMs &&
    (wide === null || left.allowedSymbols?.every((symbol) => wide.includes(symbol)) === true)
  );
}

function storedAt(scopes: readonly (readonly [LimitScope, SetLimits])[]): Map<string, StoredLimits> {
  const who = { version: 1, requestedBy: 'ann', why: 'seen', at: START };
  return new Map(scopes.map(([scope, limits]) => [scopeKey(scope), { scope, limits, ...who }]));
}

describe('whatever is stored anywhere', () => {
  const RUNS = { numRuns: 200 };

  it('a scope within the portfolio only tightens, and leaves what is measured over all of it alone', () => {
    fc.assert(
      fc.property(
        setLimits,
        setLimits,
        setLimits,
        setLimits,
        (environment, portfolio, account, instrument) => {
          const wide = storedAt([[PORTFOLIO_SCOPE, portfolio]]);
          const all = storedAt([
            [PORTFOLIO_SCOPE, portfolio],
            [ON_ACCOUNT, account],
            [ON_INSTRUMENT, instrument],
          ]);
          const before = limitsInForce(wide, environment, SUBJECT);
          const after = limitsInForce(all, environment, SUBJECT);
          expect(isAtLeastAsStrict(after, before)).toBe(true);
          for (const name of LIMITS_OF_SCOPE.portfolio)
            if (!LIMITS_OF_SCOPE.account.includes(name)) expect(after[name]).toEqual(before[name]);
          expect(after.checksEnabled).toBe(before.checksEnabled);
          expect(limitsInForce(all, environment, null)).toEqual(before);
        },
      ),
      RUNS,
    );
  });

  it('nothing that the environment sets is ever passed', () => {
    fc.assert(
      fc.property(setLimits, setLimits, setLimits, (environment, portfolio, account) => {
        const stored = storedAt([
          [PORTFOLIO_SCOPE, portfolio],
          [ON_ACCOUNT, account],
        ]);
        const held = limitsInForce(stored, environment, SUBJECT);
        const bare: RiskLimits = { ...UNLIMITED, ...present(environment) };
        expect(isAtLeastAsStrict(held, bare)).toBe(true);
      }),
      RUNS,
    );
  });

  it('nothing that can be stored keeps one from closing what is held', () => {
    desk.hold(SPOT, '3');
    desk.hold(SWAP, '-2');
    fc.assert(
      fc.property(setLimits, setLimits, setLimits, fc.boolean(), (portfolio, account, instrument, isSwap) => {
        const stored = storedAt([
          [PORTFOLIO_SCOPE, portfolio],
          [ON_ACCOUNT, account],
          [{ ...ON_INSTRUMENT, symbol: isSwap ? SWAP : SPOT }, instrument],
        ]);
        const close = isSwap
          ? ({ symbol: SWAP, side: 'buy', reduceOnly: true, quantity: decimal('2') } as const)
          : ({ symbol: SPOT, side: 'sell', quantity: decimal('3') } as const);
        const { refusals } = desk.review(
          { ...close, type: 'market' },
          { limits: limitsInForce(stored, NOTHING_SET, { ...SUBJECT, symbol: close.symbol }) },
        );
        expect(refusals).toEqual([]);
      }),
      RUNS,
    );
  });

  it('an order that the limits of the portfolio refuse is refused by the same rules', () => {
    desk.hold(SPOT, '3');
    desk.open({ quantity: decimal('2') });
    fc.assert(
      fc.property(
        setLimits,
        setLimits,
        setLimits,
        fc.integer({ min: 1, max: 5_000 }),
        (portfolio, account, instrument, lots) => {
          const codes = (stored: Map<string, StoredLimits>): readonly string[] =>
            desk
              .review(
                { quantity: Decimal.of(BigInt(lots), 3) },
                { limits: limitsInForce(stored, NOTHING_SET, SUBJECT) },
              )
              .refusals.map(({ rule }) => rule);
          const wide = codes(storedAt([[PORTFOLIO_SCOPE, portfolio]]));
          const all = codes(
            storedAt([
              [PORTFOLIO_SCOPE, portfolio],
              [ON_ACCOUNT, account],
              [ON_INSTRUMENT, instrument],
            ]),
          );
          expect(all).toEqual(expect.arrayContaining([...wide]));
        },
      ),
      RUNS,
    );
  });
});

const UNLIMITED: RiskLimits = {
  checksEnabled: true,
  maxPositionNotional: null,
  maxTotalExposure: null,
  maxOrderNotional: null,
  maxOrderQuantity: null,
  maxOpenOrders: null,
  maxOrdersPerWindow: null,
  orderRateWindowMs: 0,
  maxLeverage: null,
  maxDailyLoss: null,
  maxDrawdown: null,
  maxMarginRatio: null,
  minLiquidationDistance: null,
  priceCollarBps: null,
  staleQuoteMs: Number.MAX_SAFE_INTEGER,
  duplicateWindowMs: 0,
  allowedSymbols: null,
};

function present(limits: SetLimits): Partial<RiskLimits> {
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== null));
}

describe('records from before there were scopes', () => {
  const payload: JsonObject = {
    limits: { ...(JSON.parse(JSON.stringify(DEFAULT_LIMITS)) as JsonObject), maxOpenOrders: 7 },
    requestedBy: 'ann',
    why: 'smaller',
  };

  it('are changes of the limits of the portfolio', () => {
    const state = initialState();
    evolve(state, START, decodeEvent('limits_changed', payload));
    evolve(state, START, decodeEvent('limits_changed', payload));
    expect(state.storedLimits.get('portfolio')).toMatchObject({ version: 2, requestedBy: 'ann', at: START });
    expect(limitsInForce(state.storedLimits, NOTHING_SET, SUBJECT)).toEqual({
      ...DEFAULT_LIMITS,
      maxOpenOrders: 7,
    });
  });

  it('are read from snapshots too, and defaults among them are nobody’s', () => {
    const { storedLimits: _stored, dayStarts: _starts, ...rest } = encodeState(initialState());
    const before = JSON.parse(JSON.stringify(DEFAULT_LIMITS)) as JsonObject;
    expect(decodeState({ ...rest, limits: before }).storedLimits.size).toBe(0);
    const changed = decodeState({ ...rest, limits: { ...before, maxOpenOrders: 7 } });
    expect(changed.storedLimits.get('portfolio')).toMatchObject({ version: 1, limits: { maxOpenOrders: 7 } });
  });
});
