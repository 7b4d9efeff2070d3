/** The part of one of MEXC's APIs (spot, contracts) on the port that both share. */
import type { Clock } from '../clock.ts';
import type { Exchange } from '../exchange/exchange.ts';
import type { MarketHistory } from '../market/market-history.ts';
import type { HttpRoute, SocketEndpoint } from '../wire/wire.ts';
import type { UndecidedBehaviour } from './undecided.ts';

export interface ProductSettings {
  readonly exchange: Exchange;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly limits: boolean;
  readonly history: MarketHistory;
  /** Cryptographic. */
  readonly randomHex: (bytes: number) => string;
  readonly undecided: UndecidedBehaviour;
}

export interface Product {
  readonly routes: readonly HttpRoute[];
  readonly sockets: readonly SocketEndpoint[];
}
