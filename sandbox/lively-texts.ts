/** Believable material for the demo. Every address ends in `.example`, which nobody can own. */

export type Kind = 'interested' | 'not_interested' | 'out_of_office' | 'referral' | 'question';
type Texts = readonly [string, ...string[]];

export const FIRST_NAMES: Texts = [
  'Maria',
  'Daniel',
  'Aisha',
  'Tom',
  'Yuki',
  'Elena',
  'Sam',
  'Priya',
  'Lucas',
  'Hannah',
  'Omar',
  'Grace',
  'Mateo',
  'Ingrid',
  'Kwame',
  'Sofia',
  'Ben',
  'Leila',
  'Victor',
  'Nora',
];

export const LAST_NAMES: Texts = [
  'Lopez',
  'Becker',
  'Okafor',
  'Hughes',
  'Tanaka',
  'Rossi',
  'Carter',
  'Sharma',
  'Silva',
  'Novak',
  'Haddad',
  'Kim',
  'Moreau',
  'Lindqvist',
  'Mensah',
  'Petrov',
  'Walsh',
  'Rahimi',
  'Stone',
  'Fischer',
];

export const COMPANIES: Texts = [
  'Northwind Logistics',
  'Bluebird Dental',
  'Harbor Analytics',
  'Juniper Foods',
  'Cobalt Robotics',
  'Redwood Legal',
  'Lantern Travel',
  'Copperfield Homes',
  'Vela Energy',
  'Finch Insurance',
  'Maple Street Media',
  'Orbit Freight',
];

export interface LivelyCampaign {
  readonly vendor: 'cohesive' | 'coldsend';
  readonly name: string;
  readonly mailbox: string;
  readonly sender: string;
  readonly subject: string;
  readonly opener: string;
}

export const CAMPAIGNS: readonly [LivelyCampaign, ...LivelyCampaign[]] = [
  {
    vendor: 'cohesive',
    name: 'Q1 Product Launch',
    mailbox: 'alex@brightdesk.example',
    sender: 'Alex',
    subject: 'Fewer tickets at {company}?',
    opener:
      'Hi {first},\n\nteams like {company} answer a third fewer support tickets with Brightdesk. Worth a look?\n\nAlex',
  },
  {
    vendor: 'cohesive',
    name: 'Agencies in the north',
    mailbox: 'jo@brightdesk.example',
    sender: 'Jo',
    subject: 'Idea for {company}',
    opener:
      'Hi {first},\n\nI had an idea about how {company} could onboard clients in a day. May I send it over?\n\nJo',
  },
  {
    vendor: 'coldsend',
    name: 'Operations leaders',
    mailbox: 'nina@getparcelwise.example',
    sender: 'Nina',
    subject: 'Quick question about {company}',
    opener:
      'Hi {first},\n\nhow does {company} track late parcels today? We cut the search for them to minutes.\n\nNina',
  },
  {
    vendor: 'coldsend',
    name: 'Winter webinar',
    mailbox: 'nina@getparcelwise.example',
    sender: 'Nina',
    subject: 'A seat for you, {first}',
    opener: 'Hi {first},\n\nwe kept a seat for {company} at our webinar on returns. Shall I send the details?\n\nNina',
  },
];

export const REPLIES: Readonly<Record<Kind, Texts>> = {
  interested: [
    "Hi {sender},\n\nthanks for reaching out, I'd like to learn more. Does Thursday at 2 pm work?\n\n{first}",
    'This is well timed, we are comparing vendors right now. Can you send pricing for about 40 seats?\n\nBest,\n{first}',
    'Sure, send it over. If it looks good I will bring in our head of operations.\n\n{first} {last}\n{company}',
    'Happy to take a call next week. My calendar is open on Tuesday and Wednesday afternoon.\n\n{first}',
  ],
  not_interested: [
    'Thanks {sender}, but we signed with someone else last month. Maybe next year.\n\n{first}',
    'Not a priority for us right now. Please check back after the summer.',
    'We are only six people, this is more than we need. Good luck though!\n\n{first}',
    'Please take me off your list.\n\n{first} {last}',
  ],
  out_of_office: [
    'Thank you for your message. I am out of the office until Monday and will reply when I am back.\n\n{first} {last}\n{company}',
    'I am on parental leave until March. For anything urgent please write to team@{domain}.',
  ],
  referral: [
    'Hi {sender}, I am not the right person for this. Please talk to Chris, who runs our support: chris@{domain}.\n\n{first}',
    'I have moved to another role. My colleague Dana (dana@{domain}) decides about tools now.\n\n{first}',
  ],
  question: [
    'How is this different from what we have in our help desk already?\n\n{first}',
    'Is our data kept in Europe? That would be a must for {company}.\n\n{first}',
    'Does it work with our CRM, and what does it cost?\n\n{first} {last}\n{company}',
  ],
};

export const AGAIN: Readonly<Record<'interested' | 'question', Texts>> = {
  interested: [
    'One more thing: could you bring an example from a company of our size?\n\n{first}',
    'I talked to the team, they would like to join the call. Can you send an invitation to all of us?\n\n{first}',
  ],
  question: ['Any news on my question?\n\n{first}', 'Also, how long does it take to set up?\n\n{first}'],
};
