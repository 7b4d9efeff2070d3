/**
 * A market that loses a side, or nearly all of it: no figure is invented, nothing acts on one, and getting out goes on with what is
 * there.
 */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from './api.ts';
import { until } from './until.ts';
import { openWorld, PINNED_PRICE, type World } from './world.ts';

const SPOT = 'BTC/USDT';
const SWAP = 'BTC/USDT:USDT';
/** Reached by any invented mark: a mid of 30,000 would be a loss of 15,000. */
const MAX_DAILY_LOSS = '1000';

let world: World;

beforeAll(async () => {
  world = await openWorld({ MAX_DAILY_LOSS });
  for (const [symbol, quantity] of [
    [SPOT, '0.5'],
    [SWAP, '0.3'],
  ] as const)
    expect(await place('market', symbol, { side: 'buy', quantity })).toMatchObject({
      status: 201,
      body: { status: 'filled' },
    });
  await until('the equity is known', async () => (await read('/risk/status'))['equity'] !== null);
}, 120_000);
afterEach(async () => {
  for (const symbol of [SPOT, SWAP]) await world.control.book(symbol);
});
afterAll(async () => {
  await world.close();
});

function place(kind: string, symbol: string, body: object): Promise<Answer> {
  return world.api.ask(
    'POST',
    `/trading/v2/orders/${kind}`,
    JSON.stringify({ exchange: 'binance', symbol, ...body }),
  );
}

function close(symbol: string): Promise<Answer> {
  return world.api.ask(
    'POST',
    `/trading/v2/positions/${encodeURIComponent(symbol)}/close`,
    JSON.stringify({ exchange: 'binance' }),
  );
}

async function read(path: string): Promise<Record<string, unknown>> {
  const { status, body } = await world.api.ask('GET', path);
  expect(status, JSON.stringify(body)).toBe(200);
  return body as Record<string, unknown>;
}

interface Shown {
  readonly symbol: string;
  readonly quantity: string;
  readonly mark_price: string | null;
  readonly unrealized_pnl: string | null;
}

async function position(symbol: string): Promise<Shown | undefined> {
  const { positions } = await read('/trading/v2/positions?exchange=binance');
  return (positions as readonly Shown[]).find((one) => one.symbol === symbol);
}

interface Risk {
  readonly trading: string;
  readonly equity: { readonly current: string; readonly low: string; readonly at: string };
  readonly ladder: { readonly step: string; readonly unconfirmed: string | null };
}

const risk = async (): Promise<Risk> => (await read('/risk/status')) as unknown as Risk;

describe('without any bid', () => {
  it('a spot position has no mark and no result, a swap keeps the mark of its venue, and no loss is seen', async () => {
    const before = await risk();
    for (const symbol of [SPOT, SWAP]) await world.control.book(symbol, { bids: 0 });
    await until('spot has no mark', async () => (await position(SPOT))?.mark_price === null);
    expect(await position(SPOT)).toMatchObject({ unrealized_pnl: null });
    expect(await position(SWAP)).toMatchObject({ mark_price: PINNED_PRICE });
    expect(await read(`/market/ticker?exchange=binance&symbol=${encodeURIComponent(SPOT)}`)).toMatchObject({
      bid: null,
      ask: expect.stringMatching(/^6/) as unknown,
    });
    // Readings are journaled every five seconds: two of the empty book.
    for (let readings = 0, seen = before.equity.at; readings < 2; readings += 1) {
      await until('another reading', async () => (await risk()).equity.at !== seen, 30_000);
      seen = (await risk()).equity.at;
    }
    const after = await risk();
    expect(after).toMatchObject({ trading: 'open', ladder: { step: 'none', unconfirmed: null } });
    expect(Math.abs(Number(after.equity.low) - Number(before.equity.low))).toBeLessThan(50);
    expect(Number(after.equity.low)).toBeLessThanOrEqual(Number(after.equity.current));
  });

  it('what takes the side that is there is judged by it, and what takes the other is not new risk at a price of nobody', async () => {
    for (const symbol of [SPOT, SWAP]) await world.control.book(symbol, { bids: 0 });
    await until('spot has no mark', async () => (await position(SPOT))?.mark_price === null);
    const check = async (side: string, symbol: string): Promise<unknown> => {
      const body = { exchange: 'binance', symbol, type: 'market', side, quantity: '0.01' };
      return (await world.api.ask('POST', '/trading/v2/risk/check', JSON.stringify(body))).body;
    };
    expect(await check('buy', SPOT)).toMatchObject({ approved: true });
    expect(await check('sell', SPOT)).toMatchObject({ approved: true });
  });

  it('a stop is placed, a close goes out protected and says that nothing was there to take it', async () => {
    await world.control.book(SPOT, { bids: 0 });
    await until('spot has no mark', async () => (await position(SPOT))?.mark_price === null);
    const stop = await place('stop', SPOT, { side: 'sell', quantity: '0.1', stop_price: '58000' });
    expect(stop).toMatchObject({ status: 201, body: { status: 'open', trigger_direction: 'falling' } });
    const closing = await close(SPOT);
    expect(closing).toMatchObject({
      status: 201,
      body: { status: 'expired', filled_quantity: '0', reason: { code: 'expired' } },
    });
    const { protection_price: protection } = closing.body as { readonly protection_price: string };
    expect(Number(protection)).toBeGreaterThan(55_000);
    expect(await position(SPOT)).toMatchObject({ quantity: '0.4995' });
    const { id } = stop.body as { readonly id: string };
    expect(await world.api.cancel(id)).toMatchObject({ kind: 'order', order: { status: 'canceled' } });
  });
});

describe('with a book that is nearly empty', () => {
  it('a close sells what is there, says how much, and the next one goes on once the book is back', async () => {
    await world.control.book(SPOT, { bids: 2, share: '0.01' });
    await until('spot has a mark', async () => (await position(SPOT))?.mark_price !== null);
    const part = await close(SPOT);
    expect(part).toMatchObject({ status: 201, body: { status: 'expired', reason: { code: 'expired' } } });
    const { filled_quantity: filled, remaining_quantity: left } = part.body as {
      readonly filled_quantity: string;
      readonly remaining_quantity: string;
    };
    expect(Number(filled)).toBeGreaterThan(0);
    expect(await position(SPOT)).toMatchObject({ quantity: left });
    expect(part.body).toMatchObject({ left });
    expect((await risk()).ladder.step).toBe('none');

    await world.control.book(SPOT);
    await until('the rest is sold', async () => {
      const answer = await close(SPOT);
      return answer.status === 201 && (answer.body as { readonly status: string }).status === 'filled';
    });
  });

  it('a swap closes against the bids below a wide gap, step by step of its protection', async () => {
    await world.control.book(SWAP, { distance: '900' });
    await until('the bid is far', async () => {
      const { bid } = await read(`/market/ticker?exchange=binance&symbol=${encodeURIComponent(SWAP)}`);
      return Number(bid) < 59_500;
    });
    expect(await close(SWAP)).toMatchObject({
      status: 201,
      body: { status: 'filled', remaining_quantity: '0' },
    });
    await until('the position is flat', async () => (await position(SWAP)) === undefined);
  });
});
