/** The bounds of the stream, in one place so that a test can make them small. */
export interface StreamLimits {
  readonly loginWithinMs: number;
  /** How often a token is looked at again: one that was revoked or has expired ends its connections. */
  readonly recheckTokenMs: number;
  /** Connections at once, of all users together. */
  readonly connections: number;
  /** Price channels of one connection. */
  readonly priceChannels: number;
  /** How far back `after` may be, in events. */
  readonly resumeEvents: number;
  /** Unsent bytes at which a connection with channels of a portfolio is closed. */
  readonly bufferedBytes: number;
  /** Unsent bytes above which a connection gets no further price until some are sent. */
  readonly bufferedBytesForPrices: number;
  /** Events of a portfolio that may wait to be sent on one connection. */
  readonly waitingEvents: number;
  /** Messages of a client that may wait to be read. */
  readonly unreadMessages: number;
}

export const STREAM_LIMITS: StreamLimits = {
  loginWithinMs: 10_000,
  recheckTokenMs: 15_000,
  connections: 5_000,
  priceChannels: 100,
  resumeEvents: 200_000,
  bufferedBytes: 4 * 1024 * 1024,
  bufferedBytesForPrices: 64 * 1024,
  waitingEvents: 10_000,
  unreadMessages: 100,
};
