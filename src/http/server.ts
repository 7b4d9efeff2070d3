/**
 * The HTTP server: bodies, authentication, validation and errors in one place, endpoints in `routes/`.
 *
 * Entry point: `createServer`.
 *
 * Invariants:
 *  1. No handler runs before its caller is known, allowed and its input is checked against the schema that is documented.
 *  2. Every error leaves as `application/problem+json`; an unexpected one shows nothing but its request id.
 *  3. Nothing is logged that a header or a body carried.
 */
import fastifySwagger from '@fastify/swagger';
import fastifyWebsocket from '@fastify/websocket';
import Fastify, {
  LogController,
  type FastifyBaseLogger,
  type FastifyReply,
  type FastifyRequest,
  type FastifySchema,
} from 'fastify';
import {
  createJsonSchemaTransform,
  createJsonSchemaTransformObject,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import { z } from 'zod';
import { Authenticator, requireAllowed } from './authentication.ts';
import type { App, HttpContext } from './context.ts';
import { describeOperations, documentField, type ServedRoute } from './contract/document.ts';
import { JsonRefused, parseExactJson } from './exact-json.ts';
import { NO_SUCH_EXCHANGE } from './fields.ts';
import { nearestRoute } from './nearest-route.ts';
import { BODY_LIMIT_BYTES, Problem, problemDocument, retryAfterSeconds } from './problem.ts';
import { logRequest, outcomeOf } from './request-line.ts';
import { requestLog } from './request-log.ts';
import { toProblem } from './server-problem.ts';
import { answerWireFault } from './wire-fault.ts';
import { listUsersRoute } from './routes/list-users.ts';
import { addUserRoute } from './routes/add-user.ts';
import { disableUserRoute } from './routes/disable-user.ts';
import { listTokensRoute } from './routes/list-tokens.ts';
import { addTokenRoute } from './routes/add-token.ts';
import { revokeTokenRoute } from './routes/revoke-token.ts';
import { listPortfoliosRoute } from './routes/list-portfolios.ts';
import { listAccountsRoute } from './routes/list-accounts.ts';
import { addAccountRoute } from './routes/add-account.ts';
import { changeAccountRoute } from './routes/change-account.ts';
import { removeAccountRoute } from './routes/remove-account.ts';
import { verifyAccountRoute } from './routes/verify-account.ts';
import { amendOrderRoute } from './routes/amend-order.ts';
import { accountBalanceRoute } from './routes/account-balance.ts';
import { accountActivitiesRoute } from './routes/account-activities.ts';
import { accountInfoRoute } from './routes/account-info.ts';
import { batchOrdersRoute } from './routes/batch-orders.ts';
import { cancelOrderRoute } from './routes/cancel-order.ts';
import { cancelOrdersRoute } from './routes/cancel-orders.ts';
import { adoptPositionRoute } from './routes/adopt-position.ts';
import { closePositionRoute } from './routes/close-position.ts';
import { closePositionsRoute } from './routes/close-positions.ts';
import { docsRoute } from './routes/docs.ts';
import { errorPageRoute } from './routes/error-page.ts';
import { driftRoute } from './routes/drift.ts';
import { driftResolveRoute } from './routes/drift-resolve.ts';
import { equityRoute } from './routes/equity.ts';
import { exchangesRoute } from './routes/exchanges.ts';
import { fillsRoute } from './routes/fills.ts';
import { healthRoute } from './routes/health.ts';
import { indexRoute } from './routes/index-page.ts';
import { instrumentsRoute } from './routes/instruments.ts';
import { journalRoute } from './routes/journal.ts';
import { killSwitchRoute } from './routes/kill-switch.ts';
import { leverageRoute } from './routes/leverage.ts';
import { limitOrderRoute } from './routes/limit-order.ts';
import { marginModeRoute } from './routes/margin-mode.ts';
import { marketBookRoute } from './routes/market-book.ts';
import { marketCandlesRoute } from './routes/market-candles.ts';
import { marketOrderRoute } from './routes/market-order.ts';
import { marketTickerRoute } from './routes/market-ticker.ts';
import { marketTradesRoute } from './routes/market-trades.ts';
import { metricsRoute } from './routes/metrics.ts';
import { openOrdersRoute } from './routes/open-orders.ts';
import { orderHistoryRoute } from './routes/order-history.ts';
import { orderStatusRoute } from './routes/order-status.ts';
import { orderByClientOrderIdRoute } from './routes/order-by-client-order-id.ts';
import { orderRoute } from './routes/order.ts';
import { paperAccountRoutes } from './routes/paper-account.ts';
import { positionModeRoute } from './routes/position-mode.ts';
import { positionRoute } from './routes/position.ts';
import { positionsRoute } from './routes/positions.ts';
import { equityAccountsRoute } from './routes/equity-accounts.ts';
import { statePriceRoute } from './routes/state-price.ts';
import { reclassifyChangeRoute } from './routes/reclassify-change.ts';
import { riskCheckRoute } from './routes/risk-check.ts';
import { strategiesRoute } from './routes/strategies.ts';
import { tradingStateRoute } from './routes/trading-state.ts';
import { riskLimitsRoute } from './routes/risk-limits.ts';
import { riskResetRoute } from './routes/risk-reset.ts';
import { riskStatusRoute } from './routes/risk-status.ts';
import { stopOrderRoute } from './routes/stop-order.ts';
import { takeProfitOrderRoute } from './routes/take-profit-order.ts';
import { STREAM_PATH, streamRoute } from './routes/stream.ts';
import { CLOSINGS } from './stream/closings.ts';

export const API_PREFIX = '/api/v1';
const REQUEST_TIMEOUT_MS = 30_000;
/** Longer than a load balancer's usual idle time, so that it is the one that closes. */
const KEEP_ALIVE_MS = 75_000;
const MAX_PATH_PARAMETER = 200;
const CLOSE_GRACE_MS = 5_000;
/** How long a stream's client has to answer that its stream is closed, in milliseconds. */
export const STREAM_CLOSE_GRACE_MS = 1_000;
const STREAM_MESSAGE_LIMIT_BYTES = 65_536;

const toDocument = createJsonSchemaTransformObject({ zodToJsonConfig: { override: documentField } });

export async function createServer(context: HttpContext, log: Logger): Promise<App> {
  const instanceTag = randomBytes(4).toString('hex');
  let requests = 0;
  const nextRequestId = (): string => {
    requests += 1;
    return `${instanceTag}-${requests.toString(36)}`;
  };
  const served: ServedRoute[] = [];
  const loggerInstance: FastifyBaseLogger = log;
  const app = Fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'request_id' }),
    childLoggerFactory: requestLog,
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
    // Reported by our own handler as a problem document, as every error is.
    return503OnClosing: false,
    routerOptions: { maxParamLength: MAX_PATH_PARAMETER },
    http: {
      // Reported below, as a problem document.
      requireHostHeader: false,
      // Any other request that asks for an upgrade is answered as it would be without.
      shouldUpgradeCallback: isStreamRequest,
    },
    clientErrorHandler: (error, socket) => answerWireFault(error, socket, nextRequestId()),
    // Of requests that reach no route.
    frameworkErrors: (error, request, reply) => {
      sendProblem(toProblem(error, context), error, request, reply);
    },
    genReqId: nextRequestId,
  }).withTypeProvider<ZodTypeProvider>();

  app.decorate('served', served);
  app.addHook('onRoute', (route) => {
    for (const method of [route.method].flat()) {
      // Those that Fastify adds beside every GET.
      if (method === 'HEAD') continue;
      const { hide } = (route.schema ?? {}) as { readonly hide?: boolean };
      served.push({ method, url: route.url, scope: route.config?.scope, isPage: hide === true });
    }
    if (route.config?.scope !== undefined && route.schema !== undefined)
      refuseWhatIsUnknown(route.method, route.schema);
  });
  acceptBodies(app);
  answerErrors(app, context);
  // Views are typed by their schemas, and tests hold every answer against them: checking each again costs too much.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.setValidatorCompiler(({ schema, httpPart }) => {
    if (!(schema instanceof z.ZodType)) throw new TypeError('schemas of requests are zod schemas');
    return (data: unknown) => {
      const parsed = schema.safeParse(httpPart === 'body' && data === undefined ? {} : data);
      return parsed.success ? { value: parsed.data } : { error: invalidRequest(parsed.error, httpPart) };
    };
  });

  let isClosing = false;
  // Before the plugin, which would close streams without a code.
  app.addHook('preClose', async () => {
    isClosing = true;
    const { code, reason } = CLOSINGS.stopping;
    for (const client of app.websocketServer.clients) client.close(code, reason);
    // A client that is frozen or gone never answers that, and the server would wait for it.
    setTimeout(() => {
      for (const client of app.websocketServer.clients) client.terminate();
    }, STREAM_CLOSE_GRACE_MS).unref();
  });
  // Before the hooks below, which ask whether a request is an upgrade.
  await app.register(fastifyWebsocket, { options: { maxPayload: STREAM_MESSAGE_LIMIT_BYTES } });
  const authenticator = new Authenticator(context.directory, context.now);
  app.decorateRequest('caller', null);
  app.decorateRequest('outcome', null);
  app.addHook('onRequest', async (request, reply) => {
    void reply.header('X-Request-Id', request.id).header('X-Content-Type-Options', 'nosniff');
    if (isClosing) throw new Problem('recovering', 'The service is stopping; nothing was taken in.');
    if (request.headers.host === undefined && request.raw.httpVersion === '1.1')
      throw new Problem('invalid_request', 'Host: is required by HTTP/1.1.');
    const { scope, power, bound } = request.routeOptions.config;
    // A stream may log in by its first message instead.
    if (scope === undefined || (request.ws && request.headers.authorization === undefined)) return;
    // A caller who may not do this is named in the request's line all the same.
    const caller = await authenticator.identify(request);
    request.caller = caller;
    requireAllowed(caller, {
      scope,
      ...(power === undefined ? {} : { power }),
      ...(bound === undefined ? {} : { bound }),
    });
  });
  // Requests in flight are answered; connections that are still open after that are cut.
  app.addHook('preClose', async () => {
    setTimeout(() => app.server.closeAllConnections(), CLOSE_GRACE_MS).unref();
  });
  app.addHook('preSerialization', (request, reply, payload, done) => {
    if ((request.method !== 'GET' || reply.statusCode >= 400) && log.isLevelEnabled('info'))
      request.outcome = outcomeOf(payload);
    done(null, payload);
  });
  app.addHook('onResponse', (request, reply, done) => {
    context.metrics.requestSeconds.observe(
      {
        method: request.method,
        route: request.routeOptions.url ?? 'none',
        status: String(reply.statusCode),
      },
      reply.elapsedTime / 1_000,
    );
    logRequest(log, request, reply);
    done();
  });

  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Plimsoll',
        version: '1',
        description:
          'Places and looks after live orders on crypto exchanges. The messages of the stream are described by [/asyncapi.json](/asyncapi.json).',
      },
      servers: [{ url: '/', description: 'The service that this document was read from.' }],
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
    },
    transform: createJsonSchemaTransform({ zodToJsonConfig: { override: documentField } }),
    transformObject: (document) => describeOperations(toDocument(document), served),
  });

  // An `Expect` header that is not supported does not fail the request (RFC 9110, section 10.1.1).
  app.server.on('checkExpectation', (request, response) => app.routing(request, response));

  await app.register(
    async (api: App) => {
      for (const route of API_ROUTES) route(api, context);
      streamRoute(api, context, authenticator);
    },
    { prefix: API_PREFIX },
  );
  for (const route of ROOT_ROUTES) route(app, context);
  return app;
}

