/** URLs no server of ours may call for a stranger: every spelling known to have passed somebody's guard. */
export const HOSTILE_URLS: readonly string[] = [
  // Loopback and its spellings.
  ...[
    '127.0.0.1',
    '127.1',
    '127.0.1',
    '2130706433',
    '0x7f000001',
    '0x7f.1',
    '0177.0.0.1',
    '017700000001',
    '127.0.0.1.',
  ],
  ...['127.255.255.254', '0', '0.0.0.0', '[::1]', '[::]', '[0:0:0:0:0:0:0:1]', 'localhost', 'LOCALHOST', 'localhost.'],
  ...['a.localhost', '①②⑦.⓪.⓪.①', '%31%32%37.0.0.1', '127。0。0。1'],
  // Private, shared and benchmark networks.
  ...['10.0.0.1', '10.255.255.255', '167772161', '172.16.0.1', '172.31.255.254', '192.168.0.1', '0xc0a80001'],
  ...['100.64.0.1', '100.127.255.254', '198.18.0.1', '198.19.255.254', '[fc00::1]', '[fd00:ec2::254]', '[fdff::1]'],
  // Cloud metadata, task credentials, the host agent, runtime APIs.
  ...['169.254.169.254', '169.254.170.2', '169.254.0.1', '2852039166', '0xa9fea9fe', '0251.0376.0251.0376'],
  ...['168.63.129.16', 'metadata.google.internal', '[fe80::1]', '[fe80::a9fe:a9fe]', '127.0.0.1:9001', 'printer.local'],
  // IPv4 inside IPv6: mapped, compatible, NAT64, 6to4, Teredo, ISATAP-like.
  ...['[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::ffff:169.254.169.254]', '[::ffff:10.0.0.1]', '[::7f00:1]'],
  ...[
    '[::a9fe:a9fe]',
    '[::127.0.0.1]',
    '[64:ff9b::7f00:1]',
    '[64:ff9b::a9fe:a9fe]',
    '[64:ff9b:1::1]',
    '[2002:7f00:1::]',
  ],
  ...['[2002:a9fe:a9fe::1]', '[2001:0:7f00:1::]', '[2001:0:4136:e378:8000:63bf:3fff:fdd2]', '[::ffff:0:127.0.0.1]'],
  // Reserved, documentation, multicast, discard, not yet handed out.
  ...[
    '192.0.0.1',
    '192.0.2.1',
    '192.88.99.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '239.255.255.250',
    '240.0.0.1',
  ],
  ...[
    '255.255.255.255',
    '[ff02::1]',
    '[2001:db8::1]',
    '[3fff::1]',
    '[100::1]',
    '[100:0:0:1::1]',
    '[4000::1]',
    '[200::1]',
  ],
  ...['[fec0::1]', '[2001:10::1]', 'intranet', 'router.lan', 'nas.home.arpa'],
].map((host) => `https://${host}/`);

/** Public hosts called in the wrong way. */
export const WRONG_URLS: readonly string[] = [
  'http://hooks.example.com/',
  'ftp://hooks.example.com/',
  'file:///etc/passwd',
  'gopher://hooks.example.com/',
  'data:text/plain,hello',
  'javascript:alert(1)',
  'https://user@hooks.example.com/',
  'https://user:pass@hooks.example.com/',
  'https://hooks.example.com@127.0.0.1/',
  'https://hooks.example.com:22/',
  'https://hooks.example.com:9200/',
  'https://8.8.8.8:25/',
  'hooks.example.com',
  'https://',
  '',
];
