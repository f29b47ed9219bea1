import { connect } from 'node:net';
import { Inject, Injectable } from '@nestjs/common';
import { createTransport, type SendMailOptions } from 'nodemailer';
import { ALERT_DELIVERY_CONFIG, type AlertDeliveryConfig } from '../../../config/index.js';
import type { AlertMessage, Delivery, ToldAlert } from '../message.js';
import { RECEIVER_FORMS } from './forms.js';
import { mailText } from './mail-text.js';
import type { AlertSender, SendOutcome } from './sender.js';

/** Threads that one mail belongs to; headers have an end. */
const MAX_THREADS = 20;
const MESSAGE_ID_DOMAIN = 'plimsoll.invalid';

interface SmtpFailure {
  readonly code?: unknown;
  readonly responseCode?: unknown;
}

/** Sends mails by the SMTP server of the settings. Mails about one alert are one thread. */
@Injectable()
export class EmailSender implements AlertSender {
  readonly kind = 'email';
  readonly maxAlerts = 20_000;

  constructor(@Inject(ALERT_DELIVERY_CONFIG) private readonly config: AlertDeliveryConfig) {}

  async send({ receiver, message }: Delivery, signal: AbortSignal): Promise<SendOutcome> {
    const { to } = RECEIVER_FORMS.email.settings.parse(receiver.settings);
    const url = this.config.smtpUrl?.reveal();
    if (url === undefined) return { kind: 'retry', reason: 'ALERTING_SMTP_URL is not set.', isUntold: true };
    const progress = { isConnected: false };
    const transport = this.transport(url, signal, progress);
    try {
      await transport.sendMail(this.mail(to, receiver.id, message));
      return { kind: 'sent' };
    } catch (error) {
      return outcomeOf(error as SmtpFailure, signal.aborted, progress.isConnected);
    } finally {
      transport.close();
    }
  }

  private transport(url: string, signal: AbortSignal, progress: { isConnected: boolean }) {
    const { sendTimeoutMs } = this.config;
    return createTransport({
      url,
      connectionTimeout: sendTimeoutMs,
      greetingTimeout: sendTimeoutMs,
      socketTimeout: sendTimeoutMs,
      dnsTimeout: sendTimeoutMs,
      disableFileAccess: true,
      disableUrlAccess: true,
      // A server that says a word now and then would never time out: the signal ends the connection itself.
      getSocket: ({ host = 'localhost', port, secure }, callback) => {
        const socket = connect({ host, port: smtpPort(port, secure), signal });
        // Also after the mail: an error that nobody hears would end the process.
        socket.on('error', (error) => {
          if (!progress.isConnected) callback(error);
        });
        socket.once('connect', () => {
          progress.isConnected = true;
          callback(null, { connection: socket });
        });
      },
    });
  }

  private mail(to: readonly string[], receiverId: string, message: AlertMessage): SendMailOptions {
    const threads = [...new Set(message.alerts.map((told) => threadOf(told, receiverId)))].slice(
      0,
      MAX_THREADS,
    );
    return {
      from: this.config.mailFrom,
      to: to.map((address) => ({ name: '', address })),
      ...mailText(message, this.config.externalUrl),
      messageId: `<${message.key}@${MESSAGE_ID_DOMAIN}>`,
      references: threads,
      ...(threads[0] !== undefined && { inReplyTo: threads[0] }),
      headers: { 'Auto-Submitted': 'auto-generated', 'X-Plimsoll-Key': message.key },
    };
  }
}

/** Where the URL names none: that of submission (RFC 6409), or of submission over TLS (RFC 8314). */
export function smtpPort(port: string | number | undefined, isSecure = false): number {
  return Number(port ?? (isSecure ? 465 : 587));
}

/** Of one alert at one receiver: hexadecimal, digits and nothing else. */
function threadOf({ alert }: ToldAlert, receiverId: string): string {
  const startsAt = alert.startsAt === null ? 0 : Date.parse(alert.startsAt);
  return `<${alert.fingerprint}.${startsAt}.${receiverId}@${MESSAGE_ID_DOMAIN}>`;
}

/** The server's own words stay unsaid: they may hold addresses. */
function outcomeOf(
  { code, responseCode }: SmtpFailure,
  isAborted: boolean,
  isConnected: boolean,
): SendOutcome {
  if (isAborted)
    return { kind: 'retry', reason: 'The mail server did not answer in time.', isUntold: !isConnected };
  if (typeof responseCode === 'number') {
    const reason = `The mail server answered ${responseCode}.`;
    // What is wrong with our own password is mended by an operator, and not by the receiver.
    const isPassing = responseCode < 500 || code === 'EAUTH';
    return isPassing ? { kind: 'retry', reason, isUntold: true } : { kind: 'refused', reason };
  }
  const known = typeof code === 'string' && /^E[A-Z0-9]{1,30}$/.test(code) ? code : 'no reason known';
  return { kind: 'retry', reason: `The mail server was not reached (${known}).`, isUntold: !isConnected };
}
