/** The words that a service which is ready prints. Entry point: `announceStart`. */
import { join } from 'node:path';
import type { Environment } from '../configuration/environment.ts';
import type { AccountRecord } from '../directory/accounts.ts';
import { API_PREFIX } from '../http/server.ts';
import { ADMIN_TOKEN_FILE } from './first-start.ts';

export function announceStart(
  environment: Environment,
  facts: {
    readonly dataDir: string;
    readonly port: number;
    readonly accounts: readonly AccountRecord[];
    readonly token: string | null;
    /** The control API of the simulator behind paper accounts; null where no account is one. */
    readonly simulatorUrl: string | null;
    readonly isConnected: boolean;
  },
): void {
  const host = ['0.0.0.0', '::'].includes(environment.host) ? 'localhost' : environment.host;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${facts.port}`;
  const tokenFile = join(facts.dataDir, ADMIN_TOKEN_FILE);
  const lines = [
    '',
    facts.isConnected
      ? 'Plimsoll is ready.'
      : 'Plimsoll runs; a portfolio is not ready yet (see /health/ready).',
    '',
    `  API       ${url}${API_PREFIX}`,
    `  Docs      ${url}/docs`,
    `  Data      ${facts.dataDir}${environment.databaseUrl === null ? ' (PostgreSQL inside)' : ' (database: DATABASE_URL)'}`,
    ...(facts.token === null
      ? []
      : [`  Token     ${facts.token}`, `            shown this once; kept in ${tokenFile}`]),
    ...(facts.simulatorUrl === null
      ? []
      : [
          `  Simulator ${facts.simulatorUrl}/control`,
          '            moves the prices of paper accounts: docs/simulator.md',
        ]),
    ...accountLines(facts.accounts),
    '',
    '',
  ];
  process.stdout.write(lines.join('\n'));
}

/** Ids of accounts are unique within a portfolio: of several, each account names its own. */
export function accountLines(
  accounts: readonly Pick<AccountRecord, 'accountId' | 'portfolioId' | 'exchange' | 'mode' | 'isDefault'>[],
): readonly string[] {
  const hasSeveral = new Set(accounts.map(({ portfolioId }) => portfolioId)).size > 1;
  return accounts.map(({ accountId, portfolioId, exchange, mode, isDefault }, index) => {
    const traits = [exchange, mode, ...(isDefault ? ['default'] : []), ...(hasSeveral ? [portfolioId] : [])];
    return `  ${index === 0 ? 'Accounts' : '        '}  ${accountId} (${traits.join(', ')})`;
  });
}
