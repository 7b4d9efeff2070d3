/** Accounts as the API answers them, paper accounts with their name at the simulator. Entry points: `accountAnswers`, `accountAnswer`, `simulatedOf`. */
import type { AccountId } from '../core/ids.ts';
import type { AccountRecord } from '../directory/accounts.ts';
import type { HttpContext } from './context.ts';
import { toAccountView, type AccountView, type SimulatedView } from './views/account.ts';

/** In the order given. */
export async function accountAnswers(
  { administration }: HttpContext,
  accounts: readonly AccountRecord[],
): Promise<AccountView[]> {
  const url = administration.simulatorControlUrl();
  const onPaper = accounts.filter(({ mode }) => mode === 'paper');
  const names =
    url === null || onPaper.length === 0
      ? new Map<AccountId, string>()
      : await administration.simulatorAccounts(onPaper);
  return accounts.map((account) => {
    const { mode, exchange, accountId } = account;
    if (url === null || mode !== 'paper') return toAccountView(account, NOT_SIMULATED);
    return toAccountView(account, {
      // The part of the control API that is about one exchange.
      simulator_control_url: `${url}/control/${exchange}`,
      simulator_account: names.get(accountId) ?? null,
    });
  });
}

export async function accountAnswer(context: HttpContext, account: AccountRecord): Promise<AccountView> {
  const [answer] = await accountAnswers(context, [account]);
  return answer ?? toAccountView(account, NOT_SIMULATED);
}

/** The simulator behind an account; nulls where it is no paper account. */
export async function simulatedOf(context: HttpContext, account: AccountRecord): Promise<SimulatedView> {
  const { simulator_control_url, simulator_account } = await accountAnswer(context, account);
  return { simulator_control_url, simulator_account };
}

const NOT_SIMULATED: SimulatedView = { simulator_control_url: null, simulator_account: null };
