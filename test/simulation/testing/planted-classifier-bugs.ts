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
];
