/** Planted bugs at the borders of accounts, modes and portfolios: seeds with several of them find each. */
import type { FoundBySeed } from './planted-bugs.ts';

function bug(name: string, foundBy: number, file: string, find: string, replace: string): FoundBySeed {
  return { name, foundBy, replacements: [{ file, find, replace }] };
}

export const ACCOUNT_BUGS: readonly FoundBySeed[] = [
  bug(
    'a token for one account cancels the orders of others',
    8,
    'src/http/bound-desk.ts',
    'return order !== null && !own(order)',
    "return order !== null && order.strategy === 'nobody'",
  ),
  bug(
    'a token for one account places orders on others',
    8,
    'src/http/bound-desk.ts',
    'if (!isWithin(bounds, intent))',
    "if (intent.strategy === 'nobody')",
  ),
  bug(
    'a token for one account is shown the positions of others',
    8,
    'src/http/bound-desk.ts',
    'return books.positions(within(bounds, filter));',
    'return books.positions(filter);',
  ),
  bug(
    'an account counts in the equity of every mode',
    8,
    'src/core/risk/mode-books.ts',
    'if (counted !== undefined) return counted.mode === mode;',
    'if (counted !== undefined) return true;',
  ),
  bug(
    'a limit of one account holds for all of them',
    8,
    'src/core/risk/limit-scopes.ts',
    'return `account ${scope.accountId}`;',
    "return 'account';",
  ),
  bug(
    'what a strategy holds on one account goes with trades on another',
    8,
    'src/core/risk/strategy-books.ts',
    'const ending = ` ${key}`;',
    "const ending = key.slice(key.indexOf(' '));",
  ),
];
