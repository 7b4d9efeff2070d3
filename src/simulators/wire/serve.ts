/**
 * Serves one venue's declared HTTP routes and WebSocket endpoints on a loopback port, with faults on the real sockets.
 *
 * Entry point: `serve`. Invariants: nothing leaves a socket (answer, push) before `gate` says that the state behind it
 * is on disk; messages of a connection leave in the order in which they were given; a request is counted exactly once;
 * every wait ends when the venue is closed. `drop_request` and `drop_response` end the connection without a byte of answer.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Logger } from 'pino';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Clock } from '../clock.ts';
import type { Fault, FaultKind, FaultRegistry, RouteName } from '../faults.ts';
import type { RunningVenue } from '../venue-protocol.ts';
import type { RequestCounter } from './request-counter.ts';
import { Routes, StreamEndpoints, outcomeOf, routeName, splitTarget, streamRouteOf } from './routing.ts';
import { openConnection, refusingFault } from './socket-connection.ts';
import type { RefusingFault, WireDeclaration, WireReply, WireRequest } from './wire.ts';

/** The largest request body that is read; more is answered with 413. */
const MAX_BODY_BYTES = 1_000_000;
const MAX_MESSAGE_BYTES = 1_000_000;
/** Open stream connections of one venue; further ones are refused with 503. */
const MAX_CONNECTIONS = 2000;
const DEFAULT_DELAY_MS = 1000;
const LOOPBACK = '127.0.0.1';

