import { describe, expect, it } from 'vitest';
import { ReadFailure } from '../read-retry.ts';
import { readCursor, writeCursor } from './fills.ts';

describe('cursors', () => {
  it.each([
    { kind: 'from_id', id: 12345678901234567890n },
    { kind: 'from_time', time: 1_700_000_000_000 },
  ] as const)('survive their text: %o', (position) => {
    expect(readCursor(writeCursor(position))).toEqual(position);
  });

  it('refuses a foreign text', () => {
    expect(() => readCursor('page:2')).toThrow(ReadFailure);
  });
});
