/**
 * The control API, for the operator of the simulators: reads their state and moves it. No part of any venue's protocol.
 *
 * Served on the loopback interface alone, to requests that name it by a loopback host and come from no foreign web page.
 * Bodies are checked with zod; an error is `{"error", "field"}` and names the field. Figures go out as decimal strings,
 * times as ISO 8601; the state behind an answer is on disk before it leaves.
 */
// oxlint-disable oxc/no-async-endpoint-handlers -- Fastify awaits its handlers; the rule is about Express.
import Fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
} from 'fastify';
import { z } from 'zod';
import { Decimal } from '../core/decimal.ts';
import type { Clock } from './clock.ts';
import { fundingRow, iso, orderRow } from './control-rows.ts';
import type { Refused } from './exchange/results.ts';
import { FAULT_KINDS, FAULT_ROUTES, type FaultKind, type FaultRequest } from './faults.ts';
import { newCredentials, openingBalances, PAPER_ACCOUNT, type VenueRuntime } from './venue-runtime.ts';

export interface ControlContext {
  readonly venues: ReadonlyMap<string, VenueRuntime>;
  readonly clock: Clock;
  readonly instance: () => string;
  /** Resets one venue and begins a new instance. */
  readonly reset: (venue: VenueRuntime) => Promise<void>;
}

const figure = z
  .union([z.string(), z.number()])
  .transform(String)
  .refine((text) => typeof Decimal.tryParse(text) !== 'string', 'is not a decimal number')
  .transform((text) => Decimal.parse(text));

const priceBody = z
  .strictObject({
    symbol: z.string(),
    price: figure.optional(),
    path: z.array(figure).min(1).max(10_000).optional(),
    hold: z.boolean().default(false),
  })
  .refine((body) => (body.price === undefined) !== (body.path === undefined), {
    path: ['price'],
    message: 'exactly one of price and path is needed',
  });

const fundingBody = z.strictObject({
  symbol: z.string(),
  rate: figure.refine((rate) => rate.abs().atMost(Decimal.one), 'must lie between -1 and 1').optional(),
});

const NEEDS_DELAY: ReadonlySet<FaultKind> = new Set(['delay', 'delay_response']);
const TAKES_STATUS: ReadonlySet<FaultKind> = new Set([
  'http_error',
  'http_error_after',
  'rate_limit',
  'maintenance',
]);
const MAX_DELAY_MS = 600_000;

const faultBody = z
  .strictObject({
    kind: z.enum(FAULT_KINDS),
    route: z.enum([...FAULT_ROUTES, '*']).default('*'),
    count: z.int().min(1).max(1_000_000_000).optional(),
    probability: z.number().gt(0).max(1).optional(),
    seed: z.int().min(0).optional(),
    delay_ms: z.int().min(0).max(MAX_DELAY_MS).optional(),
    status: z.int().min(400).max(599).optional(),
    retry_after_s: z.int().min(0).max(86_400).optional(),
    skew_ms: z.int().min(-86_400_000).max(86_400_000).optional(),
  })
  .check(({ value, issues }) => {
    const refuse = (field: string, message: string): void => {
      issues.push({ code: 'custom', path: [field], message, input: value });
    };
    if (value.count !== undefined && value.probability !== undefined)
      refuse('probability', 'goes not together with count');
    if (value.seed !== undefined && value.probability === undefined) refuse('seed', 'goes with probability');
    if (NEEDS_DELAY.has(value.kind) !== (value.delay_ms !== undefined))
      refuse('delay_ms', NEEDS_DELAY.has(value.kind) ? 'is needed' : 'is not taken by this kind');
    if ((value.kind === 'clock_skew') !== (value.skew_ms !== undefined))
      refuse('skew_ms', value.kind === 'clock_skew' ? 'is needed' : 'is not taken by this kind');
    if (value.status !== undefined && !TAKES_STATUS.has(value.kind))
      refuse('status', 'is not taken by this kind');
    if (value.retry_after_s !== undefined && value.kind !== 'rate_limit')
      refuse('retry_after_s', 'is not taken by this kind');
  });

const accountBody = z.strictObject({
  account_id: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, _ or -')
    .optional(),
  key: z.string().min(1).max(256).optional(),
  secret: z.string().min(1).max(4096).optional(),
  passphrase: z.string().min(1).max(256).nullable().optional(),
  permissions: z
    .strictObject({ trade: z.boolean().default(true), withdraw: z.boolean().default(false) })
    .default({ trade: true, withdraw: false }),
  balances: z
    .array(
      z.strictObject({
        asset: z.string().regex(/^[A-Z0-9]{1,16}$/, 'must be an asset code'),
        amount: figure.refine((amount) => !amount.isNegative(), 'must not be below zero'),
        wallet: z.enum(['spot', 'swap']).default('spot'),
      }),
    )
    .max(100)
    .optional(),
});

