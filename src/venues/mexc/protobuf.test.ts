import { describe, expect, it } from 'vitest';
import { pushBytes } from '../../simulators/mexc/spot/push-messages.ts';
import { MalformedAnswer } from '../ccxt/exact-json.ts';
import { messageTable, readMessage } from './protobuf.ts';
import { pushText } from './push-messages.ts';

const fromHex = (words: string) => Uint8Array.from(Buffer.from(words.replaceAll(' ', ''), 'hex'));
const bytes = (...values: number[]) => Uint8Array.from(values);
const TABLE = messageTable({
  word: [1, 'text'],
  count: [2, 'integer'],
  isSet: [3, 'flag'],
  inner: [300, messageTable({ word: [1, 'text'] })],
});

describe('messages', () => {
  it('are read by the numbers of their fields, others passed over', () => {
    // 1: "hi", 2: 150, 3: true, 7: four bytes, 8: eight bytes, 9: with a length, 300: { 1: "x" }.
    const message = fromHex('0a026869 109601 1801 3d01020304 410102030405060708 4a0100 e212030a0178');
    expect(readMessage(message, TABLE)).toEqual({
      word: 'hi',
      count: 150,
      isSet: true,
      inner: { word: 'x' },
    });
    expect(readMessage(bytes(), TABLE)).toEqual({});
  });

  it('have whole numbers of 64 bits, below zero and beyond the doubles too', () => {
    const count = (...of: number[]) => readMessage(bytes(0x10, ...of), TABLE)['count'];
    const ones = (length: number) => Array.from({ length }, () => 0xff);
    expect(count(...ones(9), 0x01)).toBe(-1);
    expect(count(...ones(8), 0x7f)).toBe('9223372036854775807');
  });

  it.each([
    ['cut off in a text', [0x0a, 0x05, 0x68]],
    ['cut off in a number', [0x10, 0x96]],
    ['cut off in a field that is passed over', [0x41, 1, 2]],
    ['with a number that does not end', [0x10, ...Array.from({ length: 11 }, () => 0xff)]],
    ['of another type', [0x08, 0x01]],
    ['of a type that there is no more', [0x0b]],
    ['with a text that is none', [0x0a, 0x01, 0xff]],
  ])('are refused %s', (_name, of) => {
    expect(() => readMessage(bytes(...of), TABLE)).toThrow(MalformedAnswer);
  });
});

it('a push of the venue is text with its fields by name', () => {
  const frame = pushBytes({
    channel: 'spot@private.deals.v3.api.pb',
    symbol: 'BTCUSDT',
    sendTime: 1_736_417_034_332,
    privateDeals: {
      price: '3.6962',
      quantity: '1',
      tradeType: 2,
      isMaker: false,
      tradeId: '505979017439002624X1',
      orderId: 'C02__505979017439002624115',
      time: 1_736_417_034_280,
    },
  });
  expect(JSON.parse(pushText(frame))).toMatchObject({
    channel: 'spot@private.deals.v3.api.pb',
    symbol: 'BTCUSDT',
    sendTime: 1_736_417_034_332,
    privateDeals: {
      price: '3.6962',
      tradeType: 2,
      tradeId: '505979017439002624X1',
      orderId: 'C02__505979017439002624115',
      time: 1_736_417_034_280,
    },
  });
});