const API_ROUTES: readonly ((app: App, context: HttpContext) => void)[] = [
  marketOrderRoute,
  limitOrderRoute,
  stopOrderRoute,
  takeProfitOrderRoute,
  batchOrdersRoute,
  openOrdersRoute,
  orderHistoryRoute,
  orderByClientOrderIdRoute,
  orderStatusRoute,
  orderRoute,
  amendOrderRoute,
  cancelOrderRoute,
  cancelOrdersRoute,
  fillsRoute,
  positionsRoute,
  positionRoute,
  adoptPositionRoute,
  closePositionRoute,
  closePositionsRoute,
  accountInfoRoute,
  accountBalanceRoute,
  accountActivitiesRoute,
  riskCheckRoute,
  riskStatusRoute,
  riskLimitsRoute,
  tradingStateRoute,
  strategiesRoute,
  riskResetRoute,
  reclassifyChangeRoute,
  statePriceRoute,
  equityAccountsRoute,
  killSwitchRoute,
  driftRoute,
  driftResolveRoute,
  equityRoute,
  journalRoute,
  exchangesRoute,
  instrumentsRoute,
  marketTickerRoute,
  marketBookRoute,
  marketTradesRoute,
  marketCandlesRoute,
  leverageRoute,
  marginModeRoute,
  positionModeRoute,
  listUsersRoute,
  addUserRoute,
  disableUserRoute,
  listTokensRoute,
  addTokenRoute,
  revokeTokenRoute,
  listPortfoliosRoute,
  listAccountsRoute,
  addAccountRoute,
  changeAccountRoute,
  removeAccountRoute,
  verifyAccountRoute,
  paperAccountRoutes,
];

