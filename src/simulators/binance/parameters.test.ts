import { expect, test } from 'vitest';
import { BinanceRefusal } from './errors.ts';
import { restParameters, objectParameters } from './parameters.ts';

function refused(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof BinanceRefusal) return `${error.code} ${error.message}`;
    throw error;
  }
  return 'accepted';
}

test('the query string wins over the body', () => {
  const parameters = restParameters('price=1', 'price=2&quantity=3', true);
  expect(parameters.required('price')).toBe('1');
  expect(parameters.required('quantity')).toBe('3');
});

test('a name that stands twice in one place is refused', () => {
  expect(refused(() => restParameters('a=1&a=2', '', true))).toBe(
    '-1101 Duplicate values for a parameter detected.',
  );
});

test('what nobody read is refused, but for what every request carries', () => {
  const parameters = restParameters('a=1&b=2&timestamp=3&signature=4&recvWindow=5', '', true);
  parameters.required('a');
  expect(refused(() => parameters.refuseUnread())).toBe(
    "-1104 Not all sent parameters were read; read '4' parameter(s) but was sent '5'.",
  );
  parameters.ignore('b');
  expect(refused(() => parameters.refuseUnread())).toBe('accepted');
  const lenient = restParameters('a=1', '', false);
  expect(refused(() => lenient.refuseUnread())).toBe('accepted');
});

test.each([
  ['', "-1105 Parameter 'x' was empty."],
  ['-1', '-1100'],
  ['1e5', '-1100'],
  ['0x10', '-1100'],
  ['1.123456789', "-1111 Parameter 'x' has too much precision."],
  ['1.120000000', 'accepted'],
  ['00012.5', 'accepted'],
])('the figure "%s": %s', (text, expected) => {
  const parameters = objectParameters({ x: text }, true);
  expect(refused(() => parameters.requiredDecimal('x'))).toContain(expected);
});

test('a missing figure is mandatory, and JSON values read as their text', () => {
  const parameters = objectParameters({ count: 5, flag: true, none: null }, true);
  expect(refused(() => parameters.requiredDecimal('price'))).toContain("-1102 Mandatory parameter 'price'");
  expect(parameters.requiredInteger('count')).toBe(5);
  expect(parameters.optionalBoolean('flag')).toBe(true);
  expect(parameters.optional('none')).toBeUndefined();
});
