/**
 * The stub venue as a process: Binance's REST and streams of the least effort, and the part of the simulators' control
 * API that the service asks, so that it takes the stub for its simulator (`PLIMSOLL_SIMULATOR_URL`).
 *
 * Started by the bench with an IPC channel; sends `StubReady` when it listens, and ends with its parent.
 */
import { randomUUID } from 'node:crypto';
import { StubBooks } from './stub-books.ts';
import { serveHttp, type HttpAnswer, type HttpRequest } from './stub-http.ts';
import { restAnswers } from './stub-rest.ts';
import { StubStreams } from './stub-streams.ts';

export interface StubReady {
  readonly rest: string;
  readonly control: string;
}

const KEY = 'stub-key';
const SECRET = 'stub-secret';

const instance = randomUUID();
const books = new StubBooks();
const streams = new StubStreams(books);
books.open(KEY, SECRET);
// The event goes out once the answer is on its way, as at the venue.
const unknown = new Set<string>();
const rest = await serveHttp(
  restAnswers(
    books,
    (order, change) => {
      queueMicrotask(() => streams.report(order, change));
    },
    (route) => {
      if (!unknown.has(route)) process.stderr.write(`the stub does not speak ${route}\n`);
      unknown.add(route);
    },
  ),
);
const streamPort = await streams.listen();
const venue = {
  rest: `http://127.0.0.1:${rest.port}`,
  ws: `ws://127.0.0.1:${streamPort}`,
  key: KEY,
  secret: SECRET,
  passphrase: null,
  instance,
};
const control = await serveHttp(controlAnswer);

function controlAnswer(request: HttpRequest): HttpAnswer {
  switch (`${request.method} ${request.path}`) {
    case 'GET /control/health':
      return answered({ ready: true, instance, venues: { binance: venue } });
    case 'POST /control/binance/accounts': {
      const wanted = JSON.parse(request.body) as { readonly account_id: string; readonly key?: string };
      const account = books.open(wanted.key ?? `key-${wanted.account_id}`, SECRET);
      return answered({ key: account.key, secret: account.secret, passphrase: null });
    }
    case 'GET /control/binance/orders/count':
      return answered({ orders: books.orderCount });
    case 'GET /control/binance/orders/found': {
      // Which of these ids, comma-separated, are no orders here.
      const ids = (request.parameters['ids'] ?? '').split(',');
      return answered({ missing: ids.filter((id) => books.find(Number(id), '') === undefined) });
    }
    default:
      return { status: 404, body: '{}' };
  }
}

function answered(body: object): HttpAnswer {
  return { status: 200, body: JSON.stringify(body) };
}

process.on('disconnect', () => process.exit(0));
const ready: StubReady = { rest: venue.rest, control: `http://127.0.0.1:${control.port}` };
process.send?.(ready);
