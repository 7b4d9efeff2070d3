/**
 * Private streams whose login is signed with the account's keys and the venue's time.
 *
 * Entry points: `SignedStreamOptions`, `signedStreamOf`, `signedLogin`; `requestByEvent` for venues that answer with an event, refusals too.
 * A venue's folder says what is signed and where its stream connects.
 */
import type { JsonObject } from '../core/json.ts';
import type { VenueAccess } from './access.ts';
import { optionalText } from './ccxt/exact-json.ts';
import type { Credentials, NamedEndpoint } from './ccxt/exchange.ts';
import type { ConnectRequest } from './connected-account.ts';
import type { PrivateStreamOptions } from './private-stream.ts';
import { requestOverStream } from './stream-request.ts';
import type { AnswerQueue } from './stream-socket.ts';
import type { VenueAccount } from './venue-gateway.ts';

export interface SignedStreamOptions extends Pick<
  PrivateStreamOptions,
  'platform' | 'listener' | 'evidenceMs' | 'read'
> {
  readonly credentials: Credentials;
  /** The venue's clock, ms. */
  readonly venueNow: () => number;
  /** A login was refused: the venue may have refused our time. */
  readonly onRefused: () => void;
}

/** The options of an account's stream but for the reader of its messages. After a refused login the venue's clock is measured anew. */
export function signedStreamOf<Endpoint extends NamedEndpoint, Access extends VenueAccess>(
  { access, options, requests }: VenueAccount<Endpoint, Access>,
  { listener, timeouts }: ConnectRequest,
): Omit<SignedStreamOptions, 'read'> {
  return {
    platform: access.platform,
    credentials: options.credentials,
    venueNow: () => access.clock.now(),
    listener,
    evidenceMs: timeouts.streamEvidenceMs,
    onRefused: () => {
      requests.measureClock();
    },
  };
}

/** Runs `logIn`. Rejects as it does, and has `onRefused` called then. */
export async function signedLogin(
  { onRefused }: Pick<SignedStreamOptions, 'onRefused'>,
  logIn: () => Promise<unknown>,
): Promise<void> {
  try {
    await logIn();
  } catch (error) {
    onRefused();
    throw error;
  }
}

/** A request of one argument, as OKX's and Bitget's streams take it. */
export interface EventRequest {
  readonly op: string;
  readonly argument: Readonly<Record<string, string>>;
  /** Whether an answer is the one to this request. */
  readonly isAnswer: (body: JsonObject) => boolean;
}

/** A code without anything but zeros, or no code at all, is a success. */
const SUCCESS = /^0*$/;

/**
 * Sends a request and waits for its event; an error is an event of its own, which names no request, so that one is asked at a time.
 * Rejects with the venue's text where it refuses.
 */
export async function requestByEvent(
  send: (message: string) => void,
  answers: AnswerQueue,
  { op, argument, isAnswer }: EventRequest,
): Promise<void> {
  const isError = (body: JsonObject): boolean => body['event'] === 'error';
  const message = JSON.stringify({ op, args: [argument] });
  const answer = await requestOverStream(send, answers, message, (body) => isAnswer(body) || isError(body));
  if (isError(answer) || !SUCCESS.test(optionalText(answer, 'code') ?? ''))
    throw new Error(`${op}: ${optionalText(answer, 'msg') ?? 'refused without a word'}`);
}
