import type { Mail } from '../../shared/forwarding/mailer.ts';
import type { GuardOptions } from './address-guard.ts';
import { checkSmtpUrl } from './smtp-url.ts';

/** Mail servers over SMTP. What speaks to one is loaded when it is needed. */
export const nodeMail = (options: GuardOptions): Mail => ({
  checkUrl: (url) => checkSmtpUrl(url, options),
  async open(url) {
    const { smtpMailer } = await import('./smtp.ts');
    return smtpMailer(url, options);
  },
  async greet(url) {
    const { checkMailServer } = await import('./mail-greeting.ts');
    return await checkMailServer(url, options.allowPrivate);
  },
});
