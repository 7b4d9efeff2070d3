import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Balance } from '../core/balance/balance.ts';
import { Decimal, decimal } from '../core/decimal.ts';
import { accountId, asset, portfolioId } from '../core/ids.ts';
import {
  decodeEvent,
  decodeOrder,
  encode,
  encodeEvent,
  payloadOf,
  type Recorded,
} from '../core/portfolio/codec.ts';
import type { PortfolioEvent, PortfolioEventType } from '../core/portfolio/events.ts';
import { decodeState, snapshotOf } from '../core/portfolio/snapshot.ts';
import { initialState } from '../core/portfolio/state.ts';
import { accountBooks, EVENTS, fill, order, position } from '../core/testing/arbitrary-records.ts';
import { EARLIER_JOURNAL, EARLIER_SNAPSHOT } from '../core/testing/earlier-records.ts';
import {
  advanceChain,
  canonicalJson,
  GENESIS_HASH,
  ordersNamedIn,
  recordHash,
  rememberedJson,
  storableText,
  verifyChain,
} from './hash-chain.ts';
import { JournalCorrupt, type JsonValue } from './journal.ts';

const json = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'medium' },
    fc.string({ unit: 'binary' }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(fc.string({ unit: 'binary' }), tie('value'), { maxKeys: 5 }),
  ),
})).value;

describe('canonical JSON', () => {
  test('sorts keys by UTF-16 units, leaves out undefined, writes numbers shortest', () => {
    expect(canonicalJson({ b: 1, a: [true, null, { z: 'x', y: -0 }], A: 1e21, '€': 0.1, '\r': 5e-324 })).toBe(
      '{"\\r":5e-324,"A":1e+21,"a":[true,null,{"y":0,"z":"x"}],"b":1,"€":0.1}',
    );
  });

  test('is a fixed point: parsing and writing again changes nothing', () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = canonicalJson(value);
        const parsed = JSON.parse(text);
        expect(canonicalJson(parsed)).toBe(text);
      }),
    );
  });

  test('does not depend on the order in which keys were put in', () => {
    // U+0000, which PostgreSQL's text cannot have, is left out: two keys that differ by it alone would be one.
    const key = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0'));
    fc.assert(
      fc.property(fc.dictionary(key, fc.integer()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).toReversed());
        expect(canonicalJson(reversed)).toBe(canonicalJson(value));
      }),
    );
  });

  test('refuses numbers that have no JSON', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      expect(() => canonicalJson({ deep: [value] })).toThrow(TypeError);
    }
  });

  test('of a record it is the text of its JSON, decimals as plain text', () => {
    const balance: Balance = {
      accountId: accountId('a'),
      wallet: 'spot',
      asset: asset('BTC'),
      total: decimal('0.00000001'),
      externalLocked: Decimal.zero,
      updatedAt: 7,
    };
    const event: PortfolioEvent = {
      type: 'balances_observed',
      accountId: accountId('a'),
      balances: [balance],
    };
    expect(canonicalJson(payloadOf(event))).toBe(
      '{"accountId":"a","balances":[{"accountId":"a","asset":"BTC","externalLocked":"0","total":"0.00000001","updatedAt":7,"wallet":"spot"}]}',
    );
    expect(canonicalJson(payloadOf(event))).toBe(canonicalJson(encodeEvent(event)));
    expect(ordersNamedIn(payloadOf(event))).toEqual(new Set());
    expect(() => canonicalJson({ ...balance, updatedAt: Number.NaN })).toThrow(TypeError);
  });

  test('a remembered record is not read again', () => {
    let readings = 0;
    const record = {
      get kind() {
        readings += 1;
        return 'b';
      },
      at: 1,
    };
    expect(rememberedJson(record)).toBe('{"at":1,"kind":"b"}');
    expect(canonicalJson({ all: [record, { ...record }] })).toBe(
      '{"all":[{"at":1,"kind":"b"},{"at":1,"kind":"b"}]}',
    );
    // One for the text, one for the copy.
    expect(readings).toBe(2);
  });

  test('makes text storable', () => {
    expect(storableText('a\0b')).toBe('ab');
    expect(storableText('x\ud800')).toBe('x\ufffd');
    expect(storableText('😀')).toBe('😀');
    expect(canonicalJson({ 'k\0': 'v\0' })).toBe('{"k":"v"}');
  });
});

