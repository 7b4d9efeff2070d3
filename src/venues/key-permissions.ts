/** What a venue says a key may do, so that keys that may move money away can be refused when they are entered. */

export interface KeyPermissions {
  readonly canRead: boolean;
  readonly canTradeSpot: boolean;
  readonly canTradeSwaps: boolean;
  readonly canWithdraw: boolean;
  /** Between the owner's own accounts and wallets. */
  readonly canTransfer: boolean;
  /** Whether the key works from named addresses only. */
  readonly restrictedToAddresses: boolean;
}
