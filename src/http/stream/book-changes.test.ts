import { expect, it } from 'vitest';
import { accountId, instrumentSymbol } from '../../core/ids.ts';
import { BookChanges } from './book-changes.ts';
import type { BookEntry } from './book-reading.ts';

const ACCOUNT = accountId('a1');

/** An open position whose settings were first seen by the reading at `settingsSeq`. */
function entry(
  settingsSeq: number,
  given: Partial<Pick<BookEntry<string>, 'accountId' | 'settings' | 'isEmpty'>> = {},
): BookEntry<string> {
  return {
    accountId: ACCOUNT,
    symbol: instrumentSymbol('BTC/USDT:USDT'),
    positionSide: 'net',
    asset: null,
    wallet: 'linear_swap',
    isEmpty: false,
    figures: '1',
    settings: '20 cross',
    settingsSeq,
    words: () => `settings at ${settingsSeq}`,
    wordsWhenGone: () => 'gone',
    ...given,
  };
}

/** The words that a client gets by its first reading which knows everything up to seq 10. */
function sentAfterTen(entries: readonly BookEntry<string>[]): readonly string[] {
  const changes = new BookChanges<string>({
    since: 10,
    sees: (account) => account === ACCOUNT,
    begunAnew: () => 'anew',
  });
  const reading = {
    entries: new Map(entries.map((each, index) => [String(index), each])),
    seq: 12,
    version: 1,
  };
  return changes.now(reading);
}

it('settings that were first seen at the last seq that a client knows are sent: they may have come after it', () => {
  expect(sentAfterTen([entry(9), entry(10), entry(11)])).toEqual(['settings at 10', 'settings at 11']);
});

it('settings of another account, of a flat position, or that no venue has shown are not sent', () => {
  const other = { accountId: accountId('a10') };
  expect(
    sentAfterTen([entry(11, other), entry(11, { isEmpty: true }), entry(11, { settings: null })]),
  ).toEqual([]);
});
