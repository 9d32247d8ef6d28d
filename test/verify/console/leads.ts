import { goTo, type Opened } from './page.ts';
import type { Stage } from './stage.ts';

export interface Lead {
  /** What the API calls the thread. */
  readonly id: string;
  /** What the sandbox calls it. */
  readonly thread: string;
}

let leads = 0;

/** A lead of their own for each test, so that none stands in another's way. */
export async function newLead(stage: Stage, connection: 'acme' | 'sales', fields: object = {}): Promise<Lead> {
  leads += 1;
  const leadEmail = `lead${leads}@example.com`;
  const campaigns = (await stage.api('GET', `/v1/campaigns?connection=${connection}`)).body as {
    items: { id: string; status: string }[];
  };
  const campaign = campaigns.items.find(({ status }) => status === 'active');
  const { id: thread } = (await stage.control('POST', '/threads', {
    campaignId: campaign?.id ?? null,
    leadEmail,
    leadName: `Lead Number${leads}`,
    subject: `Question ${leads}`,
    text: `What does number ${leads} cost?`,
    ...fields,
  })) as { readonly id: string };
  const subject = `/v1/threads?connection=${connection}`;
  const found = (await stage.api('GET', subject)).body as { items: { id: string; lead: { email: string } }[] };
  const email = 'leadEmail' in fields ? fields.leadEmail : leadEmail;
  const id = found.items.find(({ lead }) => lead.email === email)?.id;
  if (id === undefined) throw new Error('the new lead is not in the list');
  return { id, thread };
}

export async function openThread(opened: Opened, id: string): Promise<void> {
  await goTo(opened, `inbox/${id.split('/').map(encodeURIComponent).join('/')}`);
  await opened.page.waitForSelector('.message .words');
}

export async function write({ page }: Opened, words: string): Promise<void> {
  await page.getByRole('button', { name: 'Reply', exact: true }).click();
  await page.getByLabel('Your reply').fill(words);
}
