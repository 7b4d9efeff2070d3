import { describe, expect, it } from 'vitest';
import type { InstrumentKind } from '../../core/instrument.ts';
import { proofIn } from '../testing/proofs.ts';
import { CLASSIFIERS } from './classify.ts';

const answer = (status: number, body: string) => ({ status, headers: {}, body });
const error = (code: number | string, msg = 'text', status = 200) =>
  answer(status, JSON.stringify({ code: String(code), msg }));

/** The proof of a create's answer, in one word or two. */
function meaning(kind: InstrumentKind, code: number | string, msg?: string, status?: number): string {
  return proofIn(CLASSIFIERS[kind].send(error(code, msg, status)));
}

type Table = Readonly<Record<string, readonly number[]>>;

const SHARED: Table = {
  unknown: [500000, 230005, 408000],
  'not_sent throttled': [429000, 1015],
  'not_sent timestamp_refused': [400002],
  'refused authentication': [
    400001, 400003, 400004, 400005, 400006, 400007, 400009, 400303, 400500, 411100, 40010,
  ],
};

const OF_KIND: Readonly<Record<InstrumentKind, Table>> = {
  spot: {
    ...SHARED,
    'refused insufficient_balance': [200004, 102421, 230003],
    'refused duplicate_client_order_id': [102426],
    'refused too_many_orders': [200003, 102427],
    'refused price_band': [400370, 400760, 102429],
    'refused filter': [600100, 600101, 102434, 102435],
    'refused instrument_closed': [200001, 900001, 400600],
  },
  linear_swap: {
    ...SHARED,
    'refused insufficient_balance': [300003, 330008],
    'refused duplicate_client_order_id': [300018],
    'refused too_many_orders': [300001, 300004],
    'refused price_band': [300011, 300012],
    'refused reduce_only': [300009],
    'refused position_mode': [330011],
    'refused instrument_closed': [100003, 300002, 300013, 300015],
    'refused other': [300000, 300005, 300016, 330005, 330012],
  },
};

describe.each(['spot', 'linear_swap'] as const)('creates of %s', (kind) => {
  it.each(
    Object.entries(OF_KIND[kind]).flatMap(([expected, codes]) => codes.map((code) => ({ code, expected }))),
  )('$code is $expected', ({ code, expected }) => {
    expect(meaning(kind, code)).toBe(expected);
  });

  it('prove nothing by what no table knows, by a fault of the server, and by a page of a proxy', () => {
    const { [kind]: classifier } = CLASSIFIERS;
    expect(meaning(kind, 999_999)).toBe('unknown');
    expect(meaning(kind, 200004, 'Balance insufficient!', 500)).toBe('unknown');
    for (const body of ['<html>', '[]', 'null', '{}', '{"data":1}'])
      expect(proofIn(classifier.send(answer(200, body)))).toBe('unknown');
    expect(proofIn(classifier.send(answer(503, '')))).toBe('unknown');
    expect(proofIn(classifier.send(answer(429, '')))).toBe('not_sent throttled');
    expect(proofIn(classifier.send(answer(401, '')))).toBe('refused authentication');
  });

  it('read a parameter error by its text', () => {
    expect(meaning(kind, 400100, 'validation.createOrder.clientOidDuplicated')).toBe(
      'refused duplicate_client_order_id',
    );
    expect(meaning(kind, 400100, 'account.available.amount')).toBe('refused insufficient_balance');
    expect(meaning(kind, 400100, 'Order size below the minimum requirement.')).toBe('refused filter');
    expect(meaning(kind, 400100, 'Unsupported trading pair.')).toBe('refused instrument_closed');
    expect(meaning(kind, 400100, 'remark is too long')).toBe('refused other');
  });
});

it('one code means two things: a suspended pair of spot, too many requests of futures', () => {
  expect(meaning('spot', 200002)).toBe('refused instrument_closed');
  expect(meaning('linear_swap', 200002)).toBe('not_sent throttled');
});

describe('cancels', () => {
  const kindOf = (kind: InstrumentKind, code: number | string, msg?: string): string =>
    CLASSIFIERS[kind].cancel(error(code, msg)).kind;

  it('of what is not there or is done', () => {
    expect(kindOf('spot', 400100, 'order_not_exist_or_not_allow_to_cancel')).toBe('not_found');
    expect(kindOf('spot', 102436)).toBe('not_found');
    expect(kindOf('linear_swap', 100004)).toBe('not_found');
    expect(kindOf('linear_swap', 100001, 'error.getOrder.orderNotExist')).toBe('not_found');
  });

  it('prove nothing while the order is being processed', () => {
    expect(kindOf('spot', 102428)).toBe('unknown');
    expect(kindOf('spot', 500000)).toBe('unknown');
  });

  it('are refused for other reasons', () => {
    expect(kindOf('spot', 400100, 'symbol not in the given range!')).toBe('refused');
    expect(kindOf('linear_swap', 300014)).toBe('refused');
  });
});

describe('readings', () => {
  const kindOf = (kind: InstrumentKind, code: number | string, msg?: string, status?: number): string =>
    CLASSIFIERS[kind].read(error(code, msg, status)).kind;

  it('say that there is no such order by a code or by words, and by nothing else', () => {
    expect(kindOf('spot', 102436)).toBe('no_such_order');
    for (const words of ['order not exist.', 'The order does not exist.', 'order_not_exist'])
      expect(kindOf('spot', 400100, words), words).toBe('no_such_order');
    expect(kindOf('spot', 'order_not_exist', 'order_not_exist')).toBe('no_such_order');
    expect(kindOf('linear_swap', 100001, 'error.getOrder.orderNotExist')).toBe('no_such_order');
    expect(kindOf('spot', 400100, 'symbol is required')).toBe('refused');
    expect(kindOf('linear_swap', 100001, 'There are invalid parameters')).toBe('refused');
    expect(kindOf('spot', 400100, 'order not exist.', 500)).toBe('retryable');
  });

  it('give the data of a success, whatever it is', () => {
    expect(CLASSIFIERS.spot.read(answer(200, '{"code":"200000","data":null}'))).toEqual({
      kind: 'ok',
      body: null,
    });
    expect(CLASSIFIERS.spot.read(answer(200, '{"code":"200000","data":[1]}'))).toEqual({
      kind: 'ok',
      body: [1],
    });
  });
});
