/**
 * Several connections of one account that stand for one private stream, where a venue has its events at several addresses.
 *
 * Entry point: `JoinedStreams`. Each connection reports its own gaps, so that the first connecting is one gap for each of them.
 */
import type { InstrumentSymbol, VenueOrderId } from '../core/ids.ts';
import type { AccountStream } from './connected-account.ts';

export interface JoinedStream {
  readonly stream: AccountStream;
  /** Whether the events of this order come over it; the first stream that says so is watched for them. */
  readonly carries: (venueOrderId: VenueOrderId) => boolean;
}

export class JoinedStreams implements AccountStream {
  readonly #joined: readonly JoinedStream[];

  constructor(joined: readonly JoinedStream[]) {
    this.#joined = joined;
  }

  /** Connected while all of them are. */
  get state(): AccountStream['state'] {
    const states = this.#joined.map(({ stream }) => stream.state);
    if (states.every((state) => state === 'connected')) return 'connected';
    return states.includes('closed') ? 'closed' : 'connecting';
  }

  open(): void {
    for (const { stream } of this.#joined) stream.open();
  }

  close(): void {
    for (const { stream } of this.#joined) stream.close();
  }

  expect(symbol: InstrumentSymbol, venueOrderId: VenueOrderId): void {
    this.#joined.find(({ carries }) => carries(venueOrderId))?.stream.expect(symbol, venueOrderId);
  }
}