export interface WireContext {
  readonly port: number;
  readonly clock: Clock;
  readonly faults: FaultRegistry;
  readonly requests: RequestCounter;
  /** Runs `send` when everything done so far is on disk; calls run in the order in which they were given. */
  readonly gate: (send: () => void) => void;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

export async function serve(declaration: WireDeclaration, context: WireContext): Promise<RunningVenue> {
  const routes = new Routes(declaration.routes);
  const endpoints = new StreamEndpoints(declaration.sockets);
  const sockets = new Set<Socket>();
  const server = createServer({ keepAliveTimeout: 75_000 }, (incoming, response) => {
    answer(declaration, routes, context, incoming, response).catch((bug: unknown) => {
      context.logger.error({ err: bug, path: incoming.url }, 'a request failed inside the simulator');
      context.requests.add('other', 'bug');
      response.destroy();
    });
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  const streams = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES });
  server.on('upgrade', (incoming, socket, head) => {
    const target = splitTarget(incoming.url ?? '/');
    const found = endpoints.find(target.path);
    if (found === null) {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    if (
      context.faults.maintenance(streamRouteOf(found.place, target)) !== null ||
      streams.clients.size >= MAX_CONNECTIONS
    ) {
      socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    streams.handleUpgrade(incoming, socket, head, (webSocket) => {
      const at = { ...target, headers: headersOf(incoming), parameters: found.parameters };
      openConnection(webSocket, found.place, at, context);
    });
  });
  await listen(server, context.port);
  const { port } = server.address() as AddressInfo;
  return {
    restUrl: `http://${LOOPBACK}:${port}`,
    wsUrl: `ws://${LOOPBACK}:${port}`,
    close: () => closeAll(server, streams.clients, sockets),
  };
}

async function answer(
  declaration: WireDeclaration,
  routes: Routes,
  context: WireContext,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(incoming).catch((failure: unknown) => {
    context.logger.debug({ err: failure }, 'a request was cut short by its client');
    return undefined;
  });
  if (body === undefined) return;
  if (body === null) {
    context.requests.add('other', 'too_large');
    response.writeHead(413, { connection: 'close' }).end();
    return;
  }
  const method = incoming.method ?? 'GET';
  const { path, query } = splitTarget(incoming.url ?? '/');
  const found = routes.find(method, path);
  const at = context.clock.nowMs();
  const unclocked = {
    method,
    path,
    query,
    body,
    headers: headersOf(incoming),
    parameters: found?.parameters ?? {},
    at,
  };
  const name = routeName(found, { ...unclocked, clockMs: at });
  const request = (): WireRequest => {
    const now = context.clock.nowMs();
    return { ...unclocked, at: now, clockMs: now + context.faults.clockSkewMs(name) };
  };
  const act = async (): Promise<WireReply> =>
    found === null ? declaration.notFound(request()) : await found.place.reply(request());
  const fault = context.faults.forRequest(name);
  const exchange = { response, name, context };
  if (fault === null) {
    const reply = await act();
    context.requests.add(name, outcomeOf(reply));
    send(exchange, reply);
    return;
  }
  context.requests.add(name, fault.kind);
  await applyFault(exchange, fault, act, (kind, status) =>
    fault.body === undefined
      ? declaration.faultReply(refusingFault(fault, kind, status), request())
      : { status, body: fault.body },
  );
}

interface Exchanging {
  readonly response: ServerResponse;
  readonly name: RouteName;
  readonly context: WireContext;
}

async function applyFault(
  exchanging: Exchanging,
  fault: Fault,
  act: () => Promise<WireReply>,
  refusal: (kind: RefusingFault['kind'], status: number) => WireReply,
): Promise<void> {
  const { response, context } = exchanging;
  const { clock, signal } = context;
  const kind: FaultKind = fault.kind;
  switch (kind) {
    case 'drop_request':
      response.destroy();
      return;
    case 'drop_response':
      await act();
      context.gate(() => response.destroy());
      return;
    case 'delay':
      await clock.sleep(fault.delayMs ?? DEFAULT_DELAY_MS, signal);
      if (signal.aborted) return;
      // A client that gave up is served all the same: its request was on the way.
      send(exchanging, await act());
      return;
    case 'delay_response': {
      const reply = await act();
      await clock.sleep(fault.delayMs ?? DEFAULT_DELAY_MS, signal);
      send(exchanging, reply);
      return;
    }
    case 'http_error':
      send(exchanging, refusal(kind, fault.status ?? 503));
      return;
    case 'http_error_after':
      await act();
      send(exchanging, refusal(kind, fault.status ?? 500));
      return;
    case 'maintenance':
      send(exchanging, refusal(kind, fault.status ?? 503));
      return;
    case 'rate_limit': {
      const reply = refusal(kind, fault.status ?? 429);
      const retryAfter = String(fault.retryAfterS ?? 1);
      send(exchanging, { ...reply, headers: { ...reply.headers, 'retry-after': retryAfter } });
      return;
    }
    case 'empty_body':
      send(exchanging, { ...(await act()), body: '' });
      return;
    case 'truncate_body': {
      const reply = await act();
      send(exchanging, { ...reply, body: reply.body.slice(0, Math.floor(reply.body.length / 2)) });
      return;
    }
    case 'stall_body': {
      const reply = await act();
      context.gate(() => {
        const bytes = Buffer.from(reply.body);
        response.writeHead(reply.status, headersFor(reply, bytes.length));
        // The rest never comes; the connection stays until the client or the venue ends it.
        response.write(bytes.subarray(0, Math.floor(bytes.length / 2)));
      });
      return;
    }
    case 'ws_disconnect':
    case 'ws_drop':
    case 'ws_duplicate':
    case 'ws_reorder':
    case 'clock_skew':
    case 'hide':
      throw new Error(`${kind} does not meet requests`);
  }
}

function send({ response, context }: Exchanging, reply: WireReply): void {
  context.gate(() => {
    if (response.destroyed) return;
    const bytes = Buffer.from(reply.body);
    response.writeHead(reply.status, headersFor(reply, bytes.length)).end(bytes);
  });
}

function headersFor(reply: WireReply, length: number): Record<string, string> {
  return {
    'content-type': 'application/json;charset=UTF-8',
    ...reply.headers,
    'content-length': String(length),
  };
}

function headersOf(incoming: IncomingMessage): Readonly<Record<string, string | undefined>> {
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(incoming.headers))
    headers[name] = Array.isArray(value) ? value.join(', ') : value;
  return headers;
}

/** Null when it is too large. Rejects when the client ends the connection in the midst of it. */
function readBody(incoming: IncomingMessage): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    incoming.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= MAX_BODY_BYTES) chunks.push(chunk);
      else resolve(null);
    });
    incoming.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    incoming.on('error', reject);
    incoming.on('close', () => reject(new Error('the client disconnected')));
  });
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, LOOPBACK, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function closeAll(server: Server, streams: Iterable<WebSocket>, sockets: Iterable<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const stream of streams) stream.terminate();
    for (const socket of sockets) socket.destroy();
  });
}
