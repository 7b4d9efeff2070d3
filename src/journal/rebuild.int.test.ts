import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  accountId,
  instrumentSymbol,
  orderId,
  portfolioId,
  tradeId,
  venueClientOrderId,
  venueOrderId,
} from '../core/ids.ts';
import type { JsonObject } from '../core/json.ts';
import { JournalCorrupt, type Journal, type ReadModelChange, WHOLE_PORTFOLIO } from './journal.ts';
import { openPostgresJournal } from './postgres-journal.ts';
import {
  type JournalFold,
  PortfolioOwned,
  type Rebuilt,
  rebuild,
  type RebuildOptions,
  RecordUnfoldable,
  refuseOwned,
} from './rebuild.ts';
import { freshDatabase, quietLog, type TestDatabase } from './testing/postgres-fixture.ts';

const AT = 1_700_000_000_000;
const ROUNDS = 30;
const MAIN = portfolioId('main');
let database: TestDatabase;
let journal: Journal;
let client: pg.Client;

/** The rows that follow from the events of this file: one order in seven rounds, one fill each. */
function changesOf(round: number): readonly ReadModelChange[] {
  const order = orderId(`o${round % 7}`);
  const account = accountId('a');
  const symbol = instrumentSymbol('BTC/USDT');
  return [
    {
      model: 'order',
      orderId: order,
      accountId: account,
      exchange: 'okx',
      symbol,
      clientOrderId: null,
      venueClientOrderId: venueClientOrderId(`vc${round % 7}`),
      venueOrderIds: [venueOrderId(`v${round}`)],
      status: round > 20 ? 'filled' : 'open',
      finished: round > 20,
      createdAt: AT,
      updatedAt: AT + round,
      side: 'sell',
      strategy: 'grid',
      document: { round, note: '1.50 "quoted" Ω' },
    },
    {
      model: 'fill',
      accountId: account,
      symbol,
      venueOrderId: venueOrderId(`v${round}`),
      tradeId: tradeId(`t${round}`),
      orderId: order,
      executedAt: AT + round,
      document: { price: '0.10', z: 1, a: 2 },
    },
    ...(round === 3 || round === 9
      ? [{ model: 'account_instance' as const, accountId: account, instance: `i${round}` }]
      : []),
    { model: 'position', accountId: account, symbol, positionSide: 'net', document: { round } },
    { model: 'balance', accountId: account, wallet: 'spot', asset: 'BTC', document: { total: `${round}` } },
    // Years ago: of these, saving a snapshot leaves the highest, the lowest and the last.
    {
      model: 'equity',
      accountId: WHOLE_PORTFOLIO,
      at: AT + round,
      document: { equity: `${round}`, reasonOfReading: 'interval' },
    },
    { model: 'drift', driftId: `d${round % 3}`, open: round % 2 === 0, document: { round } },
    { model: 'idempotency', key: `k${round}`, contentHash: 'h', orderId: order, answer: null },
  ];
}

class RoundsFold implements JournalFold {
  #last = -1;

  take(record: Parameters<JournalFold['take']>[0]): readonly ReadModelChange[] {
    const { round } = record.payload;
    if (typeof round !== 'number') return [];
    this.#last = round;
    return changesOf(round);
  }

  rest(): readonly ReadModelChange[] {
    return [];
  }

