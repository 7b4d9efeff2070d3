/** The read model of orders, executions and cancels (J17, J18, J19, J28, J26). */
import { expect, test } from 'vitest';
import { orderId, portfolioId, tradeId, venueClientOrderId, venueOrderId } from '../../core/ids.ts';
import {
  CursorInvalid,
  fillKey,
  type JsonValue,
  type HandedOverCancel,
  type ReadModelChange,
} from '../journal.ts';
import { A, B, BTC, ETH, AT, write, event, newOrder, type JournalWorld } from './world.ts';

export function orderCases(world: JournalWorld): void {
  test('J17 the order read model finds an order by each of its ids, and the last change stands', async () => {
    const writer = await world.newWriter();
    await write(
      writer,
      [event('a')],
      [
        newOrder('o1', { venueOrderIds: ['v1'], status: 'failed', document: { status: 'failed' } }),
        newOrder('o2', { venueOrderIds: ['v2'], document: { id: 'o2' } }),
        newOrder('o1', { venueOrderIds: ['v1', 'v1b'], status: 'filled', document: { status: 'filled' } }),
      ],
    );
    const { readModels } = world.storage;
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
    expect(await readModels.orderByVenueClientOrderId(portfolio, B, venueClientOrderId('vc-o2'))).toBeNull();
    expect(await readModels.order(portfolioId('someone else'), orderId('o1'))).toBeNull();
    // One that has come alive again is found in its portfolio's state alone.
    await write(writer, [event('b')], [newOrder('o1', { venueOrderIds: ['v1'], finished: false })]);
    expect(await readModels.order(portfolio, orderId('o1'))).toBeNull();
    expect(await readModels.orderByVenueOrderId(portfolio, A, BTC, venueOrderId('v1'))).toBeNull();
    expect(await readModels.orderByVenueClientOrderId(portfolio, A, venueClientOrderId('vc-o1'))).toBeNull();
  });

  test('J18 history pages through finished orders, newest first, each once, under every filter', async () => {
    const writer = await world.newWriter();
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
        const page = await world.storage.readModels.history({
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
        world.storage.readModels.history({ portfolioId: writer.portfolio, limit: 5, cursor }),
      ).rejects.toThrow(CursorInvalid);
    }
  });

  test('J19 an execution is one row whatever comes twice, and a self-trade is two', async () => {
    const writer = await world.newWriter();
    const fill = (venueId: string, trade: string, order: string | null, price: string): ReadModelChange => ({
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
    const { readModels } = world.storage;
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
    const { portfolio } = await world.newWriter();
    const other = (await world.newWriter()).portfolio;
    const cancel = (order: string, at: number): HandedOverCancel => ({
      orderId: orderId(order),
      requestedBy: 'admin \u00fc',
      ...(order === 'o2' ? { why: 'the kill switch: out \u00fc' } : {}),
      at,
    });
    await world.node.handOverCancels(portfolio, [cancel('o2', AT + 1), cancel('o1', AT)]);
    await world.node.handOverCancels(portfolio, [cancel('o1', AT + 5), cancel('o3', AT + 2)]);
    const successor = await world.storage.open();
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

  test('J26 a simulator that begins anew counts its ids from the start: the old rows stay, but are met no more', async () => {
    const writer = await world.newWriter();
    const { portfolio } = writer;
    const { readModels } = world.storage;
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
    world.storage.loseNextAnswer(world.node, false);
    expect((await write(writer, [event('c')], [instance('two')])).kind).toBe('lost');
    expect(await found()).toEqual(met('first'));

    await write(writer, [event('c')], [instance('two'), instance('elsewhere', B)]);
    expect(await found()).toEqual(nothing);
    // The very same ids, at the very same moment.
    await write(writer, [event('d')], traded('second', { venueId: '1', at: AT }));
    expect(await found()).toEqual(met('second'));

    // Within one append what stands before the reset is of the old generation, what stands after it of the new one.
    const again = await world.claim(world.node, portfolio, 'node-2');
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
}
