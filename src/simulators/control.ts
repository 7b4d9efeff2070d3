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
import type { z } from 'zod';
import type { Clock } from './clock.ts';
import {
  accountBody,
  accountQuery,
  adjustmentBody,
  depositBody,
  distributionBody,
  faultBody,
  faultParameters,
  keyBody,
  transferBody,
  venueParameters,
} from './control-bodies.ts';
import { ControlError, mustBeDone, parse } from './control-input.ts';
import { addMarketControl } from './control-market.ts';
import { fundingRow, iso, orderRow } from './control-rows.ts';
import type { Credentials } from './exchange/account.ts';
import type { WalletName } from './exchange/policy.ts';
import type { FaultRequest } from './faults.ts';
import { newCredentials, openingBalances, PAPER_ACCOUNT, type VenueRuntime } from './venue-runtime.ts';

export interface ControlContext {
  readonly venues: ReadonlyMap<string, VenueRuntime>;
  readonly clock: Clock;
  readonly instance: () => string;
  /** Resets one venue and begins a new instance. */
  readonly reset: (venue: VenueRuntime) => Promise<void>;
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
        trade_id: venue.protocol.tradeId?.(fill) ?? fill.tradeId,
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

  app.get('/control/:venue/requests', (request) => venueOf(request.params).requests.list());

  addMarketControl(app, context.clock, venueOf);

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

  /**
   * An adjustment, up or down, moves a balance without any record that says why. A deposit or withdrawal with a key is made once:
   * a repeat is answered with the record that there is.
   */
  for (const [path, schema] of [
    ['deposits', depositBody],
    ['withdrawals', depositBody],
    ['adjustments', adjustmentBody],
  ] as const)
    app.post(`/control/:venue/${path}`, async (request, reply) => {
      const venue = venueOf(request.params);
      const body = parse(schema, request.body);
      const { account, wallet: named, asset, amount } = body;
      const key = 'key' in body ? body.key : undefined;
      const accountId = knownAccount(venue, account);
      const wallet = walletOf(venue, named, 'wallet');
      const change = path === 'withdrawals' ? amount.negate() : amount;
      const isRecorded = path !== 'adjustments';
      const row = { account_id: accountId, wallet, asset, amount };
      const earlier =
        key === undefined ? undefined : venue.exchange.entries(accountId).find((entry) => entry.key === key);
      if (earlier !== undefined) {
        const isSame = earlier.wallet === wallet && earlier.asset === asset && earlier.amount.equals(change);
        if (!isSame) throw new ControlError(409, 'belongs to another deposit or withdrawal', 'key');
        await venue.durable();
        return { ...row, record_id: earlier.number };
      }
      const now = context.clock.nowMs();
      const more = key === undefined ? {} : { key };
      mustBeDone(venue.exchange.deposit(now, accountId, wallet, asset, change, isRecorded, more), 'amount');
      const recordId = isRecorded ? (venue.exchange.entries(accountId).at(-1)?.number ?? null) : null;
      await venue.durable();
      return reply.code(201).send({ ...row, record_id: recordId });
    });

  app.post('/control/:venue/distributions', async (request, reply) => {
    const venue = venueOf(request.params);
    const { account, wallet: named, asset, amount, text } = parse(distributionBody, request.body);
    const accountId = knownAccount(venue, account);
    const wallet = walletOf(venue, named, 'wallet');
    const now = context.clock.nowMs();
    mustBeDone(venue.exchange.deposit(now, accountId, wallet, asset, amount, true, { info: text }), 'amount');
    await venue.durable();
    return reply.code(201).send({ account_id: accountId, wallet, asset, amount, text });
  });

  app.post('/control/:venue/transfers', async (request, reply) => {
    const venue = venueOf(request.params);
    const { account, asset, amount, ...wallets } = parse(transferBody, request.body);
    const accountId = knownAccount(venue, account);
    const from = walletOf(venue, wallets.from, 'from');
    const to = walletOf(venue, wallets.to, 'to');
    if (from === to) throw new ControlError(400, 'spot and swaps share one wallet at this venue', 'to');
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
    const credentials = credentialsOf(venue, body);
    const accountId = body.account_id ?? `account-${venue.exchange.accounts().length + 1}`;
    const registered = venue.exchange.registerAccount(context.clock.nowMs(), {
      accountId,
      credentials,
      permissions: body.permissions,
      balances:
        body.balances?.map((balance) => ({
          ...balance,
          wallet: walletOf(venue, balance.wallet, 'balances'),
        })) ?? openingBalances(venue.protocol),
    });
    mustBeDone(registered, 'account_id');
    await venue.durable();
    return reply.code(201).send({ account_id: accountId, ...credentialsRow(credentials) });
  });

