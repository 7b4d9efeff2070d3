/** Positions and balances on the stream, over real sockets: in the words of REST, once for each change, and after a gap. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startService, type TestService } from '../testing/service-fixture.ts';
import type { BalanceMessage, PositionMessage } from './messages.ts';
import { StreamReader, type Message } from './testing/stream-reader.ts';

const BUY = { exchange: 'binance', symbol: 'BTC/USDT', side: 'buy', quantity: '0.001', wait_ms: 5_000 };
const SWAP = 'BTC/USDT:USDT';
const RESTING = { exchange: 'binance', symbol: 'BTC/USDT', side: 'buy', quantity: '0.001', price: '50000' };
/** A bound, not a wait: machines are busy at times. */
const SOON = { timeout: 10_000 };
/** These move with the market and the clock alone. */
const MOVING = [
  'mark_price',
  'mark_at',
  'notional',
  'unrealized_pnl',
  'liquidation_price',
  'liquidation_distance',
];
const MOVING_TOO = ['margin_ratio', 'margin_at', 'updated_at'];

let service: TestService;
const readers: StreamReader[] = [];
beforeAll(async () => {
  service = await startService();
  for (const symbol of ['BTC/USDT', SWAP]) await hold(symbol, '60000');
});
afterAll(() => service.stop());
afterEach(() => {
  for (const reader of readers.splice(0)) reader.close();
});

const hold = (symbol: string, price: string): Promise<unknown> =>
  service.control('POST', 'binance/price', { symbol, price, hold: true });

async function open(wish: object): Promise<StreamReader> {
  const reader = await StreamReader.open(service.streamUrl, service.tokens.read);
  readers.push(reader);
  await reader.ask(wish);
  return reader;
}

async function post(path: string, body: object): Promise<Record<string, unknown>> {
  const answer = await service.call('POST', `/trading/v2/${path}`, { body });
  expect(answer.status, JSON.stringify(answer.body)).toBe(201);
  return answer.body;
}

const close = (symbol: string, parts: object = {}): Promise<unknown> =>
  post(`positions/${symbol}/close`, { exchange: 'binance', wait_ms: 5_000, ...parts });

const positionsOf = (reader: StreamReader): readonly PositionMessage[] =>
  reader.on('positions') as unknown as readonly PositionMessage[];
const balancesOf = (reader: StreamReader): readonly BalanceMessage[] =>
  reader.on('balances') as unknown as readonly BalanceMessage[];

function still(view: object | null | undefined): unknown {
  if (view === null || view === undefined) return null;
  // Margin follows the marks.
  const ofSwaps = 'wallet' in view && view.wallet === 'swap' ? ['free', 'used'] : [];
  return Object.fromEntries(
    Object.entries(view).filter(([name]) => ![...MOVING, ...MOVING_TOO, ...ofSwaps].includes(name)),
  );
}

type Kept = ReadonlyMap<string, unknown>;

/** A client's picture that is made of the last message of each subject. */
function keptOf(messages: readonly Message[]): Kept {
  const last = new Map<string, unknown>();
  for (const message of messages) {
    if (message.channel === 'positions') {
      const { symbol, position_side: side, position } = message as unknown as PositionMessage;
      last.set(`position ${symbol} ${side}`, still(position));
    } else if (message.channel === 'balances') {
      const { asset, wallet, balance } = message as unknown as BalanceMessage;
      last.set(`balance ${asset} ${wallet}`, still(balance));
    }
  }
  return last;
}

/** As REST has it. */
async function shown(): Promise<Kept> {
  const { body } = await service.call('GET', '/trading/v2/positions?exchange=binance');
  const { body: account } = await service.call('GET', '/trading/v2/account/balance?exchange=binance');
  const positions = body['positions'] as NonNullable<PositionMessage['position']>[];
  const balances = account['balances'] as NonNullable<BalanceMessage['balance']>[];
  return new Map<string, unknown>([
    ...positions.map((one) => [`position ${one.symbol} ${one.position_side}`, still(one)] as const),
    ...balances.map((one) => [`balance ${one.asset} ${one.wallet}`, still(one)] as const),
  ]);
}

async function expectAsShown(reader: StreamReader, subjects: readonly string[]): Promise<void> {
  for (const subject of subjects)
    await expect
      .poll(
        async () => [keptOf(reader.news).get(subject) ?? null, (await shown()).get(subject) ?? null],
        SOON,
      )
      .toSatisfy(([ours, theirs]: unknown[]) => JSON.stringify(ours) === JSON.stringify(theirs));
}

