/** New accounts, and money that comes from outside. */
import type { Decimal } from '../../core/decimal.ts';
import type { AccountKey } from './account.ts';
import type { NewAccount } from './command.ts';
import type { WalletName } from './policy.ts';
import type { Refusal } from './refusal.ts';
import { addEntry, isVenueAccount, newAccount, type AccountState } from './state.ts';
import type { World } from './world.ts';

/** Refused when the id or the key is known already, or the id is reserved for the venue. */
export function register(world: World, account: NewAccount): Refusal | null {
  const { accountId, credentials, permissions, balances } = account;
  const { ledger } = world;
  if (ledger.accounts.has(accountId)) return { code: 'bad_field', field: 'accountId', detail: 'is taken' };
  if (ledger.byKey(credentials.key) !== undefined)
    return { code: 'bad_field', field: 'key', detail: 'is taken' };
  if (isVenueAccount(accountId)) return { code: 'bad_field', field: 'accountId', detail: 'is reserved' };
  const given = { credentials, permissions, openingBalances: balances };
  const state = newAccount(accountId, world.now, false, given);
  ledger.add(state);
  for (const { wallet, asset, amount } of balances) ledger.move(state, wallet, asset, amount, 'deposit');
  return null;
}

/** One more key for an account; refused when it is known already. */
export function addKey(world: World, account: AccountState, key: AccountKey): Refusal | null {
  if (world.ledger.byKey(key.credentials.key) !== undefined)
    return { code: 'bad_field', field: 'key', detail: 'is taken' };
  world.ledger.addKey(account, key);
  return null;
}

/** Money that comes from outside or, negative, goes there. */
export interface MoneyMove {
  readonly wallet: WalletName;
  readonly asset: string;
  readonly amount: Decimal;
  readonly isRecorded: boolean;
  /** Given for a distribution (airdrop, interest, rebate): what it is for, in the venue's words. */
  readonly info?: string | undefined;
  /** As `LedgerEntry.key`. */
  readonly key?: string | undefined;
}

/** A negative amount withdraws; more than is free is refused. */
export function deposit(
  world: World,
  account: AccountState,
  { wallet, asset, amount, isRecorded, info, key }: MoneyMove,
): Refusal | null {
  const { ledger } = world;
  const free = ledger.shownFree(account, wallet, asset);
  if (amount.negate().greaterThan(free))
    return { code: 'insufficient_balance', asset, needed: amount.negate(), free };
  ledger.move(account, wallet, asset, amount, 'deposit');
  if (!isRecorded) return null;
  addEntry(account, {
    kind: info === undefined ? (amount.isNegative() ? 'withdrawal' : 'deposit') : 'distribution',
    ...(info === undefined ? {} : { info }),
    ...(key === undefined ? {} : { key }),
    wallet,
    asset,
    amount,
    otherWallet: null,
    symbol: null,
    positionSide: null,
    at: world.now,
  });
  return null;
}

/** Moves what is free between an account's wallets. */
export function transfer(
  world: World,
  account: AccountState,
  asset: string,
  amount: Decimal,
  from: WalletName,
  to: WalletName,
): Refusal | null {
  const refusal = world.ledger.transfer(account, asset, amount, from, to);
  if (refusal !== null) return refusal;
  const common = { kind: 'transfer', asset, symbol: null, positionSide: null, at: world.now } as const;
  const out = addEntry(account, { ...common, wallet: from, otherWallet: to, amount: amount.negate() });
  addEntry(account, { ...common, wallet: to, otherWallet: from, amount }, out);
  return null;
}
