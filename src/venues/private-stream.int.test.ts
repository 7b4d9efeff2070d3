import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { decimal } from '../core/decimal.ts';
import { instrumentSymbol, tradeId, venueOrderId } from '../core/ids.ts';
import type { OrderReport, VenueFill } from '../core/venue/report.ts';
import { MalformedAnswer } from './ccxt/exact-json.ts';
import { PrivateStream } from './private-stream.ts';
import type { StreamEvent } from './private-stream.ts';
import { SYSTEM_PLATFORM } from './system-platform.ts';

const SYMBOL = instrumentSymbol('BTC/USDT');
const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) cleanUp();
});

/** Messages are `total 0.4` or `fill 0.4`, of order 7. */
function read(message: string): readonly StreamEvent[] {
  const [what, figure = ''] = message.split(' ');
  const order: OrderReport = {
    symbol: SYMBOL,
    venueOrderId: venueOrderId('7'),
    venueClientOrderId: null,
    status: 'open',
    side: 'buy',
    positionSide: null,
    quantity: null,
    price: null,
    filledQuantity: decimal(figure === '' ? '0' : figure),
    triggeredVenueOrderId: null,
    venueReason: '',
    updatedAt: 0,
  };
  const fill: VenueFill = {
    symbol: SYMBOL,
    tradeId: tradeId('a'),
    sequence: null,
    venueOrderId: order.venueOrderId,
    venueClientOrderId: null,
    side: 'buy',
    positionSide: 'net',
    price: decimal('1'),
    quantity: order.filledQuantity,
    fee: decimal('0'),
    feeAsset: null,
    liquidity: null,
    realizedPnl: null,
    executedAt: 0,
  };
  if (what === 'total') return [{ kind: 'order', report: order, fill: null }];
  if (what === 'fill') return [{ kind: 'fill', fill }];
  throw new MalformedAnswer(message);
}

/** A stream of a venue that reports executions apart from orders, connected. */
async function connected(evidenceMs: number) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  const sockets: WebSocket[] = [];
  server.on('connection', (socket) => sockets.push(socket));
  await new Promise((resolve) => {
    server.on('listening', resolve);
  });
  const emitted: string[] = [];
  const stream = new PrivateStream({
    platform: SYSTEM_PLATFORM,
    name: 'stream',
    url: async () => `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    subscribe: async () => undefined,
    read,
    evidenceMs,
    executions: 'apart',
    listener: {
      onOrder: (report) => emitted.push(`total ${report.filledQuantity.toString()}`),
      onFill: (fill) => emitted.push(`fill ${fill.quantity.toString()}`),
      onGap: (reason) => emitted.push(reason),
      onAccountChanged: () => undefined,
    },
  });
  cleanUps.push(() => {
    stream.close();
    for (const socket of sockets) socket.terminate();
    server.close();
  });
  stream.open();
  await expect.poll(() => stream.state).toBe('connected');
  return { stream, sockets, emitted };
}

it('emits orders and executions as they come, and a gap where one never came', async () => {
  const { emitted, sockets } = await connected(50);
  for (const message of ['total 0.4', 'fill 0.4', 'total 1']) sockets[0]?.send(message);
  await expect
    .poll(() => emitted)
    .toEqual([
      'stream: connected',
      'total 0.4',
      'fill 0.4',
      'total 1',
      'stream: executions of order 7 do not join up',
    ]);
});

it('emits no gap while executions may still come, and goes on after a message that it cannot read', async () => {
  const { emitted, sockets } = await connected(60_000);
  for (const message of ['total 1', 'nonsense', 'fill 0.4', 'fill 0.6']) sockets[0]?.send(message);
  await expect.poll(() => emitted.at(-1)).toBe('fill 0.6');
  expect(emitted).toEqual([
    'stream: connected',
    'total 1',
    'stream: unreadable event: nonsense',
    'fill 0.4',
    'fill 0.6',
  ]);
});

it('takes an execution for evidence that the stream follows an order', async () => {
  const { emitted, sockets, stream } = await connected(50);
  sockets[0]?.send('fill 0');
  await expect.poll(() => emitted).toContain('fill 0');
  stream.expect(SYMBOL, venueOrderId('7'));
  stream.expect(SYMBOL, venueOrderId('8'));
  // The order without an event costs the connection; the one with an execution did not start the wait.
  await expect.poll(() => emitted).toContain('stream: no event came of order 8');
  expect(emitted).not.toContain('stream: no event came of order 7');
});
