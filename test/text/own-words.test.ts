import { describe, expect, it } from 'vitest';
import { ownText } from '../../shared/text/read.ts';

const QUOTE = '\n\nOn Tue, Jun 3, 2025 at 10:00 AM Ana Me <me@acme.example> wrote:\n\n> Hello Bob,\n> a demo?';

/** Own words that look like what mail programs write. */
const OWN = [
  'From: Hamburg\nTo: Rotterdam\nDate: 12 July\nWeight: 2 t\n\nRegards\nBob',
  'From: Hamburg\nTo: Rotterdam\nDate: 12 July 2025\nSubject to weather',
  'Von: München\nAn: Wien\nDatum: 12. Juli 2025\nGewicht: 2 t',
  'De: Paris\nÀ: Lyon\nDate: 12 juillet 2025\nPoids : 2 t',
  'De: Madrid\nPara: Sevilla\nFecha: 12 de julio\nPeso: 2 t',
  'Da: Milano\nA: Roma\nData: 12 luglio 2025',
  'Van: Utrecht\nNaar: Gent\nDatum: 12 juli',
  'From: now on, please call me.',
  'From: Monday\nTo: Friday\nwe are closed.',
  'To: do\nSubject: to change\nDate: open',
  'Date: 3 June 2025\nTime: 10:00\nPlace: Lyon\n\nSee you there',
  'Name: Bob Lead\nE-mail: bob@customer.example\nPhone: 555 0100\nFrom: Lyon',
  'Please write to the following:\nTo: orders@customer.example\nCc: bob@customer.example\n\nThanks',
  'On Monday our CTO looked at it and wrote:\n\n1. Is it hosted in the EU?\n2. Do you have SSO?\n\nBob',
  'On 3 June our CTO looked at it and wrote:\n\nIs it hosted in the EU?',
  'On 3 June 2025 at 10:00 our CTO looked at it and wrote:\n\nIs it hosted in the EU?',
  'As our lawyer wrote:\n\nno liability.',
  'Our buyer Carl (carl@customer.example) wrote:\n\nplease send the offer to him.',
  'On Thursday I am free.\nOn Friday I am not.',
  'On the other hand, it could happen twice!',
  'On 12 June 2025 at 10:00 we meet:\n- Bob\n- Ana',
  'On the whole I liked what you wrote: it is short.',
  'Le service achats a écrit ceci :\n- prix\n- délai\n\nBob',
  'Le 3 juin notre directeur a écrit :\n\nPas avant septembre.',
  'Am Montag schrieb unser Einkauf:\n\nBitte 40 Plätze.',
  'Am 3. Juni schrieb unser Einkauf folgendes:\n\nBitte 40 Plätze.',
  'El lunes nuestro director escribió:\n\nNo antes de septiembre.',
  'Il nostro direttore ha scritto:\n\nNon prima di settembre.',
  'Op maandag schreef onze inkoper:\n\nGraag 40 plaatsen.',
  'I dag skrev vår chef:\n\nInte före september.',
  'Вчера директор написал:\n\nНе раньше сентября.',
  '昨日、上司が書きました：\n\n九月から。',
  '我们经理写道：\n\n九月开始。',
  'Company: Orbit Ltd\n______________________________\nSeats: 40\n______________________________\nStart: September',
  'Part one\n--------------------\nPart two\n====================\nPart three',
  '--- Terms ---\n\nNet 30\n\n--- Prices ---\n\n40 euros',
  '***** PLEASE READ *****\nWe moved to Lyon.',
  'Original message: "we want to grow".\nThat is our claim.',
  'The original message was lost.\nPlease send it again.',
  'I forwarded message 3 to legal.',
  'Our error log:\n\n> HTTP 500\n> please contact support',
  'We pay > 100 euros.\n>= 40 seats is fine.',
  'Sent: yes\nReceived: no\nPaid: no',
  'Agenda for 3 June 2025 10:00:\n- price\n- start',
  'Call with Bob at 10:00:\nhe wants 40 seats.',
  'Meeting 2025-06-03 10:00 with bob@customer.example:\nplease join.',
  'Contact: Jane Doe <jane@customer.example>\nShe decides.',
  'jane@customer.example wrote:\nplease call me.',
  '2 questions:\n1. price?\n2. start?',
  'Subject: the demo\nI would like to see it.',
  '-- \nBob Lead\nCustomer Ltd\nFrom Lyon with love',
  'P.S. Jane <jane@customer.example> said on Monday:\nno more calls.',
];

describe('own words', () => {
  it.each(OWN)('stay: %j', (text) => {
    expect(ownText({ text })).toBe(text);
  });

  it.each(OWN)('stay above history: %j', (text) => {
    expect(ownText({ text: text + QUOTE })).toBe(text);
  });

  it.each(OWN)('stay between and below quotes: %j', (text) => {
    const mail = `> a demo?\n${text}\n\n> when?\nSoon.`;
    expect(ownText({ text: mail })).toBe(mail);
  });
});
