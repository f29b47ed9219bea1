import { firingAlert, resolvedAlert } from '../../../../test/support/alert-delivery.js';
import type { AlertSnapshot } from '../../model/alert.js';
import type { AlertMessage, ToldAlert } from '../message.js';
import { RECEIVER_FORMS, TargetUrl } from './forms.js';
import { mailText } from './mail-text.js';
import { pagerdutyKey } from './pagerduty-sender.js';
import { slackPayload } from './slack-sender.js';

const WILD = `<!channel> <@U1> & <https://x.test|y>\r\nBcc: victim@x.test\u2028"'\u0000`;

function told(of: Partial<AlertSnapshot> = {}): ToldAlert {
  const alert = firingAlert({ ruleId: '1', ...of });
  return { dedupKey: 'd', transition: alert.endsAt === null ? 'firing' : 'resolved', incident: 'i', alert };
}

function message(alerts: readonly ToldAlert[]): AlertMessage {
  return { id: '1', key: 'k', groupKey: '{}', attempt: 1, alerts, openIncidents: new Set() };
}

const wild = told({ ruleName: WILD, summary: WILD, detail: WILD, labels: { source: WILD } });

interface SlackBody {
  readonly text: string;
  readonly blocks: readonly { readonly type: string; readonly text?: { type: string; text: string } }[];
}

describe('Slack messages', () => {
  it('call nobody, whatever names hold', () => {
    const { text, blocks } = slackPayload(message([wild])) as SlackBody;
    const markup = [
      text,
      ...blocks.flatMap((block) => (block.text?.type === 'mrkdwn' ? [block.text.text] : [])),
    ];

    expect(markup.join('')).toContain('&lt;!channel&gt;');
    expect(markup.join('')).not.toMatch(/<[!@#h]/);
    expect(text).not.toMatch(/[\r\n\u2028]/);
  });

  it('stay within what Slack takes, however many alerts there are and however long their texts', () => {
    const long = {
      summary: '&'.repeat(500),
      detail: '<'.repeat(500),
      ruleName: '>'.repeat(100),
      runbookUrl: `https://x.test/${'&'.repeat(200)}`,
    };
    const alerts = Array.from({ length: 10_000 }, () =>
      told({ ...long, labels: { a: '&'.repeat(200), b: '&'.repeat(200) } }),
    );
    const { text, blocks } = slackPayload(message(alerts)) as SlackBody;

    expect(blocks.length).toBeLessThanOrEqual(50);
    expect(text.length).toBeLessThanOrEqual(4_000);
    for (const block of blocks)
      expect(block.text?.text.length ?? 0).toBeLessThanOrEqual(block.type === 'header' ? 150 : 3_000);
    expect(JSON.stringify(blocks.at(-1))).toContain('9980 more');
  });

  it('put the most severe alerts first', () => {
    const { blocks } = slackPayload(
      message([told({ summary: 'mild' }), told({ severity: 'critical', summary: 'bad' })]),
    ) as SlackBody;

    expect(blocks[1]?.text?.text).toContain('bad');
  });
});

describe('mails', () => {
  it('make no header and no markup of names', () => {
    const { subject, text, html } = mailText(message([wild]), 'https://plimsoll.test');

    expect(subject).not.toMatch(/[\p{Cc}\p{Zl}]/u);
    expect(html).not.toMatch(/<!channel|<@U1|<https/);
    expect(html).toContain('&lt;!channel&gt;');
    expect(text).toContain('<!channel>');
  });

  it('say how many there are that they do not show', () => {
    const { text } = mailText(message(Array.from({ length: 150 }, () => told())), 'https://plimsoll.test');

    expect(text).toContain('and 50 more: https://plimsoll.test/api/alerts');
  });

  it('say when it ended', () => {
    const over = resolvedAlert(firingAlert({ ruleId: '1' }));

    expect(mailText(message([{ ...told(), transition: 'resolved', alert: over }]), '').text).toContain(
      `until ${over.endsAt}`,
    );
  });
});

describe('keys of PagerDuty', () => {
  it('have 255 characters at most, and differ as incidents do', () => {
    const keys = ['a', 'b'].map((end) => pagerdutyKey('é'.repeat(400) + end));

    expect(keys.every((key) => key.length <= 255)).toBe(true);
    expect(new Set(keys).size).toBe(2);
    expect(pagerdutyKey('7:{}')).toBe('plimsoll:7:{}');
  });
});

describe('what receivers are made of', () => {
  it.each([
    'ftp://x.test/',
    'http://user:pw@x.test/',
    'http://user@x.test/',
    'javascript:alert(1)',
    'http://x.test/ y',
    'x',
    'http://',
    'http://x\n.test',
  ])('refuses the address %j', (url) => {
    expect(TargetUrl.safeParse(url).success).toBe(false);
  });

  it.each([
    'a@x.test\r\nBcc: b@x.test',
    'a@x.test, b@x.test',
    'Name <a@x.test>',
    'a@',
    '@x.test',
    'a b@x.test',
    'a@x.test>',
  ])('refuses the recipient %j', (to) => {
    expect(RECEIVER_FORMS.email.settings.safeParse({ to: [to] }).success).toBe(false);
  });

  it.each([
    { Host: 'x' },
    { 'content-length': '1' },
    { 'X\r\nY': '1' },
    { x: 'a\r\nb' },
    { 'Idempotency-Key': 'x' },
  ])('refuses the headers %j', (headers) => {
    const { success } = RECEIVER_FORMS.webhook.secrets.safeParse({ url: 'https://x.test', headers });
    expect(success).toBe(false);
  });

  it('takes addresses and headers as people use them', () => {
    expect(RECEIVER_FORMS.email.settings.safeParse({ to: ["o'neil+ops@mail.example.co"] }).success).toBe(
      true,
    );
    const headers = { Authorization: 'Bearer abc', 'X-Scope-OrgID': '7' };
    expect(
      RECEIVER_FORMS.webhook.secrets.safeParse({ url: 'https://x.test:8443/a?b=c', headers }).success,
    ).toBe(true);
  });
});
