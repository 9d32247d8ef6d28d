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

/** The owner's mail server. Its libraries are loaded when it is opened, by those who forward. */
export interface Mail {
  /** The sentence that says what is wrong with its URL. */
  checkUrl(url: string): string | undefined;
  open(url: string): Promise<Mailer>;
  /** The sentence that says why it does not answer. */
  greet(url: string): Promise<string | undefined>;
}
