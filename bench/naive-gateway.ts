/**
 * The second yardstick, as a process: the order gateway that one writes first. Fastify, `pg`, ccxt; it awaits one INSERT
 * before the order goes out and one UPDATE after it came back. No risk check, no look-up, no stream, one row an order.
 *
 * It has a PostgreSQL of its own, the same one with the same settings as the service's. Sends `NaiveReady` when it
 * listens, and ends with its parent.
 */
import type { AddressInfo } from 'node:net';
import { randomUUID } from 'node:crypto';
import Fastify from 'fastify';
import pg from 'pg';
import { pino } from 'pino';
import { startEmbeddedPostgres } from '../src/journal/embedded-postgres.ts';
import { openExchange, orderTerms, QUANTITY, type VenueAddress } from './plain-ccxt.ts';

export interface NaiveReady {
  readonly port: number;
}

interface OrderBody {
  readonly symbol: string;
  readonly side: 'buy' | 'sell';
  readonly quantity: string;
  readonly client_order_id: string;
}

/** Half as many as its callers: of two statements and a call to the venue, one is always the call. */
const CONNECTIONS = 32;

const [dataDir = '', venueText = ''] = process.argv.slice(2);
const venue = JSON.parse(venueText) as VenueAddress;
const log = pino({ level: 'warn' }, pino.destination(2));
const postgres = await startEmbeddedPostgres({ dataDir, log });
const pool = new pg.Pool({ ...postgres.address, max: CONNECTIONS });
await pool.query(`CREATE TABLE IF NOT EXISTS orders (
  order_id text PRIMARY KEY, client_order_id text UNIQUE NOT NULL, symbol text NOT NULL, side text NOT NULL,
  quantity numeric NOT NULL, status text NOT NULL, venue_order_id text, filled numeric, average numeric,
  created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now())`);
const exchange = await openExchange(venue);
const app = Fastify({ logger: false });

app.post('/orders', async (request, reply) => {
  const body = request.body as OrderBody;
  const orderId = randomUUID();
  await pool.query({
    name: 'insert',
    text: `INSERT INTO orders (order_id, client_order_id, symbol, side, quantity, status) VALUES ($1, $2, $3, $4, $5, 'submitted')`,
    values: [orderId, body.client_order_id, body.symbol, body.side, body.quantity],
  });
  const [price, parameters] = orderTerms(body.side);
  const order = await exchange.createOrder(body.symbol, 'limit', body.side, QUANTITY, price, {
    ...parameters,
    newClientOrderId: orderId,
  });
  await pool.query({
    name: 'update',
    text: 'UPDATE orders SET status = $2, venue_order_id = $3, filled = $4, average = $5, updated_at = now() WHERE order_id = $1',
    values: [orderId, order.status, order.id, order.filled, order.average],
  });
  return reply.code(201).send({
    id: orderId,
    client_order_id: body.client_order_id,
    venue_order_id: order.id,
    symbol: body.symbol,
    side: body.side,
    quantity: body.quantity,
    filled_quantity: order.filled,
    average_price: order.average,
    status: order.status,
  });
});

async function end(): Promise<void> {
  await app.close();
  await pool.end();
  await postgres.stop();
}

const endOnce = (): void => {
  process.removeAllListeners('disconnect');
  process.removeAllListeners('SIGTERM');
  end().then(
    () => process.exit(0),
    () => process.exit(1),
  );
};
process.on('disconnect', endOnce);
process.on('SIGTERM', endOnce);
process.on('SIGINT', () => undefined);
await app.listen({ host: '127.0.0.1', port: 0 });
const ready: NaiveReady = { port: (app.server.address() as AddressInfo).port };
process.send?.(ready);
