/** Messages of KuCoin's private topics before they are sent: the topic that a message names, and the one that also takes it. */
import type { Payload } from '../wire/account-streams.ts';
import { userIdOf } from './user-numbers.ts';

export interface PrivateMessage {
  readonly topic: string;
  /** A further topic whose subscribers get it: that of all symbols. */
  readonly within?: string;
  readonly subject: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** Of messages that have one. */
  readonly id?: string;
}

export function privatePayload(
  accountId: string,
  { topic, within, subject, data, id }: PrivateMessage,
): Payload {
  return {
    topics: [topic, ...(within === undefined ? [] : [within])],
    message: {
      topic,
      type: 'message',
      subject,
      ...(id === undefined ? {} : { id }),
      userId: userIdOf(accountId),
      channelType: 'private',
      data,
    },
  };
}

/** The message where the connection subscribed to one of its topics, else undefined. */
export function messageFor(payload: Payload, subscribed: ReadonlySet<string>): unknown {
  const { topics, message } = payload;
  const isSubscribed =
    Array.isArray(topics) && topics.some((topic: unknown) => subscribed.has(String(topic)));
  return isSubscribed ? message : undefined;
}