const ROOT_ROUTES: readonly ((app: App, context: HttpContext) => void)[] = [
  healthRoute,
  metricsRoute,
  errorPageRoute,
  docsRoute,
  indexRoute,
];

/** A whole WebSocket handshake (RFC 6455, section 4.1) at the one address that takes it. */
function isStreamRequest({ method, url, headers }: IncomingMessage): boolean {
  return (
    method === 'GET' &&
    url?.split('?', 1)[0] === `${API_PREFIX}${STREAM_PATH}` &&
    headers.upgrade?.toLowerCase() === 'websocket' &&
    headers['sec-websocket-version'] === '13' &&
    /^[+/0-9A-Za-z]{22}==$/.test(headers['sec-websocket-key'] ?? '')
  );
}

/** An endpoint without a body refuses one with fields: its caller expects something that the endpoint does not do. */
function refuseWhatIsUnknown(method: string | string[], schema: FastifySchema): void {
  schema.querystring ??= z.strictObject({});
  if (!['GET', 'HEAD'].includes(String(method))) schema.body ??= z.strictObject({}).nullable();
}

function acceptBodies(app: App): void {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      const text = decoder.decode(Buffer.isBuffer(body) ? body : Buffer.from(body));
      done(null, text.trim() === '' ? undefined : parseExactJson(text));
    } catch (error) {
      const why = error instanceof JsonRefused ? error.message : 'the body is not UTF-8';
      done(new Problem('malformed_json', why));
    }
  });
}

