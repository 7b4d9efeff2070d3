/**
 * Bugs in how gateways of venues but Binance read codes and words: what proves nothing taken for a proof. A fault that would meet one
 * is seldom drawn in a world, so that a named test finds each.
 *
 * Entry point: `CLASSIFIER_BUGS`, part of `FOUND_BY_TESTS`.
 */
import type { FoundByTest } from './planted-bugs.ts';

type Change = readonly [find: string, replace: string];

function bug(venue: string, name: string, title: string, ...changes: readonly Change[]): FoundByTest {
  const folder = `src/venues/${venue.toLowerCase()}`;
  return {
    name: `${venue}: ${name}`,
    foundIn: { file: `${folder}/classify.test.ts`, title },
    replacements: changes.map(([find, replace]) => ({ file: `${folder}/classify.ts`, find, replace })),
  };
}

export const CLASSIFIER_BUGS: readonly FoundByTest[] = [
  bug(
    'KuCoin',
    'a server error counts as a refusal',
    '500000 is unknown',
    ['[UNKNOWN, [500000, 230005,', '[UNKNOWN, [230005,'],
    ['[404000, 415000, 400200]', '[404000, 415000, 400200, 500000]'],
  ),
  bug(
    'KuCoin',
    'any fault of a cancel says that there is no such order',
    'prove nothing while the order is being processed',
    [
      "NOTHING_TO_CANCEL[kind].has(code) || NO_ORDER.test(message) ? 'not_found' : null",
      "code === '' ? null : 'not_found'",
    ],
  ),
  bug(
    'KuCoin',
    'any parameter error of a look-up says that there is no such order',
    'say that there is no such order by a code or by words, and by nothing else',
    ['saysNoSuchOrder: ({ message }) => NO_ORDER.test(message),', 'saysNoSuchOrder: () => true,'],
  ),
  bug(
    'Bitget',
    'a request that timed out counts as refused',
    '40010 is unknown',
    ['[40010, 40725, 45001,', '[40725, 45001,'],
    ["refusedAs('filter'), [25207,", "refusedAs('filter'), [40010, 25207,"],
  ),
  bug(
    'Bitget',
    'any form of zero is a success',
    'takes the text 00000 for a success, and no other form of zero',
    ['if (code === SUCCESS)', 'if (Number(code) === 0)'],
  ),
  bug(
    'Bitget',
    'any fault of a cancel says that there is no such order',
    'proves no more of a cancel than of a create',
    ["NO_SUCH_ORDER.has(code) ? 'not_found' : null", "code === '' ? null : 'not_found'"],
  ),
  bug(
    'MEXC',
    'an answer without an outcome counts as refused',
    'spot: 20002 is unknown',
    ['[UNKNOWN, [500, 503, 504, 20002, 730000, 10098]]', '[UNKNOWN, [500, 503, 504, 730000, 10098]]'],
    ['[10007, 30000, 30001,', '[20002, 10007, 30000, 30001,'],
  ),
  bug(
    'MEXC',
    'any refused cancel says that there is no such order',
    'of spot find nothing where the order is not there or has ended',
    ["return code === '-2011' ? 'refused' : null;", "return code === '-2011' ? 'not_found' : null;"],
  ),
  bug('MEXC', 'an order of contracts that has ended is none', 'of contracts find nothing by either code', [
    "noSuchOrder: new Set(['2040']),",
    "noSuchOrder: new Set(['2040', '2041']),",
  ]),
  bug(
    'Coinbase',
    'a refusal without a reason is one for another reason',
    'takes a refusal without a reason for no proof',
    ["      'UNKNOWN_FAILURE_REASON',\n", ''],
    ["      'INVALID_SIDE',\n", "      'INVALID_SIDE',\n      'UNKNOWN_FAILURE_REASON',\n"],
  ),
  bug(
    'Coinbase',
    'an order that is not there is a reading that was refused',
    'reads an absence out of a 404 that names it',
    ["noSuchOrder: new Set(['NOT_FOUND']),", 'noSuchOrder: new Set(),'],
  ),
  bug(
    'Coinbase',
    'a key or time that was refused says nothing of the clock',
    'measures the clock where keys or time were refused, and asks again',
    ["401: 'timestamp_refused',", "401: 'authentication',"],
  ),
  bug(
    'HTX',
    'a request that timed out counts as refused',
    'base-request-timeout is unknown',
    ["      'base-request-timeout',\n", ''],
    ["      'bad-request',\n", "      'bad-request',\n      'base-request-timeout',\n"],
  ),
  bug(
    'HTX',
    'a time that was refused is a signature that was',
    'distinguishes a time that was refused from a signature that was',
    ['code: isOfTime ? BAD_TIME : code', 'code: isOfTime ? BAD_SIGNATURE : code'],
  ),
  bug(
    'HTX',
    'a failure of the system says that there is no order to cancel',
    'takes other errors of a cancel as those of a create',
    [
      "  'order-orderstate-error',\n  'order-user-cancel-forbidden',\n]",
      "  'order-orderstate-error',\n  'base-system-error',\n  'order-user-cancel-forbidden',\n]",
    ],
  ),
];
