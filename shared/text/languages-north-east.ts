import type { Language } from './language.ts';

/** The Nordic and Baltic languages, and those of the east in Latin letters. */
export const NORTHERN_AND_EASTERN: readonly Language[] = [
  {
    code: 'da',
    source:
      'alfonsrv/mail-parser-reply test/emails/email_danish_*.txt; crisp-oss/email-reply-parser email_danish_dash_separator.txt',
    from: 'fra | afsender',
    date: 'sendt | dato | afsendt',
    to: 'til | cc | kopi',
    subject: 'emne',
    wrote: 'skrev | skriver | har skrevet | skrev følgende',
    opens: 'den | på | d.',
    original:
      'oprindelig besked | oprindelig meddelelse | original besked | original meddelelse | oprindelig mail | oprindelig e-mail',
    forwarded:
      'videresendt besked | videresendt meddelelse | start på videresendt besked | videresendt mail | starten på videresendt meddelelse',
  },
  {
    code: 'sv',
    source:
      'alfonsrv/mail-parser-reply test/emails/email_swedish_*.txt; discourse/email_reply_trimmer embedded_email_swedish.txt',
    from: 'från | avsändare',
    date: 'skickat | datum | skickad | sänt',
    to: 'till | kopia | kopia till | cc',
    subject: 'ämne | ärende',
    wrote: 'skrev | skriver | har skrivit | skrivit | skrev följande | följande | citerar',
    opens: 'den | på | kl',
    original: 'ursprungligt meddelande | originalmeddelande | ursprungligt mejl | ursprungsmeddelande | originalmail',
    forwarded:
      'vidarebefordrat meddelande | vidarebefordrat mejl | vidarebefordrat brev | början på vidarebefordrat meddelande | vidaresänt meddelande | vidarebefordrad meddelande',
  },
  {
    code: 'no',
    source:
      'crisp-oss/email-reply-parser email_norwegian_gmail.txt; discourse/email_reply_trimmer embedded_email_matcher.rb',
    from: 'fra | frå | avsender',
    date: 'sendt | dato',
    to: 'til | kopi | kopi til | cc',
    subject: 'emne',
    wrote: 'skrev | skreiv | har skrevet | skriver | skrev følgende',
    opens: 'den | på',
    original: 'opprinnelig melding | original melding | opphavleg melding | opprinnelig e-post | originalmelding',
    forwarded:
      'videresendt melding | videresendt e-post | starten på videresendt melding | begynnelse på videresendt melding',
  },
  {
    code: 'is',
    source: 'Thunderbird localisation, composeMsgs.properties (is)',
    from: 'frá | sendandi',
    date: 'sent | dagsetning | dags',
    to: 'til | afrit',
    subject: 'efni',
    wrote: 'skrifaði | skrifar | ritaði',
    opens: 'þann | á | hinn',
    original: 'upprunaleg skilaboð | upphafleg skilaboð | upprunalegur póstur',
    forwarded: 'áframsend skilaboð | framsend skilaboð',
  },
  {
    code: 'fi',
    source:
      'crisp-oss/email-reply-parser test/fixtures/email_finnish.txt; quotes of Gmail in linux kernel mailing lists',
    from: 'lähettäjä | mistä',
    date: 'lähetetty | päivämäärä | päiväys | pvm | lähetyspäivä',
    to: 'vastaanottaja | kopio | vastaanottajat | saaja | kenelle | piilokopio',
    subject: 'aihe | otsikko',
    wrote: 'kirjoitti | kirjoittaa | kirjoitti näin | kirjoitti seuraavaa',
    opens: 'käyttäjä | lähettäjä',
    original: 'alkuperäinen viesti | alkuperäinen sähköposti | alkuperäinen sanoma',
    forwarded:
      'välitetty viesti | edelleenlähetetty viesti | edelleen lähetetty viesti | välitetty viesti alkaa | lähetetty viesti | välitetty viesti / fwd.msg',
  },
  {
    code: 'et',
    source: 'crisp-oss/email-forward-parser (Gmail, et); Thunderbird localisation (et)',
    from: 'saatja | kellelt',
    date: 'saadetud | kuupäev | saatmisaeg',
    to: 'saaja | koopia | adressaat | kellele',
    subject: 'teema',
    wrote: 'kirjutas | kirjutas kuupäeval | kirjutab',
    opens: 'kasutaja | kuupäeval',
    original: 'algne sõnum | originaalsõnum | algne kiri',
    forwarded: 'edastatud sõnum | edasisaadetud sõnum | edastatud kiri',
  },
  {
    code: 'lv',
    source: 'Thunderbird localisation (lv)',
    from: 'no | sūtītājs',
    date: 'nosūtīts | datums | sūtīts',
    to: 'kam | kopija | saņēmējs',
    subject: 'tēma | temats',
    wrote: 'rakstīja | raksta | uzrakstīja',
    opens: '',
    original: 'sākotnējais ziņojums | oriģinālais ziņojums',
    forwarded: 'pārsūtīta vēstule | pārsūtīts ziņojums',
  },
  {
    code: 'lt',
    source: 'Thunderbird localisation, composeMsgs.properties (lt)',
    from: 'nuo | siuntėjas',
    date: 'išsiųsta | data | išsiuntimo data',
    to: 'kam | kopija | gavėjas | iki',
    subject: 'tema',
    wrote: 'rašė | parašė | rašo',
    opens: '',
    original: 'pradinis pranešimas | originalus laiškas | pradinis laiškas',
    forwarded: 'persiųstas laiškas | persiųstas pranešimas',
  },
  {
    code: 'pl',
    source:
      'alfonsrv/mail-parser-reply test/emails/email_pl_*.txt; discourse/email_reply_trimmer embedded_email_polish.txt',
    from: 'od | nadawca',
    date: 'wysłano | data | wysłane | wysłany | data wysłania | wysłana',
    to: 'do | dw | kopia | udw | odbiorca | adresat',
    subject: 'temat',
    wrote: 'napisał | napisała | napisał(a) | pisze | napisał/a | napisali | napisano | nadesłał | cytowanie',
    opens: 'wiadomość napisana przez | w dniu | dnia | w | dn. | użytkownik',
    original:
      'wiadomość oryginalna | oryginalna wiadomość | treść oryginalnej wiadomości | pierwotna wiadomość | wiadomość pierwotna',
    forwarded:
      'wiadomość przekazana dalej | przekazana wiadomość | treść przekazanej wiadomości | wiadomość przekazana | początek przekazywanej wiadomości | początek przekazanej wiadomości | wiadomość przesłana dalej',
  },
  {
    code: 'cs',
    source:
      'alfonsrv/mail-parser-reply test/emails/email_cs_wrap.txt; crisp-oss/email-forward-parser (Outlook 2019, cs)',
    from: 'od | odesílatel',
    date: 'odesláno | datum | odeslána | posláno | odesláno dne',
    to: 'komu | kopie | pro | kopie komu | adresát',
    subject: 'předmět | věc',
    wrote: 'napsal | napsala | napsal(a) | napsal/a | píše | napsali | cituji',
    opens: 'dne | v | ke dni | uživatel | odesílatel',
    original: 'původní zpráva | původní e-mail | původní email',
    forwarded:
      'přeposlaná zpráva | předaná zpráva | začátek přeposlané zprávy | začátek předávané zprávy | přesměrovaná zpráva | začátek přeposílané zprávy',
  },
  {
    code: 'sk',
    source: 'crisp-oss/email-forward-parser (Outlook 2019 and Yahoo, sk)',
    from: 'od | odosielateľ',
    date: 'odoslané | dátum | odoslaná | poslané',
    to: 'komu | kópia | pre | adresát',
    subject: 'predmet | vec',
    wrote: 'napísal | napísala | napísal(a) | píše | napísal/a',
    opens: 'dňa | v | používateľ',
    original: 'pôvodná správa | pôvodný e-mail',
    forwarded:
      'preposlaná správa | odovzdaná správa | začiatok preposlanej správy | preposlaná správa --- forwarded message',
  },
  {
    code: 'hu',
    source: 'alfonsrv/mail-parser-reply test/emails/email_hu_*.txt; quotes of Gmail in linux kernel mailing lists',
    from: 'feladó | küldő',
    date: 'elküldve | dátum | küldve | időpont | küldés ideje',
    to: 'címzett | másolat | másolatot kap | címzettek',
    subject: 'tárgy',
    wrote: 'írta | ezt írta | írta a következőt | a következőt írta | keltezéssel írta | írt | következőt írta',
    opens: 'időpontban',
    original: 'eredeti üzenet | eredeti levél | eredeti e-mail',
    forwarded:
      'továbbított üzenet | továbbított levél | továbbított üzenet kezdete | forwarded message | továbbított levél kezdete',
  },
  {
    code: 'hr',
    source: 'crisp-oss/email-forward-parser (Apple Mail and Thunderbird, hr); Thunderbird localisation (hr, sl)',
    from: 'od | šalje | pošiljatelj | pošiljatelj poruke | od koga',
    date: 'poslano | datum | poslato | datum slanja',
    to: 'za | kopija | prima | kome',
    subject: 'predmet | tema | naslov | zadeva',
    wrote:
      'napisao | napisala | napisao je | napisala je | je napisao/la | napisao/la | je napisao | je napisala | je napisal/-a | piše | napisal | je napisal',
    opens: 'dana | dne | u | v | korisnik | je',
    original: 'izvorna poruka | originalna poruka | izvirno sporočilo | izvorno sporočilo',
    forwarded:
      'proslijeđena poruka | prosleđena poruka | posredovano sporočilo | proslijeđena e-pošta | započni proslijeđenu poruku',
  },
];
