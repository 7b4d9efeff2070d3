import { describe, expect, it } from 'vitest';
import { ExactNumber } from './exact-json.ts';
import { timeField, timeText } from './fields.ts';

const AT = Date.UTC(2026, 0, 31, 12);

describe('a time in a request', () => {
  it.each(['2026-01-31T12:00:00.000Z', '2026-01-31T13:00+01:00', '1769860800000'])('%s', (text) => {
    expect(timeText.parse(text)).toBe(AT);
    expect(timeField.parse(text)).toBe(AT);
  });

  it('is a JSON number too, in a body', () => {
    expect(timeField.parse(AT)).toBe(AT);
  });

  it.each([1.5, -AT, 12, true, null, new ExactNumber('1769860800000.0'), '2026-01-31', 'tomorrow', ''])(
    '%o is none',
    (value) => {
      expect(timeField.safeParse(value).success).toBe(false);
    },
  );
});