describe('positions and balances on the stream', () => {
  it('are as REST shows them, and a position that is closed is shown as such', async () => {
    const reader = await open({ subscribe: ['positions', 'balances'] });
    await post('orders/market', BUY);
    const subjects = ['position BTC/USDT net', 'balance BTC spot', 'balance USDT spot'];
    await expectAsShown(reader, subjects);
    expect(keptOf(reader.news).get('position BTC/USDT net')).toMatchObject({
      exchange: 'binance',
      side: 'long',
      entry_price: expect.stringMatching(/^\d/),
      protected_quantity: '0',
    });
    await close('BTC-USDT');
    await post('orders/market', { ...BUY, symbol: SWAP, quantity: '0.002' });
    await close('BTC-USDT-SWAP');
    await expectAsShown(reader, [...subjects, `position ${SWAP} net`, 'balance USDT swap']);
    expect(positionsOf(reader).findLast(({ symbol }) => symbol === SWAP)).toMatchObject({
      symbol: SWAP,
      position_side: 'net',
      position: null,
      realized_pnl: expect.stringMatching(/^-?\d/),
    });
    // In the order of seq, and what is shown is never older than the event that it comes with.
    const seqs = reader.news.map(({ seq = 0 }) => seq);
    expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
    for (const { seq, as_of_seq: asOf } of [...positionsOf(reader), ...balancesOf(reader)])
      expect(asOf).toBeGreaterThanOrEqual(seq);
  });

  it('are sent once for each change: an order that rests and is canceled moves one balance twice', async () => {
    await post('orders/market', BUY);
    const reader = await open({ subscribe: ['orders', 'positions', 'balances'] });
    const { id } = await post('orders/limit', RESTING);
    const usdt = (): readonly string[] =>
      balancesOf(reader).map(({ asset, balance }) => `${asset} ${balance?.used}`);
    await expect.poll(usdt, SOON).toHaveLength(1);
    expect((await service.call('DELETE', `/trading/v2/orders/${String(id)}`)).status).toBe(200);
    await expect.poll(usdt, SOON).toHaveLength(2);
    await expect.poll(() => reader.on('orders').at(-1)?.['event'], SOON).toBe('order_closed');
    expect(reader.on('orders').length).toBeGreaterThan(4);
    expect(usdt()).toEqual([expect.stringMatching(/^USDT 50/), 'USDT 0']);
    expect(positionsOf(reader)).toEqual([]);

    // A stop changes how far the position is protected, and the balance that it locks; and again when it is gone.
    const stop = await post('orders/stop', {
      exchange: 'binance',
      symbol: 'BTC/USDT',
      side: 'sell',
      quantity: '0.0005',
      stop_price: '50000',
    });
    const protectedNow = (): unknown[] =>
      positionsOf(reader).map(({ position }) => position?.protected_quantity);
    await expect.poll(protectedNow, SOON).toEqual(['0.0005']);
    expect((await service.call('DELETE', `/trading/v2/orders/${String(stop['id'])}`)).status).toBe(200);
    await expect.poll(protectedNow, SOON).toEqual(['0.0005', '0']);
    await expect
      .poll(() => balancesOf(reader).map(({ asset }) => asset), SOON)
      .toEqual(['USDT', 'USDT', 'BTC', 'BTC']);
    await close('BTC-USDT');
  });

  it('repeats nothing when the books are compared with the exchange and nothing is different', async () => {
    const reader = await open({ subscribe: ['positions', 'balances'] });
    await post('orders/market', BUY);
    await expectAsShown(reader, ['position BTC/USDT net', 'balance USDT spot']);
    await close('BTC-USDT');
    await expectAsShown(reader, ['position BTC/USDT net', 'balance USDT spot']);
    const figures = new Map<string, string>();
    for (const message of reader.news) {
      const [[subject, words] = ['', null]] = keptOf([message]);
      expect(JSON.stringify(words), subject).not.toBe(figures.get(subject));
      figures.set(subject, JSON.stringify(words));
    }
    expect(figures.size).toBeGreaterThanOrEqual(3);
  });

  it('brings a client that comes back what changed since its seq, and nothing else', async () => {
    await post('orders/market', BUY);
    const { body } = await service.call('GET', '/trading/v2/positions?exchange=binance');
    const after = Number(body['as_of_seq']);
    const nothing = await open({ subscribe: ['positions', 'balances'], after });
    await post('orders/market', { ...BUY, symbol: SWAP, quantity: '0.002' });
    await expectAsShown(nothing, [`position ${SWAP} net`, 'balance USDT swap']);
    expect(new Set(keptOf(nothing.news).keys())).toEqual(
      new Set([`position ${SWAP} net`, 'balance USDT swap']),
    );
    await service.restart();
    for (const again of [
      await open({ subscribe: ['positions', 'balances'], after }),
      await open({ subscribe: ['positions', 'balances'], after }),
    ]) {
      await expectAsShown(again, [`position ${SWAP} net`, 'balance USDT swap']);
      expect(keptOf(again.news).has('position BTC/USDT net')).toBe(false);
      expect(keptOf(again.news).has('balance BTC spot')).toBe(false);
    }
    await expect
      .poll(
        async () =>
          (
            await service.call('POST', '/trading/v2/positions/BTC-USDT-SWAP/close', {
              body: { exchange: 'binance', wait_ms: 5_000 },
            })
          ).status,
        { timeout: 20_000 },
      )
      .toBe(201);
    const closed = await open({ subscribe: ['positions'], after });
    await expect.poll(() => positionsOf(closed).at(-1)?.position, SOON).toBe(null);
    expect(positionsOf(closed).map(({ symbol }) => symbol)).toEqual([SWAP]);
    await close('BTC-USDT');
  });

  it('another leverage or margin mode is sent by itself, and to a client that comes back later', async () => {
    await post('orders/market', { ...BUY, symbol: SWAP, quantity: '0.002' });
    const reader = await open({ subscribe: ['positions'] });
    const setLeverage = async (leverage: string): Promise<void> => {
      const body = { exchange: 'binance', symbol: SWAP, leverage, reason: 'a test' };
      expect((await service.call('PUT', '/trading/v2/leverage', { body })).status).toBe(200);
    };
    const seen = (client: StreamReader): unknown[] =>
      positionsOf(client).map(({ symbol, position }) => `${symbol} ${position?.leverage}`);
    await setLeverage('7');
    await expect.poll(() => seen(reader), SOON).toContain(`${SWAP} 7`);
    await expectAsShown(reader, [`position ${SWAP} net`]);
    expect(new Set(seen(reader))).toEqual(new Set([`${SWAP} 7`]));
    const { seq: after = 0 } = reader.news.at(-1) ?? {};
    reader.close();
    await reader.closed;
    await setLeverage('9');
    const again = await open({ subscribe: ['positions'], after });
    await expect.poll(() => seen(again).at(-1), SOON).toBe(`${SWAP} 9`);
    await expectAsShown(again, [`position ${SWAP} net`]);
    await close('BTC-USDT-SWAP');
  });

  it('leverage and margin mode that are not known yet after a start are sent once they are', async () => {
    await post('orders/market', { ...BUY, symbol: SWAP, quantity: '0.002' });
    const { body } = await service.call('GET', '/trading/v2/positions?exchange=binance');
    const after = Number(body['as_of_seq']);
    await service.control('POST', 'binance/faults', {
      kind: 'maintenance',
      route: 'positions',
      status: 503,
    });
    await service.restart();
    const reader = await open({ subscribe: ['positions'] });
    const back = await open({ subscribe: ['positions'], after: after - 1 });
    expect((await shown()).get(`position ${SWAP} net`)).toMatchObject({ leverage: null, margin_mode: null });
    await service.control('DELETE', 'binance/faults');
    for (const client of [reader, back]) {
      await expect
        .poll(() => keptOf(client.news).get(`position ${SWAP} net`), { timeout: 20_000 })
        .toMatchObject({ leverage: expect.stringMatching(/^\d/), margin_mode: 'cross' });
      await expectAsShown(client, [`position ${SWAP} net`]);
    }
    await close('BTC-USDT-SWAP');
  }, 45_000);

  it('loses nothing to a client that is cut off after any of its messages', async () => {
    const channels = ['orders', 'fills', 'positions', 'balances'];
    const whole = await open({ subscribe: channels });
    const { seq: start } = await whole.ask({ subscribe: channels });
    await post('orders/market', BUY);
    await post('orders/market', { ...BUY, symbol: SWAP, quantity: '0.002' });
    await close('BTC-USDT-SWAP');
    await close('BTC-USDT');
    const subjects = [
      'position BTC/USDT net',
      `position ${SWAP} net`,
      'balance BTC spot',
      'balance USDT spot',
    ];
    await expectAsShown(whole, subjects);
    const all = whole.news;
    const events = (messages: readonly Message[]): ReadonlySet<string> =>
      new Set(
        messages
          .filter(({ channel }) => channel === 'orders' || channel === 'fills')
          .map(({ channel, seq, event }) => `${seq} ${channel} ${event}`),
      );
    expect(all.some(({ more }) => more === true)).toBe(true);
    for (let cut = 1; cut <= all.length; cut += 3) {
      const { seq = 0, more } = all[cut - 1] ?? {};
      const after = more === true ? seq - 1 : seq;
      expect(after).toBeGreaterThanOrEqual(start ?? 0);
      const rest = await StreamReader.open(service.streamUrl, service.tokens.read);
      await rest.ask({ subscribe: channels, after });
      const both = (): readonly Message[] => [...all.slice(0, cut), ...rest.news];
      await expect.poll(() => events(both()), SOON).toEqual(events(all));
      await expect
        .poll(() => Object.fromEntries(keptOf(both())), SOON)
        .toEqual(Object.fromEntries(keptOf(all)));
      rest.close();
    }
  });
});
