/** Records, their chain and what loading reads of them (J1, J2, J3, J4, J5, J15, J16). */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { orderId } from '../../core/ids.ts';
import { canonicalJson, verifyChain, type StoredRecord } from '../hash-chain.ts';
import { JournalCorrupt, type JsonObject, type JsonValue } from '../journal.ts';
import { AT, write, event, newOrder, recordsOf, collect, type JournalWorld } from './world.ts';

export function recordCases(world: JournalWorld): void {
  test('J1 a portfolio is made once, and owning it begins with ownership_taken', async () => {
    const portfolio = world.newPortfolio();
    await world.node.createPortfolio(portfolio);
    await world.node.createPortfolio(portfolio);
    const claimed = await world.node.claim(portfolio, 'node-1', AT);
    expect(claimed).toMatchObject({ kind: 'owned', epoch: 1, seq: 1 });
    expect(world.node.ownedUntil(portfolio)).toBeGreaterThan(world.storage.monotonicMs());
    const [first] = await recordsOf(world.node, portfolio);
    expect(first).toMatchObject({
      seq: 1,
      at: AT,
      type: 'ownership_taken',
      payload: { node: 'node-1', epoch: 1 },
      previousHash: '0'.repeat(64),
    });
    expect(claimed).toMatchObject({ hash: first?.hash });
    await expect(world.node.claim(world.newPortfolio(), 'node-1', AT)).rejects.toThrow(/create it first/);
    await expect(world.node.load(world.newPortfolio())).rejects.toThrow(/create it first/);
  });

  test('J2 records get consecutive seqs and a chain that holds', async () => {
    const writer = await world.newWriter();
    const results = [
      await write(writer, [event('a'), event('b')]),
      await write(writer, [event('c')]),
      await write(writer, [event('d'), event('e'), event('f')]),
    ];
    expect(results.map((result) => (result.kind === 'durable' ? result.seq : result.kind))).toEqual([
      3, 4, 7,
    ]);
    const records = await recordsOf(world.node, writer.portfolio);
    expect(records.map((record) => record.type)).toEqual(['ownership_taken', 'a', 'b', 'c', 'd', 'e', 'f']);
    expect(records.map((record) => record.seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    const last = await verifyChain(await world.storage.storedRecords(writer.portfolio));
    expect(results.at(-1)).toMatchObject({ kind: 'durable', seq: last.seq, hash: last.hash });
  });

  test('J3 any JSON survives, and so does its hash', async () => {
    const writer = await world.newWriter();
    const json = fc.letrec<{ value: JsonValue }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.string({ unit: 'binary' }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(fc.string({ unit: 'binary', maxLength: 8 }), tie('value'), { maxKeys: 4 }),
      ),
    })).value;
    const written: JsonValue[] = [];
    await fc.assert(
      fc.asyncProperty(fc.array(json, { minLength: 1, maxLength: 5 }), async (values) => {
        const result = await write(
          writer,
          values.map((value) => ({ at: AT, type: 'any', payload: { value } })),
        );
        expect(result.kind).toBe('durable');
        written.push(...values);
      }),
      { numRuns: 30 },
    );
    const special: JsonObject = {
      big: '340282366920938463463374607431768211456.000000000000000001',
      tiny: 5e-324,
      huge: 1.7976931348623157e308,
      exponent: 1e21,
      zero: -0,
      'key "quoted" \\ and / newline\n': 'Ω ü 漢字 😀 \u2028 \u0007 \u007f',
      '': { '': [] },
      __proto__x: { constructor: 1 },
    };
    expect((await write(writer, [{ at: AT, type: 'any', payload: special }])).kind).toBe('durable');
    const records = (await recordsOf(world.node, writer.portfolio)).slice(1);
    expect(records.slice(0, -1).map((record) => canonicalJson(record.payload))).toEqual(
      written.map((value) => canonicalJson({ value })),
    );
    expect(records.at(-1)?.payload).toEqual({ ...special, zero: 0 });
  });

  test('J4 text that no storage keeps is made storable: NUL goes, lone surrogates are replaced', async () => {
    const writer = await world.newWriter();
    const order = newOrder('nul\0order', { document: { note: 'a\0b\ud800c' } });
    const result = await write(
      writer,
      [{ at: AT, type: 'no\0te', payload: { 'k\0ey': 'a\0b', lone: 'x\udc00y', orderId: 'nul\0order' } }],
      [
        order,
        {
          model: 'idempotency',
          key: 'nul\0key',
          contentHash: 'h',
          orderId: orderId('nulorder'),
          answer: null,
        },
      ],
    );
    expect(result.kind).toBe('durable');
    const record = (await recordsOf(world.node, writer.portfolio)).at(-1);
    expect(record).toMatchObject({ type: 'note', payload: { key: 'ab', lone: 'x\ufffdy' } });
    expect(await world.storage.readModels.order(writer.portfolio, orderId('nulorder'))).toEqual({
      note: 'ab\ufffdc',
    });
  });

  test('J5 what no journal can hold is refused before anything is written', async () => {
    const writer = await world.newWriter();
    const base = {
      portfolioId: writer.portfolio,
      epoch: writer.epoch,
      expectedSeq: writer.seq,
      changes: [],
    };
    await expect(world.node.append({ ...base, records: [] })).rejects.toThrow(TypeError);
    await expect(world.node.append({ ...base, records: [event('x', { bad: Number.NaN })] })).rejects.toThrow(
      TypeError,
    );
    await expect(world.node.append({ ...base, records: [{ ...event('x'), at: 1.5 }] })).rejects.toThrow(
      /at must be/,
    );
    const first = world.node.append({ ...base, records: [event('x')] });
    await expect(world.node.append({ ...base, records: [event('y')] })).rejects.toThrow(/outstanding/);
    expect((await first).kind).toBe('durable');
    expect(await recordsOf(world.node, writer.portfolio)).toHaveLength(2);
  });

  test('J15 every change of a stored byte is found, and its seq is named', async () => {
    const changes: readonly [string, (record: StoredRecord) => StoredRecord][] = [
      ['payload', (record) => ({ ...record, payloadText: record.payloadText.replace('"1.5"', '"1.6"') })],
      ['spacing', (record) => ({ ...record, payloadText: record.payloadText.replace(':', ': ') })],
      ['at', (record) => ({ ...record, at: record.at + 1 })],
      ['type', (record) => ({ ...record, type: `${record.type}d` })],
      ['hash', (record) => ({ ...record, hash: record.hash.replace(/^./, (c) => (c === '0' ? '1' : '0')) })],
      ['previous hash', (record) => ({ ...record, previousHash: 'f'.repeat(64) })],
    ];
    for (const [what, change] of changes) {
      const writer = await world.newWriter();
      await write(writer, [
        event('a', { price: '1.5' }),
        event('b', { price: '1.5' }),
        event('c', { price: '1.5' }),
      ]);
      await expect(
        verifyChain(await world.storage.storedRecords(writer.portfolio)),
        what,
      ).resolves.toMatchObject({ seq: 4 });
      await world.storage.tamper(writer.portfolio, 3, change);
      await expect(recordsOf(world.node, writer.portfolio), what).rejects.toThrow(JournalCorrupt);
      await expect(recordsOf(world.node, writer.portfolio), what).rejects.toThrow(/seq 3 /);
      await expect(verifyChain(await world.storage.storedRecords(writer.portfolio)), what).rejects.toThrow(
        /seq 3 /,
      );
    }
  });

  test('J16 a snapshot shortens loading; the chain is held from it on', async () => {
    const writer = await world.newWriter();
    await write(writer, [event('a'), event('b')]);
    await world.node.saveSnapshot(writer.portfolio, {
      seq: writer.seq,
      state: { total: '12.5', list: [1, 2] },
    });
    await write(writer, [event('c')]);
    const loaded = await world.node.load(writer.portfolio);
    expect(loaded.snapshot).toEqual({ seq: 3, state: { total: '12.5', list: [1, 2] } });
    expect((await collect(loaded.records)).map((record) => record.type)).toEqual(['c']);
    await world.node.saveSnapshot(writer.portfolio, { seq: writer.seq, state: { total: '13' } });
    await world.node.saveSnapshot(writer.portfolio, { seq: writer.seq, state: { total: '14' } });
    const again = await world.node.load(writer.portfolio);
    expect(again.snapshot).toEqual({ seq: 4, state: { total: '14' } });
    expect(await collect(again.records)).toEqual([]);
  });
}
