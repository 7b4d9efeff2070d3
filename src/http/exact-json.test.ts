import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExactNumber, JsonRefused, parseExactJson } from './exact-json.ts';

describe('exact JSON', () => {
  it.each([
    ['0.1', 0.1],
    ['-5', -5],
    ['0.10000000000000000001', new ExactNumber('0.10000000000000000001')],
    ['1.0', new ExactNumber('1.0')],
    ['1e400', new ExactNumber('1e400')],
    ['12345678901234567890', new ExactNumber('12345678901234567890')],
    ['-0', new ExactNumber('-0')],
    ['{"a":"1.0","b":1}', { a: '1.0', b: 1 }],
    ['{"a":"\\"1.0","b":[0.1,1.0,"1"]}', { a: '"1.0', b: [0.1, new ExactNumber('1.0'), '1'] }],
    ['"a\\u00e9"', 'aé'],
    ['{"a":[1,{"b":null}]}', { a: [1, { b: null }] }],
    ['{"a":{"x":1},"b":{"x":2}}', { a: { x: 1 }, b: { x: 2 } }],
    ['[{"x":1},{"x":1}]', [{ x: 1 }, { x: 1 }]],
  ])('reads %s', (text, value) => {
    expect(parseExactJson(text)).toEqual(value);
  });

  it.each([
    ['{"a":1,"a":1}', /"a" stands twice/],
    ['{"a":1,"a":2}', /"a" stands twice/],
    ['{"a":1,"\\u0061":2}', /"a" stands twice/],
    ['{"__proto__":{}}', /__proto__/],
    ['{"x":{"constructor":1}}', /constructor/],
    ['{"\\u005f_proto__":{}}', /__proto__/],
    ['["\\u0000"]', /NUL/],
    ['["a\0b"]', /NUL/],
    ['["\\ud800"]', /surrogate/],
    ['{"\\u0000":1}', /NUL/],
    ['[NaN]', /./],
    ['[Infinity]', /./],
    ['[0x10]', /./],
    ['[01]', /./],
    ['[.5]', /./],
    ['[+1]', /./],
    ["{'a':1}", /./],
    ['{"a":1,}', /./],
    ['{"a":1}x', /./],
    ['{"a"', /./],
    ['"abc', /./],
    ['', /./],
    ['["\\x"]', /./],
  ])('refuses %s', (text, why) => {
    expect(() => parseExactJson(text)).toThrow(JsonRefused);
    expect(() => parseExactJson(text)).toThrow(why);
  });

  it('refuses deep nesting before it recurses', () => {
    for (const open of ['[', '{"a":']) {
      expect(() => parseExactJson(open.repeat(200_000))).toThrow(/nested deeper/);
    }
    expect(parseExactJson('[[[[[[[[]]]]]]]]')).toEqual([[[[[[[[]]]]]]]]);
  });

  it('agrees with JSON.parse on everything that JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6, noUnicodeString: false }), (text) => {
        let value: unknown;
        try {
          value = parseExactJson(text);
        } catch (error) {
          expect(error).toBeInstanceOf(JsonRefused);
          return;
        }
        const plain = JSON.stringify(value, (_key, part: unknown) =>
          part instanceof ExactNumber ? Number(part.text) : part,
        );
        expect(JSON.parse(plain)).toEqual(JSON.parse(text));
      }),
    );
  });
});
