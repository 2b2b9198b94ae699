import { createTransport } from 'nodemailer';
import { messageIdOf } from '../domain/index.ts';
import type { Notifier } from './notifier.ts';

export interface MailOptions {
  /** `smtp://user:password@host:port` */
  readonly url: string;
  readonly from: string;
  /** The desk that reminds the patients. */
  readonly to: string;
}

const LIMIT_MS = 10_000;

/** A mail to the desk for each reminder. It names no patient: mail is a postcard. */
export function createMailNotifier({ url, from, to }: MailOptions): Notifier {
  // The library's own limits are minutes, longer than a reminder is claimed for.
  const limits = { connectionTimeout: LIMIT_MS, greetingTimeout: LIMIT_MS, socketTimeout: LIMIT_MS };
  const transport = createTransport({ url, ...limits });
  return {
    async send(reminder) {
      const { appointmentId, startsAt } = reminder;
      await transport.sendMail({
        from,
        to,
        messageId: `<${messageIdOf(reminder)}@medcenter>`,
        subject: `Reminder: an appointment at ${startsAt}`,
        text: `Please remind the patient of the appointment ${appointmentId}, which begins at ${startsAt}.\n`,
      });
    },
    close: () => transport.close(),
  };
}
