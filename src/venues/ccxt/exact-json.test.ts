import { describe, expect, it } from 'vitest';
import {
  MalformedAnswer,
  asArray,
  asObject,
  figure,
  optionalText,
  parseExactJson,
  text,
} from './exact-json.ts';

describe('exact JSON', () => {
  it.each([
    ['{"a":123456789012345678}', '123456789012345678'],
    ['{"a":0.123456789012345678}', '0.123456789012345678'],
    ['{"a":"0.123456789012345678"}', '0.123456789012345678'],
    ['{"a": -98765432109876543210.5}', '-98765432109876543210.5'],
    ['{"a":1e-8}', '0.00000001'],
    ['{"a":0.1}', '0.1'],
    ['{"a":1.10}', '1.1'],
    ['{"a":123456789.123456}', '123456789.123456'],
  ])('keeps every digit of %s', (body, expected) => {
    expect(figure(asObject(parseExactJson(body), 'body'), 'a').toString()).toBe(expected);
  });

  it('keeps long ids in lists', () => {
    const list = asArray(parseExactJson('[12345678901234567,1]'), 'list');
    expect(list).toEqual(['12345678901234567', '1']);
  });

  it('reads ids printed either way', () => {
    expect(text({ id: 12 }, 'id')).toBe('12');
    expect(text({ id: '12' }, 'id')).toBe('12');
    expect(optionalText({ id: '' }, 'id')).toBeNull();
    expect(optionalText({ id: null }, 'id')).toBeNull();
  });

  it.each(['', '<html>', '{"a":', 'null5'])('calls %j malformed', (body) => {
    expect(() => parseExactJson(body)).toThrow(MalformedAnswer);
  });

  it('calls a wrong shape malformed', () => {
    expect(() => asObject(parseExactJson('[]'), 'order')).toThrow('order is not an object');
    expect(() => figure({ a: 'x' }, 'a')).toThrow(MalformedAnswer);
    expect(() => text({}, 'a')).toThrow('a is missing');
  });
});
