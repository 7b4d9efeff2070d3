/**
 * The requirements of every journal, as numbered tests. PostgreSQL and memory both pass all of them.
 *
 * Entry point: `journalConformance`, called at the top of a test file with a way to make a storage under test.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  accountId,
  clientOrderId,
  instrumentSymbol,
  orderId,
  portfolioId,
  type PortfolioId,
  tradeId,
  venueClientOrderId,
  venueOrderId,
} from '../core/ids.ts';
import { canonicalJson, verifyChain } from './hash-chain.ts';
import {
  type Append,
  type AppendResult,
  CursorInvalid,
  type EquityFilter,
  fillKey,
  type Journal,
  JournalCorrupt,
  type JournalRecord,
  type JsonObject,
  type JsonValue,
  type HandedOverCancel,
  type NewRecord,
  type ReadModelChange,
  type ReadModels,
  type RecordFilter,
  type RecordPage,
  WHOLE_PORTFOLIO,
} from './journal.ts';
import type { StoredRecord } from './hash-chain.ts';

export interface NodeOptions {
  readonly leaseMs?: number;
  readonly renewsLeases?: boolean;
}

/** One storage, on which several nodes may open a journal each. */
export interface StorageUnderTest {
  open(options?: NodeOptions): Promise<Journal>;
  readonly readModels: ReadModels;
  monotonicMs(): number;
  pause(durationMs: number): Promise<void>;
  /** The node's process dies, as the storage sees it. */
  crash(journal: Journal): void;
  /** The answer to the node's next group commit is lost, after or before it took effect. */
  loseNextAnswer(journal: Journal, written: boolean): void;
  storedRecords(portfolioId: PortfolioId): Promise<readonly StoredRecord[]>;
  /** Replaces one stored record behind the journal's back. */
  tamper(
    portfolioId: PortfolioId,
    seq: number,
    change: (record: StoredRecord) => StoredRecord,
  ): Promise<void>;
  dispose(): Promise<void>;
}

const A = accountId('acct-a');
const B = accountId('acct-b');
const BTC = instrumentSymbol('BTC/USDT');
const ETH = instrumentSymbol('ETH/USDT');
const AT = 1_700_000_000_000;

interface Writer {
  readonly journal: Journal;
  readonly portfolio: PortfolioId;
  readonly epoch: number;
  seq: number;
}

