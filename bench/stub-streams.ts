/**
 * The stub's WebSocket streams, in Binance's shapes: the account's own events, tops of book, mark prices.
 *
 * Entry point: `StubStreams`. Each order is reported as the venue does: accepted, executed, and the balances after it.
 */
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { amountText, tradedQuote, tradePrice, type StubBooks, type StubOrder } from './stub-books.ts';

/** How often a quote is sent again. */
const QUOTE_EVERY_MS = 1_000;

export class StubStreams {
  readonly #books: StubBooks;
  /** By key of the account. */
  readonly #private = new Map<string, Set<WebSocket>>();
  /** The topics of each market-data connection. */
  readonly #public = new Map<WebSocket, Set<string>>();
  readonly #http = createHttpServer();
  readonly #timer: NodeJS.Timeout;

  constructor(books: StubBooks) {
    this.#books = books;
    const sockets = new WebSocketServer({ server: this.#http, perMessageDeflate: false });
    sockets.on('connection', (socket, request) => this.#connect(socket, request));
    this.#timer = setInterval(() => {
      for (const [socket, names] of this.#public) this.#emitQuotes(socket, names);
    }, QUOTE_EVERY_MS);
    this.#timer.unref();
  }

  /** Listens on a free port of the loopback interface; resolves with it. */
  async listen(): Promise<number> {
    await new Promise<void>((resolve) => {
      this.#http.listen(0, '127.0.0.1', resolve);
    });
    return (this.#http.address() as AddressInfo).port;
  }

  report(order: StubOrder, change: 'placed' | 'canceled'): void {
    const sockets = this.#private.get(order.account.key);
    if (sockets === undefined || sockets.size === 0) return;
    const events =
      change === 'canceled'
        ? [executionReport(order, 'CANCELED')]
        : order.status === 'FILLED'
          ? [executionReport(order, 'NEW'), executionReport(order, 'TRADE')]
          : order.status === 'EXPIRED'
            ? [executionReport(order, 'NEW'), executionReport(order, 'EXPIRED')]
            : [executionReport(order, 'NEW')];
    for (const event of [...events, accountPosition(order)]) {
      const message = `{"subscriptionId":0,"event":${event}}`;
      for (const socket of sockets) socket.send(message);
    }
  }

  #connect(socket: WebSocket, request: IncomingMessage): void {
    const path = (request.url ?? '').split('?', 1)[0];
    socket.on('error', () => socket.terminate());
    if (path === '/ws-api/v3') this.#serveAccount(socket);
    else if (path?.endsWith('/stream') === true) this.#serveMarket(socket);
  }

  #serveAccount(socket: WebSocket): void {
    socket.on('message', (message: Buffer) => {
      const { id, params } = JSON.parse(message.toString('utf8')) as {
        readonly id: string;
        readonly params: { readonly apiKey: string };
      };
      const sockets = this.#private.get(params.apiKey) ?? new Set<WebSocket>();
      this.#private.set(params.apiKey, sockets);
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      socket.send(JSON.stringify({ id, status: 200, result: { subscriptionId: 0 } }));
    });
  }

  #serveMarket(socket: WebSocket): void {
    const names = new Set<string>();
    this.#public.set(socket, names);
    socket.on('close', () => this.#public.delete(socket));
    socket.on('message', (message: Buffer) => {
      const { id, params } = JSON.parse(message.toString('utf8')) as {
        readonly id: number;
        readonly params: readonly string[];
      };
      for (const name of params) names.add(name);
      socket.send(JSON.stringify({ result: null, id }));
      this.#emitQuotes(socket, new Set(params));
    });
  }

  #emitQuotes(socket: WebSocket, names: ReadonlySet<string>): void {
    for (const name of names) {
      const [symbol = '', stream = ''] = name.split('@');
      const market = this.#books.markets.get(symbol.toUpperCase());
      if (market === undefined) continue;
      const data =
        stream === 'bookTicker'
          ? {
              u: Date.now(),
              s: market.symbol,
              b: market.bid,
              B: '5.00000000',
              a: market.ask,
              A: '5.00000000',
            }
          : { e: 'markPriceUpdate', E: Date.now(), s: market.symbol, p: market.ask, T: Date.now() };
      socket.send(JSON.stringify({ stream: name, data }));
    }
  }
}

function executionReport(order: StubOrder, execution: 'NEW' | 'TRADE' | 'CANCELED' | 'EXPIRED'): string {
  const isTrade = execution === 'TRADE';
  const status = isTrade ? 'FILLED' : execution;
  return (
    `{"e":"executionReport","E":${order.at},"s":"${order.market.symbol}","c":"${order.clientId}","S":"${order.isBuy ? 'BUY' : 'SELL'}",` +
    `"o":"${order.type}","f":"${order.timeInForce}","q":"${order.quantity}","p":"${order.price}","P":"0.00000000","F":"0.00000000",` +
    `"g":-1,"C":"","x":"${execution}","X":"${status}","r":"NONE","i":${order.id},"l":"${isTrade ? order.quantity : '0.00000000'}",` +
    `"z":"${isTrade ? order.quantity : '0.00000000'}","L":"${isTrade ? tradePrice(order) : '0.00000000'}","n":"0",` +
    `"N":${isTrade ? `"${order.market.quote}"` : 'null'},"T":${order.at},"t":${isTrade ? order.tradeId : -1},"I":${order.id},` +
    `"w":${execution === 'NEW'},"m":false,"M":${isTrade},"O":${order.at},"Z":"${isTrade ? tradedQuote(order) : '0.00000000'}",` +
    `"Y":"${isTrade ? tradedQuote(order) : '0.00000000'}","Q":"0.00000000","W":${order.at},"V":"EXPIRE_MAKER"}`
  );
}

function accountPosition(order: StubOrder): string {
  const balances = [order.market.base, order.market.quote].map((asset) => {
    const { total, locked } = order.account.wallets.get(asset) ?? { total: 0, locked: 0 };
    return `{"a":"${asset}","f":"${amountText(total - locked)}","l":"${amountText(locked)}"}`;
  });
  return `{"e":"outboundAccountPosition","E":${order.at},"u":${order.at},"B":[${balances.join(',')}]}`;
}
