/** The part of one Binance product (spot, USD-M futures) on the port that both share. */
import type { Clock } from '../clock.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { MarketHistory } from '../market/market-history.ts';
import type { HttpRoute, SocketEndpoint } from '../wire/wire.ts';

export type ProductSettings = {
  readonly exchange: Exchange;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly limits: boolean;
  readonly history: MarketHistory;
  /** Cryptographic. */
  readonly randomHex: (bytes: number) => string;
};

export type Product = {
  readonly routes: readonly HttpRoute[];
  readonly sockets: readonly SocketEndpoint[];
};
