import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SEPARATE_WALLETS } from '../balance/wallet.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import { accountBooks, EVENTS, fill, order, parkedFill, position } from '../testing/arbitrary-records.ts';
import { ACCOUNT } from '../testing/fixture.ts';
import { EARLIER_AT, EARLIER_JOURNAL, EARLIER_SNAPSHOT } from '../testing/earlier-records.ts';
import {
  decodeEvent,
  decodeFill,
  decodeOrder,
  decodeSnapshot,
  encode,
  encodeEvent,
  type Recorded,
} from './codec.ts';
import type { PortfolioEvent, PortfolioEventType } from './events.ts';
import { evolve } from './evolve.ts';
import { decodeState, encodeState, snapshotOf } from './snapshot.ts';
import { initialState } from './state.ts';

const read = (text: string): JsonObject => JSON.parse(text) as JsonObject;
/** Keys in order, as the journal keeps them. */
const sorted = (value: JsonValue): JsonValue => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, field]) => [key, sorted(field)]),
  );
};

describe('records of the earlier release', () => {
  it.each(EARLIER_JOURNAL.map(([type, payload], index) => [index, type, payload] as const))(
    'record %i, %s, is read into the present form and written as it was',
    (_index, type, payload) => {
      expect(JSON.stringify(encodeEvent(decodeEvent(type, read(payload))))).toBe(payload);
    },
  );

  it('fold into the snapshot that they folded into', () => {
    const state = initialState();
    for (const [type, payload] of EARLIER_JOURNAL)
      evolve(state, EARLIER_AT, decodeEvent(type, read(payload)));
    expect(JSON.stringify(sorted(encodeState(state)))).toBe(EARLIER_SNAPSHOT);
  });

  it('come back from that snapshot into the same text', () => {
    const state = decodeState(read(EARLIER_SNAPSHOT));
    expect(JSON.stringify(sorted(encodeState(state)))).toBe(EARLIER_SNAPSHOT);
    expect([...state.accounts.values()]).toMatchObject([{ wallets: SEPARATE_WALLETS, positionMode: null }]);
    for (const one of state.positions.values()) {
      expect(one).toMatchObject({ positionSide: 'net', wallet: one.kind });
      for (const each of one.recent) expect(each).not.toHaveProperty('positionSide');
    }
    for (const one of [...state.unfinished.values(), ...state.finished.values()])
      expect(one).toMatchObject({ positionSide: 'net', wallet: one.kind, stopTriggered: false });
    const sequences = [...state.positions.values()].flatMap(({ recent }) =>
      recent.map(({ tradeId, sequence }) => [tradeId, sequence]),
    );
    expect(sequences).toEqual([
      ['99', 99],
      ['102', 102],
      ['107', 107],
      ['T-103x', null],
      ['0007', 7],
    ]);
  });
});

/** Fields that the earlier release did not know; of the wallet those beside a kind of instrument. */
const UNKNOWN_BEFORE = ['positionSide', 'sequence', 'stopTriggered', 'wallets', 'positionMode'];

function withoutNewFields(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withoutNewFields);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(
    ([key]) => !UNKNOWN_BEFORE.includes(key) && !(key === 'wallet' && Object.hasOwn(value, 'kind')),
  );
  return Object.fromEntries(kept.map(([key, field]) => [key, withoutNewFields(field)]));
}

/** Events that there were before, in which the new fields can stand. */
const OLDER_EVENTS = (Object.keys(EVENTS) as PortfolioEventType[]).filter(
  (type) =>
    ![
      'wallets_declared',
      'position_mode_seen',
      'stop_trigger_seen',
      'stop_reached',
      'stop_closes_now',
    ].includes(type),
);
const RUNS = { numRuns: 60 };

describe('any record as the earlier release would have written it', () => {
  it.each(OLDER_EVENTS)('%s', (type) => {
    fc.assert(
      fc.property(EVENTS[type] as fc.Arbitrary<object>, (payload) => {
        const older = withoutNewFields(encodeEvent({ type, ...payload } as PortfolioEvent)) as JsonObject;
        const text = JSON.stringify(older);
        const event = decodeEvent(type, read(text));
        expect(JSON.stringify(encodeEvent(event))).toBe(text);
        expect(decodeEvent(type, read(JSON.stringify(encodeEvent(event))))).toStrictEqual(event);
      }),
      RUNS,
    );
  });

  it.each([
    ['an order', order, decodeOrder],
    ['an execution', fill, decodeFill],
  ] as const)('%s', (_what, records: fc.Arbitrary<Recorded>, decode: (document: JsonObject) => Recorded) => {
    fc.assert(
      fc.property(records, (one) => {
        const text = JSON.stringify(withoutNewFields(encode(one)));
        expect(JSON.stringify(encode(decode(read(text))))).toBe(text);
      }),
      RUNS,
    );
  });

  it('a snapshot', () => {
    const some = <Value>(of: fc.Arbitrary<Value>): fc.Arbitrary<readonly Value[]> =>
      fc.array(of, { maxLength: 3 });
    fc.assert(
      fc.property(
        fc.tuple(some(accountBooks), some(order), some(position), some(parkedFill)),
        ([accounts, orders, positions, parkedFills]) => {
          const present = { ...snapshotOf(initialState()), accounts, orders, positions, parkedFills };
          const text = JSON.stringify(withoutNewFields(encode(present)));
          const snapshot = decodeSnapshot(read(text));
          expect(JSON.stringify(encode(snapshot))).toBe(text);
          for (const account of snapshot.accounts)
            expect(account).toMatchObject({ wallets: SEPARATE_WALLETS, positionMode: null });
        },
      ),
      RUNS,
    );
  });
});

describe('usual values', () => {
  const wallets = structuredClone(SEPARATE_WALLETS);

  it('of an account are left out by what they are, not by which object they are', () => {
    const separate = accountBooks.map((books) => ({ ...books, wallets, positionMode: null }));
    fc.assert(
      fc.property(separate, (books) => {
        const text = JSON.stringify(encode({ ...snapshotOf(initialState()), accounts: [books] }));
        expect(text).not.toContain('wallets');
        expect(text).not.toContain('positionMode');
      }),
      RUNS,
    );
  });

  it('are never left out of a declaration of wallets', () => {
    const declared = encodeEvent({ type: 'wallets_declared', accountId: ACCOUNT, wallets: SEPARATE_WALLETS });
    expect(declared['wallets']).toEqual(wallets);
  });
});