/** Every field that is wrong, with the reason. */
function invalidRequest(error: z.ZodError, httpPart: string | undefined): Problem {
  const errors = fieldErrors(error.issues, []);
  const where = httpPart === undefined || httpPart === 'body' ? {} : { in: httpPart };
  const code = error.issues.every(namesNoExchange) ? 'exchange_not_supported' : 'invalid_request';
  return new Problem(code, errors.map(({ field, reason }) => `${field}: ${reason}`).join('; '), {
    errors: errors.map((entry) => ({ ...entry, ...where })),
  });
}

/** Whether nothing is wrong with a field but that it names an exchange that is none of ours. */
function namesNoExchange(issue: z.core.$ZodIssue): boolean {
  return issue.code === 'custom' && issue.params?.['unsupported'] === NO_SUCH_EXCHANGE.unsupported;
}

const MAX_ERRORS_LISTED = 50;

function fieldErrors(
  issues: readonly z.core.$ZodIssue[],
  above: readonly PropertyKey[],
): { readonly field: string; readonly reason: string }[] {
  return issues
    .flatMap((issue) => {
      const path = [...above, ...issue.path];
      if (issue.code === 'unrecognized_keys') {
        return issue.keys.map((key) => ({
          field: fieldName([...path, key]),
          reason: 'is not a field of this request',
        }));
      }
      const reason =
        issue.code === 'invalid_type' && issue.message.startsWith('Invalid input')
          ? path.length === 0
            ? 'must be a JSON object'
            : `must be ${issue.expected}`
          : issue.message;
      return [{ field: fieldName(path), reason }];
    })
    .slice(0, MAX_ERRORS_LISTED);
}

function fieldName(path: readonly PropertyKey[]): string {
  return path.length === 0 ? 'body' : path.map(String).join('.');
}

function answerErrors(app: App, context: HttpContext): void {
  app.setErrorHandler((error, request, reply) =>
    sendProblem(toProblem(error, context), error, request, reply),
  );
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const nearest = nearestRoute(request.method, path, app.served, API_PREFIX);
    const problem = new Problem(
      'route_not_found',
      `There is no ${request.method} ${path}.${nearest === null ? '' : ` The nearest is ${nearest}.`}`,
    );
    return sendProblem(problem, problem, request, reply);
  });
}

function sendProblem(
  problem: Problem,
  cause: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  if (problem.problemCode === 'internal_error') {
    request.log.error({ err: cause, route: request.routeOptions.url }, 'a request failed');
  }
  if (problem.retryAfterMs !== null)
    void reply.header('Retry-After', retryAfterSeconds(problem.retryAfterMs));
  if (problem.status === 401) void reply.header('WWW-Authenticate', 'Bearer');
  return reply
    .code(problem.status)
    .header('Content-Type', 'application/problem+json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(problemDocument(problem, request.id));
}