export function journalConformance(name: string, makeStorage: () => Promise<StorageUnderTest>): void {
  describe(`journal conformance: ${name}`, () => {
    let storage: StorageUnderTest;
    let node: Journal;
    let portfolios = 0;

    beforeAll(async () => {
      storage = await makeStorage();
      node = await storage.open();
    });
    afterAll(async () => {
      await node.close();
      await storage.dispose();
    });

    const newPortfolio = (): PortfolioId => {
      portfolios += 1;
      return portfolioId(`portfolio-${portfolios}`);
    };

    const claim = async (journal: Journal, portfolio: PortfolioId, nodeName = 'node-1'): Promise<Writer> => {
      const claimed = await journal.claim(portfolio, nodeName, AT);
      if (claimed.kind !== 'owned') throw new Error(`owned by ${claimed.node}`);
      return { journal, portfolio, epoch: claimed.epoch, seq: claimed.seq };
    };

    const newWriter = async (journal: Journal = node): Promise<Writer> => {
      const portfolio = newPortfolio();
      await journal.createPortfolio(portfolio);
      return claim(journal, portfolio);
    };

    test('J1 a portfolio is made once, and owning it begins with ownership_taken', async () => {
      const portfolio = newPortfolio();
      await node.createPortfolio(portfolio);
      await node.createPortfolio(portfolio);
      const claimed = await node.claim(portfolio, 'node-1', AT);
      expect(claimed).toMatchObject({ kind: 'owned', epoch: 1, seq: 1 });
      expect(node.ownedUntil(portfolio)).toBeGreaterThan(storage.monotonicMs());
      const [first] = await recordsOf(node, portfolio);
      expect(first).toMatchObject({
        seq: 1,
        at: AT,
        type: 'ownership_taken',
        payload: { node: 'node-1', epoch: 1 },
        previousHash: '0'.repeat(64),
      });
      expect(claimed).toMatchObject({ hash: first?.hash });
      await expect(node.claim(newPortfolio(), 'node-1', AT)).rejects.toThrow(/create it first/);
      await expect(node.load(newPortfolio())).rejects.toThrow(/create it first/);
    });

    test('J2 records get consecutive seqs and a chain that holds', async () => {
      const writer = await newWriter();
      const results = [
        await write(writer, [event('a'), event('b')]),
        await write(writer, [event('c')]),
        await write(writer, [event('d'), event('e'), event('f')]),
      ];
      expect(results.map((result) => (result.kind === 'durable' ? result.seq : result.kind))).toEqual([
        3, 4, 7,
      ]);
      const records = await recordsOf(node, writer.portfolio);
      expect(records.map((record) => record.type)).toEqual(['ownership_taken', 'a', 'b', 'c', 'd', 'e', 'f']);
      expect(records.map((record) => record.seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
      const last = await verifyChain(await storage.storedRecords(writer.portfolio));
      expect(results.at(-1)).toMatchObject({ kind: 'durable', seq: last.seq, hash: last.hash });
    });

    test('J3 any JSON survives, and so does its hash', async () => {
      const writer = await newWriter();
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
      const records = (await recordsOf(node, writer.portfolio)).slice(1);
      expect(records.slice(0, -1).map((record) => canonicalJson(record.payload))).toEqual(
        written.map((value) => canonicalJson({ value })),
      );
      expect(records.at(-1)?.payload).toEqual({ ...special, zero: 0 });
    });

    test('J4 text that no storage keeps is made storable: NUL goes, lone surrogates are replaced', async () => {
      const writer = await newWriter();
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
      const record = (await recordsOf(node, writer.portfolio)).at(-1);
      expect(record).toMatchObject({ type: 'note', payload: { key: 'ab', lone: 'x\ufffdy' } });
      expect(await storage.readModels.order(writer.portfolio, orderId('nulorder'))).toEqual({
        note: 'ab\ufffdc',
      });
    });

    test('J5 what no journal can hold is refused before anything is written', async () => {
      const writer = await newWriter();
      const base = {
        portfolioId: writer.portfolio,
        epoch: writer.epoch,
        expectedSeq: writer.seq,
        changes: [],
      };
      await expect(node.append({ ...base, records: [] })).rejects.toThrow(TypeError);
      await expect(node.append({ ...base, records: [event('x', { bad: Number.NaN })] })).rejects.toThrow(
        TypeError,
      );
      await expect(node.append({ ...base, records: [{ ...event('x'), at: 1.5 }] })).rejects.toThrow(
        /at must be/,
      );
      const first = node.append({ ...base, records: [event('x')] });
      await expect(node.append({ ...base, records: [event('y')] })).rejects.toThrow(/outstanding/);
      expect((await first).kind).toBe('durable');
      expect(await recordsOf(node, writer.portfolio)).toHaveLength(2);
    });

    test('J6 a writer whose head has moved is fenced', async () => {
      const writer = await newWriter();
      await write(writer, [event('a')]);
      const behind = await node.append({
        portfolioId: writer.portfolio,
        epoch: writer.epoch,
        expectedSeq: writer.seq - 1,
        records: [event('b')],
        changes: [],
      });
      expect(behind).toEqual({ kind: 'fenced' });
      expect(await recordsOf(node, writer.portfolio)).toHaveLength(2);
    });

    test('J7 claiming again raises the epoch and fences the older one', async () => {
      const older = await newWriter();
      const newer = await claim(node, older.portfolio);
      expect(newer.epoch).toBe(older.epoch + 1);
      expect(await write({ ...older, seq: newer.seq }, [event('stale')])).toEqual({ kind: 'fenced' });
      expect((await write(newer, [event('fresh')])).kind).toBe('durable');
    });

    test('J8 a living owner keeps what it owns, renewals included; a released portfolio is free at once', async () => {
      const owner = await storage.open({ leaseMs: 400 });
      const other = await storage.open({ leaseMs: 400 });
      const writer = await newWriter(owner);
      const startedMs = storage.monotonicMs();
      let attempts = 0;
      while (storage.monotonicMs() - startedMs < 1_000) {
        const refused = await other.claim(writer.portfolio, 'node-2', AT);
        expect(refused).toMatchObject({ kind: 'owned_elsewhere', node: 'node-1' });
        expect(owner.ownedUntil(writer.portfolio)).toBeGreaterThan(storage.monotonicMs());
        attempts += 1;
        await storage.pause(50);
      }
      expect(attempts).toBeGreaterThan(3);
      expect((await write(writer, [event('still mine')])).kind).toBe('durable');
      await owner.release(writer.portfolio);
      expect(owner.ownedUntil(writer.portfolio)).toBe(0);
      expect(await other.claim(writer.portfolio, 'node-2', AT)).toMatchObject({ kind: 'owned', epoch: 2 });
      expect(await write(writer, [event('no longer')])).toEqual({ kind: 'fenced' });
      await Promise.all([owner.close(), other.close()]);
    });

    test('J9 a dead owner frees its portfolios at once, long before its lease ends', async () => {
      const owner = await storage.open({ leaseMs: 600_000 });
      const writer = await newWriter(owner);
      await write(writer, [event('last words')]);
      storage.crash(owner);
      const startedMs = storage.monotonicMs();
      const successor = await claimWithin(storage, node, writer.portfolio, 10_000);
      expect(storage.monotonicMs() - startedMs).toBeLessThan(10_000);
      expect(successor).toMatchObject({ kind: 'owned', epoch: 2, seq: 3 });
    });

    test('J10 a frozen owner is replaced when its lease ends, and had stopped by then', async () => {
      const frozen = await storage.open({ leaseMs: 500, renewsLeases: false });
      const writer = await newWriter(frozen);
      expect(await node.claim(writer.portfolio, 'node-2', AT)).toMatchObject({ kind: 'owned_elsewhere' });
      const successor = await claimWithin(storage, node, writer.portfolio, 10_000);
      expect(successor).toMatchObject({ kind: 'owned', epoch: 2 });
      expect(frozen.ownedUntil(writer.portfolio)).toBeLessThan(storage.monotonicMs());
      expect(await write(writer, [event('woken')])).toEqual({ kind: 'fenced' });
      if (successor.kind !== 'owned') throw new Error('not owned');
      const heir = { journal: node, portfolio: writer.portfolio, epoch: successor.epoch, seq: successor.seq };
      expect((await write(heir, [event('by the heir')])).kind).toBe('durable');
      await frozen.close();
    });

    test('J11 a taken key leaves its append out, whole, and disturbs no other in the group', async () => {
      const writers = await Promise.all(Array.from({ length: 6 }, () => newWriter()));
      const key = (text: string): ReadModelChange => ({
        model: 'idempotency',
        key: text,
        contentHash: `hash of ${text}`,
        orderId: orderId('first'),
        answer: null,
      });
      const [one] = writers;
      if (one === undefined) throw new Error('no writer');
      await write(one, [event('a')], [key('k1')]);
      const results = await Promise.all(
        writers.map((writer) =>
          write(writer, [event('b')], [newOrder(`o-${writer.portfolio}`), key('k1'), key('k2')]),
        ),
      );
      expect(results.map((result) => result.kind)).toEqual(['duplicate_key', ...Array(5).fill('durable')]);
      expect(results[0]).toEqual({ kind: 'duplicate_key', key: 'k1' });
      expect(await recordsOf(node, one.portfolio)).toHaveLength(2);
      expect(await storage.readModels.order(one.portfolio, orderId(`o-${one.portfolio}`))).toBeNull();
      expect(await storage.readModels.idempotency(one.portfolio, 'k2')).toBeNull();
      expect(await storage.readModels.idempotency(one.portfolio, 'k1')).toEqual({
        contentHash: 'hash of k1',
        orderId: 'first',
        answer: null,
      });
      expect(await write(one, [event('c')], [key('k9'), key('k9'), key('k8')])).toEqual({
        kind: 'duplicate_key',
        key: 'k9',
      });
      expect((await write(one, [event('d')], [key('k9')])).kind).toBe('durable');
      await write(
        one,
        [event('e')],
        ['k1/b', 'k1/a', 'k1 d', 'k1 c', 'k10', 'k1-', 'k10/a', 'k10 a'].map(key),
      );
      expect(await storage.readModels.idempotencyOfParts(one.portfolio, 'k1')).toEqual(
        ['k1 c', 'k1 d', 'k1/a', 'k1/b'].map((part) => ({
          key: part,
          contentHash: `hash of ${part}`,
          orderId: 'first',
        })),
      );
      expect(await storage.readModels.idempotencyOfParts(one.portfolio, 'k9')).toEqual([]);
    });

    test('J12 a fenced portfolio disturbs no other in the group', async () => {
      const owner = await storage.open({ leaseMs: 300, renewsLeases: false });
      const stolen = await newWriter(owner);
      const kept = await Promise.all(Array.from({ length: 4 }, () => newWriter(owner)));
      await claimWithin(storage, node, stolen.portfolio, 10_000);
      const results = await Promise.all([stolen, ...kept].map((writer) => write(writer, [event('x')])));
      expect(results.map((result) => result.kind)).toEqual(['fenced', ...Array(4).fill('durable')]);
      await owner.close();
    });

    test('J13 an answer that is lost after the commit is found to be durable', async () => {
      const journal = await storage.open();
      const writer = await newWriter(journal);
      storage.loseNextAnswer(journal, true);
      const result = await write(writer, [event('a')], [newOrder('o1')]);
      expect(result).toMatchObject({ kind: 'durable', seq: 2 });
      expect((await write(writer, [event('b')])).kind).toBe('durable');
      expect((await recordsOf(journal, writer.portfolio)).map((record) => record.type)).toEqual([
        'ownership_taken',
        'a',
        'b',
      ]);
      await journal.close();
    });

    test('J14 an answer that is lost before the commit is found to be lost, and the writer goes on from there', async () => {
      const journal = await storage.open();
      const writer = await newWriter(journal);
      storage.loseNextAnswer(journal, false);
      const result = await write(writer, [event('a')], [newOrder('o1')]);
      expect(result.kind).toBe('lost');
      expect(await storage.readModels.order(writer.portfolio, orderId('o1'))).toBeNull();
      expect(journal.healthy).toBe(true);
      expect(journal.ownedUntil(writer.portfolio)).toBeGreaterThan(storage.monotonicMs());
      expect((await write(writer, [event('b')])).kind).toBe('durable');
      expect((await recordsOf(journal, writer.portfolio)).map((record) => record.type)).toEqual([
        'ownership_taken',
        'b',
      ]);
      await journal.close();
    });

    test('J15 every change of a stored byte is found, and its seq is named', async () => {
      const changes: readonly [string, (record: StoredRecord) => StoredRecord][] = [
        ['payload', (record) => ({ ...record, payloadText: record.payloadText.replace('"1.5"', '"1.6"') })],
        ['spacing', (record) => ({ ...record, payloadText: record.payloadText.replace(':', ': ') })],
        ['at', (record) => ({ ...record, at: record.at + 1 })],
        ['type', (record) => ({ ...record, type: `${record.type}d` })],
        [
          'hash',
          (record) => ({ ...record, hash: record.hash.replace(/^./, (c) => (c === '0' ? '1' : '0')) }),
        ],
        ['previous hash', (record) => ({ ...record, previousHash: 'f'.repeat(64) })],
      ];
      for (const [what, change] of changes) {
        const writer = await newWriter();
        await write(writer, [
          event('a', { price: '1.5' }),
          event('b', { price: '1.5' }),
          event('c', { price: '1.5' }),
        ]);
        await expect(verifyChain(await storage.storedRecords(writer.portfolio)), what).resolves.toMatchObject(
          { seq: 4 },
        );
        await storage.tamper(writer.portfolio, 3, change);
        await expect(recordsOf(node, writer.portfolio), what).rejects.toThrow(JournalCorrupt);
        await expect(recordsOf(node, writer.portfolio), what).rejects.toThrow(/seq 3 /);
        await expect(verifyChain(await storage.storedRecords(writer.portfolio)), what).rejects.toThrow(
          /seq 3 /,
        );
      }
    });

    test('J16 a snapshot shortens loading; the chain is held from it on', async () => {
      const writer = await newWriter();
      await write(writer, [event('a'), event('b')]);
      await node.saveSnapshot(writer.portfolio, { seq: writer.seq, state: { total: '12.5', list: [1, 2] } });
      await write(writer, [event('c')]);
      const loaded = await node.load(writer.portfolio);
      expect(loaded.snapshot).toEqual({ seq: 3, state: { total: '12.5', list: [1, 2] } });
      expect((await collect(loaded.records)).map((record) => record.type)).toEqual(['c']);
      await node.saveSnapshot(writer.portfolio, { seq: writer.seq, state: { total: '13' } });
      await node.saveSnapshot(writer.portfolio, { seq: writer.seq, state: { total: '14' } });
      const again = await node.load(writer.portfolio);
      expect(again.snapshot).toEqual({ seq: 4, state: { total: '14' } });
      expect(await collect(again.records)).toEqual([]);
    });

    test('J17 the order read model finds an order by each of its ids, and the last change stands', async () => {
      const writer = await newWriter();
      await write(
        writer,
        [event('a')],
        [
          newOrder('o1', { venueOrderIds: ['v1'], status: 'failed', document: { status: 'failed' } }),
          newOrder('o2', { venueOrderIds: ['v2'], document: { id: 'o2' } }),
          newOrder('o1', { venueOrderIds: ['v1', 'v1b'], status: 'filled', document: { status: 'filled' } }),
        ],
      );
      const { readModels } = storage;
      const { portfolio } = writer;
      expect(await readModels.order(portfolio, orderId('o1'))).toEqual({ status: 'filled' });
      expect(await readModels.orderByVenueOrderId(portfolio, A, BTC, venueOrderId('v1'))).toEqual({
        status: 'filled',
      });
      expect(await readModels.orderByVenueOrderId(portfolio, A, BTC, venueOrderId('v1b'))).toEqual({
        status: 'filled',
      });
      expect(await readModels.orderByVenueOrderId(portfolio, A, ETH, venueOrderId('v1'))).toBeNull();
      expect(await readModels.orderByVenueOrderId(portfolio, B, BTC, venueOrderId('v1'))).toBeNull();
      expect(await readModels.orderByVenueClientOrderId(portfolio, A, venueClientOrderId('vc-o2'))).toEqual({
        id: 'o2',
      });
      expect(
        await readModels.orderByVenueClientOrderId(portfolio, B, venueClientOrderId('vc-o2')),
      ).toBeNull();
      expect(await readModels.order(portfolioId('someone else'), orderId('o1'))).toBeNull();
      // One that has come alive again is found in its portfolio's state alone.
      await write(writer, [event('b')], [newOrder('o1', { venueOrderIds: ['v1'], finished: false })]);
      expect(await readModels.order(portfolio, orderId('o1'))).toBeNull();
      expect(await readModels.orderByVenueOrderId(portfolio, A, BTC, venueOrderId('v1'))).toBeNull();
      expect(
        await readModels.orderByVenueClientOrderId(portfolio, A, venueClientOrderId('vc-o1')),
      ).toBeNull();
    });

    test('J18 history pages through finished orders, newest first, each once, under every filter', async () => {
      const writer = await newWriter();
      const orders = Array.from({ length: 120 }, (_, index) => ({
        id: `o${String(index).padStart(3, '0')}`,
        account: index % 3 === 0 ? A : B,
        symbol: index % 4 === 0 ? ETH : BTC,
        // An account is of one exchange.
        exchange: index % 3 === 0 ? ('okx' as const) : ('binance' as const),
        status: index % 2 === 0 ? 'filled' : 'canceled',
        finished: index % 10 !== 9,
        side: index % 5 < 2 ? ('sell' as const) : ('buy' as const),
        strategy: index % 3 === 2 ? null : `grid-${index % 2}`,
        // Several share a moment: then the id decides.
        createdAt: AT + Math.floor(index / 7) * 1_000,
      }));
      await write(
        writer,
        [event('many')],
        orders.map((order) => ({
          ...newOrder(order.id, {
            status: order.status,
            finished: order.finished,
            document: { id: order.id },
          }),
          side: order.side,
          strategy: order.strategy,
          accountId: order.account,
          symbol: order.symbol,
          exchange: order.exchange,
          createdAt: order.createdAt,
        })),
      );
      const newestFirst = orders
        .filter((order) => order.finished)
        .sort((left, right) => right.createdAt - left.createdAt || (left.id < right.id ? 1 : -1));
      const filters = [
        {},
        { accountIds: [A] },
        { accountIds: [A, B] },
        { accountIds: [] },
        { symbol: ETH },
        { exchange: 'okx' as const },
        { exchange: 'kucoin' as const },
        { accountIds: [A, B], exchange: 'okx' as const },
        { accountIds: [A], exchange: 'binance' as const },
        { status: 'canceled' },
        { side: 'sell' as const },
        { side: 'buy' as const, symbol: BTC },
        { strategy: 'grid-1' },
        { strategy: 'none' },
        { strategy: 'grid-0', side: 'sell' as const, symbol: ETH, accountIds: [A] },
        { since: AT + 3_000, until: AT + 9_000 },
        { accountIds: [B], symbol: BTC, exchange: 'binance' as const, status: 'filled', since: AT + 1_000 },
      ];
      for (const filter of filters) {
        const expected = newestFirst.filter(
          (order) =>
            (filter.accountIds === undefined || filter.accountIds.includes(order.account)) &&
            (filter.symbol === undefined || order.symbol === filter.symbol) &&
            (filter.exchange === undefined || order.exchange === filter.exchange) &&
            (filter.status === undefined || order.status === filter.status) &&
            (filter.side === undefined || order.side === filter.side) &&
            (filter.strategy === undefined || order.strategy === filter.strategy) &&
            (filter.since === undefined || order.createdAt >= filter.since) &&
            (filter.until === undefined || order.createdAt < filter.until),
        );
        const seen: JsonValue[] = [];
        let cursor: string | null = null;
        do {
          const page = await storage.readModels.history({
            portfolioId: writer.portfolio,
            ...filter,
            limit: 7,
            ...(cursor === null ? {} : { cursor }),
          });
          expect(page.documents.length).toBeLessThanOrEqual(7);
          seen.push(...page.documents.map((document) => document['id'] ?? null));
          cursor = page.nextCursor;
        } while (cursor !== null);
        expect(seen, JSON.stringify(filter)).toEqual(expected.map((order) => order.id));
      }
      for (const cursor of ['', 'nonsense', Buffer.from('["o","x",1]').toString('base64url')]) {
        await expect(
          storage.readModels.history({ portfolioId: writer.portfolio, limit: 5, cursor }),
        ).rejects.toThrow(CursorInvalid);
      }
    });

    test('J19 an execution is one row whatever comes twice, and a self-trade is two', async () => {
      const writer = await newWriter();
      const fill = (
        venueId: string,
        trade: string,
        order: string | null,
        price: string,
      ): ReadModelChange => ({
        model: 'fill',
        accountId: A,
        symbol: BTC,
        venueOrderId: venueOrderId(venueId),
        tradeId: tradeId(trade),
        orderId: order === null ? null : orderId(order),
        executedAt: AT + Number(trade),
        document: { trade, venueId, price },
      });
      await write(
        writer,
        [event('a')],
        [fill('v1', '7', 'o1', '1'), fill('v2', '7', 'o2', '1'), fill('v1', '8', 'o1', '1')],
      );
      await write(writer, [event('b')], [fill('v1', '7', 'o1', '2'), fill('v9', '9', null, '3')]);
      const { readModels } = storage;
      expect(await readModels.fillsOfOrder(writer.portfolio, orderId('o1'))).toEqual([
        { accountId: A, orderId: 'o1', document: { trade: '7', venueId: 'v1', price: '2' } },
        { accountId: A, orderId: 'o1', document: { trade: '8', venueId: 'v1', price: '1' } },
      ]);
      const known = await readModels.knownFills(writer.portfolio, A, BTC, [
        tradeId('7'),
        tradeId('9'),
        tradeId('10'),
      ]);
      expect([...known].sort()).toEqual(
        [
          fillKey(venueOrderId('v1'), tradeId('7')),
          fillKey(venueOrderId('v2'), tradeId('7')),
          fillKey(venueOrderId('v9'), tradeId('9')),
        ].sort(),
      );
      expect(await readModels.knownFills(writer.portfolio, A, ETH, [tradeId('7')])).toEqual(new Set());
      const first = await readModels.fills({ portfolioId: writer.portfolio, limit: 3 });
      expect(
        first.fills.map(({ document, orderId: of }) => [document['trade'], document['venueId'], of]),
      ).toEqual([
        ['9', 'v9', null],
        ['8', 'v1', 'o1'],
        ['7', 'v2', 'o2'],
      ]);
      const rest = await readModels.fills({
        portfolioId: writer.portfolio,
        limit: 3,
        cursor: first.nextCursor ?? '',
      });
      expect(rest).toEqual({
        fills: [{ accountId: A, orderId: 'o1', document: { trade: '7', venueId: 'v1', price: '2' } }],
        nextCursor: null,
      });
      const within = async (since: number, until: number, cursor?: string | null) => {
        const span = { since: AT + since, until: AT + until };
        const { fills } = await readModels.fills({
          portfolioId: writer.portfolio,
          limit: 10,
          ...span,
          ...(cursor === undefined || cursor === null ? {} : { cursor }),
        });
        return fills.map(({ document }) => document['trade']);
      };
      // From the first moment on, up to the last one without it; a page further on in the same span.
      expect(await within(7, 9)).toEqual(['8', '7', '7']);
      expect(await within(8, 9)).toEqual(['8']);
      expect(await within(8, 8)).toEqual([]);
      expect(await within(7, 10, first.nextCursor)).toEqual(['7']);
      expect(await within(7, 7, first.nextCursor)).toEqual([]);
    });

    test('J28 cancels that a node leaves are found by every node, once an order, until they are dropped', async () => {
      const { portfolio } = await newWriter();
      const other = (await newWriter()).portfolio;
      const cancel = (order: string, at: number): HandedOverCancel => ({
        orderId: orderId(order),
        requestedBy: 'admin \u00fc',
        ...(order === 'o2' ? { why: 'the kill switch: out \u00fc' } : {}),
        at,
      });
      await node.handOverCancels(portfolio, [cancel('o2', AT + 1), cancel('o1', AT)]);
      await node.handOverCancels(portfolio, [cancel('o1', AT + 5), cancel('o3', AT + 2)]);
      const successor = await storage.open();
      expect(await successor.handedOverCancels(portfolio)).toEqual([
        cancel('o1', AT),
        cancel('o2', AT + 1),
        cancel('o3', AT + 2),
      ]);
      expect(await successor.handedOverCancels(other)).toEqual([]);
      await successor.dropHandedOverCancels(portfolio, [orderId('o1'), orderId('o3'), orderId('never')]);
      expect(await successor.handedOverCancels(portfolio)).toEqual([cancel('o2', AT + 1)]);
      await successor.close();
    });

    test('J20 positions, balances, equity, quotes and drift are read back as last written', async () => {
      const writer = await newWriter();
      const changes: readonly ReadModelChange[] = [
        { model: 'position', accountId: B, symbol: BTC, positionSide: 'net', document: { q: '1' } },
        { model: 'position', accountId: A, symbol: ETH, positionSide: 'net', document: { q: '2' } },
        { model: 'position', accountId: A, symbol: BTC, positionSide: 'net', document: { q: '3' } },
        { model: 'balance', accountId: A, wallet: 'swap', asset: 'USDT', document: { total: '5' } },
        { model: 'balance', accountId: A, wallet: 'spot', asset: 'USDT', document: { total: '6' } },
        ...[1, 2, 3, 4].map((n): ReadModelChange => ({
          model: 'equity',
          accountId: A,
          at: AT + n,
          document: { n },
        })),
        { model: 'equity', accountId: B, at: AT + 2, document: { n: 99 } },
        { model: 'quote', accountId: A, symbol: BTC, moment: AT + 2, document: { bid: '2' } },
        { model: 'quote', accountId: A, symbol: BTC, moment: AT + 1, document: { bid: '1' } },
        { model: 'quote', accountId: B, symbol: BTC, moment: AT + 1, document: { bid: '3' } },
        { model: 'drift', driftId: 'd2', open: true, document: { d: 2, openedAt: AT } },
        { model: 'drift', driftId: 'd1', open: true, document: { d: 1, openedAt: AT + 1 } },
      ];
      await write(writer, [event('a')], changes);
      await write(
        writer,
        [event('b')],
        [
          { model: 'position', accountId: A, symbol: BTC, positionSide: 'net', document: { q: '4' } },
          {
            model: 'drift',
            driftId: 'd1',
            open: false,
            document: { d: 1, openedAt: AT + 1, resolved: true },
          },
        ],
      );
      const { readModels } = storage;
      const { portfolio } = writer;
      expect(await readModels.positions(portfolio)).toEqual([{ q: '4' }, { q: '2' }, { q: '1' }]);
      expect(await readModels.balances(portfolio)).toEqual([{ total: '6' }, { total: '5' }]);
      expect([...(await readModels.quotes(portfolio, A, BTC, [AT + 2, AT + 1, AT]))]).toEqual([
        [AT + 1, { bid: '1' }],
        [AT + 2, { bid: '2' }],
      ]);
      const drift = async (filter: { open?: boolean; limit?: number; cursor?: string }) =>
        readModels.drift({ portfolioId: portfolio, limit: 10, ...filter });
      const d1 = { d: 1, openedAt: AT + 1, resolved: true };
      const d2 = { d: 2, openedAt: AT };
      expect(await drift({ open: true })).toEqual({ documents: [d2], nextCursor: null });
      expect((await drift({ open: false })).documents).toEqual([d1]);
      const first = await drift({ limit: 1 });
      expect(first.documents).toEqual([d1]);
      const rest = await drift({ limit: 1, cursor: first.nextCursor ?? '' });
      expect(rest).toEqual({ documents: [d2], nextCursor: null });
      expect(await readModels.driftCase(portfolio, 'd1')).toEqual({ open: false, document: d1 });
      expect(await readModels.driftCase(portfolio, 'd3')).toBeNull();
    });

    test('J27 drift cases: newest first, page by page, whatever is opened meanwhile', async () => {
      const writer = await newWriter();
      const drift = (id: string, openedAt: number | null, open = true): ReadModelChange => ({
        model: 'drift',
        driftId: id,
        open,
        document: { id, ...(openedAt === null ? {} : { openedAt }) },
      });
      await write(
        writer,
        [event('a')],
        [
          drift('c', AT),
          drift('a', AT + 2),
          drift('b', AT),
          drift('z', null, false),
          drift('d', AT + 1, false),
        ],
      );
      const read = async (filter: { open?: boolean; limit?: number; cursor?: string }) => {
        const page = await storage.readModels.drift({ portfolioId: writer.portfolio, limit: 10, ...filter });
        return { ids: page.documents.map((document) => document['id']), next: page.nextCursor ?? '' };
      };
      // Cases from before their particulars were kept say nothing of when they were opened: they come last.
      expect((await read({})).ids).toEqual(['a', 'd', 'c', 'b', 'z']);
      expect((await read({ open: true })).ids).toEqual(['a', 'c', 'b']);
      expect((await read({ open: false })).ids).toEqual(['d', 'z']);
      const first = await read({ limit: 2 });
      await write(writer, [event('b')], [drift('e', AT + 9)]);
      const second = await read({ limit: 2, cursor: first.next });
      const third = await read({ limit: 2, cursor: second.next });
      expect([first.ids, second.ids, third]).toEqual([['a', 'd'], ['c', 'b'], { ids: ['z'], next: '' }]);
      // As they were given out when pages went by id.
      const byId = Buffer.from(JSON.stringify(['d', 'c'])).toString('base64url');
      for (const cursor of [byId, 'x', Buffer.from('["d",1]').toString('base64url')])
        await expect(read({ cursor })).rejects.toThrow(CursorInvalid);
    });

    test('J24 readings of equity: the last of each interval, newest first, page by page', async () => {
      const writer = await newWriter();
      const minute = 60_000;
      const start = AT - (AT % minute);
      const at = [0, 5, 59_999, minute, minute + 7, 5 * minute, 5 * minute + 1].map((ms) => start + ms);
      await write(
        writer,
        [event('a')],
        [
          ...at.map((time): ReadModelChange => ({
            model: 'equity',
            accountId: WHOLE_PORTFOLIO,
            at: time,
            document: { t: time - start },
          })),
          { model: 'equity', accountId: B, at: start + 1, document: { t: 'of another account' } },
        ],
      );
      const read = (filter: Partial<EquityFilter>) =>
        storage.readModels.equity({
          portfolioId: writer.portfolio,
          accountId: WHOLE_PORTFOLIO,
          intervalMs: 1,
          limit: 10,
          ...filter,
        });
      expect((await read({})).documents.map(({ t }) => t)).toEqual(
        at.toReversed().map((time) => time - start),
      );
      const byMinute = { intervalMs: minute, limit: 2 };
      const first = await read(byMinute);
      expect(first.documents).toEqual([{ t: 5 * minute + 1 }, { t: minute + 7 }]);
      const second = await read({ ...byMinute, cursor: first.nextCursor ?? '' });
      expect(second).toEqual({ documents: [{ t: 59_999 }], nextCursor: null });
      expect((await read({ since: start + 5, until: start + minute })).documents).toEqual([
        { t: 59_999 },
        { t: 5 },
      ]);
      await expect(read({ cursor: 'x' })).rejects.toThrow(CursorInvalid);
    });

    test('J25 records of a rare type are found newest first, page by page', async () => {
      const writer = await newWriter();
      for (const n of [1, 2, 3]) await write(writer, [event('limits_changed', { n }), event('other', { n })]);
      const read = (limit: number, cursor?: string) =>
        storage.readModels.recordsOfType(writer.portfolio, 'limits_changed', limit, cursor);
      const first = await read(2);
      expect(first.records.map(({ payload }) => payload)).toEqual([{ n: 3 }, { n: 2 }]);
      const second = await read(2, first.nextCursor ?? '');
      expect(second.records.map(({ payload }) => payload)).toEqual([{ n: 1 }]);
      expect(second.nextCursor).toBeNull();
      await expect(read(2, 'x')).rejects.toThrow(CursorInvalid);
    });

    test('J29 records are found by time, type, actor and account, newest first, page by page', async () => {
      const writer = await newWriter();
      for (const n of [1, 2, 3, 4, 5, 6]) {
        const by = n % 2 === 0 ? 'anna/bot' : 'anna b/bot';
        await write(writer, [
          { ...event('asked', { n, requestedBy: by }), at: AT + n * 1_000 },
          { ...event('accepted', { n, request: { requestedBy: by, accountId: A } }), at: AT + n * 1_000 },
          { ...event('opened', { n, drift: { accountId: B } }), at: AT + n * 1_000 },
        ]);
      }
      const all = async (filter: Partial<RecordFilter>): Promise<unknown[]> => {
        const found: unknown[] = [];
        let cursor: string | null = null;
        do {
          const page: RecordPage = await storage.readModels.records({
            portfolioId: writer.portfolio,
            limit: 2,
            ...filter,
            ...(cursor === null ? {} : { cursor }),
          });
          expect(page.records.length).toBeLessThanOrEqual(2);
          found.push(...page.records.map(({ type, payload }) => `${type} ${JSON.stringify(payload['n'])}`));
          cursor = page.nextCursor;
        } while (cursor !== null);
        return found;
      };
      expect(await all({ types: ['asked'] })).toEqual([6, 5, 4, 3, 2, 1].map((n) => `asked ${n}`));
      expect(await all({ types: ['asked', 'opened'], since: AT + 2_000, until: AT + 4_000 })).toEqual([
        'opened 3',
        'asked 3',
        'opened 2',
        'asked 2',
      ]);
      expect(await all({ actor: 'anna', since: AT + 3_000 })).toEqual([
        'accepted 6',
        'asked 6',
        'accepted 4',
        'asked 4',
      ]);
      expect(await all({ actor: 'anna b/bot', types: ['accepted'] })).toEqual(
        [5, 3, 1].map((n) => `accepted ${n}`),
      );
      expect(await all({ accountId: A, until: AT + 3_000 })).toEqual(['accepted 2', 'accepted 1']);
      expect(await all({ accountId: B, until: AT + 3_000 })).toEqual(['opened 2', 'opened 1']);
      await expect(all({ cursor: 'x' })).rejects.toThrow(CursorInvalid);
    });

    test('J30 records of several times in one append, and of a clock that was set back, come in order of time', async () => {
      const writer = await newWriter();
      // `AT` is the time of the writer's own `ownership_taken`.
      for (const times of [[10, 10, 20, 20, 20, 10], [10, 10, 20], [5, 5, 30], [20]])
        await write(
          writer,
          times.map((at) => ({ ...event('timed'), at: AT + at })),
        );
      const { records: whole } = await storage.readModels.records({
        portfolioId: writer.portfolio,
        types: ['timed'],
        limit: 100,
      });
      const expected = (await recordsOf(writer.journal, writer.portfolio))
        .filter(({ type }) => type === 'timed')
        .toSorted((left, right) => right.at - left.at || right.seq - left.seq);
      expect(whole).toEqual(expected);
      for (const [since, until] of [
        [0, 40],
        [10, 20],
        [11, 21],
        [5, 6],
        [20, 30],
      ] as const) {
        for (const limit of [1, 2, 5]) {
          const found: JournalRecord[] = [];
          for (let cursor: string | null | undefined; cursor !== null;) {
            const page: RecordPage = await storage.readModels.records({
              portfolioId: writer.portfolio,
              types: ['timed'],
              since: AT + since,
              until: AT + until,
              limit,
              ...(cursor === undefined ? {} : { cursor }),
            });
            found.push(...page.records);
            cursor = page.nextCursor;
          }
          expect(found).toEqual(expected.filter(({ at }) => at >= AT + since && at < AT + until));
        }
      }
    });

    test('J31 a key of a request that placed no order is taken, with its answer, and is no part of another', async () => {
      const writer = await newWriter();
      const { portfolio } = writer;
      const answered = (key: string, answer: string | null): ReadModelChange => ({
        model: 'idempotency',
        key,
        contentHash: 'h',
        orderId: null,
        answer,
      });
      await write(writer, [event('a')], [answered('k', '{"a":"\\u0000"}'), answered('k 1', null)]);
      expect(await storage.readModels.idempotency(portfolio, 'k')).toEqual({
        contentHash: 'h',
        orderId: null,
        answer: '{"a":"\\u0000"}',
      });
      expect(await storage.readModels.idempotency(portfolio, 'k 1')).toMatchObject({ answer: null });
      expect(await storage.readModels.idempotencyOfParts(portfolio, 'k')).toEqual([]);
      const again = [answered('k', null)];
      expect(await write(writer, [event('b')], again)).toEqual({ kind: 'duplicate_key', key: 'k' });
    });

    test('J21 the records that name an order are found, and records after a seq', async () => {
      const writer = await newWriter();
      await write(writer, [
        event('accepted', { orderId: 'o1' }),
        event('other', { orderId: 'o2', note: 'o1' }),
        event('batch', { items: [{ order_id: 'o1' }, { orderIds: ['o2', 'o3'] }] }),
      ]);
      await write(writer, [event('filled', { fill: { orderId: 'o1' } })]);
      const of = await storage.readModels.recordsOfOrder(writer.portfolio, orderId('o1'));
      expect(of.map((record) => [record.seq, record.type])).toEqual([
        [2, 'accepted'],
        [4, 'batch'],
        [5, 'filled'],
      ]);
      expect(await storage.readModels.recordsOfOrder(writer.portfolio, orderId('o3'))).toHaveLength(1);
      const after = await storage.readModels.recordsAfter(writer.portfolio, 2, 2);
      expect(after.map((record) => record.seq)).toEqual([3, 4]);
      expect(after).toEqual((await recordsOf(node, writer.portfolio)).slice(2, 4));
    });

    test('J26 a simulator that begins anew counts its ids from the start: the old rows stay, but are met no more', async () => {
      const writer = await newWriter();
      const { portfolio } = writer;
      const { readModels } = storage;
      const instance = (name: string, account = A): ReadModelChange => ({
        model: 'account_instance',
        accountId: account,
        instance: name,
      });
      const traded = (order: string, parts: { venueId: string; at: number }): readonly ReadModelChange[] => [
        {
          ...newOrder(order, { venueOrderIds: [parts.venueId], status: 'filled', finished: true }),
          createdAt: parts.at,
        },
        {
          model: 'fill',
          accountId: A,
          symbol: BTC,
          venueOrderId: venueOrderId(parts.venueId),
          tradeId: tradeId('1'),
          orderId: orderId(order),
          executedAt: parts.at,
          document: { of: order },
        },
        { model: 'position', accountId: A, symbol: BTC, positionSide: 'net', document: { of: order } },
        { model: 'balance', accountId: A, wallet: 'spot', asset: 'BTC', document: { of: order } },
      ];
      const found = async () => ({
        order: (await readModels.orderByVenueOrderId(portfolio, A, BTC, venueOrderId('1')))?.['id'] ?? null,
        fills: [...(await readModels.knownFills(portfolio, A, BTC, [tradeId('1')]))],
        positions: await readModels.positions(portfolio),
        balances: await readModels.balances(portfolio),
      });
      const met = (order: string) => ({
        order,
        fills: [fillKey(venueOrderId('1'), tradeId('1'))],
        positions: [{ of: order }],
        balances: [{ of: order }],
      });
      const nothing = { order: null, fills: [], positions: [], balances: [] };

      // The first instance that is reported says nothing of what was before.
      await write(writer, [event('a')], traded('first', { venueId: '1', at: AT }));
      await write(writer, [event('b')], [instance('one')]);
      expect(await found()).toEqual(met('first'));

      // A reset whose append is not written changes nothing.
      storage.loseNextAnswer(node, false);
      expect((await write(writer, [event('c')], [instance('two')])).kind).toBe('lost');
      expect(await found()).toEqual(met('first'));

      await write(writer, [event('c')], [instance('two'), instance('elsewhere', B)]);
      expect(await found()).toEqual(nothing);
      // The very same ids, at the very same moment.
      await write(writer, [event('d')], traded('second', { venueId: '1', at: AT }));
      expect(await found()).toEqual(met('second'));

      // Within one append what stands before the reset is of the old generation, what stands after it of the new one.
      const again = await claim(node, portfolio, 'node-2');
      await write(
        again,
        [event('e')],
        [
          ...traded('third', { venueId: '2', at: AT }),
          instance('three'),
          ...traded('fourth', { venueId: '1', at: AT }),
        ],
      );
      expect(await found()).toEqual(met('fourth'));
      expect(await readModels.orderByVenueOrderId(portfolio, A, BTC, venueOrderId('2'))).toBeNull();

      // Nothing of it is gone: every order and every execution is reported, each once.
      const ids = ['fourth', 'third', 'second', 'first'];
      const orders = await readModels.history({ portfolioId: portfolio, limit: 10 });
      expect(new Set(orders.documents.map((document) => document['id']))).toEqual(new Set(ids));
      expect(orders.documents).toHaveLength(ids.length);
      const reported: JsonValue[] = [];
      let cursor: string | null = null;
      do {
        const page = await readModels.fills({
          portfolioId: portfolio,
          limit: 1,
          ...(cursor === null ? {} : { cursor }),
        });
        reported.push(...page.fills.map(({ document }) => document['of'] ?? null));
        cursor = page.nextCursor;
      } while (cursor !== null);
      expect(reported).toEqual(['third', 'fourth', 'second', 'first']);
      for (const id of ids)
        expect((await readModels.fillsOfOrder(portfolio, orderId(id))).map((fill) => fill.document)).toEqual([
          { of: id },
        ]);
    });

    test('J22 closing finishes what was handed in and frees what was owned', async () => {
      const journal = await storage.open({ leaseMs: 600_000 });
      const writers = await Promise.all(Array.from({ length: 3 }, () => newWriter(journal)));
      const results = writers.map((writer) => write(writer, [event('last')]));
      await journal.close();
      expect((await Promise.all(results)).map((result) => result.kind)).toEqual([
        'durable',
        'durable',
        'durable',
      ]);
      for (const writer of writers) {
        expect(await claimWithin(storage, node, writer.portfolio, 5_000)).toMatchObject({
          kind: 'owned',
          epoch: 2,
        });
        await expect(write(writer, [event('too late')])).rejects.toThrow(/closed/);
      }
    });

    test('J23 many writers at once, with answers lost in between: nothing lost, nothing doubled', async () => {
      const journal = await storage.open();
      const writers = await Promise.all(Array.from({ length: 16 }, () => newWriter(journal)));
      const durable = await Promise.all(
        writers.map(async (writer, index) => {
          const kept: string[] = [];
          for (let round = 0; round < 12; round += 1) {
            if (index === 0 && round % 3 === 1) storage.loseNextAnswer(journal, round % 2 === 0);
            const type = `e${round}`;
            const result = await write(writer, [event(type)], [newOrder(type)]);
            if (result.kind === 'durable') kept.push(type);
            else expect(result.kind).toBe('lost');
          }
          return kept;
        }),
      );
      for (const [index, writer] of writers.entries()) {
        const types = (await recordsOf(journal, writer.portfolio)).slice(1).map((record) => record.type);
        expect(types).toEqual(durable[index]);
      }
      await journal.close();
    });
  });
}

async function write(
  writer: Writer,
  records: readonly NewRecord[],
  changes: readonly ReadModelChange[] = [],
): Promise<AppendResult> {
  const append: Append = {
    portfolioId: writer.portfolio,
    epoch: writer.epoch,
    expectedSeq: writer.seq,
    records,
    changes,
  };
  const result = await writer.journal.append(append);
  if (result.kind === 'durable') writer.seq = result.seq;
  return result;
}

function event(type: string, payload: JsonObject = {}): NewRecord {
  return { at: AT, type, payload };
}

interface OrderParts {
  readonly venueOrderIds?: readonly string[];
  readonly status?: string;
  readonly finished?: boolean;
  readonly document?: JsonObject;
}

function newOrder(id: string, parts: OrderParts = {}): Extract<ReadModelChange, { model: 'order' }> {
  return {
    model: 'order',
    orderId: orderId(id),
    accountId: A,
    exchange: 'binance',
    symbol: BTC,
    clientOrderId: clientOrderId(`c-${id}`),
    venueClientOrderId: venueClientOrderId(`vc-${id}`),
    venueOrderIds: (parts.venueOrderIds ?? []).map((text) => venueOrderId(text)),
    status: parts.status ?? 'filled',
    finished: parts.finished ?? true,
    createdAt: AT,
    updatedAt: AT,
    side: 'buy',
    strategy: null,
    document: parts.document ?? { id },
  };
}

async function claimWithin(
  storage: StorageUnderTest,
  journal: Journal,
  portfolio: PortfolioId,
  boundMs: number,
): Promise<Awaited<ReturnType<Journal['claim']>>> {
  const deadline = storage.monotonicMs() + boundMs;
  for (;;) {
    const claimed = await journal.claim(portfolio, 'node-2', AT);
    if (claimed.kind === 'owned' || storage.monotonicMs() > deadline) return claimed;
    await storage.pause(claimed.retryAfterMs);
  }
}

async function recordsOf(journal: Journal, portfolio: PortfolioId): Promise<readonly JournalRecord[]> {
  return collect((await journal.load(portfolio)).records);
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}