  state(): { readonly last: number } {
    return { last: this.#last };
  }

  /** An earlier form of a snapshot counted rounds from one. */
  rewritten(snapshot: JsonObject): JsonObject {
    const { count } = snapshot;
    return typeof count === 'number' ? { last: count - 1 } : snapshot;
  }
}

function replay(options: Partial<RebuildOptions> = {}): Promise<Rebuilt> {
  return rebuild(database.connection, { portfolioId: MAIN, newFold: () => new RoundsFold(), ...options });
}

function differing({ tables }: Rebuilt): Readonly<Record<string, number>> {
  return Object.fromEntries(
    tables.filter((table) => table.differing > 0).map((table) => [table.table, table.differing]),
  );
}

beforeAll(async () => {
  database = await freshDatabase();
  client = new pg.Client(database.connection);
  await client.connect();
  journal = await openPostgresJournal({ connection: database.connection, log: quietLog });
  await journal.createPortfolio(MAIN);
  const claimed = await journal.claim(MAIN, 'node-1', AT);
  if (claimed.kind !== 'owned') throw new Error('not owned');
  let { seq } = claimed;
  for (let round = 0; round < ROUNDS; round += 1) {
    const result = await journal.append({
      portfolioId: MAIN,
      epoch: claimed.epoch,
      expectedSeq: seq,
      records: [{ at: AT + round, type: 'round', payload: { round, orderId: `o${round % 7}` } }],
      changes: changesOf(round),
    });
    if (result.kind !== 'durable') throw new Error(result.kind);
    seq = result.seq;
    if (round === 10 || round === 20) await journal.saveSnapshot(MAIN, { seq, state: { last: round } });
  }
});
afterAll(async () => {
  await client.end();
  await journal.close();
  await database.release();
});

describe('rebuild', () => {
  test('what was written is what the journal gives, while its owner lives', async () => {
    const found = await replay();
    expect(found).toMatchObject({ portfolioId: MAIN, seq: ROUNDS + 1, written: false });
    expect(found.tables.map(({ table, rows, differing: count }) => [table, rows, count])).toEqual([
      ['journal_orders', 30, 0],
      ['account_generations', 1, 0],
      ['orders', 7, 0],
      // Of the generation that the account is in.
      ['venue_order_ids', 20, 0],
      ['fills', 30, 0],
      ['positions', 1, 0],
      ['balances', 1, 0],
      ['drift', 3, 0],
      ['equity', ROUNDS - 9, 0],
      ['idempotency_keys', 30, 0],
    ]);
    expect(found.snapshots).toEqual([
      { seq: 12, fault: null },
      { seq: 22, fault: null },
    ]);
  });

  test('the same comes of many batches: each goes on in the generations that the ones before it began', async () => {
    const inOne = await replay();
    for (const batchChanges of [1, 25]) expect(await replay({ batchChanges })).toEqual(inOne);
  });

  test('a snapshot of an earlier form is compared as this release reads it', async () => {
    const write = (text: string) =>
      client.query(
        `UPDATE snapshots SET state = $1::text::json, state_hash = encode(sha256($1::text::bytea), 'hex') WHERE seq = 12`,
        [text],
      );
    await write('{"count":11}');
    expect((await replay()).snapshots).toEqual([
      { seq: 12, fault: null },
      { seq: 22, fault: null },
    ]);
    await write('{"count":12}');
    expect((await replay()).snapshots[0]?.fault).toBe(
      'it is not the state that the journal gives; it differs in last',
    );
    await write('{"last":10}');
  });

  test('nothing is written of a portfolio that a living node owns', async () => {
    await expect(replay({ write: true })).rejects.toThrow(PortfolioOwned);
    await expect(replay({ write: true })).rejects.toThrow(/owned by the living node node-1: stop it first/);
    await expect(refuseOwned(database.connection, MAIN)).rejects.toThrow(PortfolioOwned);
    await journal.close();
    await refuseOwned(database.connection, MAIN);
  });

  test('each difference is named by table, key and column, and writing mends all of them', async () => {
    await client.query(`
      UPDATE orders SET status = 'canceled', document = '{"note":"1.50 \\"quoted\\" Ω","round":3}' WHERE order_id = 'o1';
      UPDATE orders SET client_order_id = 'c' WHERE order_id = 'o2';
      DELETE FROM fills WHERE trade_id = 't5';
      INSERT INTO fills SELECT portfolio_id, account_id, symbol, 't77', venue_order_id, order_id, executed_at, document FROM fills WHERE trade_id = 't6';
      UPDATE positions SET document = '{"round": 29}';
      UPDATE balances SET document = '{"total":"28","free":"1"}';
      UPDATE drift SET open = NOT open;
      DELETE FROM equity WHERE at = ${AT};
      UPDATE equity SET document = '{"equity":"12.5","reasonOfReading":"interval"}' WHERE at = ${AT + 12};
      DELETE FROM journal_orders WHERE seq = 9;
      UPDATE venue_order_ids SET order_id = 'o0' WHERE venue_order_id = 'v20';
      UPDATE snapshots SET state = '{"last":11}' WHERE seq = 12;
      UPDATE snapshots SET state = '{"last":21}', state_hash = encode(sha256('{"last":21}'), 'hex') WHERE seq = 22;
      INSERT INTO snapshots SELECT portfolio_id, 500, state, state_hash FROM snapshots WHERE seq = 22`);
    const found = await replay();
    const shown = Object.fromEntries(found.tables.map((table) => [table.table, table.shown]));
    expect(shown['orders']).toEqual([
      {
        key: { order_id: 'o1' },
        kind: 'changed',
        columns: [
          { column: 'status', stored: 'canceled', rebuilt: 'filled' },
          { column: 'document.round', stored: '3', rebuilt: '29' },
        ],
      },
      {
        key: { order_id: 'o2' },
        kind: 'changed',
        columns: [{ column: 'client_order_id', stored: 'c', rebuilt: null }],
      },
    ]);
    expect(shown['fills']).toMatchObject([
      { key: { trade_id: 't5', venue_order_id: 'v5' }, kind: 'missing', columns: [] },
      { key: { trade_id: 't77', venue_order_id: 'v6' }, kind: 'surplus', columns: [] },
    ]);
    // The same fields in other bytes.
    expect(shown['positions']).toMatchObject([
      { columns: [{ column: 'document', stored: '{"round": 29}', rebuilt: '{"round":29}' }] },
    ]);
    expect(shown['balances']).toMatchObject([
      {
        columns: [
          { column: 'document.free', stored: '"1"', rebuilt: null },
          { column: 'document.total', stored: '"28"', rebuilt: '"29"' },
        ],
      },
    ]);
    expect(differing(found)).toEqual({
      orders: 2,
      venue_order_ids: 1,
      fills: 2,
      positions: 1,
      balances: 1,
      drift: 3,
      equity: 2,
      journal_orders: 1,
    });
    expect(shown['equity']).toMatchObject([
      { key: { at: `${AT}` }, kind: 'missing' },
      {
        key: { at: `${AT + 12}` },
        columns: [{ column: 'document.equity', stored: '"12.5"', rebuilt: '"12"' }],
      },
    ]);
    expect(found.snapshots).toEqual([
      { seq: 12, fault: expect.stringContaining('damaged') },
      { seq: 22, fault: expect.stringContaining('differs in last') },
      { seq: 500, fault: expect.stringContaining('there is no record 500') },
    ]);
    expect(found.written).toBe(false);
    expect(differing(await replay({ rowsShown: 1 }))).toEqual(differing(found));
    expect(
      (await replay({ rowsShown: 1 })).tables.find(({ table }) => table === 'orders')?.shown,
    ).toHaveLength(1);

    expect((await replay({ write: true })).written).toBe(true);
    const mended = await replay({ write: true });
    expect(differing(mended)).toEqual({});
    expect(mended).toMatchObject({ written: false, snapshots: [] });
  });

  test('a record that cannot be folded and a chain that does not hold are named, and nothing is written', async () => {
    await client.query(`UPDATE orders SET status = 'canceled' WHERE order_id = 'o1'`);
    class Refusing extends RoundsFold {
      override take(record: Parameters<JournalFold['take']>[0]): readonly ReadModelChange[] {
        if (record.seq === 15) throw new TypeError('no such round');
        return super.take(record);
      }
    }
    const refused = replay({ write: true, newFold: () => new Refusing() });
    await expect(refused).rejects.toThrow(RecordUnfoldable);
    await expect(refused).rejects.toThrow(/seq 15 \(round\) cannot be folded by this release: no such round/);
    await client.query(`UPDATE journal SET at = at + 1 WHERE seq = 20`);
    await expect(replay({ write: true })).rejects.toThrow(JournalCorrupt);
    await expect(replay({ write: true })).rejects.toThrow(/portfolio main: seq 20 was changed/);
    await client.query(`UPDATE journal SET at = at - 1 WHERE seq = 20`);
    await client.query(`UPDATE portfolio_head SET seq = seq + 1`);
    await expect(replay({ write: true })).rejects.toThrow(/head says seq 32, but the records end at seq 31/);
    await client.query(`UPDATE portfolio_head SET seq = seq - 1`);
    expect(differing(await replay())).toEqual({ orders: 1 });
    await expect(replay({ portfolioId: portfolioId('nobody') })).rejects.toThrow(/has no head/);
  });
});
