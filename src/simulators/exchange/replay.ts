/** Doing again what was recorded: how a log becomes a state. */
import type { Command } from './command.ts';
import type { Exchange } from './exchange.ts';

/** Makes the call that the command records. The answer is the same as it was then. */
export function applyCommand(exchange: Exchange, command: Command): void {
  const { at } = command;
  switch (command.kind) {
    case 'advance':
      exchange.advance(at);
      return;
    case 'place_order':
      exchange.placeOrder(at, command.accountId, command.request);
      return;
    case 'place_list':
      exchange.placeList(at, command.accountId, command.request);
      return;
    case 'cancel_order':
      exchange.cancelOrder(at, command.accountId, command.reference, command.requestClientOrderId);
      return;
    case 'cancel_list':
      exchange.cancelList(at, command.accountId, command.reference);
      return;
    case 'cancel_all':
      exchange.cancelAll(at, command.accountId, command.query);
      return;
    case 'cancel_replace': {
      const { accountId, cancel, place, mode, requestClientOrderId } = command;
      exchange.cancelReplace(at, accountId, cancel, place, mode, requestClientOrderId);
      return;
    }
    case 'amend_order':
      exchange.amendOrder(at, command.accountId, command.reference, command.change);
      return;
    case 'register_account':
      exchange.registerAccount(at, command.account);
      return;
    case 'add_key':
      exchange.addKey(at, command.accountId, command.key);
      return;
    case 'deposit':
      exchange.deposit(
        at,
        command.accountId,
        command.wallet,
        command.asset,
        command.amount,
        command.isRecorded,
        command,
      );
      return;
    case 'transfer':
      exchange.transfer(at, command.accountId, command.asset, command.amount, command.from, command.to);
      return;
    case 'set_leverage':
      exchange.setLeverage(at, command.accountId, command.symbol, command.leverage);
      return;
    case 'set_margin_mode':
      exchange.setMarginMode(at, command.accountId, command.symbol, command.mode);
      return;
    case 'change_margin':
      exchange.changeMargin(at, command.accountId, command.symbol, command.side, command.amount);
      return;
    case 'set_fee_coin':
      exchange.setFeeCoin(at, command.accountId, command.on, command.marketType);
      return;
    case 'set_option':
      exchange.setOption(at, command.accountId, command.option, command.value);
      return;
    case 'set_hedged':
      exchange.setHedged(at, command.accountId, command.hedged);
      return;
    case 'settle_funding':
      exchange.settleFunding(at, command.symbol, command.rate);
      return;
    case 'set_market':
      exchange.setMarket(at, command.symbol, command);
      return;
    case 'show_market':
      exchange.showMarket(at, command.symbol, command);
      return;
    case 'blank_market':
      exchange.blankMarket(at, command.symbol);
      return;
    case 'release_market':
      exchange.releaseMarket(at, command.symbol);
      return;
    case 'move_price':
      exchange.movePrice(at, command.symbol, command.path, command.hold);
      return;
  }
}