const depositBody = z.strictObject({
  account: z.string().optional(),
  wallet: z.enum(['spot', 'swap']).default('spot'),
  asset: z.string().regex(/^[A-Z0-9]{1,16}$/, 'must be an asset code'),
  amount: figure.refine((amount) => amount.isPositive(), 'must be above zero'),
});

const adjustmentBody = depositBody.extend({
  amount: figure.refine((amount) => !amount.isZero(), 'must not be zero'),
});

const transferBody = z
  .strictObject({
    account: z.string().optional(),
    asset: z.string().regex(/^[A-Z0-9]{1,16}$/, 'must be an asset code'),
    amount: figure.refine((amount) => amount.isPositive(), 'must be above zero'),
    from: z.enum(['spot', 'swap']),
    to: z.enum(['spot', 'swap']),
  })
  .refine(({ from, to }) => from !== to, { path: ['to'], message: 'must be another wallet' });

const venueParameters = z.object({ venue: z.string() });
const faultParameters = z.object({ venue: z.string(), id: z.string() });
const accountQuery = z.strictObject({ account: z.string().optional() });

/** An answer that is no success: status, what is wrong, and in which field. */
class ControlError extends Error {
  readonly status: number;
  readonly field: string | null;

  constructor(status: number, message: string, field: string | null = null) {
    super(message);
    this.status = status;
    this.field = field;
  }
}

