import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { ExactNumber } from './exact-json.ts';
import {
  clientOrderIdField,
  exchangeField,
  flagText,
  fractionField,
  integerField,
  integerText,
  positionSideField,
  positiveDecimal,
  priceOrNothingField,
  strategyField,
  symbolsText,
  textField,
  timeField,
  timeText,
} from './fields.ts';

const AT = Date.UTC(2026, 0, 31, 12);

describe('a time in a request', () => {
  it.each(['2026-01-31T12:00:00.000Z', '2026-01-31T13:00+01:00', '1769860800000'])('%s', (text) => {
    expect(timeText.parse(text)).toBe(AT);
    expect(timeField.parse(text)).toBe(AT);
  });

  it('is a JSON number too, in a body', () => {
    expect(timeField.parse(AT)).toBe(AT);
  });

  it.each([
    1.5,
    -AT,
    12,
    true,
    null,
    new ExactNumber('1769860800000.0'),
    '2026-01-31',
    'tomorrow',
    '',
    '2026-02-29T12:00Z',
  ])('%o is none', (value) => {
    expect(timeField.safeParse(value).success).toBe(false);
  });
});

const LONG = 'a'.repeat(64);

/** Each kind of field with values on either side of its bounds, and what is said of those that are refused. */
const BOUNDS: readonly (readonly [
  string,
  z.ZodType,
  readonly unknown[],
  readonly (readonly [unknown, string])[],
])[] = [
  [
    'a quantity',
    positiveDecimal,
    ['0.001', 1, new ExactNumber('1e-8'), `0.${'1'.repeat(18)}`],
    [
      ['0', 'must be above zero'],
      ['-1', 'must be above zero'],
      [`0.${'1'.repeat(99)}`, 'has more digits than any exchange takes'],
      ['a', 'is not a decimal number'],
      [true, 'must be a number or a decimal as text'],
      [undefined, 'is required'],
    ],
  ],
  ['a price or nothing', priceOrNothingField, ['0', '0.5'], [['-0.1', 'must not be below zero']]],
  [
    'a fraction',
    fractionField,
    ['0.0001', '1'],
    [
      ['0', 'must be above 0 and at most 1'],
      ['1.0001', 'must be above 0 and at most 1'],
    ],
  ],
  [
    'a whole number',
    integerField(2, 4),
    [2, 4],
    [
      [1, 'must be at least 2'],
      [5, 'must be at most 4'],
      [2.5, 'must be a whole number, written as one'],
      ['2', 'must be a whole number, written as one'],
    ],
  ],
  [
    'a whole number in a query',
    integerText(2, 4),
    ['2', '4'],
    [
      ['1', 'must be from 2 to 4'],
      ['5', 'must be from 2 to 4'],
      ['2.0', 'must be a whole number'],
    ],
  ],
  [
    'a text',
    textField(3),
    ['a', 'abc'],
    [
      ['', 'must not be empty'],
      ['abcd', 'must have at most 3 characters'],
      ['a\n', 'must not contain control characters'],
      ['a\u0085', 'must not contain control characters'],
    ],
  ],
  [
    'an id of the caller',
    clientOrderIdField,
    ['a', `!~${LONG.slice(2)}`],
    ['', `${LONG}a`, 'a b', 'ä'].map((id) => [id, 'must be 1 to 64 printable characters without spaces']),
  ],
  [
    'a strategy',
    strategyField,
    ['a.b_c-1', LONG],
    ['', `${LONG}a`, 'Grid', 'a b', 'a/b'].map((name) => [
      name,
      'must be 1 to 64 of a-z, 0-9, dot, underscore, dash',
    ]),
  ],
  ['a flag in a query', flagText, ['true', 'false'], [['1', 'must be true or false']]],
  ['a side', positionSideField, ['net', 'long', 'short', 'both'], [['buy', 'must be net, long or short']]],
  [
    'symbols',
    symbolsText(2),
    ['BTC/USDT', 'BTC-USDT,ETH/USDT:USDT'],
    [
      ['BTC/USDT,ETH/USDT,XRP/USDT', 'must have at most 2 symbols'],
      ['BTC/USDT,nonsense', 'has "nonsense", which is no symbol'],
    ],
  ],
];

describe.each(BOUNDS)('%s', (_name, field, taken, refused) => {
  it.each(taken)('may be %o', (value) => {
    expect(field.safeParse(value).error?.issues).toBeUndefined();
  });

  it.each(refused)('is not %o', (value, reason) => {
    expect(field.safeParse(value).error?.issues.map(({ message }) => message)).toContain(reason);
  });
});

it('both is the net side, huobi is htx, and each symbol stands once', () => {
  expect(positionSideField.parse('both')).toBe('net');
  expect(exchangeField.parse('huobi')).toBe('htx');
  expect(symbolsText(3).parse('BTC-USDT, ETH/USDT,BTC/USDT')).toEqual(['BTC/USDT', 'ETH/USDT']);
});
