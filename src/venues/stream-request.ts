/**
 * A request over a WebSocket, with the venue's answer to it: a login, a subscription.
 *
 * Entry point: `requestOverStream`, for the `subscribe` of a stream.
 */
import type { JsonObject, JsonValue } from '../core/json.ts';
import { MalformedAnswer, isObject, parseExactJson } from './ccxt/exact-json.ts';
import type { AnswerQueue } from './stream-socket.ts';

/** How long a venue may take to answer a login or a subscription. */
const ANSWER_TIMEOUT_MS = 5_000;

/**
 * Sends `message` and resolves with the first JSON object that `isAnswer` takes; other messages go on to the stream.
 * Rejects when none comes in time. The answer may be a refusal: the caller reads it.
 */
export async function requestOverStream(
  send: (message: string) => void,
  answers: AnswerQueue,
  message: string,
  isAnswer: (body: JsonObject) => boolean,
): Promise<JsonObject> {
  const answered = answers.next((said) => {
    const body = objectIn(said);
    return body !== undefined && isAnswer(body) ? body : undefined;
  }, ANSWER_TIMEOUT_MS);
  send(message);
  return answered;
}

/** Undefined for a message that is no JSON object, such as a bare `pong`. */
function objectIn(message: string): JsonObject | undefined {
  let body: JsonValue;
  try {
    body = parseExactJson(message);
  } catch (error) {
    if (error instanceof MalformedAnswer) return undefined;
    throw error;
  }
  return isObject(body) ? body : undefined;
}
