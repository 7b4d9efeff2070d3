/**
 * The account that the environment describes (`EXCHANGE`, `EXCHANGE_API_KEY` and their companions), on a start that is not the
 * first: it is added, or the log says why not.
 *
 * Entry point: `takeEnvironmentAccount`.
 *
 * Invariants:
 *  1. Nothing that a person set is changed: keys of an account, the default account, an account that was removed.
 *  2. One pair of keys has one account: keys that are stored already are not added again.
 */
import type { SeedAccount } from '../configuration/environment.ts';
import type { Directory } from '../directory/directory.ts';
import type { Log } from '../engine/log.ts';
import { isSupported } from '../venues/registry.ts';

/** Adds the account to the first portfolio. Rejects while the database is unavailable, or with `SealBroken`. */
export async function takeEnvironmentAccount(
  seed: SeedAccount | null,
  directory: Directory,
  log: Log,
): Promise<void> {
  if (seed === null) return;
  const { exchange, mode, apiKey, secret, passphrase } = seed;
  const [portfolio] = await directory.portfolios();
  if (portfolio === undefined) return;
  const { portfolioId } = portfolio;
  const skip = (reason: string): void =>
    log.warn({ exchange, mode }, `the account of EXCHANGE was not added: ${reason}`);
  if (!isSupported(exchange)) {
    skip(`${String(exchange)} is not supported yet`);
    return;
  }
  const accounts = await directory.accounts(portfolioId);
  const there = accounts.filter((account) => account.exchange === exchange && account.mode === mode);
  for (const { accountId } of there) {
    const stored = await directory.credentials(portfolioId, accountId);
    if (stored?.apiKey !== apiKey) continue;
    if (stored.secret !== secret || stored.passphrase !== passphrase)
      skip(
        `${accountId} has this API key with another secret; change it with PATCH /api/v1/accounts/${accountId}`,
      );
    return;
  }
  if (there.length > 0) {
    const ids = there.map(({ accountId }) => accountId).join(', ');
    skip(
      `${ids} has other keys: change them with PATCH /api/v1/accounts/{account_id}, or add a further account with POST /api/v1/accounts`,
    );
    return;
  }
  const removedAt = await directory.removedAt(portfolioId, exchange, mode);
  if (removedAt !== null) {
    skip(
      `its ${mode} account was removed at ${removedAt.toISOString()}; add it again with POST /api/v1/accounts, or unset the variables`,
    );
    return;
  }
  const added = await directory.addAccount({
    portfolioId,
    exchange,
    mode,
    label: mode,
    credentials: { apiKey, secret, passphrase },
  });
  const standard = accounts.find((account) => account.exchange === exchange && account.isDefault);
  log.warn(
    { account: added.accountId, exchange, mode },
    standard === undefined
      ? 'the account of EXCHANGE was added'
      : `the account of EXCHANGE was added; orders that name no account still go to ${standard.accountId}`,
  );
}
