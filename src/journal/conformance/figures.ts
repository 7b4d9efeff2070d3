/** Positions, balances, equity, quotes and drift, as last written and page by page (J20, J24, J27). */
import { expect, test } from 'vitest';
import { CursorInvalid, WHOLE_PORTFOLIO, type EquityFilter, type ReadModelChange } from '../journal.ts';
import { A, B, BTC, ETH, AT, write, event, type JournalWorld } from './world.ts';

export function figureCases(world: JournalWorld): void {
  test('J20 positions, balances, equity, quotes and drift are read back as last written', async () => {
    const writer = await world.newWriter();
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
    const { readModels } = world.storage;
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

  test('J24 readings of equity: the last of each interval, newest first, page by page', async () => {
    const writer = await world.newWriter();
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
      world.storage.readModels.equity({
        portfolioId: writer.portfolio,
        accountId: WHOLE_PORTFOLIO,
        intervalMs: 1,
        limit: 10,
        ...filter,
      });
    expect((await read({})).documents.map(({ t }) => t)).toEqual(at.toReversed().map((time) => time - start));
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

  test('J27 drift cases: newest first, page by page, whatever is opened meanwhile', async () => {
    const writer = await world.newWriter();
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
      const page = await world.storage.readModels.drift({
        portfolioId: writer.portfolio,
        limit: 10,
        ...filter,
      });
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
}
