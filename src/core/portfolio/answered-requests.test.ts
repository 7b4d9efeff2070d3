/** Requests that placed no order: what is journaled of them. */
import { expect, it } from 'vitest';
import { Desk } from '../testing/fixture.ts';
import { MAX_ANSWER_LENGTH } from './answered-requests.ts';

const answered = (desk: Desk, key: string, answer: string | null) =>
  desk.run({ type: 'request_answered', key, contentHash: 'h', answer });

it('an answered request is journaled with its answer', () => {
  const { events, reply } = answered(Desk.funded(), 'k', '{"netted":[]}');
  expect(events).toEqual([{ type: 'request_answered', key: 'k', contentHash: 'h', answer: '{"netted":[]}' }]);
  expect(reply).toEqual({ kind: 'control', outcome: { kind: 'request_remembered', key: 'k' } });
});

it.each([
  [MAX_ANSWER_LENGTH, MAX_ANSWER_LENGTH],
  [MAX_ANSWER_LENGTH + 1, null],
])('of an answer of %i characters %s are kept', (length, kept) => {
  const { events } = answered(Desk.funded(), 'k', 'x'.repeat(length));
  const [event] = events;
  expect(event?.type === 'request_answered' ? (event.answer?.length ?? null) : 'none').toBe(kept);
});
