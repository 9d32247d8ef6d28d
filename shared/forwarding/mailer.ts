/** A mail as it goes over the wire. */
export interface EncodedMail {
  /** Bare addresses of the envelope. */
  readonly from: string;
  readonly recipients: readonly string[];
  readonly bytes: Uint8Array;
}

/** What sends mail. */
export interface Mailer {
  /**
   * One SMTP transaction, begun before anything is awaited and never repeated. Resolves once the server took the mail, with
   * the recipients it did not take. Throws `ProviderError`: `unavailable` with `mayHaveHappened` when the whole mail may have
   * reached the server and no answer to it was read, everything else when it certainly was not sent.
   */
  send(mail: EncodedMail): Promise<{ readonly refused: readonly string[] }>;
}