export function createControl(context: ControlContext, logger: FastifyBaseLogger): FastifyInstance {
  const app = Fastify({
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: true,
  });
  app.addHook('onRequest', (request, _reply, next) => {
    if (!isLoopback(`http://${request.headers.host ?? ''}`) || !isOwnOrigin(request.headers.origin))
      next(new ControlError(403, 'the control API answers on the loopback interface alone', 'host'));
    else next();
  });
  app.setErrorHandler((error, _request, reply) => answerError(error, reply));
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send({ error: `no ${request.method} ${request.url}`, field: null }),
  );
  const venueOf = (parameters: unknown): VenueRuntime => {
    const { venue } = parse(venueParameters, parameters);
    const runtime = context.venues.get(venue === 'huobi' ? 'htx' : venue);
    if (runtime === undefined) throw new ControlError(404, `no venue ${venue} is being simulated`, 'venue');
    return runtime;
  };

  app.get('/control/health', () => ({
    ready: [...context.venues.values()].every((venue) => venue.isServing),
    instance: context.instance(),
    venues: Object.fromEntries([...context.venues].map(([name, venue]) => [name, healthOf(venue)])),
  }));

  app.get('/control/:venue/orders', async (request) => {
    const venue = venueOf(request.params);
    const { account } = parse(accountQuery, request.query);
    await venue.durable();
    return venue.exchange.allOrders().filter(ofAccount(account)).map(orderRow);
  });

  app.get('/control/:venue/fills', async (request) => {
    const venue = venueOf(request.params);
    const { account } = parse(accountQuery, request.query);
    await venue.durable();
    return venue.exchange
      .allFills()
      .filter(ofAccount(account))
      .map((fill) => ({
        trade_id: fill.tradeId,
        venue_order_id: fill.venueOrderId,
        client_order_id: fill.clientOrderId,
        account_id: fill.accountId,
        symbol: fill.symbol,
        side: fill.side,
        position_side: fill.marketType === 'swap' ? fill.positionSide : null,
        price: fill.price,
        quantity: fill.quantity,
        fee: fill.fee,
        fee_asset: fill.feeAsset,
        liquidity: fill.liquidity,
        realized_pnl: fill.realizedPnl,
        at: iso(fill.at),
      }));
  });

  app.get('/control/:venue/balances', async (request) => {
    const venue = venueOf(request.params);
    const accountId = knownAccount(venue, parse(accountQuery, request.query).account);
    await venue.durable();
    return venue.exchange
      .balances(accountId)
      .map(({ wallet, asset, total, free }) => ({ account_id: accountId, wallet, asset, total, free }));
  });

  app.get('/control/:venue/positions', async (request) => {
    const venue = venueOf(request.params);
    const accountId = knownAccount(venue, parse(accountQuery, request.query).account);
    await venue.durable();
    return venue.exchange
      .positions(accountId)
      .filter((position) => !position.quantity.isZero())
      .map((position) => ({
        account_id: accountId,
        symbol: position.symbol,
        position_side: position.side,
        side: position.quantity.isPositive() ? 'long' : 'short',
        quantity: position.quantity.abs(),
        entry_price: position.entryPrice,
        mark_price: position.markPrice,
        unrealized_pnl: position.unrealizedPnl,
        leverage: position.leverage,
        margin_mode: position.marginMode,
        liquidation_price: position.liquidationPrice,
        maintenance_margin: position.maintenanceMargin,
      }));
  });

  app.get('/control/:venue/funding', async (request) => {
    const venue = venueOf(request.params);
    const accountId = knownAccount(venue, parse(accountQuery, request.query).account);
    await venue.durable();
    return venue.exchange.funding(accountId).map((payment) => fundingRow({ accountId, payment }));
  });

  app.post('/control/:venue/funding', async (request) => {
    const venue = venueOf(request.params);
    const { symbol, rate } = parse(fundingBody, request.body);
    if ((venue.exchange.instrument(symbol)?.swap ?? null) === null)
      throw new ControlError(400, `${symbol} is no swap of this venue`, 'symbol');
    const { payments } = mustBeDone(
      venue.exchange.settleFunding(context.clock.nowMs(), symbol, rate ?? null),
      'symbol',
    );
    await venue.durable();
    return payments.map(fundingRow);
  });

  app.get('/control/:venue/requests', (request) => venueOf(request.params).requests.list());

  app.post('/control/:venue/price', async (request) => {
    const venue = venueOf(request.params);
    const { symbol, price, path, hold } = parse(priceBody, request.body);
    const prices = price === undefined ? (path ?? []) : [price];
    const field = price === undefined ? 'path' : 'price';
    mustBeDone(venue.exchange.movePrice(context.clock.nowMs(), symbol, prices, hold), field);
    await venue.durable();
    const market = venue.exchange.market(symbol);
    return { symbol, mid: market?.markPrice, last: market?.lastPrice, held: market?.held };
  });

  app.get('/control/:venue/faults', (request) => venueOf(request.params).faults.list().map(faultRow));

  app.post('/control/:venue/faults', async (request, reply) => {
    const venue = venueOf(request.params);
    const body = parse(faultBody, request.body);
    const fault = venue.faults.add(faultOf(body));
    return reply.code(201).send({ id: fault.id });
  });

  app.delete('/control/:venue/faults', (request) => ({ removed: venueOf(request.params).faults.remove() }));

  app.delete('/control/:venue/faults/:id', (request) => {
    const { id } = parse(faultParameters, request.params);
    const removed = venueOf(request.params).faults.remove(id);
    if (removed === 0) throw new ControlError(404, `no fault ${id}: used up, deleted or never there`, 'id');
    return { removed };
  });

  app.post('/control/:venue/reset', async (request) => {
    const venue = venueOf(request.params);
    if (!venue.isServing)
      throw new ControlError(409, `${venue.protocol.name} is being reset already`, 'venue');
    await context.reset(venue);
    return { instance: context.instance(), venue: healthOf(venue) };
  });

  /** An adjustment, up or down, moves a balance without any record that says why. */
  for (const [path, schema] of [
    ['deposits', depositBody],
    ['withdrawals', depositBody],
    ['adjustments', adjustmentBody],
  ] as const)
    app.post(`/control/:venue/${path}`, async (request, reply) => {
      const venue = venueOf(request.params);
      const { account, wallet, asset, amount } = parse(schema, request.body);
      const accountId = knownAccount(venue, account);
      const change = path === 'withdrawals' ? amount.negate() : amount;
      const isRecorded = path !== 'adjustments';
      const now = context.clock.nowMs();
      mustBeDone(venue.exchange.deposit(now, accountId, wallet, asset, change, isRecorded), 'amount');
      await venue.durable();
      return reply.code(201).send({ account_id: accountId, wallet, asset, amount });
    });

  app.post('/control/:venue/transfers', async (request, reply) => {
    const venue = venueOf(request.params);
    const { account, asset, amount, from, to } = parse(transferBody, request.body);
    const accountId = knownAccount(venue, account);
    mustBeDone(venue.exchange.transfer(context.clock.nowMs(), accountId, asset, amount, from, to), 'amount');
    await venue.durable();
    return reply.code(201).send({ account_id: accountId, asset, amount, from, to });
  });

  app.get('/control/:venue/records', async (request) => {
    const venue = venueOf(request.params);
    const accountId = knownAccount(venue, parse(accountQuery, request.query).account);
    await venue.durable();
    return venue.exchange
      .entries(accountId)
      .map(({ number: id, kind, wallet, asset, amount, symbol, at }) => ({
        account_id: accountId,
        id,
        kind,
        wallet,
        asset,
        amount,
        symbol,
        at: iso(at),
      }));
  });

  app.get('/control/:venue/accounts', (request) => {
    const { exchange } = venueOf(request.params);
    return exchange.accounts().map(({ accountId, createdAt, permissions, credentials }) => ({
      account_id: accountId,
      key: credentials.key,
      permissions,
      created_at: iso(createdAt),
    }));
  });

  app.post('/control/:venue/accounts', async (request, reply) => {
    const venue = venueOf(request.params);
    const body = parse(accountBody, request.body ?? {});
    const made = newCredentials(venue.protocol);
    const credentials = {
      key: body.key ?? made.key,
      secret: body.secret ?? made.secret,
      passphrase: made.passphrase === null ? null : (body.passphrase ?? made.passphrase),
    };
    const accountId = body.account_id ?? `account-${venue.exchange.accounts().length + 1}`;
    const registered = venue.exchange.registerAccount(context.clock.nowMs(), {
      accountId,
      credentials,
      permissions: body.permissions,
      balances: body.balances ?? openingBalances(venue.protocol),
    });
    mustBeDone(registered, 'account_id');
    await venue.durable();
    return reply.code(201).send({ account_id: accountId, ...credentials });
  });

  return app;
}

