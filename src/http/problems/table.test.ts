import { expect, test } from 'vitest';
import { REFUSAL_PROBLEMS } from './refusal-problems.ts';
import { REQUEST_PROBLEMS } from './request-problems.ts';
import { PORTFOLIO_PROBLEMS, VENUE_PROBLEMS } from './service-problems.ts';
import { PROBLEMS } from './table.ts';

test('no code stands in two parts of the table', () => {
  const parts = [REQUEST_PROBLEMS, VENUE_PROBLEMS, PORTFOLIO_PROBLEMS, REFUSAL_PROBLEMS];
  expect(parts.flatMap(Object.keys)).toEqual(Object.keys(PROBLEMS));
});
