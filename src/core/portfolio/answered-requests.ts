/** Requests that placed no order and are known by their key all the same. Entry point: `rememberRequest`. Pure. */
import type { AnsweredRequest } from './answered-request.ts';
import type { Draft } from './draft.ts';

/** Characters. A longer answer is not kept: the key is, so that a repeat does nothing. */
export const MAX_ANSWER_LENGTH = 256_000;

export type RememberReply =
  | { readonly kind: 'request_remembered'; readonly key: string }
  /** An order, or an earlier answer, has the key. Nothing was journaled. */
  | { readonly kind: 'key_taken' };

/** Journals that a request was answered. The journal refuses a key that is taken already. */
export function rememberRequest(draft: Draft, { key, contentHash, answer }: AnsweredRequest): RememberReply {
  if (draft.state.byIdempotencyKey.has(key)) return { kind: 'key_taken' };
  const kept = answer === null || answer.length > MAX_ANSWER_LENGTH ? null : answer;
  draft.emit({ type: 'request_answered', key, contentHash, answer: kept });
  return { kind: 'request_remembered', key };
}
