import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { requestOverStream } from './stream-request.ts';
import { AnswerQueue } from './stream-socket.ts';
import { SYSTEM_PLATFORM } from './system-platform.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('takes the answer to its own request, and leaves every other message', async () => {
  const answers = new AnswerQueue(SYSTEM_PLATFORM.scheduler);
  const sent: string[] = [];
  const login = requestOverStream(
    (message) => sent.push(message),
    answers,
    '{"op":"login"}',
    (body) => body['event'] === 'login',
  );
  expect(sent).toEqual(['{"op":"login"}']);
  const others = ['pong', '[1]', '{"event":"subscribe"}'];
  expect(others.map((message) => answers.offer(message))).toEqual([false, false, false]);
  expect(answers.offer('{"event":"login","code":"0"}')).toBe(true);
  expect(await login).toEqual({ event: 'login', code: '0' });
  expect(answers.offer('{"event":"login","code":"0"}')).toBe(false);
});

it('does not wait for ever', async () => {
  const login = requestOverStream(
    () => undefined,
    new AnswerQueue(SYSTEM_PLATFORM.scheduler),
    'login',
    () => true,
  );
  const failure = expect(login).rejects.toThrow('no answer within 5000 ms');
  await vi.advanceTimersByTimeAsync(5_000);
  await failure;
});