describe('the chain', () => {
  const unhashed = {
    portfolioId: portfolioId('main'),
    seq: 1,
    at: 1_700_000_000_000,
    type: 'ownership_taken',
    payloadText: '{"epoch":1,"node":"n"}',
    previousHash: GENESIS_HASH,
  };

  test('hashes the documented bytes', () => {
    const bytes = `["plimsoll-journal/1","main",1,1700000000000,"ownership_taken","${GENESIS_HASH}",{"epoch":1,"node":"n"}]`;
    expect(recordHash(unhashed)).toBe(createHash('sha256').update(bytes, 'utf8').digest('hex'));
  });

  test('no column can change without the hash', () => {
    const hash = recordHash(unhashed);
    const changed = [
      { ...unhashed, portfolioId: portfolioId('main2') },
      { ...unhashed, seq: 2 },
      { ...unhashed, at: unhashed.at + 1 },
      { ...unhashed, type: 'x' },
      { ...unhashed, payloadText: `${unhashed.payloadText} ` },
      { ...unhashed, previousHash: 'f'.repeat(64) },
    ];
    for (const record of changed) expect(recordHash(record)).not.toBe(hash);
  });

  test('finds gaps, swaps and a wrong end', async () => {
    const first = { ...unhashed, hash: recordHash(unhashed) };
    const second = { ...unhashed, seq: 2, previousHash: first.hash };
    const chain = [first, { ...second, hash: recordHash(second) }];
    const head = await verifyChain(chain);
    expect(head.seq).toBe(2);
    await expect(verifyChain(chain, { head })).resolves.toEqual(head);
    await expect(verifyChain(chain.slice(0, 1), { head })).rejects.toThrow(/records end at seq 1/);
    await expect(verifyChain(chain.slice(1))).rejects.toThrow(/after seq 0 comes seq 2/);
    await expect(verifyChain(chain, { head: { ...head, hash: 'f'.repeat(64) } })).rejects.toThrow(
      JournalCorrupt,
    );
    expect(() => advanceChain({ seq: 0, hash: 'a'.repeat(64) }, first)).toThrow(/seq 1 does not follow/);
  });
});

test('orders are found in payloads at any depth', () => {
  const named = ordersNamedIn({
    orderId: 'a',
    text: 'orderId',
    nested: [
      { order_id: 'b', orderIds: ['c', 1] },
      { order_ids: ['d'], orderId: 5 },
    ],
  });
  expect([...named].toSorted((left, right) => (left < right ? -1 : 1))).toEqual(['a', 'b', 'c', 'd']);
});

describe('records and their JSON', () => {
  const runs = { numRuns: 60 };

  test.each(Object.keys(EVENTS) as PortfolioEventType[])(
    '%s: one text from the record and from its JSON',
    (type) => {
      fc.assert(
        fc.property(EVENTS[type] as fc.Arbitrary<object>, (payload) => {
          const event = { type, ...payload } as PortfolioEvent;
          expect(canonicalJson(payloadOf(event))).toBe(canonicalJson(encodeEvent(event)));
        }),
        runs,
      );
    },
  );

  test.each([
    ['an order', order],
    ['an execution', fill],
    ['a position', position],
    ['a snapshot', accountBooks.map((books) => ({ ...snapshotOf(initialState()), accounts: [books] }))],
  ] as const)('%s: one text from the record and from its JSON', (_what, records: fc.Arbitrary<Recorded>) => {
    fc.assert(
      fc.property(records, (one) => {
        const text = canonicalJson(encode(one));
        expect(canonicalJson(one)).toBe(text);
        expect(rememberedJson(one)).toBe(text);
      }),
      runs,
    );
  });

  test('a record that is remembered is read back as it was', () => {
    fc.assert(
      fc.property(order, (one) => {
        expect(decodeOrder(JSON.parse(rememberedJson(one)))).toStrictEqual(one);
      }),
      runs,
    );
  });

  test('of the earlier release have their text still', () => {
    for (const [type, payload] of EARLIER_JOURNAL)
      expect(canonicalJson(payloadOf(decodeEvent(type, JSON.parse(payload))))).toBe(payload);
    expect(canonicalJson(snapshotOf(decodeState(JSON.parse(EARLIER_SNAPSHOT))))).toBe(EARLIER_SNAPSHOT);
  });

  test('a field of the same name in other JSON is kept', () => {
    for (const text of ['{"sequence":null}', '{"sequence":7,"tradeId":"8"}', '{"wallets":[]}'])
      expect(canonicalJson(JSON.parse(text))).toBe(text);
  });
});
