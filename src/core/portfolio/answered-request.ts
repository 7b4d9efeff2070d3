/** The journal's record of a request that placed no order and is known by its key, or of the figures of one that did, beside its orders. */
export interface AnsweredRequest {
  readonly key: string;
  /** Of what the request asked for: the key stands for this alone. */
  readonly contentHash: string;
  /** As JSON text, which nothing here reads; null for one that is not kept. */
  readonly answer: string | null;
}