  app.post('/control/:venue/keys', async (request, reply) => {
    const venue = venueOf(request.params);
    const body = parse(keyBody, request.body ?? {});
    const accountId = knownAccount(venue, body.account);
    const credentials = credentialsOf(venue, body);
    const key = { credentials, permissions: body.permissions };
    mustBeDone(venue.exchange.addKey(context.clock.nowMs(), accountId, key), 'key');
    await venue.durable();
    return reply.code(201).send({ account_id: accountId, ...credentialsRow(credentials) });
  });

  return app;
}

/** The wallet that the venue has under this name: spot and swaps share one where its accounts are unified. */
function walletOf({ protocol }: VenueRuntime, name: WalletName, field: string): WalletName {
  const { spot, swap } = protocol.policy;
  if (name === 'spot') return spot.wallet;
  if (name === 'swap' && swap.wallet === 'spot')
    throw new ControlError(400, `${protocol.name} has no wallet of swaps`, field);
  if (name === 'swap') return swap.wallet;
  if (name === 'unified' && spot.wallet !== 'unified')
    throw new ControlError(400, `${protocol.name} has no unified wallet`, field);
  return name;
}

/** The key asked for; what was not given is made. With a public key there is no secret. */
function credentialsOf(
  { protocol }: VenueRuntime,
  given: Pick<z.infer<typeof keyBody>, 'key' | 'secret' | 'passphrase' | 'public_key'>,
): Credentials {
  const made = newCredentials(protocol);
  const passphrase = made.passphrase === null ? null : (given.passphrase ?? made.passphrase);
  const key = given.key ?? made.key;
  const { public_key: publicKey } = given;
  if (publicKey === undefined) return { key, secret: given.secret ?? made.secret, passphrase };
  if (given.secret !== undefined) throw new ControlError(400, 'goes not together with public_key', 'secret');
  const fault =
    protocol.publicKeyFault === undefined
      ? `is no kind of key that ${protocol.name} has`
      : protocol.publicKeyFault(publicKey);
  if (fault !== null) throw new ControlError(400, fault, 'public_key');
  return { key, secret: '', passphrase, publicKey };
}

function credentialsRow({ publicKey, ...credentials }: Credentials): Record<string, unknown> {
  return publicKey === undefined ? credentials : { ...credentials, secret: null, public_key: publicKey };
}

function healthOf(venue: VenueRuntime): Record<string, string | null> {
  const { restUrl, wsUrl } = venue.isServing ? venue.urls : { restUrl: null, wsUrl: null };
  const { key, secret, passphrase } = venue.paperCredentials;
  const { instance, marketTrouble } = venue;
  return { rest: restUrl, ws: wsUrl, key, secret, passphrase, instance, market_trouble: marketTrouble };
}

function faultOf(body: z.infer<typeof faultBody>): FaultRequest {
  const { kind, route, count, probability, seed, status, code, message } = body;
  return {
    kind,
    route,
    ...(count === undefined ? {} : { count }),
    ...(probability === undefined ? {} : { probability }),
    ...(seed === undefined ? {} : { seed }),
    ...(status === undefined ? {} : { status }),
    ...(code === undefined ? {} : { code }),
    ...(message === undefined ? {} : { message }),
    ...(body.body === undefined ? {} : { body: body.body }),
    ...(body.age_ms === undefined ? {} : { ageMs: body.age_ms }),
    ...(body.delay_ms === undefined ? {} : { delayMs: body.delay_ms }),
    ...(body.retry_after_s === undefined ? {} : { retryAfterS: body.retry_after_s }),
    ...(body.skew_ms === undefined ? {} : { skewMs: body.skew_ms }),
  };
}

function faultRow(
  fault: FaultRequest & { readonly id: string; readonly applied: number },
): Record<string, unknown> {
  const { delayMs, retryAfterS, skewMs, ageMs, ...rest } = fault;
  return { ...rest, delay_ms: delayMs, retry_after_s: retryAfterS, skew_ms: skewMs, age_ms: ageMs };
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