function healthOf(venue: VenueRuntime): Record<string, string | null> {
  const { restUrl, wsUrl } = venue.isServing ? venue.urls : { restUrl: null, wsUrl: null };
  const { key, secret, passphrase } = venue.paperCredentials;
  return { rest: restUrl, ws: wsUrl, key, secret, passphrase, instance: venue.instance };
}

function faultOf(body: z.infer<typeof faultBody>): FaultRequest {
  const { kind, route, count, probability, seed, status } = body;
  return {
    kind,
    route,
    ...(count === undefined ? {} : { count }),
    ...(probability === undefined ? {} : { probability }),
    ...(seed === undefined ? {} : { seed }),
    ...(status === undefined ? {} : { status }),
    ...(body.delay_ms === undefined ? {} : { delayMs: body.delay_ms }),
    ...(body.retry_after_s === undefined ? {} : { retryAfterS: body.retry_after_s }),
    ...(body.skew_ms === undefined ? {} : { skewMs: body.skew_ms }),
  };
}

function faultRow(
  fault: FaultRequest & { readonly id: string; readonly applied: number },
): Record<string, unknown> {
  const { delayMs, retryAfterS, skewMs, ...rest } = fault;
  return { ...rest, delay_ms: delayMs, retry_after_s: retryAfterS, skew_ms: skewMs };
}

function ofAccount(account: string | undefined): (row: { readonly accountId: string }) => boolean {
  return (row) => account === undefined || row.accountId === account;
}

function knownAccount(venue: VenueRuntime, account: string | undefined): string {
  const accountId = account ?? PAPER_ACCOUNT;
  if (venue.exchange.account(accountId) === null)
    throw new ControlError(404, `no account ${accountId}`, 'account');
  return accountId;
}

function mustBeDone<Done extends { readonly ok: true }>(result: Done | Refused, field: string): Done {
  if (result.ok) return result;
  const { refusal } = result;
  if (refusal.code === 'unknown_symbol')
    throw new ControlError(400, `no symbol ${refusal.symbol} on this venue`, 'symbol');
  if (refusal.code === 'price_off_tick')
    throw new ControlError(400, `must be a multiple of the tick ${refusal.tick.toString()}`, field);
  if (refusal.code === 'bad_field') throw new ControlError(400, refusal.detail, field);
  throw new ControlError(400, refusal.code, field);
}

function parse<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const unknownKeys = issue?.code === 'unrecognized_keys' ? issue.keys : [];
  const field = unknownKeys[0] ?? issue?.path.map(String).join('.') ?? '';
  throw new ControlError(400, issue?.message ?? 'is not valid', field === '' ? 'body' : field);
}

function answerError(error: unknown, reply: FastifyReply): void {
  if (error instanceof ControlError) {
    void reply.code(error.status).send({ error: error.message, field: error.field });
    return;
  }
  const status = statusOf(error);
  if (status >= 500) reply.log.error({ err: error }, 'a control request failed');
  const message = status >= 500 || !(error instanceof Error) ? 'the simulator failed' : error.message;
  void reply.code(status).send({ error: message, field: status < 500 ? 'body' : null });
}

/** Fastify's own refusals (malformed JSON, wrong content type) carry their status. */
function statusOf(error: unknown): number {
  if (error instanceof RangeError) return 400;
  const status =
    typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : 500;
  return typeof status === 'number' ? status : 500;
}

function isLoopback(url: string): boolean {
  return URL.canParse(url) && ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(url).hostname);
}

function isOwnOrigin(origin: string | undefined): boolean {
  return origin === undefined || isLoopback(origin);
}
