/**
 * The ends of a connection that the service makes, with the codes of RFC 6455 that it is closed with. The AsyncAPI document lists
 * them, and docs/api.md.
 *
 * Entry points: `CLOSINGS`, `closingOfLogin`, `isNotOpened`.
 */
import type { Problem } from '../problem.ts';

export interface Closing {
  readonly code: 1001 | 1008 | 1009 | 1011 | 1012 | 1013;
  /** As it is sent; null where it differs, or the connection is closed below this service. */
  readonly reason: string | null;
  /** The condition, as a sentence. */
  readonly when: string;
  /** The action that the client should take, as a sentence. */
  readonly remedy: string;
}

const COME_BACK = 'Connect again with `after`.';

export const CLOSINGS = {
  stopping: {
    code: 1001,
    reason: 'the service is stopping: connect again with after',
    when: 'The service stops, or is restarted.',
    remedy: COME_BACK,
  },
  noLogin: {
    code: 1008,
    reason: 'no login came',
    when: 'Neither the header nor a message logged in within 10 s.',
    remedy: 'Connect again and send `{"token"}` first.',
  },
  loginRefused: {
    code: 1008,
    reason: null,
    when: 'The first message is no login, or its token is unknown, expired, revoked or not for reading. The reason is the code of the error that was sent before, such as `unauthenticated`.',
    remedy: 'Correct the token or the message first: the same one is refused again.',
  },
  tokenEnded: {
    code: 1008,
    reason: 'the token is no longer valid',
    when: 'The token was revoked or has expired while the connection was open; it is looked at every 15 s.',
    remedy: 'Connect again with `after` and another token.',
  },
  tooMany: {
    code: 1008,
    reason: 'too many messages at once',
    when: 'The client sent more than 100 messages before the first of them was answered.',
    remedy: 'Wait for the answer of a message before the next one.',
  },
  tooLarge: {
    code: 1009,
    reason: null,
    when: 'A message of the client has more than 64 kB.',
    remedy: 'Send smaller ones.',
  },
  failed: {
    code: 1011,
    reason: 'the stream failed: connect again with after',
    when: 'An event could not be sent, and none is left out.',
    remedy: COME_BACK,
  },
  moved: {
    code: 1012,
    reason: 'the portfolio moved: connect again with after',
    when: 'The portfolio of the subscriptions moved to another node, or is opened anew on this one.',
    remedy: COME_BACK,
  },
  notOpened: {
    code: 1013,
    reason: 'the portfolio is not open here now: connect again with after',
    when: 'A subscription was answered with `recovering` or `not_owner`: the service is starting, or another node runs the portfolio.',
    remedy: 'Connect again with `after` in a second, and again until it is open.',
  },
  tooSlow: {
    code: 1013,
    reason: 'too slow: connect again with after',
    when: 'More than 4 MB wait to be read by the client.',
    remedy: COME_BACK,
  },
  crowded: {
    code: 1013,
    reason: 'too many streams are open',
    when: '5,000 connections are open.',
    remedy: 'Connect again later.',
  },
  loginNotJudged: {
    code: 1013,
    reason: null,
    when: 'The login cannot be judged now. The reason is the code of the error that was sent before: `storage_unavailable`, `login_throttled`.',
    remedy: 'Connect again later.',
  },
} as const satisfies Readonly<Record<string, Closing>>;

/** The end of a connection whose first message is answered with this problem. */
export function closingOfLogin({ status, problemCode }: Problem): {
  readonly code: Closing['code'];
  readonly reason: string;
} {
  const isOurs = status === 500;
  const isForNow = status === 429 || status === 503;
  const { code } = isOurs ? CLOSINGS.failed : isForNow ? CLOSINGS.loginNotJudged : CLOSINGS.loginRefused;
  return { code, reason: problemCode };
}

/** Whether the portfolio is not open on this node: a subscription that waited for it would wait in silence. */
export function isNotOpened({ problemCode }: Problem): boolean {
  return problemCode === 'recovering' || problemCode === 'not_owner';
}
